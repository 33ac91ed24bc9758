"""Figures for language: that they say what they were given, and that no text breaks them."""

import warnings
from html.parser import HTMLParser

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from lab import plots, tokens

HARD = [
    "<script>alert(1)</script>", "&amp;", "'\"", "\u202eabc", "\u2066", "שלום", " العربية", "漢字", "😀",
    "\x00", "\x1b[31m", "\u200d", "\u0301", "e\u0301", "\ufffd", "\ud800", "\xa0", "\u3000", "\u2028",
    "\n\n", "\t", "\r", " ", "", "$x$", "$$", "\\frac{", "%s", "{0}", "x" * 500,
]  # fmt: skip


@pytest.fixture(autouse=True)
def strict():
    """A warning fails the test; figures are closed."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield
    plt.close("all")


class Page(HTMLParser):
    """What a browser makes of some HTML: the tags, and the text of each."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.spans: list[tuple[str, str]] = []  # title and text of each token
        self.open = 0
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag, and a token's title."""
        self.tags.append(tag)
        self.open += tag not in {"br"}
        if tag == "span" and "title" in dict(attrs):
            self.spans.append((dict(attrs)["title"] or "", ""))

    def handle_endtag(self, tag: str) -> None:
        """Count it."""
        self.open -= 1

    def handle_data(self, data: str) -> None:
        """Add to the token, if one was begun."""
        if self.spans and not self.spans[-1][1]:
            self.spans[-1] = (self.spans[-1][0], data)


def test_tokens_and_their_values_are_shown_under_one_scale() -> None:
    figure = tokens.coloured(
        ["the", " cat"], torch.tensor([1.0, -2.0]), scale="logit", caption="Who did it"
    )
    span = (
        '<span dir="ltr" title="{} {}" style="unicode-bidi:isolate;margin-right:1px;background:{};'
    )
    rest = 'border-bottom:1px solid rgba(128,128,128,0.3)">{}</span>'
    assert figure._repr_html_() == (
        '<figure style="margin:0.5em 0;color:inherit;background:transparent">'
        '<div style="font-size:85%">logit: '
        '<span style="background:rgba(214,64,48,0.550);padding:0 0.6em">-2</span>'
        '<span style="background:rgba(214,64,48,0.275);padding:0 0.6em">-1</span>'
        '<span style="background:rgba(52,120,220,0.000);padding:0 0.6em">0</span>'
        '<span style="background:rgba(52,120,220,0.275);padding:0 0.6em">1</span>'
        '<span style="background:rgba(52,120,220,0.550);padding:0 0.6em">2</span></div>'
        '<div dir="ltr" style="font-family:monospace;white-space:pre-wrap;overflow-wrap:anywhere;'
        'line-height:1.7;margin:0.3em 0">'
        + span.format("the", "+1", "rgba(52,120,220,0.275)")
        + rest.format("the")
        + span.format(" cat", "-2", "rgba(214,64,48,0.550)")
        + rest.format(" cat")
        + '</div><figcaption style="font-style:italic;font-size:90%">Who did it</figcaption></figure>'
    )
    assert repr(figure) == "Who did it\nlogit, -2 to +2:\n[the]+1 [ cat]-2"


def test_several_texts_stand_under_each_other_on_the_same_scale() -> None:
    figure = tokens.coloured(
        [["a", "b"], ["a"]], [[0.5, 0.0], [4.0]], scale="s", caption="c", names=["one", "two"]
    )
    assert repr(figure) == "c\ns, -4 to +4:\none: [a]+0.5 [b]+0\ntwo: [a]+4"
    assert figure._repr_html_().count("s: <span") == 1
    assert [figure.scale.share(value) for value in (0.5, 4.0, -4.0)] == [0.125, 1.0, -1.0]


def test_a_scale_without_centre_goes_from_the_lowest_to_the_highest() -> None:
    figure = tokens.coloured(["a", "b", "c"], [2.0, 3.0, 6.0], scale="s", caption="c", centre=None)
    assert (figure.scale.low, figure.scale.high) == (2.0, 6.0)
    assert [figure.scale.share(value) for value in (2.0, 3.0, 6.0)] == [0.0, 0.25, 1.0]
    assert figure.scale.marks() == [2.0, 4.0, 6.0]


