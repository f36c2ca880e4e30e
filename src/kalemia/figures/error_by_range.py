"""Mean absolute error by measured range, of several models."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from kalemia.cohorts.potassium_ranges import LABELS
from kalemia.figures import style
from kalemia.figures.by_range import ByRange, divide_ranges, draw_by_range, name_ranges


def error_by_range(models: Sequence[ByRange], constant: ByRange, counts: Int[np.ndarray, " 6"]) -> Figure:
    """MAE of the models beside each other in each range; a grey step is the constant's, shaded its interval.

    Args:
        models: MAE in mEq/L.
        constant: that of one potassium for all.
        counts: recordings in each range.
    """
    rows = -(-(len(models) + 1) // 3)
    figure, axes = style.new_figure(width=style.MIDDLE_INCHES, height=2.7 + 0.14 * rows)
    divide_ranges(axes)
    step = _draw_constant(axes, constant)
    markers = draw_by_range(axes, models)
    highest = np.concatenate([np.concatenate([one.value, one.high]) for one in (*models, constant)])
    axes.set_ylim(0, 1.08 * highest[np.isfinite(highest)].max(initial=0.5))
    name_ranges(axes, counts)
    axes.set_ylabel("Mean absolute error (mEq/L)")
    names = [*(model.name for model in models), f"{constant.name}, 95 % interval shaded"]
    style.legend_below(figure, [*markers, step], names, columns=3, handle_length=1.8)
    return figure


def _draw_constant(axes: Axes, constant: ByRange) -> Artist:
    places = np.arange(len(LABELS))
    known = np.isfinite(constant.low) & np.isfinite(constant.high)
    spread = (constant.high - constant.low)[known]
    axes.bar(places[known], spread, bottom=constant.low[known], width=0.84, color=style.PALE, alpha=0.7, zorder=0.5)
    axes.hlines(constant.value, places - 0.42, places + 0.42, color=style.GREY, linewidth=1.2, zorder=0.6)
    return Line2D([], [], color=style.GREY, linewidth=1.2)
