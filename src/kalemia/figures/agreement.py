"""Estimated against measured potassium: heatmap, box plots by measured range, scatter."""

from itertools import pairwise

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MultipleLocator, PercentFormatter

from kalemia.cohorts.potassium_ranges import EDGES, LABELS, count_ranges, range_index
from kalemia.figures import style
from kalemia.figures.by_range import MEASURED, NAMES, labels_with_n
from kalemia.figures.density import both_known, density_bar, draw_density
from kalemia.figures.numbers import shown

Potassium = Float[np.ndarray, " recording"]

ESTIMATED = "Estimated potassium (mEq/L)"


def heatmap(truth: Potassium, estimate: Potassium) -> Figure:
    """Counts by measured range (columns) and estimated range (rows).

    The colour is the share of the column, so that a range with few recordings is seen as well as one with many; the
    outlined diagonal is where estimate and measurement fall into one range.

    Args:
        truth: measured, mEq/L.
        estimate: of the same recordings, mEq/L.
    """
    counts = np.zeros((len(LABELS), len(LABELS)), dtype=int)
    np.add.at(counts, (range_index(estimate), range_index(truth)), 1)
    measured = counts.sum(axis=0)
    share = counts / np.maximum(measured, 1)
    figure, axes = style.new_figure(height=3.1)
    image = axes.imshow(share, origin="lower", cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for row, column in np.ndindex(counts.shape):
        if counts[row, column]:
            colour = style.on(tuple(image.to_rgba(share[row, column])))
            text = str(counts[row, column])
            axes.text(column, row, text, ha="center", va="center", fontsize=style.SMALL, color=colour)
    for number in range(len(LABELS)):
        square = Rectangle((number - 0.5, number - 0.5), 1, 1, fill=False, edgecolor=style.INK, linewidth=0.8)
        square.set_clip_on(False)
        axes.add_patch(square)
    axes.set_xticks(range(len(LABELS)), labels_with_n(measured))
    axes.set_yticks(range(len(LABELS)), NAMES)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel(MEASURED)
    axes.set_ylabel(ESTIMATED)
    bar = figure.colorbar(image, ax=axes, shrink=0.9, aspect=25, pad=0.02, format=PercentFormatter(1))
    bar.set_label("Share of the measured range", fontsize=style.SMALL, color=style.INK)
    bar.ax.tick_params(labelsize=style.SMALL, length=2, width=0.5, colors=style.INK)
    bar.outline.set_visible(False)
    return figure


def boxes_by_range(truth: Potassium, estimate: Potassium) -> Figure:
    """Box plots of the estimate by measured range; the shaded steps are where a perfect estimate would lie.

    Boxes span the quartiles with the median inside, whiskers reach 1.5 interquartile ranges (Tukey), dots lie beyond.

    Args:
        truth: measured, mEq/L.
        estimate: of the same recordings, mEq/L.
    """
    ranges = range_index(truth)
    groups = [estimate[ranges == number] for number in range(len(LABELS))]
    figure, axes = style.new_figure(height=2.9)
    low, high = _limits(truth, estimate)
    _draw_ranges(axes, low, high)
    for number, group in enumerate(groups):
        if len(group):
            _draw_box(axes, number, group)
    axes.set_xticks(range(len(LABELS)), labels_with_n(count_ranges(truth)))
    axes.tick_params(axis="x", length=0)
    axes.set_xlim(-0.6, len(LABELS) - 0.4)
    axes.set_ylim(low, high)
    axes.yaxis.set_major_locator(MultipleLocator(1))
    axes.text(
        0.01,
        0.99,
        "shaded: a perfect estimate",
        transform=axes.transAxes,
        va="top",
        fontsize=style.SMALL,
        color=style.GREY,
    )
    axes.set_xlabel(MEASURED)
    axes.set_ylabel(ESTIMATED)
    return figure


def scatter(truth: Potassium, estimate: Potassium, slope: float, intercept: float, r_squared: float) -> Figure:
    """Each recording as a dot, darker among many, with the line of identity and that of estimate on truth.

    Args:
        truth: measured, mEq/L.
        estimate: of the same recordings, mEq/L; recordings without one are left out.
        slope: of the fitted line; NaN draws none.
        intercept: of the fitted line, mEq/L.
        r_squared: of the estimate (not of the line); NaN is shown as a dash.
    """
    known = both_known(truth, estimate)
    truth, estimate = truth[known], estimate[known]
    figure, axes = style.new_figure(height=3.1)
    low, high = _limits(truth, estimate)
    ends = np.array([low, high])
    axes.plot(ends, ends, color=style.GREY, linewidth=0.8, linestyle=style.DASHED, label="identity")
    dots = draw_density(axes, truth, estimate)
    if np.isfinite(slope):
        span = np.array([truth.min(initial=high), truth.max(initial=low)])
        sign = "+" if slope >= 0 else "−"
        line = f"fit: {intercept:.2f} {sign} {abs(slope):.2f} × measured"
        axes.plot(span, intercept + slope * span, color=style.ORANGE, linewidth=1.4, label=line)
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    axes.set_aspect("equal")
    axes.xaxis.set_major_locator(MultipleLocator(1))
    axes.yaxis.set_major_locator(MultipleLocator(1))
    axes.set_xlabel(MEASURED)
    axes.set_ylabel(ESTIMATED)
    axes.legend(frameon=False, fontsize=style.SMALL, loc="upper left", handlelength=2.2, labelcolor=style.INK)
    note = axes.text(0.98, 0.02, f"n = {len(truth):,}\nR² = {shown(r_squared)}", transform=axes.transAxes)
    note.set(fontsize=style.SMALL, ha="right", va="bottom")
    if len(truth):
        density_bar(figure, axes, dots)
    return figure


def _draw_ranges(axes: Axes, low: float, high: float) -> None:
    borders = [low, *EDGES, high]
    for number, (bottom, top) in enumerate(pairwise(borders)):
        step = Rectangle((number - 0.45, bottom), 0.9, top - bottom, facecolor=style.PALE, alpha=0.6, linewidth=0)
        axes.add_patch(step)


def _draw_box(axes: Axes, number: int, estimates: Potassium) -> None:
    thin = {"linewidth": 0.6, "color": style.INK}
    axes.boxplot(
        estimates,
        positions=[number],
        widths=0.55,
        patch_artist=True,
        boxprops={"facecolor": style.RANGE_COLOURS[number], "edgecolor": style.INK, "linewidth": 0.6},
        medianprops={"color": style.on(style.RANGE_COLOURS[number]), "linewidth": 1.2},
        whiskerprops=thin,
        capprops=thin,
        flierprops={"marker": "o", "markersize": 1.8, "markerfacecolor": style.GREY, "markeredgewidth": 0},
    )


def _limits(truth: Potassium, estimate: Potassium) -> tuple[float, float]:
    """Half units around all values, with a margin, and around the lowest and the highest edge."""
    both = np.concatenate([truth, estimate])
    lowest = np.floor(2 * both.min(initial=EDGES[0] - 0.5) - 0.2) / 2
    highest = np.ceil(2 * both.max(initial=EDGES[-1] + 0.5) + 0.2) / 2
    return float(lowest), float(highest)
