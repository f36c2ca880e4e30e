"""How several curves, and points with intervals, are drawn so that they tell apart without colour."""

from collections.abc import Sequence
from itertools import chain

import numpy as np
from jaxtyping import Float
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from kalemia.figures import style
from kalemia.figures.curve import Curve
from kalemia.figures.numbers import ValueAndInterval

Points = Float[np.ndarray, " point"]


def draw_curves(axes: Axes, curves: Sequence[Curve]) -> list[Artist]:
    """Lines with their bands, first curve on top.

    Returns:
        The lines, in the order of the curves, for a legend.
    """
    lines: list[Artist] = []
    for number, curve in enumerate(curves):
        look, height = style.look(number), 3 - number / (len(curves) + 1)
        if np.isfinite(curve.low).any():
            axes.fill_between(
                curve.x, curve.low, curve.high, color=look.colour, alpha=0.13, linewidth=0, zorder=height - 1
            )
        lines += axes.plot(curve.x, curve.y, color=look.colour, linestyle=look.line, linewidth=1.2, zorder=height)
    return lines


def draw_points(
    axes: Axes, x: Points, value: Points, low: Points, high: Points, look: style.Look, *, line: bool = False
) -> Artist:
    """Markers with their intervals as thin vertical lines.

    Args:
        axes: where to.
        x: of each marker.
        value: of each marker; NaN draws none.
        low: lower end of its interval; NaN draws none.
        high: upper end.
        look: of the markers.
        line: whether a line joins them.

    Returns:
        The markers, for a legend.
    """
    known = np.isfinite(low) & np.isfinite(high)
    axes.vlines(x[known], low[known], high[known], color=look.colour, linewidth=0.8)
    [markers] = axes.plot(
        x,
        value,
        color=look.colour,
        marker=look.marker,
        markersize=4.5,
        markeredgecolor="white",
        markeredgewidth=0.4,
        linestyle=look.line if line else "none",
        linewidth=1.1,
    )
    return markers


def draw_constant(axes: Axes, constant: ValueAndInterval) -> Artist:
    """The error of one potassium for all: a dashed level with its shaded interval; NaN draws none.

    Returns:
        The line, for a legend.
    """
    value, low, high = constant
    if np.isfinite(low) and np.isfinite(high):
        axes.axhspan(low, high, color=style.PALE, alpha=0.6, linewidth=0, zorder=0.5)
    return axes.axhline(value, color=style.GREY, linewidth=1.0, linestyle=style.DASHED, zorder=0.6)


def names(curves: Sequence[Curve]) -> list[str]:
    """What a legend says of each curve."""
    return [f"{curve.name}: {curve.note}" if curve.note else curve.name for curve in curves]


def anything(curves: Sequence[Curve]) -> bool:
    """Whether there is a point to draw."""
    return any(np.isfinite(curve.y).any() for curve in curves)


def reach(curves: Sequence[Curve], *more: float) -> tuple[float, float]:
    """The lowest and the highest of all curves, their bands and some more values; 0 and 1 where there is none."""
    drawn = chain.from_iterable((curve.y, curve.low, curve.high) for curve in curves)
    values = np.concatenate([np.asarray(more, dtype=float), *drawn])
    values = values[np.isfinite(values)]
    return (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
