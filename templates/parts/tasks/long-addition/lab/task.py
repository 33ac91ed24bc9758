"""The task: a + b or a - b, digit by digit, with the answer written from either end."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from lab.data import IGNORE, Batch, SampledTask
from lab.digits import from_digits, to_digits
from lab.settings import Settings

SIGNS = ["+", "-", "="]
PLUS, MINUS, EQUALS = 10, 11, 12


class LongAddition(SampledTask):
    """Questions such as `5 4 3 2 + 7 7 7 8 =` and the digits of the answer, zero-padded to n_digits + 1.

    Both numbers are written most significant digit first; `answer_order` is about the answer alone.
    The model reads the right digits of the answer so far. Digit d is token d; the signs follow.
    A share `nines` of the columns is drawn so that it passes a carry on (digits that sum to 9) or a
    borrow (equal digits): without them long chains are too rare to be learned or measured.
    """

    def __init__(self, settings: Settings, device: torch.device) -> None:
        self.n_digits = settings.n_digits
        self.operation = settings.operation
        self.order = settings.answer_order
        self.nines = settings.nines
        self.d_vocab = 10 + len(SIGNS)
        self.equals = (
            2 * self.n_digits + 1
        )  # position of "=", which predicts the first answer digit
        self.n_ctx = self.equals + self.n_digits + 1
        self.answers = list(range(self.equals, self.n_ctx))
        self.chance = 0.1
        super().__init__(settings.batch_size, settings.seed, device, n_held_out=2048)

    def sample(self, n: int, generator: torch.Generator) -> Batch:
        """n random questions."""
        shape = (n, self.n_digits)
        a, b = (torch.randint(10, shape, generator=generator, device=self.device) for _ in range(2))
        subtract = torch.zeros(n, dtype=torch.bool, device=self.device)
        if self.operation != "add":
            subtract = torch.rand(n, generator=generator, device=self.device) < 0.5
            subtract |= torch.tensor(self.operation == "subtract", device=self.device)
        passes_on = torch.rand(shape, generator=generator, device=self.device) < self.nines
        b = torch.where(passes_on, torch.where(subtract[:, None], a, 9 - a), b)
        return self.encode(from_digits(a), from_digits(b), subtract)

    def encode(self, a: Tensor, b: Tensor, subtract: Tensor | None = None) -> Batch:
        """Questions about numbers a, b [batch]; where `subtract`, the larger number comes first."""
        if subtract is None:
            subtract = torch.zeros_like(a, dtype=torch.bool)
        first = torch.where(subtract, torch.maximum(a, b), a)
        second = torch.where(subtract, torch.minimum(a, b), b)
        result = torch.where(subtract, first - second, first + second)
        answer = to_digits(result, self.n_digits + 1, order=self.order)
        sign = torch.where(subtract, MINUS, PLUS)[:, None]
        question = [to_digits(first, self.n_digits), sign, to_digits(second, self.n_digits)]
        tokens = torch.cat([*question, torch.full_like(sign, EQUALS), answer[:, :-1]], dim=1)
        targets = torch.full_like(tokens, IGNORE)
        targets[:, self.equals :] = answer
        return Batch(tokens, targets)

    def numbers(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """The two numbers [batch] of questions [batch, pos]."""
        n = self.n_digits
        return from_digits(tokens[:, :n]), from_digits(tokens[:, n + 1 : self.equals])

    def lazy_rules(self) -> dict[str, Callable[[Tensor], Tensor]]:
        """Adders that work out each carry from so many columns below, no more; for sums alone."""
        if self.operation != "add":
            return {}
        names = {"adds without carries": 0, "carries from one column below": 1}
        return {name: partial(self._looking_back, columns=n) for name, n in names.items()}

    def _looking_back(self, tokens: Tensor, columns: int) -> Tensor:
        numbers = looking_back(*self.numbers(tokens), self.n_digits, columns)
        said = torch.zeros_like(tokens)
        said[:, self.answers] = to_digits(numbers, self.n_digits + 1, order=self.order)
        return said

    def column(self, position: int) -> int:
        """The power of ten of the answer digit that is predicted at a position."""
        place = position - self.equals
        return place if self.order == "least-first" else self.n_digits - place

    def show(self, tokens: Tensor) -> str:
        """A question, and as much of the answer as the model reads, as text."""
        return "".join(str(t) if t < 10 else f" {SIGNS[t - 10]} " for t in tokens.tolist())


def column_sums(a: Tensor, b: Tensor, n_digits: int) -> Tensor:
    """What each column adds up to before carries, units first: [batch, n_digits + 1], 0 to 18."""
    parts = (to_digits(number, n_digits + 1, order="least-first") for number in (a, b))
    return sum(parts, torch.zeros(1, dtype=torch.long, device=a.device))


def looking_back(a: Tensor, b: Tensor, n_digits: int, columns: int) -> Tensor:
    """The sums [batch] of an adder that works out each carry from so many columns below, no more."""
    own = column_sums(a, b, n_digits)
    digits = []
    for column in range(n_digits + 1):
        carry = torch.zeros_like(a)
        for below in range(max(0, column - columns), column):
            carry = (own[:, below] + carry >= 10).long()
        digits.append((own[:, column] + carry) % 10)
    return from_digits(torch.stack(digits, dim=1), order="least-first")


def longest_chain(a: Tensor, b: Tensor, n_digits: int) -> Tensor:
    """How many columns the longest unbroken run of carries of a + b crosses: [batch], 0 to n_digits.

    A run starts in a column whose digits sum to 10 or more and goes on through columns that make a
    carry only because one came in (digits that sum to 9).
    """
    own = to_digits(a, n_digits, order="least-first") + to_digits(b, n_digits, order="least-first")
    run, best = torch.zeros_like(a), torch.zeros_like(a)
    for column in range(n_digits):
        total = own[:, column]
        run = torch.where(total >= 10, 1, torch.where((total == 9) & (run > 0), run + 1, 0))
        best = torch.maximum(best, run)
    return best


def make_task(settings: Settings, device: torch.device) -> LongAddition:
    """The task with these settings, its data on the device."""
    return LongAddition(settings, device)
