"""The task: run a few statements that change an array, and print the array."""

from collections.abc import Callable

import torch
from torch import Tensor

from lab.data import IGNORE, Batch, SampledTask
from lab.settings import Settings

SIGNS = ["a", "=", ".", "[", "]", "->", "pass"]


class ArrayUpdate(SampledTask):
    """Programs such as `a = 7 5 9 . a [ 1 ] = 3 . a -> 7 3` with targets 7, 3, 9 from `->` on.

    Numbers are their own tokens, as values and as indices; the signs follow. All values of a program
    differ, but an index may be the same number as a value. `filler` tokens `pass` stand in part before the array and in part
    before the last `a`, so that the array begins at another position in each program.
    """

    def __init__(self, settings: Settings, device: torch.device) -> None:
        self.n_elements, self.n_numbers = settings.n_elements, settings.n_numbers
        self.n_assignments, self.filler = settings.n_assignments, settings.filler
        self.sign = {sign: self.n_numbers + i for i, sign in enumerate(SIGNS)}
        self.d_vocab = self.n_numbers + len(SIGNS)
        self.program = 3 + self.n_elements + 7 * self.n_assignments  # tokens up to the last "."
        self.arrow = self.program + self.filler + 1  # position of "->", which predicts element 0
        self.n_ctx = self.arrow + self.n_elements
        self.answers = list(range(self.arrow, self.n_ctx))
        self.chance = 1 / (self.n_elements + self.n_assignments)  # guess among the values in sight
        super().__init__(settings.batch_size, settings.seed, device)

    def sample(self, n: int, generator: torch.Generator) -> Batch:
        """n random programs; all values of a program are distinct."""
        values = torch.rand(n, self.n_numbers, generator=generator, device=self.device).argsort(1)
        array = values[:, : self.n_elements]
        new = values[:, self.n_elements : self.n_elements + self.n_assignments]
        size = (n, self.n_assignments)
        index = torch.randint(self.n_elements, size, generator=generator, device=self.device)
        before = torch.randint(self.filler + 1, (n, 1), generator=generator, device=self.device)
        return self.encode(array, index, new, before)

    def encode(
        self, array: Tensor, index: Tensor, new: Tensor, before: Tensor | None = None
    ) -> Batch:
        """Programs of arrays [batch, n_elements] with assignments index, new [batch, n_assignments].

        `before` [batch, 1] is how many of the `filler` tokens stand before the array (none by default).
        """
        n = len(array)
        signs = {sign: array.new_full((n, 1), token) for sign, token in self.sign.items()}
        parts = [signs["a"], signs["="], array, signs["."]]
        result = array.clone()
        for step in range(self.n_assignments):
            i, value = index[:, step : step + 1], new[:, step : step + 1]
            parts += [signs[s] for s in "a["] + [i] + [signs[s] for s in "]="] + [value, signs["."]]
            result = result.scatter(1, i, value)
        tail = torch.cat([signs["a"], signs["->"], result[:, :-1]], dim=1)
        tokens = torch.cat([self._with_filler(torch.cat(parts, dim=1), before), tail], dim=1)
        targets = torch.full_like(tokens, IGNORE)
        targets[:, self.arrow :] = result
        return Batch(tokens, targets)

    def _with_filler(self, program: Tensor, before: Tensor | None) -> Tensor:
        if not self.filler:
            return program
        shift = program.new_zeros(len(program), 1) if before is None else before
        padded = program.new_full((len(program), self.program + self.filler), self.sign["pass"])
        return padded.scatter(1, shift + torch.arange(self.program, device=program.device), program)

    def lazy_rules(self) -> dict[str, Callable[[Tensor], Tensor]]:
        """Rules that never compare a slot with the index."""
        return {
            "print the array as it was": lambda tokens: self._say(tokens, self._literal(tokens)),
            "the last value last, unless printed": lambda tokens: self._say(
                tokens, self._by_elimination(tokens)
            ),
            "print the last value assigned": lambda tokens: self._say(
                tokens, self._last_value(tokens).expand(-1, self.n_elements)
            ),
        }

    def _literal(self, tokens: Tensor) -> Tensor:
        start = (tokens == self.sign["="]).int().argmax(1, keepdim=True) + 1
        return tokens.gather(1, start + torch.arange(self.n_elements, device=tokens.device))

    def _last_value(self, tokens: Tensor) -> Tensor:
        start = (tokens == self.sign["="]).int().argmax(1, keepdim=True) - 1
        return tokens.gather(1, start + self.program - 2)

    def _by_elimination(self, tokens: Tensor) -> Tensor:
        literal, value = self._literal(tokens), self._last_value(tokens)
        printed = (tokens[:, self.arrow + 1 :] == value).any(1)  # before the last slot
        literal[:, -1] = torch.where(printed, literal[:, -1], value[:, 0])
        return literal

    def _say(self, tokens: Tensor, answers: Tensor) -> Tensor:
        said = tokens.clone()
        said[:, self.arrow :] = answers
        return said

    def show(self, tokens: Tensor) -> str:
        """A program as text."""
        return " ".join(
            str(token) if token < self.n_numbers else SIGNS[token - self.n_numbers]
            for token in tokens.tolist()
        )


def make_task(settings: Settings, device: torch.device) -> ArrayUpdate:
    """The task with these settings, its data on the device."""
    return ArrayUpdate(settings, device)
