"""Figures that carry their own explanation: a title that states the measurement, labelled axes."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

Numbers = Sequence[float] | np.ndarray


def lines(
    series: Mapping[str, Numbers],
    *,
    title: str,
    x: str,
    y: str,
    at: Numbers | None = None,
    log: bool = False,
    chance: float | None = None,
    levels: Mapping[str, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """One line for each named series [n]; `at` gives the x values, `chance` and `levels` are drawn
    across, each with its own dashes."""
    ax = ax or _axes()
    for name, values in series.items():
        ax.plot(np.arange(len(values)) if at is None else at, values, label=name)
    _draw_levels(ax, chance, levels)
    if log:
        ax.set_yscale("log")
    if len(series) > 1 or chance is not None or levels:
        _legend(ax)
    return _labelled(ax, title, x, y)


def heatmap(
    values: np.ndarray | Sequence[Sequence[float]],
    *,
    title: str,
    x: str,
    y: str,
    x_ticks: Sequence[str] | None = None,
    y_ticks: Sequence[str] | None = None,
    centre: float | None = None,
    between: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """A matrix [rows, columns]; with `centre` the colours diverge around that value, with `between`
    they span that range, so that figures side by side can be compared."""
    ax = ax or _axes()
    matrix = np.asarray(values, dtype=float)
    spread = None if centre is None else max(float(np.nanmax(np.abs(matrix - centre))), 1e-9)
    low, high = between or (None, None)
    if spread is not None and centre is not None and between is None:
        low, high = centre - spread, centre + spread
    image = ax.imshow(
        matrix,
        aspect="auto",
        cmap="viridis" if spread is None else "RdBu",
        vmin=low,
        vmax=high,
    )
    ax.figure.colorbar(image, ax=ax, shrink=0.8)
    if x_ticks is not None:
        ax.set_xticks(
            range(len(x_ticks)), x_ticks, fontsize=8, rotation=90 if len(x_ticks) > 12 else 0
        )
    if y_ticks is not None:
        ax.set_yticks(range(len(y_ticks)), y_ticks, fontsize=8)
    return _labelled(ax, title, x, y)


def bars(
    values: Mapping[str, float],
    *,
    title: str,
    y: str,
    x: str = "",
    chance: float | None = None,
    levels: Mapping[str, float] | None = None,
    errors: Mapping[str, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """One bar for each name, with its value written on it when there are few; `errors` are half the
    spread by name, `chance` and `levels` are drawn across."""
    ax = ax or _axes()
    spread = None if errors is None else [errors.get(name, 0.0) for name in values]
    drawn = ax.bar(range(len(values)), list(values.values()), yerr=spread, capsize=3)
    ax.set_xticks(
        range(len(values)), list(values), fontsize=8, rotation=90 if len(values) > 10 else 0
    )
    if len(values) <= 12:
        ax.bar_label(drawn, fmt="%.3g", fontsize=8)
    _draw_levels(ax, chance, levels)
    if chance is not None or levels:
        _legend(ax)
    return _labelled(ax, title, x, y)


def scatter(
    x_values: Numbers,
    y_values: Numbers,
    *,
    title: str,
    x: str,
    y: str,
    colour: Numbers | None = None,
    colour_label: str = "",
    labels: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Points [n], optionally coloured by a third number and labelled with short texts."""
    ax = ax or _axes()
    points = ax.scatter(x_values, y_values, s=18)
    if colour is not None:
        points.set_array(np.asarray(colour, dtype=float))
        ax.figure.colorbar(points, ax=ax, shrink=0.8, label=colour_label)
    for text, left, up in zip(labels or (), x_values, y_values, strict=False):
        ax.annotate(text, (left, up), fontsize=7, xytext=(2, 2), textcoords="offset points")
    return _labelled(ax, title, x, y)


def row(n: int, *, width: float = 4.2, height: float = 3.6) -> list[Axes]:
    """n axes side by side, to pass as `ax` to the functions above."""
    _, axes = plt.subplots(1, n, figsize=(width * n, height), squeeze=False, layout="constrained")
    return list(axes[0])


def _draw_levels(ax: Axes, chance: float | None, levels: Mapping[str, float] | None) -> None:
    across = ({} if chance is None else {"chance": chance}) | dict(levels or {})
    dashes = ("--", ":", "-.", (0, (1, 3)), (0, (5, 5)))
    for (name, level), style in zip(across.items(), dashes * len(across), strict=False):
        ax.axhline(level, color="0.3", linestyle=style, linewidth=1, label=f"{name} {level:.3g}")


def _legend(ax: Axes) -> None:
    """Below the axes, where it covers nothing."""
    ax.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.22), frameon=False)


def _axes() -> Axes:
    return plt.subplots(figsize=(6.4, 3.8), layout="constrained")[1]


def _labelled(ax: Axes, title: str, x: str, y: str) -> Axes:
    ax.set_title(title, fontsize=10)
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    return ax
