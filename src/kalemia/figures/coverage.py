"""How often prediction intervals hold the measurement, and how wide they are, by measured range."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from kalemia.figures import style
from kalemia.figures.by_range import ByRange, divide_ranges, draw_by_range, name_ranges
from kalemia.figures.numbers import shown


def coverage(
    held: Sequence[ByRange], width: Sequence[ByRange], counts: Int[np.ndarray, " 6"], nominal: float = 0.9
) -> Figure:
    """Coverage by range, with the line of what is promised, above the width of the intervals.

    Args:
        held: for each kind of interval, the share of measurements inside, 0 to 1.
        width: of the same intervals, mEq/L, in the same order.
        counts: recordings in each range.
        nominal: the share that should be inside.
    """
    figure = style.empty_figure(style.COLUMN_INCHES, 3.6 + 0.14 * (len(held) > 1))
    above, below = figure.subplots(2, 1, sharex=True)
    for axes in (above, below):
        style.calm(axes)
        divide_ranges(axes)
    promised = above.axhline(nominal, color=style.GREY, linewidth=0.8, linestyle=style.DASHED)
    markers = draw_by_range(above, held)
    draw_by_range(below, width)
    least = _all(held, "low").min(initial=nominal)
    above.set_ylim(max(0.0, np.floor(10 * least - 0.3) / 10), 1.02)
    above.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=""))
    above.tick_params(axis="x", length=0)
    above.set_ylabel("Measurements inside (%)")
    below.set_ylim(0, 1.1 * _all(width, "high").max(initial=0.5))
    name_ranges(below, counts)
    below.set_ylabel("Width (mEq/L)")
    names = [*(kind.name for kind in held), f"nominal {shown(100 * nominal, 0)} %"]
    style.legend_below(figure, [*markers, promised], names, columns=3, handle_length=1.8)
    return figure


def _all(kinds: Sequence[ByRange], end: str) -> np.ndarray:
    values = np.concatenate([np.zeros(0), *(np.r_[kind.value, getattr(kind, end)] for kind in kinds)])
    return values[np.isfinite(values)]
