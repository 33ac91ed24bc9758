"""Each reading key of the notebook against writers whose mistakes are known."""

import pytest
import torch
from torch import nn

from lab import measurement
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train

CPU = torch.device("cpu")
SMALL = QUICK.but(n_numbers=20, most_length=6, skipped_lengths=[], room=8, d_model=32)
TASK = make_task(SMALL, CPU)


class Writer(nn.Module):
    """Sorts by "the next larger than the last", with one kind of mistake at every third place."""

    def __init__(self, mistake: str) -> None:
        super().__init__()
        self.mistake = mistake

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        logits = torch.zeros(*tokens.shape, TASK.d_vocab)
        for row, read in enumerate(tokens.tolist()):
            mid = read.index(TASK.mid)
            for here in range(mid, len(read)):
                last = read[here] if here > mid else -1
                more = sorted(number for number in read[1:mid] if number > last)
                said = more[0] if more else last
                if (here - mid) % 3 == 1:
                    said = {
                        "none": said,
                        "still to come": more[1] if len(more) > 1 else said,
                        "already written": last,
                        "not in the list": TASK.pad,
                    }[self.mistake]
                logits[row, here, said] = 1.0
        return logits


@pytest.mark.parametrize("kind", measurement.KINDS)
def test_the_kind_of_mistake_is_named(kind: str) -> None:
    batch = measurement.lists_of(TASK, 6, 50, torch.Generator().manual_seed(0))
    found = measurement.mistakes(*measurement.with_help(Writer(kind), batch))
    assert found[kind] > 0.3
    assert sum(found.values()) == pytest.approx(found[kind])
    none = measurement.mistakes(*measurement.with_help(Writer("none"), batch))
    assert not any(none.values())


def test_whole_lists_are_as_often_right_alone_as_with_help_and_single_numbers_are_not() -> None:
    half_trained = SMALL.but(steps=150)
    model = build_model(TASK, half_trained, CPU)
    train(model, TASK, half_trained, progress=False)
    batch = measurement.lists_of(TASK, 4, 300, torch.Generator().manual_seed(0))
    helped, right = measurement.with_help(model, batch)
    alone = measurement.alone(model, batch)
    whole = (helped == right).all(1)
    assert torch.equal(whole, (alone == right).all(1)) and 0 < whole.float().mean() < 1
    skips = measurement.lists_of(TASK, 6, 50, torch.Generator().manual_seed(1))
    helped, right = measurement.with_help(Writer("still to come"), skips)
    lost = measurement.alone(Writer("still to come"), skips)
    assert (helped == right).float().mean() - (lost == right).float().mean() > 0.2


class Lost(Writer):
    """A `Writer` that repeats the last number for ever once there is a mistake in what it reads."""

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        logits = super().forward(tokens)
        for row, read in enumerate(tokens.tolist()):
            mid = read.index(TASK.mid)
            due = sorted(read[1:mid])
            for place in range(1, len(due)):
                if read[mid + 1 : mid + place + 1] != due[:place]:
                    logits[row, mid + place, read[mid + place]] = 2.0
        return logits


def test_the_third_curve_tells_a_shift_from_getting_lost() -> None:
    batch = measurement.lists_of(TASK, 6, 50, torch.Generator().manual_seed(1))
    found = {}
    for name, writer in (("shift", Writer("still to come")), ("lost", Lost("still to come"))):
        helped, right = measurement.with_help(writer, batch)
        wrote = measurement.alone(writer, batch)
        found[name] = (
            (helped == right).float().mean().item(),
            (wrote == right).float().mean().item(),
            measurement.next_larger(wrote, right),
        )
    for helped_right, own_right, _ in found.values():
        assert helped_right - own_right > 0.2
    assert found["shift"][2] > 0.6  # as with help: two places in three
    assert found["lost"][2] < 0.4


class WrongOrder(Writer):
    """Sorts without a slip, but takes every odd number for smaller than the even one before it."""

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        logits = torch.zeros(*tokens.shape, TASK.d_vocab)
        for row, read in enumerate(tokens.tolist()):
            mid = read.index(TASK.mid)
            for here in range(mid, len(read)):
                last = read[here] if here > mid else -1
                more = sorted((number for number in read[1:mid] if number > last), key=_swapped)
                logits[row, here, more[0] if more else last] = 1.0
        return logits


def _swapped(number: int) -> int:
    return number ^ 1


def test_two_causes_write_the_same_kind() -> None:
    batch = measurement.lists_of(TASK, 6, 50, torch.Generator().manual_seed(0))
    for writer in (Writer("still to come"), WrongOrder("none")):
        found = measurement.mistakes(*measurement.with_help(writer, batch))
        assert found["still to come"] > 0.05
        assert found["already written"] == found["not in the list"] == 0.0


def test_the_baseline_of_the_prediction_gets_what_the_notebook_says() -> None:
    task = make_task(QUICK, CPU)
    batch = measurement.lists_of(task, 16, 8000, torch.Generator().manual_seed(0))
    said = task.lazy_rules()["likeliest for its place"](batch.tokens)
    where = measurement.sorted_half(batch)
    assert (said == batch.targets)[:, where].float().mean().item() == pytest.approx(0.38, abs=0.01)


def test_in_the_narrowest_window_one_more_than_the_last_is_right() -> None:
    rule = TASK.lazy_rules()["one more than the last"]
    shares = []
    for window in (5, 20):
        batch = measurement.lists_of(TASK, 5, 200, torch.Generator().manual_seed(0), window)
        where = measurement.sorted_half(batch)
        said = rule(batch.tokens)[:, where][:, 1:]  # at MID there is no last number
        shares.append((said == batch.targets[:, where][:, 1:]).float().mean().item())
    assert shares[0] == 1.0 and shares[1] < 0.35


def test_even_attention_has_no_lead_at_any_length() -> None:
    even = build_model(TASK, SMALL, CPU)
    with torch.no_grad():
        even.blocks[0].attn.q.weight.zero_()
        even.blocks[0].attn.q.bias.zero_()
    for length in (2, 6):
        batch = measurement.lists_of(TASK, length, 50, torch.Generator().manual_seed(0))
        expected = sum(1 / seen for seen in range(length + 2, 2 * length + 2)) / length
        attention, lead = measurement.sharpness(even, batch)
        assert attention == pytest.approx(expected, rel=1e-3)
        assert lead == pytest.approx(0.0, abs=1e-3)


def test_a_constant_lead_sinks_in_attention_and_a_smaller_lead_shows() -> None:
    def paid(score: float, keys: int) -> torch.Tensor:
        return torch.tensor([score, *[0.0] * (keys - 1)]).softmax(0)[0]

    few, many, weaker = paid(3.0, 8), paid(3.0, 30), paid(2.0, 30)
    assert few - many > 0.2
    leads = [
        measurement.lead(one, torch.tensor(keys)).item()
        for one, keys in ((few, 8), (many, 30), (weaker, 30))
    ]
    assert leads == pytest.approx([3.0, 3.0, 2.0], abs=1e-4)
