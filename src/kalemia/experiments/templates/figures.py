"""Draw what the library is made of, and what it holds."""

from pathlib import Path

import numpy as np

from kalemia.experiments.templates.axes import Chunk
from kalemia.figures.repolarisation import cells_and_wall, template_axes
from kalemia.figures.style import save
from kalemia.simulation.cell import Conductances, cells
from kalemia.simulation.pacing import CELL_PROTOCOL, isolated, pace, record_beat
from kalemia.simulation.templates import TemplateLibrary
from kalemia.simulation.wall import LAYERS

SHOWN_POTASSIUM_MM = (2.5, 4.0, 5.5, 7.0, 9.0)
NORMAL = Chunk(calcium_mm=2.0, ks_gradient=2.0, kr=1.0, period_ms=1000.0)
BEATS = 20
"""Enough for a drawing."""


def draw(library: TemplateLibrary, folder: Path) -> None:
    """Write the figures.

    Raises:
        MissingExtra: Numba is not installed.
        OutputError: the folder cannot be written.
    """
    levels = len(SHOWN_POTASSIUM_MM)
    tissue = isolated(
        cells(
            LAYERS * levels,
            np.repeat(SHOWN_POTASSIUM_MM, len(LAYERS)),
            NORMAL.calcium_mm,
            Conductances(ks=np.tile(NORMAL.ks, levels)),
        )
    )
    protocol = NORMAL.protocol(CELL_PROTOCOL)
    pace(tissue, BEATS - 1, protocol)
    beat = record_beat(tissue, protocol, sample_ms=0.5, until_ms=500.0)
    waves = [library.repolarisation(level) for level in SHOWN_POTASSIUM_MM]
    potentials = {kind: beat.v_mv[number :: len(LAYERS), :, 0] for number, kind in enumerate(LAYERS)}
    phi = np.stack([wave.phi for wave in waves])
    figure = cells_and_wall(SHOWN_POTASSIUM_MM, beat.time_ms, potentials, waves[0].time_ms, phi)
    save(figure, folder / "cells_and_wall.png")
    save(template_axes(library), folder / "template_axes.png")
