"""Names are what they say, and no letter of an acronym is glued to another under the tokenizer."""

from collections import Counter
from pathlib import Path

import pytest
import spelling
from transformer_lens import TransformerBridge

from lab import acronyms


@pytest.fixture(scope="module")
def model() -> TransformerBridge:
    return spelling.blank()


@pytest.fixture(scope="module")
def made(model: TransformerBridge) -> list[acronyms.Name]:
    return acronyms.names(model, 40)[0]


def initials(text: str) -> str:
    """The capitals that begin a word of the name, from the text alone."""
    name = text.removeprefix("The ").partition(" (")[0].partition(",")[0]
    return "".join(word[0] for word in name.split())


def test_names_come_in_twos_with_the_same_letters_and_other_words(made) -> None:
    assert len(made) == 40
    for one, twin in zip(made[::2], made[1::2], strict=True):
        assert one.letters() == twin.letters()
        assert not {*one.words, *one.others} & {*twin.words, *twin.others}
        assert [word[0] for word in one.others] == [word[0] for word in twin.others]
        assert len({word[0] for word in (*one.words, *one.others)}) == 6


@pytest.mark.parametrize("at", [0, 1, 2])
def test_the_letter_that_is_due_is_that_of_its_word(made, at: int) -> None:
    for one, prompt in zip(made, acronyms.due(made, at, acronyms.GAP), strict=True):
        assert initials(prompt.text)[:at] == prompt.text.partition("(")[2]
        assert initials(prompt.text)[at] == one.letters()[at]
    for clean, corrupted, right, wrong in acronyms.swaps(made, at):
        one, other = initials(clean.text), initials(corrupted.text)
        assert (one[at], other[at]) == (right, wrong)
        assert [i for i in range(3) if one[i] != other[i]] == [at]
        assert clean.text.partition("(")[2] == corrupted.text.partition("(")[2] == one[:at]
        assert wrong not in one


def test_a_letter_written_first_belongs_to_the_word_that_is_named(made) -> None:
    for number, which in enumerate(acronyms.FIRST_LETTERS):
        for prompt in acronyms.begun_with(made, which):
            name, _, written = prompt.text.partition("(")
            assert (initials(name) + written).index(written) == number


def test_the_commonest_letter_of_a_place_gets_little(made) -> None:
    for at in range(3):
        letters = Counter(one.letters()[at] for one in made)
        assert acronyms.blind_share(made, at) == max(letters.values()) / 40 <= 0.25


def test_acronyms_whose_letters_are_glued_are_left_out(made) -> None:
    glued = {one.letters()[:2] for one in made[:20]}
    found, left_out = acronyms.names(spelling.blank(glued), 40)
    assert not glued & {one.letters()[:2] for one in found}
    assert left_out["letters glued together in a token"] > 0
    pairs = {a + b for a in spelling.CAPITALS for b in spelling.CAPITALS}
    with pytest.raises(ValueError, match="few acronyms"):
        acronyms.names(spelling.blank(pairs), 4)


def test_places_lie_where_they_say(model: TransformerBridge, made, tmp_path: Path) -> None:
    pairs = acronyms.asked(model, acronyms.due(made, 2))
    for row, one in enumerate(made):
        ids = model.to_str_tokens(pairs.clean[row])
        found = {name: ids[int(place[row])] for name, place in pairs.places.items()}
        assert [found[f"word {i}"] for i in (1, 2, 3)] == [f" {word}" for word in one.words]
        assert [found["letter 1"], found["letter 2"]] == [*one.letters()[:2]]
        assert found["end"] == one.letters()[1]
    assert len(acronyms.letter_ids(model)) == 26
