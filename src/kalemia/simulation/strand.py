"""A transmural strand of ventricular wall, and the potential that an electrode sees of it.

A line of coupled cells from endocardium to epicardium (monodomain), stimulated at the endocardium. Layers differ as
Drouin and others found (see ten Tusscher and Panfilov 2006), and in their IKs by a gradient that is not part of the
published cell model: without it the strand's T wave is small and inverted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from kalemia.errors import ConfigError
from kalemia.simulation.pacing import Protocol, Tissue
from kalemia.simulation.wall import Wall

STRAND_PROTOCOL = Protocol()
STRAND_STIMULUS = -36.0
"""A/F, in the innermost `STIMULATED_MM`: about twice the threshold. Far more distorts the T wave."""
STIMULATED_MM = 1.0
REPOLARISED_MV = -40.0
"""A cell is repolarised when its potential falls through this."""


@dataclass(frozen=True)
class Geometry:
    """The strand and its electrode.

    Attributes:
        length_mm: thickness of the wall.
        spacing_mm: between nodes; `pacing.Steps` fits this default.
        diffusion_mm2_per_ms: coupling between cells; 0.154 gives the 0.7 m/s of ten Tusscher and Panfilov.
        electrode_mm: how far beyond the epicardium the electrode lies.

    Raises:
        ConfigError: one of them is not above 0.
    """

    length_mm: float = 12.0
    spacing_mm: float = 0.15
    diffusion_mm2_per_ms: float = 0.154
    electrode_mm: float = 20.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not (np.isfinite(value) and value > 0):
                raise ConfigError(f"{name}: {value}, but it must be above 0.")

    @property
    def nodes(self) -> int:
        """Number of cells."""
        return round(self.length_mm / self.spacing_mm)

    @property
    def coupling(self) -> float:
        """Diffusion coefficient / spacing², per ms."""
        return self.diffusion_mm2_per_ms / self.spacing_mm**2


def strands(
    layer_states: Float[np.ndarray, "strand 3 19"],
    layer_cells: Float[np.ndarray, "strand 3 9"],
    walls: Sequence[Wall],
    geometry: Geometry,
) -> Tissue:
    """Strands whose cells begin in the state of their layer.

    Args:
        layer_states: of each strand the states of a cell of each of `wall.LAYERS`, paced on its own.
        layer_cells: its parameters.
        walls: one per strand.
        geometry: of all strands.
    """
    layers = np.stack([wall.layers(geometry.nodes) for wall in walls])
    strand = np.arange(len(walls))[:, None]
    stimulated = (np.arange(geometry.nodes) + 0.5) * geometry.spacing_mm < STIMULATED_MM
    return Tissue(
        states=np.ascontiguousarray(layer_states[strand, layers]),
        cells=np.ascontiguousarray(layer_cells[strand, layers]),
        stimulus=np.tile(STRAND_STIMULUS * stimulated, (len(walls), 1)),
        coupling=np.full(len(walls), geometry.coupling),
    )


def pseudo_ecg(
    v_mv: Float[np.ndarray, "*strand sample node"], geometry: Geometry
) -> Float[np.ndarray, "*strand sample"]:
    """The potential at the electrode in mV/mm², of arbitrary scale.

    Positive where depolarisation runs towards the electrode, or where the endocardium is more depolarised.
    """
    centres_mm = (np.arange(v_mv.shape[-1] - 1) + 1) * geometry.spacing_mm
    distance_mm = geometry.length_mm + geometry.electrode_mm - centres_mm
    return -np.diff(v_mv.astype(float), axis=-1) @ distance_mm**-2.0


def repolarisation_ms(
    time_ms: Float[np.ndarray, " sample"], v_mv: Float[np.ndarray, "*strand sample node"]
) -> Float[np.ndarray, "*strand node"]:
    """When each node's potential falls through -40 mV for the last time, interpolated; NaN where it stays above."""
    depolarised = v_mv >= REPOLARISED_MV
    last = v_mv.shape[-2] - 1 - depolarised[..., ::-1, :].argmax(axis=-2)
    inside = np.minimum(last, v_mv.shape[-2] - 2)[..., None, :]
    above = np.take_along_axis(v_mv, inside, axis=-2)[..., 0, :].astype(float)
    below = np.take_along_axis(v_mv, inside + 1, axis=-2)[..., 0, :].astype(float)
    step_ms = time_ms[1] - time_ms[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        times = time_ms[inside[..., 0, :]] + step_ms * (above - REPOLARISED_MV) / (above - below)
    return np.where((last < v_mv.shape[-2] - 1) & depolarised.any(axis=-2), times, np.nan)
