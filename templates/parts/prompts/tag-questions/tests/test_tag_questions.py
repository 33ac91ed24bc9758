"""The sentences are what they say: an oracle that reads them finds the pronoun, nothing else differs."""

import re

import pytest

from lab import tag_questions as tags

HERS = [
    "Lisa",
    "Mary",
    "Anna",
    "Sarah",
    "Emily",
    "Laura",
    "Alice",
    "Susan",
    "Karen",
    "Helen",
    "Julia",
    "Emma",
    "Kate",
    "Jane",
    "Amy",
    "Lucy",
]
WOMEN = {"mother", "sister", "aunt", "queen", "woman", "girl", "daughter", "wife"}
MEN = {"father", "brother", "uncle", "king", "man", "boy", "son", "husband"}


def read(text: str) -> str:
    """The pronoun of the first noun or name after the lead-in."""
    word = re.match(r"(?:I think|You know|I guess|Yes,) (?:the )?(\w+)", text)[1]
    if word[0].isupper():
        return " she" if word in HERS else " he"
    if word.endswith("s"):
        return " they"
    return " she" if word in WOMEN else " he" if word in MEN else " it"


MADE = {
    name: make(40)
    for name, make in {
        "names": tags.names, **tags.CONTRASTS, "past another": tags.past_another,
    }.items()
}  # fmt: skip


@pytest.mark.parametrize("name", MADE)
def test_the_subject_decides_and_is_all_that_differs(name: str) -> None:
    for pair in MADE[name]:
        assert (read(pair.clean.text), read(pair.corrupted.text)) == (pair.right, pair.wrong)
        rests = [
            one.text[: one.spans["subject"][0]] + one.text[one.spans["subject"][1] :]
            for one in (pair.clean, pair.corrupted)
        ]
        assert rests[0] == rests[1]
        assert re.search(r", (couldn|shouldn|wouldn|isn)'t$", pair.clean.text)
        said, tag = re.search(r" (could|should|would|is) .*, (\w+)n't$", pair.clean.text).groups()
        assert said == tag


def test_the_verb_does_not_say_how_many() -> None:
    for name in ("it or she", "they or he", "they or it"):
        assert not [pair for pair in MADE[name] if re.search(r" (is|are|was)\b", pair.clean.text)]


def test_every_pronoun_stands_against_two_others_or_more() -> None:
    answers = {
        (made[0].right, made[0].wrong) for name, made in MADE.items() if name in tags.CONTRASTS
    }
    for pronoun in (" she", " he", " it", " they"):
        assert len([pair for pair in answers if pronoun in pair]) == 2


def test_the_other_person_is_right_in_half_of_the_prompts() -> None:
    women = {"queen", "princess", "bride"}
    right = [
        (" she" if prompt.text[slice(*prompt.spans["other"])] in women else " he") == answer
        for pair in MADE["past another"]
        for prompt, answer in ((pair.clean, pair.right), (pair.corrupted, pair.wrong))
    ]
    assert sum(right) == len(right) / 2
    hers = [
        pair.clean.text[slice(*pair.clean.spans["other"])] in women for pair in MADE["past another"]
    ]
    assert sum(hers) == 20
    assert [tags.other_is_woman(pair) for pair in MADE["past another"]] == hers
