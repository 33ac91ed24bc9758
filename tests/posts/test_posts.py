"""Problems out of HTML: whole pages in several layouts, each oddity alone, and hostile pages."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mirror import LAYOUTS, invented, page

from problembrowser.catalogue import bundled
from problembrowser.catalogue.problem import Hint
from problembrowser.errors import FetchError
from problembrowser.posts import parse
from problembrowser.text import plain

BASE = "https://www.lesswrong.com/posts/abc/ponds"
BUNDLED = bundled.load()


def first(html):
    """Rating, id and statement of each problem: all that some tests are about."""
    found = parse.read(html, BASE)
    return [(one.difficulty + "*" * one.starred, one.id, one.statement) for one in found]


@pytest.mark.parametrize("number", range(1, 10))
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_of_every_post_gives_exactly_what_it_says(layout, number):
    ids = [one.id for one in BUNDLED.problems if one.id.startswith(f"{number}.")]
    expected = invented(ids)
    assert list(parse.read(page(expected, layout), BASE)) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<li>B-C* 4.39 - Does it?", [("B-C*", "4.39", "Does it?")]),
        (r"<b>C\* 2.6 - Recall facts.</b> How?", [("C*", "2.6", "Recall facts. How?")]),
        (r"<li><b>B\* 2.4 3-letter things</b>", [("B*", "2.4", "3-letter things")]),
        ("<li>C–B&nbsp;4.3&nbsp;—&nbsp;x", [("B-C", "4.3", "x")]),
        ("<p>B 4.3 - x<br>A* 4.4: y", [("B", "4.3", "x"), ("A*", "4.4", "y")]),
        ("<li><b>B</b><i>*</i> 4<b>.</b>3 x", [("B*", "4.3", "x")]),
        ("<li>[B*] 4.3 x", [("B*", "4.3", "x")]),
        ("<li>• B 4.3 x", [("B", "4.3", "x")]),
        ("<li>B 4.03 x", [("B", "4.3", "x")]),
        ("<ul><li>B 4.3 x<li>4.4 - no rating", [("B", "4.3", "x"), ("", "4.4", "no rating")]),
        ("<li>B 4.3 m<sup>2</sup><sup><a href=#f>[1]</a></sup>", [("B", "4.3", "m2")]),
        ("<p>A 4.3 billion</p><p>A 2.8B model</p><p>A 4.3.1 release", []),
        ("<p>See A 4.3 for that", []),
        ("<li>B 4.3", []),
        ("", []),
    ],
)
def test_a_prefix_in_many_forms(html, expected):
    assert first(html) == expected


def test_the_second_of_a_number_gets_a_letter_and_a_quotation_does_not():
    ahead = "<p>A* 4.2 - one that I like: two</p>"
    body = "<ul><li>B 4.1 one<li>A* 4.2 two<li>C 4.2 another<li>D 4.3 three</ul>"
    after = "<ul><li>B 4.1 one, I think, is done<li>A* 4.2 is old</ul>"
    assert first(ahead + body + after) == [
        ("B", "4.1", "one"),
        ("A*", "4.2", "two"),
        ("C", "4.2b", "another"),
        ("D", "4.3", "three"),
    ]


def test_hints_keep_their_level_and_rating_and_the_article_is_no_rating():
    (one,) = parse.read(
        "<ul><li>B 4.1 one<p>more of it</p><ul><li>A map helps<ul><li><b>A*</b> Draw it</ul>"
        "<li>C - Hard<li><b>A</b> Easy<li><b>A whole bold</b></ul></ul><p>Not of it</p>"
    )
    assert one.statement == "one more of it"
    assert one.hints == (
        Hint("A map helps", 1),
        Hint("Draw it", 2, "A", True),
        Hint("Hard", 1, "C"),
        Hint("Easy", 1, "A"),
        Hint("A whole bold", 1),
    )


def test_links_are_those_of_the_web_in_full():
    (one,) = parse.read(
        '<li>B 4.1 <a href="/x?a=1&amp;b=2">a</a> <a href="#here">b</a> <a href="">c</a>'
        '<a href="javascript:alert(1)">d</a> <a href="file:///etc/passwd">e</a>'
        '<a href="http://[bad">f</a> <a href="https://ok.org/p">g</a><a href="/x?a=1&b=2">h</a>',
        BASE,
    )
    assert one.links == ("https://www.lesswrong.com/x?a=1&b=2", "https://ok.org/p")


@pytest.mark.parametrize("text", ["{{ 7*7 }}{% raw %}", '"""', "'''\\", "%run x", "!cmd", "=1+1"])
def test_text_stays_text(text):
    assert first(f"<li>B 4.1 x {text}")[0][2] == f"x {text}"


