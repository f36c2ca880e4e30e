"""Net benefit over threshold probability (Vickers and Elkin 2006, doi:10.1177/0272989X06295361)."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from kalemia.figures import style
from kalemia.figures.curve import Curve
from kalemia.figures.series import anything, draw_curves, names, reach


def decision_curve(models: Sequence[Curve], treat_all: Curve, note: str = "") -> Figure:
    """Net benefit of treating by a model, of treating all and of treating none.

    What lies further below zero than the highest net benefit lies above it is cut off: treating all falls without end
    as the threshold rises.

    Args:
        models: threshold probability, 0 to 1, and net benefit per 100 patients.
        treat_all: the same of treating all.
        note: what was counted, such as "n = 1,567, 893 with K ≥ 5.5 mEq/L".
    """
    figure, axes = style.new_figure(width=style.MIDDLE_INCHES, height=2.8 + 0.14 * len(models))
    none = axes.axhline(0, color=style.INK, linewidth=0.8)
    lines = draw_curves(axes, models)
    lines += axes.plot(treat_all.x, treat_all.y, color=style.GREY, linewidth=1.0, linestyle=style.DASHED, zorder=1)
    lowest, highest = reach(models, 0.0, *treat_all.y[:1])
    highest = highest if highest > 0 else 1.0
    axes.set_ylim(max(1.08 * lowest, -highest) - 0.08 * highest, 1.08 * highest)
    thresholds = np.concatenate([curve.x for curve in (*models, treat_all)])
    axes.set_xlim(0, thresholds[np.isfinite(thresholds)].max(initial=0.1))
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=""))
    axes.set_xlabel("Threshold probability (%)")
    axes.set_ylabel("Net benefit (per 100 patients)")
    style.note_above(axes, note)
    style.legend_below(figure, [*lines, none], [*names(models), "treat all", "treat none"], 1 if _noted(models) else 3)
    if not anything(models):
        style.say(axes, "no probabilities")
    return figure


def _noted(models: Sequence[Curve]) -> bool:
    return any(model.note for model in models)
