"""Action potentials of simulated cells, and the T waves of the wall that they make."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from kalemia.figures import style
from kalemia.simulation.templates import NORMAL_WALL, TemplateLibrary
from kalemia.simulation.wall import Wall

CELL_NAMES = {"endo": "Endocardial", "mid": "Mid-wall (M)", "epi": "Epicardial"}
AXIS_TITLES = {
    "potassium_mm": "Potassium (mM)",
    "calcium_mm": "Calcium (mM)",
    "mid_share": "Mid layer / wall",
    "endo_share": "Endo / (endo + epi)",
    "ks_gradient": "IKs in epi / published",
    "kr": "IKr / published",
    "period_ms": "Period (ms)",
}
PHI_LABEL = "Pseudo-ECG (mV/mm²)"
_T_WAVE_MS = (60.0, 460.0)
_SHOWN = 5  # curves in a panel at most
_PALE_END = 0.88  # of the colour map: beyond it a line is too pale on white


def cells_and_wall(
    potassium_mm: Sequence[float],
    cell_time_ms: Float[np.ndarray, " sample"],
    cell_v_mv: Mapping[str, Float[np.ndarray, "level sample"]],
    time_ms: Float[np.ndarray, " sample"],
    phi: Float[np.ndarray, "level sample"],
) -> Figure:
    """Action potentials of each kind of cell and the pseudo-ECG of the wall, one curve per potassium.

    Args:
        potassium_mm: the levels, rising.
        cell_time_ms: from the stimulus.
        cell_v_mv: potentials by kind of cell: endo, mid and epi.
        time_ms: from the stimulus.
        phi: pseudo-ECG without its baseline.
    """
    figure = style.empty_figure(style.PAGE_INCHES, 2.3)
    panels = figure.subplots(1, len(cell_v_mv) + 1)
    colours = _colours(len(potassium_mm))
    for panel, (kind, curves) in zip(panels, cell_v_mv.items(), strict=False):
        _draw(panel, cell_time_ms, curves, colours)
        panel.set_title(CELL_NAMES[kind], fontsize=style.MEDIUM)
        panel.set_ylim(-110, 60)
        panel.set_xlim(-50, _T_WAVE_MS[1])
        panel.tick_params(labelleft=panel is panels[0])
    panels[0].set_ylabel("Membrane potential (mV)")
    _draw(panels[-1], time_ms, phi, colours)
    panels[-1].set_title("Wall, once activated", fontsize=style.MEDIUM)
    panels[-1].set_xlim(*_T_WAVE_MS)
    panels[-1].set_ylabel(PHI_LABEL)
    figure.supxlabel("Time from the stimulus (ms)", fontsize=style.MEDIUM, color=style.INK)
    handles = [Line2D([], [], color=colour, linewidth=1.2) for colour in colours]
    names = [f"{level:g}" for level in potassium_mm]
    figure.legend(
        handles,
        names,
        title="Extracellular potassium (mM)",
        loc="outside upper center",
        ncols=len(names),
        frameon=False,
        fontsize=style.SMALL,
        title_fontsize=style.SMALL,
    )
    return figure


def template_axes(library: TemplateLibrary) -> Figure:
    """How the T wave changes along each axis of the template library, all else being normal."""
    figure = style.empty_figure(style.PAGE_INCHES, 3.9)
    panels = figure.subplots(2, 4, sharex=True, sharey=True).ravel()
    for panel, (name, levels) in zip(panels, library.arrays.levels.items(), strict=False):
        shown = levels[np.unique(np.linspace(0, len(levels) - 1, _SHOWN).round().astype(int))]
        waves = [library.repolarisation(**_place(name, float(level))) for level in shown]
        colours = _colours(len(shown))
        _draw(panel, waves[0].time_ms, np.stack([wave.phi for wave in waves]), colours)
        panel.set_title(AXIS_TITLES[name], fontsize=style.MEDIUM)
        panel.set_xlim(*_T_WAVE_MS)
        panel.legend(
            [Line2D([], [], color=colour, linewidth=1.2) for colour in colours],
            [f"{level:.2f}".rstrip("0").rstrip(".") for level in shown],
            loc="upper left",
            frameon=False,
            fontsize=style.SMALL,
            handlelength=1.2,
        )
    for panel in panels[len(library.arrays.levels) :]:
        panel.set_visible(False)
    figure.supxlabel("Time from the stimulus (ms)", fontsize=style.MEDIUM, color=style.INK)
    figure.supylabel(PHI_LABEL, fontsize=style.MEDIUM, color=style.INK)
    return figure


def _place(axis: str, level: float) -> dict[str, Any]:
    """Where in the library one axis is at a level and the rest is normal; potassium 4 mM."""
    if axis == "mid_share":
        endo = NORMAL_WALL.endo / (NORMAL_WALL.endo + NORMAL_WALL.epi)
        return {"potassium_mm": 4.0, "wall": Wall((1 - level) * endo, level, (1 - level) * (1 - endo))}
    if axis == "endo_share":
        mid = NORMAL_WALL.mid
        return {"potassium_mm": 4.0, "wall": Wall((1 - mid) * level, mid, (1 - mid) * (1 - level))}
    return {"potassium_mm": 4.0, axis: level}


def _draw(
    panel: Axes,
    time_ms: Float[np.ndarray, " sample"],
    curves: Float[np.ndarray, "level sample"],
    colours: Sequence[tuple[float, float, float, float]],
) -> None:
    style.calm(panel)
    for curve, colour in zip(curves, colours, strict=True):
        panel.plot(time_ms, curve, color=colour, linewidth=0.9)


def _colours(count: int) -> list[tuple[float, float, float, float]]:
    """From dark at the lowest level to light at the highest."""
    return [tuple(colour) for colour in colormaps["viridis"](np.linspace(0, _PALE_END, count))]
