"""The sentences are what they say: an oracle that counts names finds the answer, no place gives it away."""

import re
from collections import Counter
from pathlib import Path

import tiny

from lab import ioi, pairs


def names_in(text: str) -> Counter[str]:
    """How often each name stands in a text, found by reading it."""
    return Counter(word for word in re.findall(r"[A-Z][a-z]+", text) if word in ioi.NAMES)


def test_the_answer_is_the_name_that_stands_once() -> None:
    for pair in ioi.swapped(40):
        for prompt, answer in ((pair.clean, pair.right), (pair.corrupted, pair.wrong)):
            counts = names_in(prompt.text)
            assert [f" {name}" for name, n in counts.items() if n == 1] == [answer]
            assert sorted(counts.values()) == [1, 2]


def test_the_third_name_repeats_none() -> None:
    for pair, twin in zip(ioi.unrepeated(40), ioi.swapped(40), strict=True):
        assert pair.clean == twin.clean
        assert set(names_in(pair.corrupted.text).values()) == {1}
        assert {pair.right, pair.wrong} == {twin.right, twin.wrong}


def test_neither_order_nor_name_gives_the_answer_away() -> None:
    made = ioi.swapped(400)
    first = sum(pair.clean.spans["io"] < pair.clean.spans["s1"] for pair in made)
    assert first == 200
    right, wrong = Counter(one.right for one in made), Counter(one.wrong for one in made)
    assert all(abs(right[f" {name}"] - wrong[f" {name}"]) < 20 for name in ioi.NAMES)
    assert {made[i].clean.text.split()[0] for i in (0, 2, 4, 6)} == {
        "When",
        "After",
        "While",
        "Yesterday",
    }


def test_places_are_named_by_role(tmp_path: Path) -> None:
    made = ioi.swapped(8)
    model = tiny.model(
        tmp_path, "gpt2", [one.text for pair in made for one in (pair.clean, pair.corrupted)]
    )
    encoded = pairs.encode(model, made)
    assert (len(encoded), set(encoded.places)) == (8, {"io", "s1", "s2", "end"})
    for row, pair in enumerate(made):
        said = model.to_str_tokens(encoded.clean[row])
        at = {name: said[int(place[row])] for name, place in encoded.places.items()}
        assert at == {"io": pair.right, "s1": pair.wrong, "s2": pair.wrong, "end": " to"}
