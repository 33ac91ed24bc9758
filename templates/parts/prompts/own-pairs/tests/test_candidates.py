"""What a list of pairs has to be, whoever wrote it, and that a guess without the changed word is a coin."""

import difflib
from collections import Counter

import pytest

from lab import candidates
from lab.candidates import CANDIDATES, Row

ROWS = [row for rows in CANDIDATES.values() for row in rows]


def differing(one: str, other: str) -> tuple[list[str], list[str]]:
    """The words of two texts that are not the same, by the standard library's own comparison."""
    left, right = one.split(), other.split()
    codes = difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    changed = [code for code in codes if code[0] != "equal"]
    assert len(changed) == 1
    _, a, b, c, d = changed[0]
    return left[a:b], right[c:d]


@pytest.mark.parametrize("name", CANDIDATES)
def test_each_pair_differs_in_the_place_that_it_names(name: str) -> None:
    pairs = candidates.shown(name, 1000) + candidates.kept_back(name)
    assert len(pairs) == len(CANDIDATES[name]) == len({*CANDIDATES[name]})
    for pair in pairs:
        clean, corrupted = (
            prompt.text[slice(*prompt.spans["changed"])] for prompt in (pair.clean, pair.corrupted)
        )
        assert differing(pair.clean.text, pair.corrupted.text) == ([clean], [corrupted])
        assert pair.right != pair.wrong
        assert pair.right[0] == pair.wrong[0] == " "
        alone = candidates.word_alone(pair)
        assert (alone.clean.text, alone.corrupted.text) == (f" {clean}", f" {corrupted}")
        assert alone[2:] == pair[2:]


@pytest.mark.parametrize("name", CANDIDATES)
def test_no_place_or_order_gives_the_answer_away(name: str) -> None:
    rows = CANDIDATES[name]
    right = Counter(row.right for row in rows)
    wrong = Counter(row.wrong for row in rows)
    if name == "correlatives":
        assert {*right.values()} == {*wrong.values()} == {30}
    if name == "comparisons":  # the name in front is right as often as the other
        assert sum(row.clean.startswith(row.right.strip()) for row in rows) == len(rows) / 2
    for row in rows:  # without the changed word the two prompts are one, and get one answer
        one, other = differing(row.clean, row.corrupted)
        assert row.clean.replace(one[0], "_") == row.corrupted.replace(other[0], "_")


def test_the_answers_by_another_oracle() -> None:
    partners = {"either": "or", "neither": "nor", "both": "and"}
    for row in CANDIDATES["correlatives"]:
        said = [partners[word] for word in row.clean.split() if word in partners]
        assert [row.right.strip()] == said
    known = {frozenset(pair.split()) for pair in candidates._OPPOSITES}
    for row in CANDIDATES["opposites"]:
        assert frozenset((row.clean.split()[3], row.right.strip())) in known
        assert frozenset((row.corrupted.split()[3], row.wrong.strip())) in known
    for row in CANDIDATES["comparisons"]:
        one, _, how, _, other = row.clean.replace(",", "").split()[:5]
        height = {one: 1, other: 1 + (-1 if how == "taller" else 1)}
        assert row.right.strip() == max(height, key=lambda name: height[name])


def test_what_is_kept_back_is_not_shown() -> None:
    for name, rows in CANDIDATES.items():
        shown, kept = candidates.shown(name, 1000), candidates.kept_back(name)
        assert len(kept) == len(rows) // 3
        assert not {one.clean.text + one.right + one.wrong for one in kept} & {
            one.clean.text + one.right + one.wrong for one in shown
        }
        assert candidates.shown(name, 5) == shown[:5]


@pytest.mark.parametrize(
    ("clean", "corrupted", "said"),
    [
        ("a b c d end", "a x y z end", "3 and 3 words differ"),
        ("the man bit the dog", "the dog bit the man", "4 and 4 words differ"),
        ("a b end", "a end", "1 and 0 words differ"),
        ("a end", "a end", "0 and 0 words differ"),
    ],
)
def test_a_pair_that_no_figure_could_show(clean: str, corrupted: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        candidates.paired(Row(clean, corrupted, " x", " y"))


def test_a_candidate_that_is_not_there() -> None:
    with pytest.raises(ValueError, match=r"no candidate 'mine'.*correlatives"):
        candidates.shown("mine", 3)