def test_values_beyond_the_ends_and_missing_ones_are_told() -> None:
    values = [float("nan"), 9.0, -0.5, float("inf")]
    figure = tokens.coloured([*"abcd"], values, scale="s", caption="c", between=(-1.0, 1.0))
    page = figure._repr_html_()
    assert "(2 beyond the ends, 1 without a value)" in page
    assert [figure.scale.css(value)[-7:-1] for value in values] == [
        ",0.000",
        ",0.550",
        ",0.275",
        ",0.550",
    ]
    assert page.count("1px dotted") == 1
    own = tokens.coloured([*"abcd"], values, scale="s", caption="c")
    assert (own.scale.low, own.scale.high) == (-9.0, 9.0)


def test_equal_steps_look_equal_on_both_sides_of_the_centre() -> None:
    scale = tokens.Scale("s", -1.0, 4.0, 0.0)
    assert [scale.share(value) for value in (-1.0, 1.0, 4.0)] == [-0.25, 0.25, 1.0]


@pytest.mark.parametrize("place", ["token", "name", "caption", "scale"])
def test_any_text_is_shown_as_text(place: str) -> None:
    for hard in HARD:
        said = {"token": "a", "name": "n", "caption": "c", "scale": "s"} | {place: hard}
        figure = tokens.coloured(
            [[said["token"], "b"]], [[1.0, 2.0]],
            scale=said["scale"], caption=said["caption"], names=[said["name"]],
        )  # fmt: skip
        text = figure._repr_html_()
        page = Page(text)
        text.encode()
        assert {*page.tags} <= {"figure", "figcaption", "div", "span", "br"}
        assert page.open == 0
        assert len(page.spans) == 2
        assert not any(
            char in text + repr(figure) for char in "\x00\x1b\u202e\u2066\u200d\u2028\xa0\t\r"
        )
    assert tokens.coloured([], [], scale="s", caption="c")._repr_html_()


def test_each_token_is_read_back_as_it_can_be_seen() -> None:
    figure = tokens.coloured(HARD, [0.0] * len(HARD), scale="s", caption="c")
    assert [text for _, text in Page(figure._repr_html_()).spans] == [
        tokens.visible(one) for one in HARD
    ]
    assert [tokens.visible(one) for one in ["\u202eab", "a\n\tb\r", "\u0301", "", "\ud800", "漢 字", "\xa0"]] == [
        "\\u202eab", "a↵⇥b␍", "◌\u0301", "∅", "\\ud800", "漢 字", "\\xa0",
    ]  # fmt: skip
    assert figure._repr_html_().count("<br>") == 2


