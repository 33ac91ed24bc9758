"""The prompts show what they should, and no lazy rule gives the answer away."""

import random
from pathlib import Path

import pytest
import tiny

from lab import few_shot
from lab.pairs import encode


def oracle(text: str) -> tuple[dict[str, str], str]:
    """What a prompt says, read back from its text: examples and the word asked."""
    body = text.removeprefix("Pairs:").removesuffix(" ->")
    *examples, query = body.split(",")
    return dict(tuple(one.strip().split(" -> ")) for one in examples), query.strip()


@pytest.mark.parametrize("task", few_shot.TASKS)
@pytest.mark.parametrize("n_examples", [0, 1, 2, 5])
def test_clean_prompts_tell_the_truth_and_corrupted_ones_never(task: str, n_examples: int) -> None:
    items = few_shot.TASKS[task]
    truth = dict(items)
    contents = few_shot.drawn(items, 40, n_examples, seed=1)
    for one in few_shot.pairs(contents):
        clean, query = oracle(one.clean.text)
        corrupted, same = oracle(one.corrupted.text)
        assert query == same and len(clean) == n_examples == len(corrupted)
        assert query not in clean and one.right == f" {truth[query]}"
        assert all(truth[word] == answer for word, answer in clean.items())
        assert all(truth[word] != answer for word, answer in corrupted.items())
        if n_examples > 1:
            assert sorted(clean.values()) == sorted(corrupted.values())
        assert list(clean) == list(corrupted)
        assert one.wrong.strip() in truth.values() and one.wrong != one.right
        assert one.wrong.strip() not in clean.values()


@pytest.mark.parametrize("task", few_shot.TASKS)
def test_no_word_of_the_prompt_is_the_answer(task: str) -> None:
    items = few_shot.TASKS[task]
    assert len({word for word, _ in items}) == len({answer for _, answer in items}) == len(items)
    for one in few_shot.pairs(few_shot.drawn(items, 200, 4, seed=0)):
        said = one.clean.text.removeprefix("Pairs:").replace(",", " ").split()
        assert one.right.strip() not in said


def test_answers_come_in_turn_and_halves_share_none() -> None:
    items = few_shot.TASKS["plurals"]
    one, other = few_shot.halves(items)
    assert not {*one} & {*other} and sorted([*one, *other]) == sorted(items)
    contents = few_shot.drawn(items, len(one), 3, seed=0, asked=one)
    assert sorted(shown.asked for shown in contents) == sorted(one)
    with pytest.raises(ValueError, match="too few"):
        few_shot.drawn(items[:4], 2, 3, seed=0)


def test_shuffling_leaves_no_answer_in_place() -> None:
    items = few_shot.TASKS["opposites"][:5]
    for seed in range(30):
        mixed = few_shot.shuffled(items, items[0], random.Random(seed))
        assert all(a != b for (_, a), (_, b) in zip(mixed, items, strict=True))


def test_all_prompts_line_up_where_words_are_single_tokens(tmp_path: Path) -> None:
    items = few_shot.TASKS["plurals"]
    texts = ["Pairs: -> , " + " ".join(word for item in items for word in item)]
    model = tiny.model(tmp_path, "gpt2", texts)
    kept = few_shot.single(model, items)
    assert len(kept) == len(items)
    contents = few_shot.drawn(kept, 20, 3, seed=0)
    found = encode(model, few_shot.pairs(contents))
    assert len(found) == 20 and not found.dropped
    assert len({int(end) for end in found.places["end"]}) == 1
    others = few_shot.asked_otherwise(contents, [one.other[0] for one in contents])
    assert all(
        oracle(text.text)[1] == one.other[0] for text, one in zip(others, contents, strict=True)
    )
    with pytest.raises(ValueError, match="single tokens"):
        few_shot.single(model, [("supercalifragilistic", "b"), ("a b", "c")])
