"""What moves the estimate, along the median cycle of a recording."""

from typing import Literal

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure

from kalemia.cycles import CYCLE_FS, CYCLE_SAMPLES, R_INDEX, Normalisation
from kalemia.figures import style

TIME_MS = (np.arange(CYCLE_SAMPLES) - R_INDEX) / CYCLE_FS * 1000
LOWERS_TO_RAISES = LinearSegmentedColormap.from_list("lowers_to_raises", [style.BLUE, style.GREY, style.ORANGE])
LEAST_CHANGE = 0.1
"""mEq/L, the least that the scale of changes reaches to either side: smaller ones are to look small."""
ROOM = 1.35
"""What the scale of changes has beyond the largest, so that no curve runs through the words there."""


def attributed_cycle(
    cycle: Float[np.ndarray, " 512"],
    normalisation: Normalisation,
    window_ms: Float[np.ndarray, " window"],
    change: Float[np.ndarray, " window"],
) -> Figure:
    """The median cycle, coloured by what raises and what lowers the estimate, and by how much beneath it.

    Args:
        cycle: one lead of the median cycle.
        normalisation: of the cycle.
        window_ms: centres of the windows that were covered one by one, in ms from R, rising.
        change: by how much what is in each window raises the estimate, mEq/L.
    """
    figure = style.empty_figure(style.COLUMN_INCHES, 3.2)
    above, below = figure.subplots(2, sharex=True, height_ratios=(3, 2))
    most = max(float(np.abs(change).max()), LEAST_CHANGE)
    _draw_cycle(style.calm(above), cycle, np.interp(TIME_MS, window_ms, change), most)
    above.set_ylabel("Amplitude (mV)" if normalisation == "mv" else "Normalised amplitude")
    _draw_change(style.calm(below), window_ms, change, most)
    figure.align_ylabels()
    return figure


def _draw_cycle(axes: Axes, cycle: Float[np.ndarray, " 512"], change: Float[np.ndarray, " 512"], most: float) -> None:
    """The cycle as pieces of line, each in the colour of its change."""
    points = np.column_stack([TIME_MS, cycle])
    pieces = np.stack([points[:-1], points[1:]], axis=1)
    line = LineCollection(list(pieces), cmap=LOWERS_TO_RAISES, norm=Normalize(-most, most), capstyle="round")
    line.set_array((change[:-1] + change[1:]) / 2)
    line.set_linewidth(1.6)
    axes.axvline(0, color=style.PALE, linewidth=0.6, zorder=0)
    axes.add_collection(line)
    axes.autoscale_view()
    axes.tick_params(labelbottom=False)


def _draw_change(
    axes: Axes, window_ms: Float[np.ndarray, " window"], change: Float[np.ndarray, " window"], most: float
) -> None:
    """The change with its sign: above the line what raises the estimate, below it what lowers it."""
    axes.axvline(0, color=style.PALE, linewidth=0.6, zorder=0)
    axes.axhline(0, color=style.INK, linewidth=0.6)
    axes.fill_between(window_ms, change, where=change > 0, interpolate=True, color=style.ORANGE, alpha=0.6, linewidth=0)
    axes.fill_between(window_ms, change, where=change < 0, interpolate=True, color=style.BLUE, alpha=0.6, linewidth=0)
    axes.plot(window_ms, change, color=style.INK, linewidth=0.9)
    axes.set_xlim(TIME_MS[0], TIME_MS[-1])
    axes.set_ylim(-ROOM * most, ROOM * most)
    _write(axes, 0.98, "top", "raises the estimate", style.ORANGE)
    _write(axes, 0.02, "bottom", "lowers the estimate", style.BLUE)
    axes.set_xlabel("Time from R (ms)")
    axes.set_ylabel("Change (mEq/L)")


def _write(axes: Axes, height: float, side: Literal["top", "bottom"], words: str, colour: str) -> None:
    axes.text(0.99, height, words, transform=axes.transAxes, ha="right", va=side, fontsize=style.SMALL, color=colour)
