"""The documents are what they say; the standard library's HTML parser agrees with the stack."""

from collections import Counter
from html.parser import HTMLParser

import pytest

from lab import tags


class Opened(HTMLParser):
    """The tags that are open so far, by a parser that shares no code with ours."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.open.remove(tag)


def by_parser(text: str) -> list[str]:
    reader = Opened()
    reader.feed(text.removesuffix("</"))
    return reader.open


MADE = {layout: tags.documents(layout, 40) for layout in tags.LAYOUTS}


@pytest.mark.parametrize("layout", MADE)
def test_the_answer_is_the_innermost_open_tag(layout: str) -> None:
    for outer, inner, closed, pair in MADE[layout]:
        assert by_parser(pair.clean.text) == [outer, inner]
        assert by_parser(pair.corrupted.text) == [inner, outer]
        assert (pair.right, pair.wrong) == (inner, outer)
        assert tags.open_tag(pair.clean.text) == inner
        assert pair.clean.text.endswith("</")
        if layout != "two open":
            assert f"</{closed}>" in pair.clean.text
            assert len({outer, inner, closed}) == 3


@pytest.mark.parametrize("layout", MADE)
def test_a_pair_differs_in_the_two_names_alone_and_places_are_where_they_say(layout: str) -> None:
    for outer, inner, closed, pair in MADE[layout]:
        swap = {outer: inner, inner: outer}
        for name, (low, high) in pair.clean.spans.items():
            mine, twin = (
                pair.clean.text[low:high],
                pair.corrupted.text[slice(*pair.corrupted.spans[name])],
            )
            assert twin == swap.get(mine, mine)
            expected = {"outer": outer, "inner": inner, "closed": closed, "closer": closed}
            assert mine == expected.get(name, mine)
        assert pair.clean.text[slice(*pair.clean.spans["behind_outer"])] == "><"


def test_both_orders_of_two_names_come_equally_often() -> None:
    for made in MADE.values():
        orders = Counter((one.outer, one.inner) for one in made)
        assert all(orders[inner, outer] == n for (outer, inner), n in orders.items())
    table = tags.every_order()
    assert len({(one.outer, one.inner) for one in table}) == len(table) == 90


def test_rules_that_see_less_than_a_stack() -> None:
    found = {
        name: [tags.right_share(MADE[layout], rule) for layout in tags.LAYOUTS]
        for name, rule in tags.RULES.items()
    }
    assert found == {
        "the last name": [1.0, 1.0, 0.0],
        "the last one opened": [1.0, 1.0, 0.0],
        "the latest that stands once": [1.0, 1.0, 1.0],
        "what was closed last, else the last name": [1.0, 0.0, 0.0],
        "the first name": [0.0, 0.0, 0.0],
    }
    with pytest.raises(ValueError, match="do not match"):
        tags.open_tag("<b><i></b>")
    with pytest.raises(ValueError, match="no tag is open"):
        tags.open_tag("<b>x</b>")
