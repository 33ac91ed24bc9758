"""Each reading key of the notebook, tried on readers whose rule is known."""

import itertools

import pytest
import torch
from torch.nn import functional as F

from lab import fourier, measurement
from lab.settings import QUICK
from lab.task import LinearRecurrence, make_task

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def task() -> LinearRecurrence:
    return make_task(QUICK, CPU)


def sums(task: LinearRecurrence, near: int, near_times: int, far_times: int):
    """A reader that answers near_times x(n - near) + far_times x(n - near - 1)."""

    def read(tokens):
        nearer = F.pad(tokens, (near, 0))[:, : tokens.shape[1]]
        farther = F.pad(tokens, (near + 1, 0))[:, : tokens.shape[1]]
        return F.one_hot(
            (near_times * nearer + far_times * farther) % task.modulus, task.d_vocab
        ).float()

    return read


def test_the_bright_columns_are_the_tokens_that_the_answer_depends_on(task) -> None:
    tokens = task.held_out().tokens
    for near, times in [(0, (1, 1)), (1, (2, 1))]:
        reader = sums(task, near, *times)
        table = measurement.changed(task, reader, tokens, torch.Generator().manual_seed(0))
        last = table[-1]
        assert last[[near, near + 1]].tolist() == [1.0, 1.0]
        assert last.sum() == 2.0
        assert table[0, 2:].isnan().all()


def test_an_alarm_is_bright_in_sequences_and_dark_where_no_rule_holds(task) -> None:
    adds, goes_round = sums(task, 0, 1, 1), sums(task, 1, 2, 1)
    trained = torch.zeros(task.modulus, task.modulus, dtype=torch.bool)
    trained[task.training_pairs[:, 0], task.training_pairs[:, 1]] = True

    def alarmed(tokens):
        """Adds the last two while the rule holds for the last three, else says 0."""
        follows = F.pad((tokens[:, :-2] + tokens[:, 1:-1]) % task.modulus, (2, 0))
        holds = (follows == tokens) | (torch.arange(tokens.shape[1]) < 2)
        nothing = F.one_hot(torch.zeros_like(tokens), task.d_vocab).float()
        return torch.where(holds[..., None], adds(tokens), nothing)

    def unsure(tokens):
        """Adds the last two if training has shown the pair, else goes round the last one."""
        known = trained[F.pad(tokens, (1, 0))[:, :-1], tokens]
        return torch.where(known[..., None], adds(tokens), goes_round(tokens))

    sequences = task.held_out().tokens
    generator = torch.Generator().manual_seed(0)
    no_rule = measurement.unruly(task, *sequences.shape, generator)
    two_back = {
        (name, kind): measurement.changed(task, reader, tokens, generator)[-1, 2].item()
        for name, reader in (("alarm", alarmed), ("round", goes_round), ("unsure", unsure))
        for kind, tokens in (("sequences", sequences), ("no rule", no_rule))
    }
    assert two_back["alarm", "sequences"] > 0.9 and two_back["alarm", "no rule"] < 0.1
    for kind in ("sequences", "no rule"):
        assert two_back["round", kind] == two_back["unsure", kind] == 1.0


def test_numbers_without_a_rule_have_held_out_neighbours_and_obey_it_nowhere(task) -> None:
    numbers = measurement.unruly(task, 200, task.n_ctx, torch.Generator().manual_seed(0))
    held_out = {tuple(pair) for pair in task.held_out_pairs.tolist()}
    pairs = [pair for row in numbers.tolist() for pair in itertools.pairwise(row)]
    assert sum(pair in held_out for pair in pairs) > 0.99 * len(pairs)
    before, last, after = numbers[:, :-2], numbers[:, 1:-1], numbers[:, 2:]
    assert (task.step(before, last) != after).all()


def test_outcomes_tell_the_rule_from_a_way_round_the_last_token(task) -> None:
    tokens = task.held_out().tokens
    found = {}
    for name, reader in [
        ("last two", sums(task, 0, 1, 1)),
        ("two and three back", sums(task, 1, 2, 1)),
    ]:
        assert (reader(tokens)[:, -1].argmax(-1) == task.held_out().targets[:, -1]).all()
        generator = torch.Generator().manual_seed(0)
        found[name] = measurement.outcomes(task, reader, tokens, 0, generator)
    assert found["last two"] == (1.0, 0.0, 0.0)
    assert found["two and three back"] == (0.0, 1.0, 0.0)
    parrot = measurement.outcomes(
        task,
        lambda t: F.one_hot(t, task.d_vocab).float(),
        tokens,
        0,
        torch.Generator().manual_seed(0),
    )
    assert parrot.neither > 0.9


def test_a_table_that_only_knows_turned_pairs_fails_where_the_turned_pair_was_not_seen(
    task,
) -> None:
    batch = task.held_out()
    turned = task.turned_seen(*batch.tokens[:, -2:].T)
    trained = {tuple(pair) for pair in task.training_pairs.tolist()}
    by_hand = [(b, a) in trained for a, b in batch.tokens[:, -2:].tolist()]
    assert turned.tolist() == by_hand and 0 < turned.float().mean() < 1
    right = {}
    (from_memory,) = task.lazy_rules().values()
    for name, said in [
        ("table", from_memory(batch.tokens)),
        ("adds", sums(task, 0, 1, 1)(batch.tokens).argmax(-1)),
    ]:
        correct = said[:, -1] == batch.targets[:, -1]
        right[name] = [correct[mask].float().mean().item() for mask in (turned, ~turned)]
    assert right["adds"] == [1.0, 1.0]
    assert right["table"][0] == 1.0 and right["table"][1] < 0.1


def test_waves_stand_out_of_the_shuffled_band_and_noise_does_not() -> None:
    n = torch.arange(31)
    waves = [f(2 * torch.pi * k * n / 31) for k in (4, 9) for f in (torch.cos, torch.sin)]
    noise = torch.randn(31, 64, generator=torch.Generator().manual_seed(0))
    planted = torch.stack(waves, dim=1) @ noise[:4] + 0.3 * noise
    above = {}
    for name, weights in [("waves", planted), ("noise", noise)]:
        mean, spread = measurement.shuffled_spectra(weights, draws=200)
        above[name] = (fourier.spectrum(weights) > mean + 4 * spread).nonzero().flatten() + 1
    assert above["waves"].tolist() == [4, 9] and above["noise"].tolist() == []
