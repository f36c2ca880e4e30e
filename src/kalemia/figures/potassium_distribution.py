"""How the measured potassium of a cohort is distributed."""

from itertools import pairwise

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, MultipleLocator

from kalemia.cohorts.potassium_ranges import EDGES, range_index
from kalemia.figures import style

_BINS_PER_UNIT = 5  # 0.2 mEq/L, twice what laboratories round to


def potassium_distribution(potassium: Float[np.ndarray, " recording"]) -> Figure:
    """Histogram of measured potassium, coloured by the study's ranges, with the count and share of each.

    Args:
        potassium: mEq/L, one per recording.
    """
    figure, axes = style.new_figure(height=2.5)
    low, high = _limits(potassium)
    bins = np.arange(round(low * _BINS_PER_UNIT), round(high * _BINS_PER_UNIT) + 1) / _BINS_PER_UNIT
    ranges = range_index(potassium)
    for number, colour in enumerate(style.RANGE_COLOURS):
        axes.hist(potassium[ranges == number], bins=bins.tolist(), color=colour, edgecolor="white", linewidth=0.4)
    axes.set_xlim(low, high)
    axes.set_ylim(0, max(axes.get_ylim()[1] * 1.22, 1))
    borders = [low, *EDGES, high]
    for number, (left, right) in enumerate(pairwise(borders)):
        count = int(np.sum(ranges == number))
        share = f"{count / len(potassium):.0%}" if len(potassium) else "–"
        axes.text(
            (left + right) / 2,
            0.985,
            f"{count}\n{share}",
            transform=axes.get_xaxis_transform(),
            ha="center",
            va="top",
            fontsize=style.SMALL,
            color=style.INK,
        )
    for edge in EDGES:
        axes.axvline(edge, color=style.GREY, linewidth=0.5, linestyle=(0, (2, 2)), zorder=0)
    axes.xaxis.set_major_locator(MultipleLocator(1))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    axes.set_xlabel("Measured potassium (mEq/L)")
    axes.set_ylabel(f"Recordings (n = {len(potassium)})")
    return figure


def _limits(potassium: Float[np.ndarray, " recording"]) -> tuple[float, float]:
    """Whole mEq/L around the data, and at least one below the lowest edge and one above the highest."""
    lowest = min(EDGES[0] - 1, np.floor(potassium.min(initial=np.inf)))
    highest = max(EDGES[-1] + 1, np.ceil(potassium.max(initial=-np.inf)))
    return float(lowest), float(highest)
