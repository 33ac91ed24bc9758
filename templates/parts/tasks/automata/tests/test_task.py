"""The states against plain programs that run each automaton, not against its tables."""

import pytest
import torch

from lab.data import IGNORE
from lab.settings import QUICK
from lab.task import make_task

CPU = torch.device("cpu")
SMALL = QUICK.but(size=3, length=12, supervision="every")


def flip_flop(word: str) -> int:
    return int(("0" + word).replace(".", "")[-1])


def permuted(word: str) -> tuple[int, ...]:
    line = [0, 1, 2]
    for symbol in word:
        if symbol == "s":
            line[0], line[1] = line[1], line[0]
        if symbol == "c":
            line.append(line.pop(0))
    return tuple(line)


@pytest.mark.parametrize(
    ("automaton", "oracle"),
    [
        ("flip-flop", flip_flop),
        ("parity", lambda word: word.count("1") % 2),
        ("counter", lambda word: word.count("+") % 3),
    ],
)
def test_the_state_after_each_prefix_is_what_a_program_finds(automaton, oracle) -> None:
    task = make_task(SMALL.but(automaton=automaton), CPU)
    batch = task.train_batch()
    for tokens, targets in zip(batch.tokens[:50], batch.targets[:50].tolist(), strict=True):
        word = task.show(tokens).replace(" ", "")
        assert [target - task.n_symbols for target in targets] == [
            oracle(word[: end + 1]) for end in range(len(word))
        ]


def test_states_of_the_permutations_are_the_arrangements_one_to_one() -> None:
    task = make_task(SMALL.but(automaton="permutations"), CPU)
    batch = task.held_out()
    seen: dict[int, tuple[int, ...]] = {}
    for tokens, targets in zip(batch.tokens, batch.targets.tolist(), strict=True):
        arrangement = permuted(task.show(tokens).replace(" ", ""))
        assert seen.setdefault(targets[-1], arrangement) == arrangement
    assert len(set(seen.values())) == len(seen) == task.n_states == 6


@pytest.mark.parametrize("automaton", ["flip-flop", "parity", "counter", "permutations"])
def test_the_product_of_a_window_is_the_product_of_its_symbols(automaton) -> None:
    task = make_task(SMALL.but(automaton=automaton), CPU)
    words = task.held_out().tokens[:20]
    products = task.products(words, window=3)
    one = task.elements[
        task.products(words, window=1)
    ]  # what each symbol does: [batch, pos, states]
    for word in range(20):
        for end in range(2, 12):
            for state in range(task.n_states):
                moved = state
                for place in range(end - 2, end + 1):
                    moved = one[word, place, moved].item()
                assert task.elements[products[word, end], state] == moved


def test_chance_is_the_best_guess_from_position_and_symbol() -> None:
    task = make_task(SMALL, CPU)
    batch = task.sample(20000, torch.Generator().manual_seed(5))
    shares = []
    for place in range(12):
        for symbol in range(task.n_symbols):
            here = batch.targets[batch.tokens[:, place] == symbol, place]
            shares.append(here.bincount().max().item())
    assert task.chance == pytest.approx(sum(shares) / batch.tokens.numel(), abs=0.01)
    by_place = torch.tensor(shares).view(12, -1).sum(1) / len(batch.tokens)
    torch.testing.assert_close(task.chance_by_place, by_place, atol=0.02, rtol=0)


def test_supervision_at_the_end_leaves_one_target_a_word() -> None:
    task = make_task(SMALL.but(supervision="last"), CPU)
    assert ((task.train_batch().targets != IGNORE).sum(1) == 1).all()


def test_lazy_readers_of_the_flip_flop_do_what_their_names_say() -> None:
    task = make_task(QUICK.but(automaton="flip-flop"), CPU)
    words, targets = task.held_out()
    common, near = (rule(words) for rule in task.lazy_rules().values())
    for word, *said in zip(words[:50], common.tolist(), near.tolist(), strict=False):
        text = task.show(word).replace(" ", "")
        for end in range(1, len(text) + 1):
            seen = text[:end]
            assert said[0][end - 1] - 3 == (seen.count("1") > seen.count("0"))
            assert said[1][end - 1] - 3 == flip_flop(seen[-8:])
    right = [(said == targets).float().mean().item() for said in (common, near)]
    assert right[0] < 0.8 and 0.97 < right[1] < 1  # the second goes far, on random words
    assert not make_task(QUICK.but(automaton="counter"), CPU).lazy_rules()
