"""What it brings to leave out the recordings of which a model is least sure."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from kalemia.figures import style
from kalemia.figures.curve import Curve
from kalemia.figures.numbers import ValueAndInterval
from kalemia.figures.series import anything, draw_constant, draw_curves, names, reach

_NO_CONSTANT = (float("nan"),) * 3


def abstention(curves: Sequence[Curve], constant: ValueAndInterval = _NO_CONSTANT, note: str = "") -> Figure:
    """MAE among those kept against the share that is kept.

    Args:
        curves: share kept, 0 to 1, and MAE in mEq/L; each is one order in which recordings are left out.
        constant: MAE in mEq/L of one potassium for all recordings; NaN draws none.
        note: what was counted, such as "n = 1,567".
    """
    figure, axes = style.new_figure(height=2.6 + 0.14 * (len(curves) + 1))
    handles = draw_curves(axes, curves)
    handles.append(draw_constant(axes, constant))
    lowest, highest = reach(curves, *constant)
    margin = max(0.08 * (highest - lowest), 0.02)
    axes.set_ylim(lowest - margin, highest + margin)
    axes.set_xlim(0, 1.01)
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=""))
    axes.set_xlabel("Recordings kept (%)")
    axes.set_ylabel("MAE among those kept (mEq/L)")
    style.note_above(axes, note)
    style.legend_below(figure, handles, [*names(curves), "constant, nothing left out"])
    if not anything(curves):
        style.say(axes, "no recordings")
    return figure
