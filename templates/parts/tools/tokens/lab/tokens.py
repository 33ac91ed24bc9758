"""Figures for language: tokens coloured by a value, attention with its tokens, grids of heads.

Any text can be shown: what could break a page or a figure, or not be seen, stands there as an escape.
"""

import html
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib import font_manager, patheffects
from matplotlib.axes import Axes
from torch import Tensor

from lab import plots

MOST = 40  # tokens on an axis that can still be read
WIDEST = 14  # characters of a token on an axis
# As in the heatmaps: below the centre red, above it blue. At most this opaque, text of the page's own
# colour can be read on them on a light page and on a dark one.
BELOW, ABOVE, OPAQUE = (214, 64, 48), (52, 120, 220), 0.55
_SEEN = {"\n": "↵", "\t": "⇥", "\r": "␍"}
# Control characters, format and bidi, surrogates, no characters, and spaces that are no plain ones.
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}


@dataclass(frozen=True)
class Scale:
    """What colours mean: `low` to `high`, away from `centre`, or from `low` on if that is None."""

    name: str
    low: float
    high: float
    centre: float | None

    def share(self, value: float) -> float:
        """How far from the centre a value lies, -1 to 1, in equal steps to both sides; NaN is 0."""
        if np.isnan(value):
            return 0.0
        value = float(np.clip(value, self.low, self.high))
        start = self.low if self.centre is None else self.centre
        reach = max(abs(self.low - start), abs(self.high - start))
        return 0.0 if reach == 0 else (value - start) / reach

    def css(self, value: float) -> str:
        """The colour of a value, in which the page's own background shows through."""
        share = self.share(value)
        red, green, blue = ABOVE if share >= 0 else BELOW
        return f"rgba({red},{green},{blue},{OPAQUE * abs(share):.3f})"

    def marks(self) -> list[float]:
        """The values that the legend shows, lowest first."""
        if self.centre is None:
            return [self.low, (self.low + self.high) / 2, self.high]
        low, high = (self.low + self.centre) / 2, (self.centre + self.high) / 2
        return [self.low, low, self.centre, high, self.high]


@dataclass(frozen=True)
class Coloured:
    """Texts whose tokens are coloured on one scale; a notebook shows them, `print` writes the values."""

    texts: tuple[tuple[str, tuple[str, ...], tuple[float, ...]], ...]  # name, tokens, values
    scale: Scale
    caption: str

    def _repr_html_(self) -> str:
        texts = "".join(_paragraph(self.scale, *text) for text in self.texts)
        caption = html.escape(visible(self.caption))
        return (
            '<figure style="margin:0.5em 0;color:inherit;background:transparent">'
            f"{_legend(self.scale, _beyond(self))}{texts}"
            f'<figcaption style="font-style:italic;font-size:90%">{caption}</figcaption></figure>'
        )

    def __repr__(self) -> str:
        marks = " to ".join(f"{one:+.3g}" for one in (self.scale.low, self.scale.high))
        lines = [f"{visible(self.caption)}", f"{visible(self.scale.name)}, {marks}:"]
        for name, tokens, values in self.texts:
            said = " ".join(
                f"[{visible(token)}]{value:+.3g}"
                for token, value in zip(tokens, values, strict=True)
            )
            lines.append(f"{visible(name)}: {said}" if name else said)
        return "\n".join(lines)


def coloured(
    tokens: Sequence[str] | Sequence[Sequence[str]],
    values: Tensor | Sequence[float] | Sequence[Tensor] | Sequence[Sequence[float]],
    *,
    scale: str,
    caption: str,
    names: Sequence[str] = (),
    centre: float | None = 0.0,
    between: tuple[float, float] | None = None,
) -> Coloured:
    """A text's tokens, each coloured by its value; or several texts under each other on one scale.

    `tokens` and `values` are [pos], or one such sequence for each text. `scale` says what the values
    are. Colours diverge around `centre`, equally far to both sides; with None they grow from the lowest
    value to the highest. `between` sets the ends, so that figures can be compared. Raises ValueError
    where a text has not one value for each token.
    """
    one = not len(tokens) or isinstance(tokens[0], str)
    texts: list[Sequence[str]] = (
        [list(map(str, tokens))] if one else [list(text) for text in tokens]
    )
    numbers = [_numbers(each) for each in ([values] if one else values)]
    if [len(text) for text in texts] != [each.size for each in numbers]:
        raise ValueError(
            f"{[len(text) for text in texts]} tokens, but {[each.size for each in numbers]} values: "
            "each token needs one."
        )
    low, high = between or _ends(np.concatenate([*numbers, np.empty(0)]), centre)
    names = [*names, *[""] * (len(texts) - len(names))]
    return Coloured(
        tuple(
            (name, tuple(text), tuple(map(float, each)))
            for name, text, each in zip(names, texts, numbers, strict=True)
        ),
        Scale(scale, low, high, centre),
        caption,
    )


