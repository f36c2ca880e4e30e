"""What more training patients bring."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator, StrMethodFormatter

from kalemia.figures import style
from kalemia.figures.curve import Curve
from kalemia.figures.numbers import ValueAndInterval
from kalemia.figures.series import anything, draw_constant, draw_points, names, reach

_DODGE = 0.02
"""The share of the axis by which each model stands right of the one before, so that no interval hides another."""
_CLOSEST = 0.12
"""The least share of the axis between two sizes that are both written under it."""


def learning_curve(models: Sequence[Curve], constant: ValueAndInterval, note: str = "") -> Figure:
    """MAE against the number of training patients, on a logarithmic scale, with the line of the constant's.

    Args:
        models: patients (1 and more) and MAE in mEq/L.
        constant: MAE in mEq/L of one potassium for all; NaN draws none.
        note: what was counted, such as "n = 312 for testing".
    """
    figure, axes = style.new_figure(height=2.6 + 0.14 * -(-(len(models) + 1) // 2))
    sizes = np.unique(np.concatenate([np.zeros(0), *(one.x[np.isfinite(one.y)] for one in models)]))
    low, high = (sizes[0] / 1.25, sizes[-1] * 1.25) if sizes.size else (10.0, 1000.0)
    shifts = (high / low) ** (_DODGE * (np.arange(len(models)) - (len(models) - 1) / 2))
    handles = [
        draw_points(axes, shift * one.x, one.y, one.low, one.high, style.look(number), line=True)
        for number, (one, shift) in enumerate(zip(models, shifts, strict=True))
    ]
    handles.append(draw_constant(axes, constant))
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_xticks(_apart(sizes, _CLOSEST * np.log(high / low)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    lowest, highest = reach(models, *constant)
    margin = max(0.08 * (highest - lowest), 0.02)
    axes.set_ylim(lowest - margin, highest + margin)
    axes.set_xlabel("Training patients (number)")
    axes.set_ylabel("Mean absolute error (mEq/L)")
    style.note_above(axes, note)
    style.legend_below(figure, handles, [*names(models), "constant"], columns=2)
    if not anything(models):
        style.say(axes, "no models")
    return figure


def _apart(sizes: Float[np.ndarray, " size"], least: float) -> list[float]:
    """The sizes that have room under the axis, the largest first."""
    chosen: list[float] = []
    for size in sizes[::-1]:
        if not chosen or np.log(chosen[-1] / size) >= least:
            chosen.append(float(size))
    return chosen
