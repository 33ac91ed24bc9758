"""The task: "when n1 and n2 went to the shop , n2 gave a ring to" -> n1, over a vocabulary of whole words."""

from typing import NamedTuple

import torch
from torch import Tensor

from lab.data import IGNORE, Batch, SampledTask
from lab.settings import Settings

# A and B are the two names in the order of their first mention, S is the one that is repeated.
TEMPLATES = [
    "when A and B went to the PLACE , S gave a THING to",
    "A and B met at the PLACE and S gave a THING to",
    "then A had a talk with B , and S gave the THING to",
    "after A and B left the PLACE , S sold a THING to",
    "at the PLACE A saw B , and S lent the THING to",
    "while A and B were at the PLACE with a THING , S gave it to",
]
PLACES = [
    "shop",
    "park",
    "school",
    "office",
    "station",
    "garden",
    "house",
    "river",
    "market",
    "church",
]
THINGS = ["ring", "drink", "book", "letter", "key", "coat", "map", "bag", "cup", "lamp"]
START = "<start>"


class Prompts(NamedTuple):
    """Prompts with the roles in them. The subject S is the name mentioned twice, IO the other one."""

    tokens: Tensor  # [batch, pos]; END is the last position, short prompts begin with several START
    subject: Tensor  # [batch], a token
    io: Tensor  # [batch], a token: the right answer
    places: Tensor  # [batch, 3], where S first, IO, and S again stand
    io_first: Tensor  # [batch], whether IO is mentioned before S

    def batch(self) -> Batch:
        """The prompts with the answer as the target at END, the last position."""
        targets = torch.full_like(self.tokens, IGNORE)
        targets[:, -1] = self.io
        return Batch(self.tokens, targets)


class IOISentences(SampledTask):
    """Sentences from TEMPLATES. Held out are pairs of names, not only sentences.

    Name n is token n; the words follow. Chance is the accuracy of a guess between the two names of the
    sentence, which takes no notice of which of them is repeated.
    """

    chance = 0.5

    def __init__(self, settings: Settings, device: torch.device) -> None:
        n = settings.n_names
        self.n_names = n
        words = {word for template in TEMPLATES for word in template.split()}
        self.words = [START, *sorted(words - {"A", "B", "S", "PLACE", "THING"}), *PLACES, *THINGS]
        self.d_vocab = n + len(self.words)
        self.n_ctx = 1 + max(len(template.split()) for template in TEMPLATES)
        frame, places = zip(*(self._lay_out(template) for template in TEMPLATES), strict=True)
        self._frames = torch.tensor(frame, device=device)  # [template, pos]
        self._places = torch.tensor(places, device=device)  # [template, 3]: A, B, S
        pairs = torch.combinations(torch.arange(n))
        order = torch.randperm(len(pairs), generator=torch.Generator().manual_seed(settings.seed))
        cut = max(1, round(settings.held_out_share * len(pairs)))
        self.held_out_pairs, self.train_pairs = pairs[order].to(device).tensor_split([cut])
        super().__init__(settings.batch_size, settings.seed, device)
        seeded = torch.Generator(device).manual_seed(settings.seed + 1)
        self.unseen = self.prompts(512, seeded, self.held_out_pairs)

    def token(self, word: str) -> int:
        """The token of a word that is not a name."""
        return self.n_names + self.words.index(word)

    def sample(self, n: int, generator: torch.Generator) -> Batch:
        """n sentences with names from the training pairs."""
        return self.prompts(n, generator, self.train_pairs).batch()

    def held_out(self) -> Batch:
        """512 sentences with pairs of names that training never sees together."""
        return self.unseen.batch()

    def prompts(self, n: int, generator: torch.Generator, pairs: Tensor) -> Prompts:
        """n sentences with names from `pairs` [n_pairs, 2], either of which may be the subject."""
        draw = {"generator": generator, "device": self.device}
        pair = pairs[torch.randint(len(pairs), (n,), **draw)]
        pair = torch.where(torch.rand(n, 1, **draw) < 0.5, pair, pair.flip(1))
        io_first = torch.rand(n, **draw) < 0.5
        first, second = pair.T
        subject, io = torch.where(io_first, second, first), torch.where(io_first, first, second)
        template = torch.randint(len(TEMPLATES), (n,), **draw)
        a, b, again = self._places[template].T
        tokens = self._frames[template]
        for kind in (PLACES, THINGS):
            slot = self.token(kind[0])
            chosen = slot + torch.randint(len(kind), (n, 1), **draw)
            tokens = torch.where(tokens == slot, chosen, tokens)
        tokens = tokens.scatter(
            1, torch.stack([a, b, again], 1), torch.stack([first, second, subject], 1)
        )
        s_first, io_place = torch.where(io_first, b, a), torch.where(io_first, a, b)
        return Prompts(tokens, subject, io, torch.stack([s_first, io_place, again], 1), io_first)

    def with_third_name(self, prompts: Prompts, generator: torch.Generator) -> Tensor:
        """The tokens with the second mention of S replaced by a random third name: nobody is repeated,
        so neither name is the answer. The corruption of the IOI paper (Wang et al. 2022)."""
        low, high = torch.stack([prompts.subject, prompts.io]).sort(0).values
        third = torch.randint(
            self.n_names - 2, (len(low),), generator=generator, device=self.device
        )
        third = third + (third >= low).long()
        third = third + (third >= high).long()
        return prompts.tokens.scatter(1, prompts.places[:, 2:], third[:, None])

    def show(self, tokens: Tensor) -> str:
        """One sentence as text; names are n0, n1, ..."""
        words = [
            f"n{t}" if t < self.n_names else self.words[t - self.n_names] for t in tokens.tolist()
        ]
        return " ".join(word for word in words if word != START)

    def _lay_out(self, template: str) -> tuple[list[int], list[int]]:
        """A template's tokens, padded on the left, with the first word of a kind in each slot, and the
        positions of A, B and S."""
        words = template.split()
        words = [START] * (self.n_ctx - len(words)) + words
        slots = {"A": START, "B": START, "S": START, "PLACE": PLACES[0], "THING": THINGS[0]}
        return [self.token(slots.get(word, word)) for word in words], [
            words.index(name) for name in "ABS"
        ]


def make_task(settings: Settings, device: torch.device) -> IOISentences:
    """The task with these settings, its data on the device."""
    return IOISentences(settings, device)