def pattern(
    values: Tensor | np.ndarray,
    tokens: Sequence[str],
    *,
    title: str,
    between: tuple[float, float] | None = (0.0, 1.0),
    most: int = MOST,
    ax: Axes | None = None,
) -> Axes:
    """An attention pattern [query, key] with its tokens on both axes.

    Of more than `most` tokens the first ones are drawn, and the title says so. Raises ValueError where
    the pattern has not a row and a column for each token.
    """
    matrix, n = _numbers(values), len(tokens)
    if matrix.shape != (n, n):
        raise ValueError(f"A pattern of shape {matrix.shape} does not fit {n} tokens.")
    shown = min(n, most)
    if shown < n:
        title = f"{title}\n(the first {shown} of {n} tokens)"
    labels = [drawable(token) for token in tokens[:shown]]
    side = max(3.2, 0.19 * shown)
    ax = ax or plt.subplots(figsize=(side + 2.2, side + 1.2), layout="constrained")[1]
    plots.heatmap(
        matrix[:shown, :shown],
        title=title,
        x="attended to (key)",
        y="attends from (query)",
        x_ticks=labels,
        y_ticks=labels,
        between=between,
        ax=ax,
    )
    ax.tick_params(axis="x", rotation=90)
    return ax


def head_grid(
    values: Tensor | np.ndarray,
    *,
    title: str,
    strongest: int = 5,
    between: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """A heatmap of a value for each head [layer, head], colours centred at 0, strongest heads named.

    `between` = `shared(one, other)` gives several grids one scale. Raises ValueError for another shape.
    """
    grid = _numbers(values)
    if grid.ndim != 2 or not grid.size:
        raise ValueError(f"Heads are [layer, head]; these values have shape {grid.shape}.")
    n_layers, n_heads = grid.shape
    size = (max(4.0, 0.36 * n_heads + 1.6), max(2.4, 0.26 * n_layers + 1.2))
    ax = ax or plt.subplots(figsize=size, layout="constrained")[1]
    plots.heatmap(
        grid,
        title=title,
        x="head",
        y="layer",
        x_ticks=_every(n_heads),
        y_ticks=_every(n_layers),
        centre=0.0,
        between=shared(grid if between is None else np.array(between)),
        ax=ax,
    )
    named = strongest_heads(grid, strongest)
    for layer, head in named:
        beside = {(layer, head - 1), (layer, head + 1)} & {*named}
        up = (0.2 if head % 2 else -0.2) if beside else 0.0  # else the two names would overlap
        name = ax.text(head, layer + up, f"L{layer}H{head}", fontsize=6, ha="center", va="center")
        name.set_path_effects([patheffects.withStroke(linewidth=1.6, foreground="white")])
    return ax


def shared(*grids: Tensor | np.ndarray) -> tuple[float, float]:
    """Ends of a scale around 0 that holds every value of these grids, for `between`."""
    return _ends(np.concatenate([_numbers(grid).ravel() for grid in grids]), 0.0)


def strongest_heads(values: Tensor | np.ndarray, n: int) -> list[tuple[int, int]]:
    """The n heads [layer, head] that are furthest from 0, strongest first; never one at 0 or NaN."""
    size = np.nan_to_num(np.abs(_numbers(values)))
    order = np.argsort(-size, axis=None, kind="stable")[:n]
    found = [divmod(int(i), size.shape[1]) for i in order]
    return [(layer, head) for layer, head in found if size[layer, head] > 0]


def visible(text: str) -> str:
    """A text in which everything can be seen: line breaks as ↵, hidden characters as escapes, a mark
    that would sit on what stands before as ◌ with that mark, nothing as ∅."""
    shown = "".join(_seen(char) for char in text) or "∅"
    return f"◌{shown}" if unicodedata.category(shown[0]).startswith("M") else shown


def drawable(token: str) -> str:
    """A token as matplotlib can draw it: spaces as ·, characters that its font lacks as escapes."""
    shown = "".join(
        char if _in_font(char) else _escape(char) for char in visible(token).replace(" ", "·")
    )
    short = shown if len(shown) <= WIDEST else f"{shown[: WIDEST - 1]}…"
    return short.replace("$", r"\$")  # else two of them would enclose a formula


def _seen(char: str) -> str:
    if char in _SEEN:
        return _SEEN[char]
    return _escape(char) if unicodedata.category(char) in _HIDDEN and char != " " else char


def _escape(char: str) -> str:
    number = ord(char)
    return (
        f"\\x{number:02x}"
        if number < 256
        else f"\\u{number:04x}"
        if number < 65536
        else f"\\U{number:x}"
    )


@cache
def _in_font(char: str) -> bool:
    """Whether the font of the figures has this character, and it is no mark on the one before it."""
    font = font_manager.get_font(font_manager.findfont(font_manager.FontProperties()))
    return bool(font.get_char_index(ord(char))) and not unicodedata.category(char).startswith("M")


def _numbers(values: Tensor | np.ndarray | Sequence[float]) -> np.ndarray:
    """Values of any kind, on any device, as an array."""
    if isinstance(values, Tensor):
        return values.detach().to("cpu", torch.float64).numpy()
    return np.asarray(values, dtype=float)


def _ends(values: np.ndarray, centre: float | None) -> tuple[float, float]:
    """Where the colours end: equally far from the centre, or at the lowest and highest value."""
    finite = values[np.isfinite(values)]
    if centre is None:
        return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    reach = float(np.abs(finite - centre).max()) if finite.size else 0.0
    reach = reach or 1.0
    return centre - reach, centre + reach


def _every(n: int) -> list[str]:
    """Labels 0 to n - 1; where there are many, every second or fourth."""
    step = 1 if n <= 24 else 2 if n <= 48 else 4
    return [str(i) if i % step == 0 else "" for i in range(n)]


def _beyond(figure: Coloured) -> str:
    """What to say of values that lie outside the scale, and of missing ones."""
    values = np.array([value for _, _, each in figure.texts for value in each])
    low, high = figure.scale.low, figure.scale.high
    outside, missing = int(((values < low) | (values > high)).sum()), int(np.isnan(values).sum())
    said = [f"{outside} beyond the ends"] if outside else []
    return ", ".join(said + ([f"{missing} without a value"] if missing else []))


def _legend(scale: Scale, said: str) -> str:
    """The scale as a row of swatches with their numbers."""
    swatches = "".join(
        f'<span style="background:{scale.css(mark)};padding:0 0.6em">{mark:.3g}</span>'
        for mark in scale.marks()
    )
    words = f" ({html.escape(said)})" if said else ""
    return f'<div style="font-size:85%">{html.escape(visible(scale.name))}: {swatches}{words}</div>'


def _paragraph(scale: Scale, name: str, tokens: tuple[str, ...], values: tuple[float, ...]) -> str:
    """One text. Each token is set apart from its neighbours, so that no script turns their order."""
    spans = "".join(_span(scale, *each) for each in zip(tokens, values, strict=True))
    head = f'<div style="font-weight:bold">{html.escape(visible(name))}</div>' if name else ""
    return (
        f'{head}<div dir="ltr" style="font-family:monospace;white-space:pre-wrap;overflow-wrap:anywhere;'
        f'line-height:1.7;margin:0.3em 0">{spans}</div>'
    )


def _span(scale: Scale, token: str, value: float) -> str:
    """One token; a line break is seen, and also breaks the line."""
    text = html.escape(visible(token))
    border = "1px dotted" if np.isnan(value) else "1px solid rgba(128,128,128,0.3)"
    return (
        f'<span dir="ltr" title="{text} {value:+.4g}" style="unicode-bidi:isolate;margin-right:1px;'
        f'background:{scale.css(value)};border-bottom:{border}">{text}</span>'
        f"{'<br>' * token.count(chr(10))}"
    )