def luminance(colour: np.ndarray) -> float:
    """How light a colour is for the eye (WCAG 2.2)."""
    share = colour / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize(
    ("page", "text"), [(255, 0), (255, 33), (247, 33), (17, 224), (30, 212), (0, 255), (56, 227)]
)
def test_text_can_be_read_on_every_colour_on_light_and_dark_pages(page: int, text: int) -> None:
    scale = tokens.Scale("s", -1.0, 1.0, 0.0)
    for value in np.linspace(-1, 1, 21):
        *colour, opaque = map(float, scale.css(value).removeprefix("rgba(").rstrip(")").split(","))
        behind = opaque * np.array(colour) + (1 - opaque) * page
        light, dark = sorted((luminance(behind), luminance(np.full(3, text))), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, value


def test_a_value_for_each_token_is_asked_for() -> None:
    with pytest.raises(
        ValueError, match=r"^\[2\] tokens, but \[3\] values: each token needs one\.$"
    ):
        tokens.coloured(["a", "b"], [1.0, 2.0, 3.0], scale="s", caption="c")
    with pytest.raises(ValueError, match=r"^\[1, 2\] tokens, but \[1, 1\] values: "):
        tokens.coloured([["a"], ["b", "c"]], [[1.0], [2.0]], scale="s", caption="c")


def drawn(ax) -> tuple[list[str], list[str]]:
    """The labels on both axes, after the figure was drawn."""
    ax.figure.canvas.draw()
    return (
        [label.get_text() for label in ax.get_xticklabels()],
        [label.get_text() for label in ax.get_yticklabels()],
    )


def test_a_pattern_has_its_tokens_on_both_axes() -> None:
    matrix = torch.tensor([[1.0, 0.0, 0.0], [0.25, 0.75, 0.0], [0.5, 0.0, 0.5]])
    ax = tokens.pattern(matrix.bfloat16(), ["<s>", " the", "\n"], title="L0H1")
    assert drawn(ax) == (["<s>", "·the", "↵"],) * 2
    assert np.array_equal(ax.images[0].get_array(), matrix)
    assert ax.images[0].get_clim() == (0.0, 1.0)
    assert (ax.get_title(), ax.get_xlabel(), ax.get_ylabel()) == (
        "L0H1", "attended to (key)", "attends from (query)",
    )  # fmt: skip


def test_a_long_pattern_is_cut_and_says_so() -> None:
    ax = tokens.pattern(np.eye(93), ["x"] * 93, title="L0H1")
    assert len(drawn(ax)[0]) == 40
    assert ax.images[0].get_array().shape == (40, 40)
    assert ax.get_title() == "L0H1\n(the first 40 of 93 tokens)"
    with pytest.raises(ValueError, match=r"^A pattern of shape \(3, 2\) does not fit 3 tokens\.$"):
        tokens.pattern(np.zeros((3, 2)), ["a"] * 3, title="t")


def test_no_token_breaks_a_figure_or_warns() -> None:
    labels = drawn(tokens.pattern(np.eye(len(HARD)), HARD, title="t"))[0]
    assert labels == [tokens.drawable(one) for one in HARD]
    shown = [
        tokens.drawable(one) for one in ["漢", "\U0001faf7", "\x00", "a b", "$x$", "y" * 20, ""]
    ]
    assert shown == ["\\u6f22", "\\U1faf7", "\\x00", "a·b", r"\$x\$", "y" * 13 + "…", "∅"]


def test_a_grid_of_heads_is_centred_and_names_the_strongest() -> None:
    values = torch.zeros(12, 16)
    values[9, 6], values[9, 7], values[2, 0] = 2.0, -4.0, 0.5
    ax = tokens.head_grid(values, title="t")
    assert [text.get_text() for text in ax.texts] == ["L9H7", "L9H6", "L2H0"]
    assert [text.get_position() for text in ax.texts] == [(7, 9.2), (6, 8.8), (0, 2.0)]
    assert np.array_equal(ax.images[0].get_array(), values)
    assert ax.images[0].get_clim() == (-4.0, 4.0)
    assert drawn(ax) == ([str(i) for i in range(16)], [str(i) for i in range(12)])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("head", "layer")
    assert [text.get_text() for text in tokens.head_grid(values, title="t", strongest=1).texts] == [
        "L9H7"
    ]


def test_grids_side_by_side_share_a_scale() -> None:
    one, other = torch.full((2, 3), 0.5), np.array([[-3.0, np.nan], [0.0, 1.0]])
    between = tokens.shared(one, other)
    axes = plots.row(2)
    for values, ax in zip((one, other), axes, strict=True):
        tokens.head_grid(values, title="t", between=between, ax=ax)
    assert [ax.images[0].get_clim() for ax in axes] == [(-3.0, 3.0)] * 2
    assert tokens.strongest_heads(other, 3) == [(0, 0), (1, 1)]
    lopsided = tokens.head_grid(one, title="t", between=(-1.0, 2.0))
    assert lopsided.images[0].get_clim() == (-2.0, 2.0)


def test_a_grid_of_nothing_and_of_another_shape() -> None:
    ax = tokens.head_grid(np.zeros((2, 40)), title="t")
    assert drawn(ax)[0] == [str(i) if i % 2 == 0 else "" for i in range(40)]
    assert ax.texts[:] == []
    with pytest.raises(
        ValueError, match=r"^Heads are \[layer, head\]; these values have shape \(3,\)\.$"
    ):
        tokens.head_grid(np.zeros(3), title="t")
