"""Models beside each other: error, size and training time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kalemia.figures import style
from kalemia.figures.forest import Column, draw_row, hold, new_forest
from kalemia.figures.numbers import NONE, ValueAndInterval, with_interval


@dataclass(frozen=True)
class Compared:
    """One model.

    Attributes:
        name: of the model.
        mae: in mEq/L; NaN where it has no estimate.
        low: lower end of its 95 % interval; NaN where there is none.
        high: upper end.
        parameters: how many it has; `None` where that means nothing.
        training_s: seconds of training; `None` where it is not trained or was not timed.
        note: what sets the row apart, such as "1 fold" where not all folds were run; its marker is hollow.
    """

    name: str
    mae: float
    low: float
    high: float
    parameters: int | None
    training_s: float | None
    note: str = ""


def comparison(models: Sequence[Compared], constant: ValueAndInterval, note: str = "") -> Figure:
    """A row for each model with its MAE and interval, and the line of the constant's.

    Args:
        models: from top to bottom.
        constant: MAE in mEq/L of one potassium for all; NaN draws none.
        note: what was counted, such as "n = 1,567 in 5 folds".
    """
    columns = (
        Column("MAE (95 % interval)", 0.02, "left", [with_interval(one.mae, one.low, one.high) for one in models]),
        Column("parameters", 0.72, "right", [_parameters(one) for one in models]),
        Column("training (s)", 1.0, "right", [_training(one) for one in models]),
    )
    names = [f"{one.name} ({one.note})" if one.note else one.name for one in models]
    figure, axes = new_forest(names or ["no models"], columns)
    _draw_constant(axes, constant)
    for row, one in enumerate(models):
        draw_row(axes, row, one.mae, one.low, one.high, hollow=bool(one.note))
    hold(axes, [*constant, *(value for one in models for value in (one.mae, one.low, one.high))])
    axes.set_xlabel("Mean absolute error (mEq/L)")
    style.note_above(figure.axes[1], note)
    return figure


def _draw_constant(axes: Axes, constant: ValueAndInterval) -> None:
    value, low, high = constant
    if not np.isfinite(value):
        return
    if np.isfinite(low) and np.isfinite(high):
        axes.axvspan(low, high, color=style.PALE, alpha=0.6, linewidth=0, zorder=0.5)
    axes.axvline(value, color=style.GREY, linewidth=1.0, linestyle=style.DASHED, zorder=0.6)
    axes.text(value, -1.1, "constant", ha="center", va="center", fontsize=style.SMALL, color=style.GREY).set_bbox(
        style.PLATE
    )


def _parameters(model: Compared) -> str:
    return NONE if model.parameters is None else f"{model.parameters:,}"


def _training(model: Compared) -> str:
    if model.training_s is None or not np.isfinite(model.training_s):
        return NONE
    return f"{model.training_s:,.0f}" if model.training_s >= 10 else f"{model.training_s:.1f}"
