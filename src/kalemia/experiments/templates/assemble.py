"""Put the chunks together into the library."""

from pathlib import Path

import numpy as np

from kalemia.experiments.templates.axes import Axes
from kalemia.experiments.templates.chunks import read
from kalemia.simulation.template_file import AXES, TemplateArrays

_TO_LIBRARY = (4, 0, 5, 6, 1, 2, 3, 7)
"""Chunks count over calcium, gradient, IKr and period, strands over potassium, mid and endo share, then samples."""


def assemble(axes: Axes, folder: Path) -> TemplateArrays:
    """The library of chunks that were all simulated."""
    beats = [read(folder, chunk) for chunk in axes.chunks()]
    by_chunk = (len(axes.calcium_mm), len(axes.ks_gradient), len(axes.kr), len(axes.period_ms))
    by_strand = (len(axes.potassium_mm), len(axes.mid_share), len(axes.endo_share))
    marks_ms = [np.concatenate([beat.activated_ms, beat.repolarised_ms], axis=1) for beat in beats]
    return TemplateArrays(
        levels={name: np.asarray(getattr(axes, name), float) for name in AXES},
        phi=np.stack([beat.phi for beat in beats]).reshape(*by_chunk, *by_strand, -1).transpose(_TO_LIBRARY),
        marks_ms=np.stack(marks_ms).reshape(*by_chunk, *by_strand, -1).transpose(_TO_LIBRARY).astype(np.float32),
    )
