"""The cycles of one recording on top of each other."""

import numpy as np
from matplotlib.figure import Figure

from kalemia.cycles import CYCLE_FS, CYCLE_SAMPLES, R_INDEX, Cycles
from kalemia.figures import style

MOST_LINES = 200  # of a day-long recording every n-th cycle is drawn; the mean is that of all


def aligned_cycles(cycles: Cycles) -> Figure:
    """The accepted cycles aligned at R, with their mean; without any, empty axes that say so.

    Args:
        cycles: of one recording; the first lead is drawn.
    """
    figure, axes = style.new_figure(height=2.5)
    time_s = (np.arange(CYCLE_SAMPLES) - R_INDEX) / CYCLE_FS
    axes.axvline(0, color=style.PALE, linewidth=0.6, zorder=0)
    if len(cycles) == 0:
        style.say(axes, "no cycle was accepted")
    else:
        signal = cycles.signal[:, 0]
        drawn = signal[:: -(-len(signal) // MOST_LINES)]
        single = axes.plot(time_s, drawn.T, color=style.GREY, linewidth=0.4, alpha=0.5)
        (mean,) = axes.plot(time_s, signal.mean(axis=0), color=style.BLUE, linewidth=1.4)
        every = f"n = {len(cycles)}" if len(drawn) == len(cycles) else f"{len(drawn)} of {len(cycles)}"
        names = [f"single cycles ({every})", "mean"]
        style.legend_above(axes, [single[0], mean], names)
    axes.set_xlim(time_s[0], time_s[-1])
    axes.set_xlabel("Time from R (s)")
    axes.set_ylabel("Amplitude (mV)" if cycles.normalisation == "mv" else "Normalised amplitude")
    return figure
