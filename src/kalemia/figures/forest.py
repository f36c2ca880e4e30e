"""Rows of values with their intervals on one scale, with a table at the right."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kalemia.figures import style

_ROW_INCHES = 0.19
_LONGEST_NAME = 36  # letters; a longer one would leave no room for the scale
_STRIPE = "#f3f3f3"


@dataclass(frozen=True)
class Column:
    """A column of the table at the right.

    Attributes:
        title: stands over it.
        at: where its texts are anchored, 0 at the left of the table to 1 at its right.
        align: "left" or "right".
        texts: one for each row; "" writes nothing.
    """

    title: str
    at: float
    align: str
    texts: Sequence[str]


def new_forest(names: Sequence[str], columns: Sequence[Column], headings: Sequence[int] = ()) -> tuple[Figure, Axes]:
    """A figure with a row for each name, its table filled in; the scale is empty.

    Row 0 is the uppermost and the y axis counts rows; row -1 is that of the titles.

    Args:
        names: of the rows, at least one.
        columns: of the table.
        headings: rows whose names are headings of those below.
    """
    rows = len(names)
    figure = style.empty_figure(style.PAGE_INCHES, 0.75 + _ROW_INCHES * rows)
    axes, table = figure.subplots(1, 2, sharey=True, width_ratios=(1.1, 1))
    style.calm(axes).spines["left"].set_visible(False)
    table.axis("off")
    table.set_xlim(0, 1)
    axes.set_ylim(rows - 0.5, -1.6)
    axes.set_yticks(range(rows), [_short(name) for name in names])
    axes.tick_params(axis="y", length=0)
    for row in headings:
        axes.get_yticklabels()[row].set_fontweight("bold")
    for row in _striped(rows, headings):
        for side in (axes, table):
            side.axhspan(row - 0.5, row + 0.5, color=_STRIPE, linewidth=0, zorder=0)
    for column in columns:
        for row, text in enumerate((column.title, *column.texts), start=-1):
            colour = style.GREY if row < 0 else style.INK
            table.text(column.at, row, text, ha=column.align, va="center", fontsize=style.SMALL, color=colour)
    return figure, axes


def draw_row(axes: Axes, row: int, value: float, low: float, high: float, *, hollow: bool = False) -> None:
    """The value of a row and its interval; NaN draws none of what it stands for."""
    if np.isfinite(low) and np.isfinite(high):
        axes.plot([low, high], [row, row], color=style.BLUE, linewidth=1.1, solid_capstyle="butt")
    if np.isfinite(value):
        face = "white" if hollow else style.BLUE
        axes.plot(value, row, "s", color=style.BLUE, markersize=4.2, markerfacecolor=face, markeredgewidth=0.9)


def hold(axes: Axes, values: Sequence[float]) -> None:
    """Set the scale so that it holds all values that there are, with a margin."""
    known = np.asarray(values, dtype=float)
    known = known[np.isfinite(known)]
    if not known.size:
        axes.set_xlim(0, 1)
        return
    margin = max(0.08 * (known.max() - known.min()), 0.05)
    axes.set_xlim(known.min() - margin, known.max() + margin)


def _striped(rows: int, headings: Sequence[int]) -> list[int]:
    """Every second row, counted from the heading above it."""
    since_heading, striped = 0, []
    for row in range(rows):
        since_heading = 0 if row in headings else since_heading + 1
        if since_heading and since_heading % 2 == 0:
            striped.append(row)
    return striped


def _short(name: str) -> str:
    """Without its middle where it is too long: what sets a row apart stands at the end."""
    half = (_LONGEST_NAME - 1) // 2
    return name if len(name) <= _LONGEST_NAME else f"{name[:half]}…{name[-half:]}"
