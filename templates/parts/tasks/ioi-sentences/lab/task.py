"""The task: "first n1 sang , then n2 sang , then n1 ; sang once :" -> n2, over a vocabulary of whole words."""

import torch
from torch import Tensor

from lab import ioi
from lab.ioi import IOITask, Prompts
from lab.settings import Settings

# X, Y and Z are three mentions of two names. Every order makes a sentence, unlike in "when X and Y went
# to the shop , Z gave a drink to", where the last one must have been named before.
TEMPLATES = [
    "at the PLACE X sang , then Y sang , then Z ; sang once :",
    "first X took the THING , Y took it and Z took it ; took it once :",
    "X came to the PLACE , Y came with a THING and Z came too ; came once :",
    "they called X , they called Y at the PLACE , then they called Z ; called once :",
    "the THING went to X , to Y and at the PLACE to Z ; had it once :",
    "in the first game X won a THING , then Y won and then Z ; won once :",
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
START, SOMEBODY = "<start>", "they"


class IOISentences(IOITask):
    """Sentences from TEMPLATES, which end at the last position and begin with several START where they
    are short. After the names come the tokens of the words."""

    def __init__(self, settings: Settings, device: torch.device) -> None:
        words = {word for template in TEMPLATES for word in template.split()}
        self.words = [START, *sorted(words - {*"XYZ", "PLACE", "THING"}), *PLACES, *THINGS]
        self.first_word = settings.n_names
        self.d_vocab = self.first_word + len(self.words)
        self.n_ctx = 1 + max(len(template.split()) for template in TEMPLATES)
        frames, slots = zip(*(self._lay_out(template) for template in TEMPLATES), strict=True)
        self._frames = torch.tensor(frames, device=device)  # [template, pos]
        self._slots = torch.tensor(slots, device=device)  # [template, 3]
        super().__init__(settings, device)

    def token(self, word: str) -> int:
        """The token of a word that is not a name."""
        return self.first_word + self.words.index(word)

    def prompts(self, n: int, generator: torch.Generator, pairs: Tensor) -> Prompts:
        """n sentences with names from `pairs` [n_pairs, 2], either of which may be the subject."""
        draw = {"generator": generator, "device": self.device}
        template = torch.randint(len(TEMPLATES), (n,), **draw)
        frames = self._frames[template]
        for kind in (PLACES, THINGS):
            slot = self.token(kind[0])
            chosen = slot + torch.randint(len(kind), (n, 1), **draw)
            frames = torch.where(frames == slot, chosen, frames)
        return ioi.cast(frames, self._slots[template], pairs, self.orders, generator)

    def with_filler(self, prompts: Prompts) -> Tensor:
        """The tokens with "they" in place of the first S, [batch, pos]: each name stands there once."""
        return prompts.with_first_mention(torch.full_like(prompts.subject, self.token(SOMEBODY)))

    def show(self, tokens: Tensor) -> str:
        """One sentence as text; names are n0, n1, ..."""
        words = [
            f"n{t}" if t < self.n_names else self.words[t - self.first_word]
            for t in tokens.tolist()
        ]
        return " ".join(word for word in words if word != START)

    def _lay_out(self, template: str) -> tuple[list[int], list[int]]:
        """A template's tokens, padded on the left, with the first word of a kind in each slot, and the
        positions of the three names."""
        words = template.split()
        words = [START] * (self.n_ctx - len(words)) + words
        filled = {"X": START, "Y": START, "Z": START, "PLACE": PLACES[0], "THING": THINGS[0]}
        return [self.token(filled.get(word, word)) for word in words], [
            words.index(name) for name in "XYZ"
        ]


def make_task(settings: Settings, device: torch.device) -> IOISentences:
    """The task with these settings, its data on the device."""
    return IOISentences(settings, device)
