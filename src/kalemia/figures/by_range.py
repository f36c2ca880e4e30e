"""A measure in each of the six measured ranges: what it is drawn from, and how."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from kalemia.cohorts.potassium_ranges import LABELS
from kalemia.figures import style
from kalemia.figures.series import draw_points

NAMES = tuple(name.replace("-", "–") for name in LABELS)
MEASURED = "Measured potassium (mEq/L)"
_DODGED = 0.62
"""The share of a range's width over which several models stand beside each other."""


@dataclass(frozen=True, eq=False)
class ByRange:
    """A measure of one model in each range.

    Attributes:
        name: of the model.
        value: in the unit of the axis, lowest range first; NaN where a range has no recordings.
        low: lower end of its 95 % interval; NaN where there is none.
        high: upper end.
    """

    name: str
    value: Float[np.ndarray, " 6"]
    low: Float[np.ndarray, " 6"]
    high: Float[np.ndarray, " 6"]


def labels_with_n(counts: Int[np.ndarray, " 6"]) -> list[str]:
    """The ranges, with the number of recordings under each."""
    below = [f"n = {counts[0]}", *map(str, counts[1:])]
    return [f"{label}\n{count}" for label, count in zip(NAMES, below, strict=True)]


def draw_by_range(axes: Axes, models: Sequence[ByRange]) -> list[Artist]:
    """The models beside each other in every range.

    Returns:
        The markers, in the order of the models, for a legend.
    """
    places = np.arange(len(LABELS))
    step = _DODGED / max(len(models), 2)
    shifts = (np.arange(len(models)) - (len(models) - 1) / 2) * step
    return [
        draw_points(axes, places + shift, model.value, model.low, model.high, style.look(number))
        for number, (model, shift) in enumerate(zip(models, shifts, strict=True))
    ]


def divide_ranges(axes: Axes) -> None:
    """Room for six ranges, with a pale line between neighbours."""
    for border in np.arange(1, len(LABELS)) - 0.5:
        axes.axvline(border, color=style.PALE, linewidth=0.5, zorder=0)
    axes.set_xlim(-0.55, len(LABELS) - 0.45)


def name_ranges(axes: Axes, counts: Int[np.ndarray, " 6"]) -> None:
    """Ranges with their n under the axes; where one has no recordings, that is said in it."""
    axes.set_xticks(range(len(LABELS)), labels_with_n(counts))
    axes.tick_params(axis="x", length=0)
    axes.set_xlabel(MEASURED)
    if not counts.any():
        style.say(axes, "no recordings")
        return
    for number in np.flatnonzero(counts == 0):
        axes.text(
            float(number),
            0.5,
            "no recordings",
            transform=axes.get_xaxis_transform(),
            rotation=90,
            ha="center",
            va="center",
            fontsize=style.SMALL,
            color=style.GREY,
        )
