"""Whether what is said is what happens: probabilities against shares, estimates against measurements."""

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, MultipleLocator, PercentFormatter

from kalemia.figures import style
from kalemia.figures.series import draw_points

Bins = Float[np.ndarray, " bin"]
Counts = Int[np.ndarray, " bin"]

_BARS = 40


def calibration(
    predicted: Bins,
    observed: Bins,
    low: Bins,
    high: Bins,
    n: Counts,
    probability: Float[np.ndarray, " recording"] | None = None,
    case: str = "cases",
) -> Figure:
    """The share of cases against the probability that was predicted, above how often each was predicted.

    Args:
        predicted: mean of each bin, 0 to 1; NaN where a bin is empty.
        observed: share of cases in it.
        low: lower end of its 95 % interval; NaN where there is none.
        high: upper end.
        n: recordings in it.
        probability: that was predicted for each recording, for a histogram; without, a bar as high as `n` stands at
            each bin.
        case: what is predicted, such as "K ≥ 5.5 mEq/L".
    """
    figure = style.empty_figure(style.COLUMN_INCHES, 4.1)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3.4, 1))
    _draw_bins(figure, style.calm(above), predicted, observed, low, high)
    end = _end(predicted, observed, high, np.zeros(0) if probability is None else probability)
    above.set(xlim=(0, end), ylim=(0, end))
    above.set_ylabel(f"Observed share of {case} (%)")
    style.calm(below)
    if probability is None:
        below.bar(predicted, n, width=end / _BARS, color=style.GREY)
    else:
        below.hist(probability, bins=np.linspace(0, end, _BARS + 1).tolist(), color=style.GREY)
    below.set_ylim(0, None if n.any() else 1)
    below.yaxis.set_major_locator(MaxNLocator(nbins=3, integer=True))
    below.set_xlabel(f"Predicted probability of {case} (%)")
    below.set_ylabel(f"Recordings\n(n = {n.sum():,})")
    for axis in (above.xaxis, above.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=""))
    return figure


def calibration_of_estimate(estimate_mean: Bins, truth_mean: Bins, low: Bins, high: Bins, n: Counts) -> Figure:
    """Mean measured against mean estimated potassium in groups of like estimates, such as tenths.

    Args:
        estimate_mean: of each group, mEq/L; NaN where it is empty.
        truth_mean: of the same recordings, mEq/L.
        low: lower end of its 95 % interval; NaN where there is none.
        high: upper end.
        n: recordings in it.
    """
    figure, axes = style.new_figure(height=3.6)
    _draw_bins(figure, axes, estimate_mean, truth_mean, low, high)
    both = np.concatenate([estimate_mean, truth_mean, low, high])
    both = both[np.isfinite(both)]
    start = np.floor(2 * both.min(initial=np.inf) - 0.2) / 2 if both.size else 4.0
    end = np.ceil(2 * both.max(initial=-np.inf) + 0.2) / 2 if both.size else 8.0
    axes.set(xlim=(start, end), ylim=(start, end), aspect="equal")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MultipleLocator(0.5 if end - start <= 4 else 1))
    axes.set_xlabel("Mean estimated potassium (mEq/L)")
    axes.set_ylabel("Mean measured potassium (mEq/L)")
    style.note_above(axes, _groups(n))
    return figure


def _draw_bins(figure: Figure, axes: Axes, x: Bins, y: Bins, low: Bins, high: Bins) -> None:
    perfect = axes.axline((0, 0), slope=1, color=style.GREY, linewidth=0.8, linestyle=style.DASHED)
    markers = draw_points(axes, x, y, low, high, style.look(0))
    names = ["group, 95 % interval", "perfect calibration"]
    style.legend_below(figure, [markers, perfect], names, columns=2, handle_length=1.8)
    if not np.isfinite(y).any():
        style.say(axes, "no recordings")


def _end(*values: Float[np.ndarray, " value"]) -> float:
    """One, or less where all is rare: the next tenth above everything."""
    highest = np.nanmax(np.concatenate([*values, [0.0]]))
    return float(min(np.ceil(10 * highest + 0.05) / 10, 1.0)) if highest < 0.5 else 1.0


def _groups(n: Counts) -> str:
    filled = n[n > 0]
    if not filled.size:
        return "n = 0"
    each = f"{filled.min():,}" if filled.min() == filled.max() else f"{filled.min():,} to {filled.max():,}"
    return f"n = {filled.sum():,}, {each} in each group"
