"""One estimate on the scale of the study's six ranges."""

from itertools import pairwise

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MultipleLocator

from kalemia.cohorts.potassium_ranges import EDGES, LABELS
from kalemia.figures import style

_INTERVAL_AT, _TEXT_AT, _TOP = 1.7, 2.3, 3.2  # heights above the coloured bar, which is 1 high


def potassium_scale(potassium: float, interval: tuple[float, float] | None = None) -> Figure:
    """A horizontal scale of the six ranges with the estimate and its 90 % interval marked above it.

    Args:
        potassium: the estimate in mEq/L.
        interval: low and high in mEq/L; `None` or NaN draws the estimate alone.
    """
    low, high = interval if interval is not None and np.isfinite(interval).all() else (potassium, potassium)
    left, right = min(EDGES[0] - 1.0, low - 0.2), max(EDGES[-1] + 1.0, high + 0.2)
    figure, axes = style.new_figure(width=style.PAGE_INCHES, height=1.2)
    borders = [left, *EDGES, right]
    for number, (start, end) in enumerate(pairwise(borders)):
        colour = style.RANGE_COLOURS[number]
        axes.add_patch(Rectangle((start, 0), end - start, 1, facecolor=colour, edgecolor="white", linewidth=1))
        name = LABELS[number].replace("-", "–")
        written = axes.text((start + end) / 2, 0.5, name, ha="center", va="center", color=style.on(colour))
        written.set_fontsize(style.MEDIUM)
    if high > low:
        axes.plot([low, high], [_INTERVAL_AT] * 2, color=style.INK, linewidth=2.2, solid_capstyle="butt")
        axes.plot([low, high], [_INTERVAL_AT] * 2, "|", color=style.INK, markersize=7, markeredgewidth=1.2)
    axes.plot([potassium] * 2, [1.15, _INTERVAL_AT], color=style.INK, linewidth=1.2)
    axes.plot(potassium, 1.12, "v", color=style.INK, markersize=4.5, markeredgewidth=0)
    axes.plot(potassium, _INTERVAL_AT, "o", color=style.INK, markersize=6, markeredgecolor="white")
    axes.set_xlim(left, right)
    axes.set_ylim(-0.05, _TOP)
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.xaxis.set_major_locator(MultipleLocator(1))
    axes.set_xlabel("Potassium (mEq/L)")
    said = f"{potassium:.1f} mEq/L" + (f" (90 % interval {low:.1f} to {high:.1f})" if high > low else "")
    side, shift = ("right", 6) if potassium > (left + right) / 2 else ("left", -6)
    axes.annotate(
        said, (potassium, _TEXT_AT), xytext=(shift, 0), textcoords="offset points", ha=side, va="bottom", fontsize=9
    )
    return figure
