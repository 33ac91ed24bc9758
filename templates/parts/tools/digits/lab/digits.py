"""Numbers as rows of digits, in any base and in both orders of writing."""

import torch
from torch import Tensor


def to_digits(numbers: Tensor, count: int, base: int = 10, order: str = "most-first") -> Tensor:
    """The last `count` digits [..., count] of numbers [...], zero-padded.

    `order` is "most-first", as on paper, or "least-first", units first.
    """
    powers = base ** torch.arange(count, device=numbers.device)
    digits = numbers[..., None] // powers % base
    return digits if order == "least-first" else digits.flip(-1)


def from_digits(digits: Tensor, base: int = 10, order: str = "most-first") -> Tensor:
    """The numbers [...] that digits [..., count] spell."""
    units_first = digits if order == "least-first" else digits.flip(-1)
    powers = base ** torch.arange(digits.shape[-1], device=digits.device)
    return (units_first * powers).sum(-1)
