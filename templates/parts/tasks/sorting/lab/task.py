"""The task: START 31 8 44 MID -> 8 31 44, for lists of one length or of many."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from lab.data import IGNORE, Batch, SampledTask
from lab.settings import Settings


class Sorting(SampledTask):
    """Tokens [batch, pos]: START, the list, MID, the sorted list without its last element, padding.

    The number n is token n, then START, MID and PAD. The targets are the sorted list, from MID on.
    Chance is the accuracy of naming one of the list's own numbers at random.
    """

    def __init__(self, settings: Settings, device: torch.device) -> None:
        self.n_numbers = settings.n_numbers
        self.start, self.mid, self.pad = range(self.n_numbers, self.n_numbers + 3)
        self.repeats = settings.repeats
        between = range(settings.least_length, settings.most_length + 1)
        self.lengths = [one for one in between if one not in settings.skipped_lengths]
        if not self.lengths:
            raise ValueError("no length is left: look at least_length and skipped_lengths")
        if settings.room < settings.most_length:
            raise ValueError("room must be at least most_length, or the longest list does not fit")
        if not self.repeats and settings.room > self.n_numbers:
            raise ValueError("a list longer than n_numbers has to hold a number more than once")
        self.room = settings.room
        self.n_ctx = 2 * self.room + 1
        self.d_vocab = self.n_numbers + 3
        self.chance = len(self.lengths) / sum(self.lengths)
        super().__init__(settings.batch_size, settings.seed, device)

    def sample(self, n: int, generator: torch.Generator) -> Batch:
        """n lists whose lengths are drawn evenly from the lengths of the training data."""
        choice = torch.randint(len(self.lengths), (n, 1), generator=generator, device=self.device)
        length = torch.tensor(self.lengths, device=self.device)[choice]
        return self.of_length(length, generator)

    def of_length(
        self, length: Tensor, generator: torch.Generator, window: int | None = None
    ) -> Batch:
        """One list for each length [n, 1] up to `room`, also for lengths that training never uses.

        With a window the numbers of each list lie within that many consecutive ones, anywhere.
        """
        n, window = len(length), window or self.n_numbers
        if not self.repeats and int(length.max()) > window:
            raise ValueError("a list longer than its window has to hold a number more than once")
        if self.repeats:
            at = (n, self.room)
            drawn = torch.randint(window, at, generator=generator, device=self.device)
        else:
            keys = torch.rand(n, window, generator=generator, device=self.device)
            missing = max(0, self.room - window)  # beyond a list's end, where nothing is read
            drawn = F.pad(keys.argsort(dim=1)[:, : self.room], (0, missing))
        highest = self.n_numbers - window + 1
        shift = torch.randint(highest, (n, 1), generator=generator, device=self.device)
        return self.encode(drawn + shift, length)

    def encode(self, numbers: Tensor, length: Tensor) -> Batch:
        """Numbers [n, room], of which the first `length` [n, 1] of each row are the list."""
        in_list = torch.arange(self.room, device=numbers.device) < length
        ordered = numbers.masked_fill(~in_list, self.n_numbers).sort(dim=1).values
        place = torch.arange(self.n_ctx, device=numbers.device).expand(len(numbers), -1)
        written = place - length - 1  # how many sorted numbers precede this place, from MID on

        def at(values: Tensor, index: Tensor) -> Tensor:
            return values.gather(1, index.clamp(0, self.room - 1))

        tokens = torch.where(written < length, at(ordered, written - 1), self.pad)
        tokens = torch.where(written == 0, self.mid, tokens)
        tokens = torch.where(written < 0, at(numbers, place - 1), tokens)
        tokens[:, 0] = self.start
        asked = (written >= 0) & (written < length)
        return Batch(tokens, torch.where(asked, at(ordered, written), IGNORE))

    def lazy_rules(self) -> dict[str, Callable[[Tensor], Tensor]]:
        """Rules that do not sort: one looks at the last number alone, one never compares two numbers.

        They are the best of their kind for lists without repeats: after a number the next one up is the
        likeliest, and how likely a number is to be the k-th smallest follows from counting lists.
        """
        return {
            "one more than the last": self._one_more,
            "likeliest for its place": self._likeliest_here,
        }

    def _one_more(self, tokens: Tensor) -> Tensor:
        more = (tokens + 1).clamp(max=self.n_numbers - 1)
        return torch.where(
            tokens == self.mid, 0, more
        )  # nothing is written yet: the smallest there is

    def _likeliest_here(self, tokens: Tensor) -> Tensor:
        position = torch.arange(self.n_ctx, device=tokens.device)
        length = (tokens == self.mid).int().argmax(1, keepdim=True) - 1
        smaller = (position - length - 1)[..., None]  # how many of the list come before this place
        larger = length[..., None] - 1 - smaller
        number = tokens[:, None]
        ways = _log_choose(number, smaller) + _log_choose(self.n_numbers - 1 - number, larger)
        in_list = (position > 0) & (position <= length)
        return tokens.gather(1, ways.masked_fill(~in_list[:, None], -torch.inf).argmax(-1))

    def show(self, tokens: Tensor) -> str:
        """One example [pos] as text."""
        names = {self.start: "START", self.mid: "MID", self.pad: ""}
        return " ".join(names.get(token, str(token)) for token in tokens.tolist()).strip()


def _log_choose(n: Tensor, k: Tensor) -> Tensor:
    """The logarithm of how many sets of k there are among n; -inf where there is none."""
    ways = (n + 1.0).lgamma() - (k + 1.0).lgamma() - (n - k + 1.0).lgamma()
    return ways.masked_fill((k < 0) | (k > n), -torch.inf)


def make_task(settings: Settings, device: torch.device) -> Sorting:
    """The task with these settings, its data on the device."""
    return Sorting(settings, device)