def test_nothing_in_a_text_steers_a_terminal():
    hidden = "\x1b[31m\x00\u202e\u2066\x07&#27;&#0;&#x202e;"
    (one,) = parse.read(f"<li>B 4.1 a{hidden}b &lt;script&gt;")
    assert re.fullmatch(r"a\[31m\ufffd?b <script>", one.statement)


@pytest.mark.parametrize(
    "html",
    [
        "<ul><li>" * 20_000 + "B 4.1 x",
        "<b>" * 50_000,
        "</p>" * 20_000 + "<div>" * 20_000,
        "<sup>" * 40_000,
        "<!--" * 500_000,
        "<a " * 500_000,
        "<a ='" * 300_000,
        "&#" * 500_000,
        "<script>" * 200_000,
        "<nav>" * 90_000,
        "<nav><p>x" * 45_000 + "x" * 7_000_000,
        "<div>" * 300 + "<div>B 4.1 x" * 400,
        "<li>B" + "*" * 2_000_000,
        "<li>B 4.1 x" + "<br>y" * 30_000,
        "<li>B 4." + "1" * 1_000_000,
        "<a href=x>y" * 30_000,
        "<title>" + "x" * 7_000_000,
        "\0" * 1_000_000,
    ],
    ids=lambda html: html[:9],
)
def test_a_hostile_page_is_read_to_its_end(html):
    begun = time.process_time()
    assert len(parse.read(html)) <= 1
    assert time.process_time() - begun < 30  # what grows with the square takes minutes


@pytest.mark.parametrize(
    "html", ["<li>B 4.1 x" * 1_000_000, "<" * 1_000_000, "x" * 9_000_000, "<li>B 4.1 x" * 2_000]
)
def test_what_is_too_much_for_a_post_is_refused_in_a_line(html):
    with pytest.raises(FetchError, match=r"^The page has [^\n]{5,70}\.$"):
        parse.read(html)


def test_a_text_of_ten_megabytes_is_cut():
    (one,) = parse.read("<li>B 4.1 " + "word " * 1_000_000)
    assert len(one.statement) <= parse.LONGEST_TEXT


TAGS = "<ul> </ul> <li> </li> <p> </p> <b> </b> <br> <tr> <td> </table> <h2> <sup> <script> </a>"
WORDS = "<!-- --> &nbsp; &#x; < > & B A* B-C 4.1 4.2 - – * \\* . [1] <a\xa0href='x'>"
PIECES = st.one_of(st.sampled_from(f"{TAGS} {WORDS}".split(" ")), st.text(max_size=8))


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=40).map(" ".join))
def test_whatever_a_page_holds_what_is_read_is_well_formed(html):
    check(html)


def check(html):
    """What holds for every page (fuzz.py asks it of a hundred thousand)."""
    try:
        found = parse.read(html, BASE)
    except FetchError:
        return
    assert len({one.id for one in found}) == len(found)
    for one in found:
        assert re.fullmatch(r"\d{1,2}\.\d{1,3}[a-z]{0,2}", one.id)
        assert re.fullmatch(r"|[A-D](-[A-D])?", one.difficulty)
        for text in (one.statement, one.section, *(hint.text for hint in one.hints)):
            assert text == plain(text).strip()
            assert len(text) <= parse.LONGEST_TEXT
        assert all(link.startswith(("http://", "https://")) for link in one.links)
