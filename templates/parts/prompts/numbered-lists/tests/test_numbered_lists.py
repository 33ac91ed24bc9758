"""The lists are what they say: an oracle that reads nothing but the text gives the same digits."""

import re
from collections import Counter

import pytest
import tiny

from lab import numbered_lists as lists


def oracle(text: str) -> dict[str, int]:
    """The digit of each rule, from a text."""
    assert text.endswith("\n")
    found = [int(line[0]) for line in text.splitlines()]
    return {
        "last + 1": found[-1] + 1,
        "last but one + 1": found[-2] + 1,
        "last but one + 2": found[-2] + 2,
        "lines + 1": text.count("\n") + 1,
        "last again": found[-1],
        "digit inside + 1": int(re.findall(r"\d", text)[-1]) + 1,
    }


MADE = {
    "plain": lists.plain(40, 3, 3),
    "long": lists.plain(40, 6, 18),
    "odd": lists.odd(40, 3, 4),
    "famous": lists.famous(10, 4),
}


@pytest.mark.parametrize("name", MADE)
def test_rules_say_what_the_text_says(name: str) -> None:
    for prompt, said in MADE[name]:
        assert said == {rule: oracle(prompt.text)[rule] for rule in said}
        assert max(said.values()) < 10


@pytest.mark.parametrize("length", range(3, 21))
def test_a_line_has_as_many_words_as_asked(length: int) -> None:
    for prompt, _ in lists.plain(8, 2, length):
        for line in prompt.text.splitlines():
            assert re.fullmatch(r"\d\. [A-Z][a-z]+( [a-z]+)+", line)
            assert length <= len(line.split()) - 1 <= length + 2


def test_no_two_rules_agree_where_cues_are_at_odds() -> None:
    for prompt, said in MADE["odd"]:
        others = {int(line[0]) for line in prompt.text.splitlines()[:-1]}
        alike = said["last but one + 1"] == said["lines + 1"]
        assert len({*said.values()}) == 5 - alike
        assert not others & {*said.values()}
    with pytest.raises(ValueError, match="so many lines"):
        lists.odd(4, 8, 4)
    with_digit, in_letters = lists.with_digit(40, 3)
    for (prompt, said), (twin, twin_said) in zip(with_digit, in_letters, strict=True):
        assert said == twin_said == {rule: oracle(prompt.text)[rule] for rule in said}
        others = [digit for rule, digit in said.items() if rule != "digit inside + 1"]
        assert said["digit inside + 1"] not in others
        inside = said["digit inside + 1"] - 1
        assert prompt.text.count(str(inside)) == 1
        assert twin.text == prompt.text.replace(str(inside), lists.DIGIT_WORDS[inside])


def test_counting_lines_is_wrong_where_the_run_does_not_begin_at_one() -> None:
    for name in ("plain", "long"):
        for _, said in MADE[name]:
            assert said["lines + 1"] < said["last + 1"] == said["last but one + 2"]
    for _, said in MADE["famous"]:
        assert (said["last but one + 1"], said["lines + 1"], said["last + 1"]) == (3, 4, 8)


def test_pairs_differ_in_numbers_three_apart_and_both_ways() -> None:
    made = lists.raised(40, 3, 4)
    for clean, corrupted, right, wrong in made:
        assert (int(right), int(wrong)) == (
            oracle(clean.text)["last + 1"],
            oracle(corrupted.text)["last + 1"],
        )
        assert abs(int(right) - int(wrong)) == 3
        assert re.sub(r"\d", "", clean.text) == re.sub(r"\d", "", corrupted.text)
        assert oracle(clean.text)["lines + 1"] not in (int(right), int(wrong))
    assert Counter(right > wrong for _, _, right, wrong in made) == {True: 20, False: 20}
    assert max(Counter(one.right for one in made).values()) <= 14


def test_distances_vary_and_so_do_answers() -> None:
    distances = {len(prompt.text.splitlines()[-1].split()) for prompt, _ in MADE["plain"]}
    assert len(distances) == 3
    assert len({said["last + 1"] for _, said in MADE["plain"]}) == 5
    for n_lines in (2, 3):
        made = lists.odd(36, n_lines, 4)
        assert lists.constant_share(made, "last + 1") <= 0.26
        assert lists.constant_share(made, "lines + 1") == 1.0


@pytest.mark.parametrize("n_lines", [2, 3])
def test_one_more_than_the_smallest_or_largest_is_right_in_half_of_the_broken_runs(
    n_lines: int,
) -> None:
    made = lists.odd(36, n_lines, 4)
    for extreme in (min, max):
        right = [
            extreme(int(line[0]) for line in prompt.text.splitlines()) + 1 == said["last + 1"]
            for prompt, said in made
        ]
        assert 0.3 < sum(right) / len(made) <= 0.5


def test_places_lie_where_they_say(tmp_path) -> None:
    texts = [one.prompt.text for one in MADE["plain"]]
    model = tiny.model(tmp_path, "gpt2", [*texts, "\n1 2"])
    pairs = lists.asked(model, MADE["plain"])
    for row, text in enumerate(texts):
        ids = model.to_str_tokens(pairs.clean[row])
        found = {name: ids[int(place[row])] for name, place in pairs.places.items()}
        for back, line in enumerate(reversed(text.splitlines())):
            assert found[f"number {back}"] == line[0]
            assert found[f"stop {back}"] == "."
            assert found["end" if back == 0 else f"newline {back}"] == "\n"
    with pytest.raises(ValueError, match="no pair fits"):
        lists.asked(tiny.model(tmp_path / "b", "gpt2", ["x"]), MADE["plain"])
