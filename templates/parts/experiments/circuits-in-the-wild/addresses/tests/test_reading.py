"""The reading keys of the notebook: each is planted where it holds, and beside it a decoy.

The planted models have two heads whose weights are written by hand. The two names stand at places 3 and 4.
"""

import mailing
import pytest
from mailing import PLACE, TOKEN, word
from transformer_lens import TransformerBridge

from lab import addresses, measurement, patching
from lab.pairs import encode

PEOPLE = addresses.people(mailing.blank(), 24)
FIRST = {name: TOKEN + word(f" {name}") for name in addresses.FIRST_NAMES}
ALL = {name: TOKEN + word(f" {name}") for name in mailing.NAMES[:60]}  # a head is no wider
ADDRESS, ROUND = TOKEN + word(" <"), TOKEN + word(" (")
ENDS = [PLACE + place for place in range(5, 32)]


def written(names: dict[str, int], lower: float, capital: float) -> list[tuple[int, int, float]]:
    """What a head writes for each name."""
    return [
        (one, word(form), much)
        for name, one in names.items()
        for form, much in ((name.lower(), lower), (name, capital))
    ]


def brings(lower: float, capital: float) -> TransformerBridge:
    """Head 0 brings the first of the two names. Head 1 looks at the bracket, and decides the case."""
    model = mailing.blank()
    mailing.looks(model, 0, ENDS, [PLACE + 3])
    mailing.writes(model, 0, written(ALL, lower, capital))
    mailing.looks(model, 1, ENDS, [ADDRESS, ROUND])
    likes = [(ADDRESS, word(name.lower()), 0.5) for name in FIRST]
    mailing.writes(model, 1, likes + [(ROUND, word(name), 0.5) for name in FIRST])
    return model


def of_its_kind() -> TransformerBridge:
    """Head 0 brings what is a first name."""
    model = mailing.blank()
    mailing.looks(model, 0, ENDS, [*FIRST.values()])
    mailing.writes(model, 0, written(FIRST, 1.0, 0.0))
    return model


def asks_the_bracket() -> TransformerBridge:
    """Head 0 brings the first name in lower case to an address; behind a round bracket it looks at the BOS."""
    model = mailing.blank()
    mailing.looks(model, 0, [ADDRESS], [PLACE + 3])
    mailing.looks(model, 0, [ROUND], [PLACE])
    mailing.writes(model, 0, written(ALL, 1.0, 0.0))
    return model


def with_a_separator() -> TransformerBridge:
    """Head 0 brings names; head 1 what separates those of the address above, at place 7."""
    model = mailing.blank()
    mailing.looks(model, 0, ENDS, [PLACE + 3])
    mailing.writes(model, 0, written(ALL, 1.0, 1.0))
    mailing.looks(model, 1, ENDS, [PLACE + 7])
    mailing.writes(model, 1, [(TOKEN + word(one), word(one), 1.0) for one in "_."])
    return model


def effects(model: TransformerBridge, some: list) -> list[float]:
    """Of the two heads at the end."""
    return patching.heads(model, encode(model, some), "end")[0].tolist()


def test_names_turned_round_tell_the_place_from_the_kind_of_name() -> None:
    people = [one for one in PEOPLE if one.surname in ALL]
    for model, turned_name in ((brings(1.0, 0.0), "surname"), (of_its_kind(), "first name")):
        for order, name in ((False, "first name"), (True, turned_name)):
            prompts = [
                addresses.prompt(*((one.surname, one.first) if order else one)) for one in people
            ]
            logits = measurement.logits_at_end(model, prompts)
            assert measurement.written_first(model, logits, people)[name] == 1.0
            above = measurement.first_above_surname(model, logits, people)
            assert above == float(name == "first name")


def test_bringing_a_name_is_told_from_choosing_its_case() -> None:
    name, case = addresses.other_name(PEOPLE), addresses.other_bracket(PEOPLE)
    both_forms = brings(1.0, 1.0)
    assert effects(both_forms, name) == pytest.approx([1.0, 0.0], abs=1e-4)
    assert effects(both_forms, case) == pytest.approx([0.0, 1.0], abs=1e-4)
    both_effects = asks_the_bracket()
    assert effects(both_effects, name) == pytest.approx([1.0, 0.0], abs=1e-4)
    assert effects(both_effects, case) == pytest.approx([1.0, 0.0], abs=1e-4)


def test_a_head_that_changes_case_is_told_from_one_that_raises_all_forms() -> None:
    names = [*FIRST]
    for model, capital in ((brings(1.0, 0.0), 0.0), (brings(1.0, 1.0), 1.0)):
        found = measurement.raised_forms(model, names, [(0, 0), (1, 0)])
        forms = found[0, 0]
        assert (forms["lower"], forms["Capital"], forms["another's lower"]) == (1.0, capital, 0.0)
        assert forms["lower minus Capital"] == pytest.approx(1.0 - capital)
        assert set(found[1, 0].values()) == {0.0}  # writes nothing


def test_the_separator_and_the_name_have_each_their_head() -> None:
    model = with_a_separator()
    assert effects(model, addresses.other_name(PEOPLE)) == pytest.approx([1.0, 0.0], abs=1e-4)
    some = addresses.other_separator(PEOPLE)
    assert effects(model, some) == pytest.approx([0.0, 1.0], abs=1e-4)
    one_head = mailing.blank()  # the same head brings both
    mailing.looks(one_head, 0, [ADDRESS], [PLACE + 3])
    mailing.looks(one_head, 0, [PLACE + place for place in range(18, 32)], [PLACE + 7])
    mailing.writes(
        one_head,
        0,
        [*written(FIRST, 1.0, 0.0), *((TOKEN + word(one), word(one), 1.0) for one in "_.")],
    )
    assert effects(one_head, addresses.other_name(PEOPLE)) == pytest.approx([1.0, 0.0], abs=1e-4)
    assert effects(one_head, some) == pytest.approx([1.0, 0.0], abs=1e-4)
