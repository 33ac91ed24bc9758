"""The lines are what they say; a second oracle, which strikes out matched brackets, agrees with the stack."""

import re

import pytest

from lab import brackets


def by_striking_out(text: str) -> str:
    """What closes next, by removing matched brackets until none is left."""
    only = re.sub(r"[^()\[\]]", "", text)
    while (shorter := re.sub(r"\(\)|\[\]", "", only)) != only:
        only = shorter
    return {"(": ")", "[": "]"}[only[-1]]


MADE = {
    "open": [pair for depth in (1, 2, 3, 4) for pair in brackets.nested(20, depth, distance=4)],
    "used up": brackets.used_up(40),
    "left over": brackets.left_over(40),
}


@pytest.mark.parametrize("name", MADE)
def test_the_answers_are_right_and_differ_within_a_pair(name: str) -> None:
    for pair in MADE[name]:
        assert (by_striking_out(pair.clean.text), by_striking_out(pair.corrupted.text)) == (
            pair.right,
            pair.wrong,
        )
        assert pair.right != pair.wrong
    right = [pair.right for pair in MADE[name]]
    assert right.count(")") == right.count("]") == len(right) / 2


def test_a_pair_differs_in_the_named_token_alone() -> None:
    for pair in MADE["used up"]:
        low, high = pair.clean.spans["closed"]
        assert pair.clean.text[:low] == pair.corrupted.text[:low]
        assert (
            pair.clean.text[high:]
            == pair.corrupted.text[low + 2 :]
            == pair.corrupted.text[-len(pair.clean.text[high:]) :]
        )
        outer, inner = (pair.clean.text[pair.clean.spans[name][0]] for name in ("outer", "inner"))
        assert {outer, inner} == {"(", "["}
    for pair in MADE["left over"]:
        low, high = pair.clean.spans["outer"]
        assert pair.clean.text[:low] == pair.corrupted.text[:low]
        assert pair.clean.text[high:] == pair.corrupted.text[high:]
        assert len(re.findall(r"\(\w+\)|\[\w+\]", pair.clean.text)) == 1
    for pair in MADE["open"]:
        low, high = pair.clean.spans["opener"]
        assert (
            pair.clean.text[:low] + pair.clean.text[high:]
            == pair.corrupted.text[:low] + pair.corrupted.text[high:]
        )
        assert not re.search(r"[()\[\]]", pair.clean.text[high:])


def test_depth_and_distance_are_as_asked() -> None:
    for depth in (1, 2, 3, 4):
        for pair in brackets.nested(10, depth, distance=6):
            assert len(re.findall(r"[(\[]", pair.clean.text)) == depth
            assert len(pair.clean.text[pair.clean.spans["opener"][1] :].split(", ")) == 6


def test_rules_that_see_less_than_a_stack() -> None:
    found = {
        name: {which: brackets.right_share(made, rule) for which, made in MADE.items()}
        for name, rule in brackets.RULES.items()
    }
    assert found["closes the last opener"] == {"open": 1.0, "used up": 0.5, "left over": 0.5}
    assert found["closes the first opener"]["used up"] == 0.5
    assert found["counts each kind"]["used up"] == 0.75
    assert found["counts each kind"]["left over"] == 1.0
    assert found["not the kind closed last"] == {"open": 1.0, "used up": 1.0, "left over": 0.5}
    assert found["always )"] == {"open": 0.5, "used up": 0.5, "left over": 0.5}
    with pytest.raises(ValueError, match="do not match"):
        brackets.closing("f(a]")
    with pytest.raises(ValueError, match="no bracket is open"):
        brackets.closing("f(a)")
