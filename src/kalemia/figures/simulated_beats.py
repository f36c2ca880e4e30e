"""Simulated beats by potassium: of one patient, and of many side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from kalemia.figures import style

COLUMNS = 4
PANEL_INCHES = 1.35
SHOWN_S = (-0.32, 0.62)
LOWEST, HIGHEST = 2.0, 9.5  # mEq/L, the ends of the colour map


@dataclass(frozen=True, eq=False)
class BeatsByPotassium:
    """The beats of one patient.

    Attributes:
        name: above the panel.
        potassium: of each beat, mEq/L.
        time_s: from R.
        beats_mv: one row per potassium.
    """

    name: str
    potassium: Sequence[float]
    time_s: Float[np.ndarray, " time"]
    beats_mv: Float[np.ndarray, "potassium time"]


def beats_by_potassium(patients: Sequence[BeatsByPotassium]) -> Figure:
    """A panel for each patient with the beats at all potassium levels on top of each other.

    Args:
        patients: all with the same levels.
    """
    columns = min(COLUMNS, len(patients))
    rows = -(-len(patients) // columns)
    figure = style.empty_figure(style.PAGE_INCHES, rows * PANEL_INCHES + 0.5)
    panels = figure.subplots(rows, columns, sharex=True, squeeze=False)
    for axes in panels.ravel()[len(patients) :]:
        axes.set_visible(False)
    for axes, patient in zip(panels.ravel(), patients, strict=False):
        _draw(style.calm(axes), patient)
    figure.supxlabel("Time from R (s)", fontsize=style.MEDIUM, color=style.INK)
    figure.supylabel("Lead II (mV)", fontsize=style.MEDIUM, color=style.INK)
    figure.legend(
        panels[0, 0].get_lines(),
        [f"{level:g}" for level in patients[0].potassium],
        title="Potassium, mEq/L",
        loc="outside right center",
        frameon=False,
        fontsize=style.SMALL,
        title_fontsize=style.SMALL,
    )
    return figure


def _draw(axes: Axes, patient: BeatsByPotassium) -> None:
    colours, place = colormaps["cividis_r"], Normalize(LOWEST, HIGHEST)
    for level, beat in zip(patient.potassium, patient.beats_mv, strict=True):
        axes.plot(patient.time_s, beat, color=colours(place(level)), linewidth=0.9)
    axes.set_xlim(*SHOWN_S)
    axes.set_title(patient.name, loc="left", fontsize=style.SMALL, pad=2)
