"""Differences between estimate and measurement (Bland and Altman 1986, doi:10.1016/S0140-6736(86)90837-8)."""

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from kalemia.figures import style
from kalemia.figures.density import both_known, density_bar, draw_density
from kalemia.figures.numbers import ValueAndInterval, with_interval

Potassium = Float[np.ndarray, " recording"]


def bland_altman(
    truth: Potassium,
    estimate: Potassium,
    bias: ValueAndInterval,
    lower: ValueAndInterval,
    upper: ValueAndInterval,
) -> Figure:
    """Estimate minus measurement against their mean, with the bias and the limits of agreement.

    The mean of a shrunken estimate and its measurement is shrunken as well: that it is too high where potassium is low
    shows only in part. A scatter of estimate against measurement shows it whole.

    Args:
        truth: measured, mEq/L.
        estimate: of the same recordings, mEq/L; recordings without one are left out.
        bias: mean difference with its 95 % interval, mEq/L; NaN draws none.
        lower: limit of agreement, below which 2.5 % of differences are expected, likewise.
        upper: the limit above, likewise.
    """
    known = both_known(truth, estimate)
    mean, difference = (estimate[known] + truth[known]) / 2, estimate[known] - truth[known]
    figure, axes = style.new_figure(width=style.MIDDLE_INCHES, height=3.1)
    axes.axhline(0, color=style.PALE, linewidth=0.8, zorder=0)
    dots = draw_density(axes, mean, difference)
    extent = np.concatenate([np.abs(difference), np.abs([*bias, *lower, *upper])])
    tallest = np.ceil(2 * extent[np.isfinite(extent)].max(initial=1.0) + 0.2) / 2
    axes.set_ylim(-tallest, tallest)
    _draw_lines(axes, bias, lower, upper, 0.2 * tallest)
    axes.set_xlim(np.floor(2 * mean.min(initial=4.0) - 0.2) / 2, np.ceil(2 * mean.max(initial=8.0) + 0.2) / 2)
    axes.xaxis.set_major_locator(MultipleLocator(1))
    axes.yaxis.set_major_locator(MultipleLocator(1 if tallest < 6 else 2))
    axes.set_xlabel("Mean of estimated and measured potassium (mEq/L)")
    axes.set_ylabel("Estimated − measured (mEq/L)")
    style.note_above(axes, f"n = {len(mean):,}")
    if len(mean):
        density_bar(figure, axes, dots)
    else:
        style.say(axes, "no recordings")
    return figure


def _draw_lines(
    axes: Axes, bias: ValueAndInterval, lower: ValueAndInterval, upper: ValueAndInterval, gap: float
) -> None:
    """The bias and the limits; their texts keep a gap where the lines are close."""
    middle = bias[0] if np.isfinite(bias[0]) else 0.0
    _draw_line(axes, bias, "bias", "-", middle)
    _draw_line(axes, lower, "lower 95 % limit", style.DASHED, min(lower[0], middle - gap))
    _draw_line(axes, upper, "upper 95 % limit", style.DASHED, max(upper[0], middle + gap))


def _draw_line(axes: Axes, measured: ValueAndInterval, name: str, line: style.Line, place: float) -> None:
    value, low, high = measured
    if not np.isfinite(value):
        return
    axes.axhline(value, color=style.ORANGE, linewidth=1.2, linestyle=line)
    if np.isfinite(low) and np.isfinite(high):
        axes.axhspan(low, high, color=style.ORANGE, alpha=0.25, linewidth=0)
    axes.text(
        1.015,
        place,
        f"{name}\n{with_interval(value, low, high)}",
        transform=axes.get_yaxis_transform(),
        va="center",
        fontsize=style.SMALL,
        color=style.INK,
    )
