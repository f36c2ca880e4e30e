"""Pace cells and strands: beats of a period, a stimulus in each, small steps while cells are activated."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32

from kalemia.errors import ConfigError
from kalemia.simulation.cell import INITIAL_STATE
from kalemia.simulation.integration import Cells, States, advance, rectification_table, voltage_table

PERIOD_LIMITS_MS = (500.0, 2000.0)
"""Between stimuli. In shorter cycles an M cell at low potassium has not come back to rest."""
ACTIVE_MS = 60.0
"""After a stimulus, small steps are taken for so long: upstrokes, and the spike of calcium in the subspace."""


@dataclass(frozen=True)
class Steps:
    """Lengths of steps in ms: while cells are activated, and in the rest of the beat.

    Attributes:
        active_ms, quiet_ms: both must divide the sampling interval of a beat.
    """

    active_ms: float = 0.02
    quiet_ms: float = 0.05


@dataclass(frozen=True)
class Protocol:
    """How a tissue is paced.

    Attributes:
        period_ms: from stimulus to stimulus.
        stimulus_ms: how long a stimulus lasts.
        lead_ms: how long a beat runs before its stimulus.
        steps: lengths of the steps.
    """

    period_ms: float = 1000.0
    stimulus_ms: float = 2.0
    lead_ms: float = 10.0
    steps: Steps = Steps()

    def __post_init__(self) -> None:
        low, high = PERIOD_LIMITS_MS
        if not low <= self.period_ms <= high:
            raise ConfigError(f"period: {self.period_ms:g} ms. Cells are paced every {low:g} to {high:g} ms.")


CELL_PROTOCOL = Protocol(stimulus_ms=0.5, lead_ms=50.0)
"""Of an isolated cell, as in the Myokit encoding."""
CELL_STIMULUS = -94.0
"""A/F, for an isolated cell: about twice its threshold; the default of the Myokit encoding."""


@dataclass
class Tissue:
    """Strands of cells; a strand of one is an isolated cell.

    Attributes:
        states: one row per cell; pacing moves them on.
        cells: their parameters.
        stimulus: what the pacing injects, A/F.
        coupling: diffusion coefficient / spacing², per ms.
    """

    states: States
    cells: Cells
    stimulus: Float[np.ndarray, "strand node"]
    coupling: Float[np.ndarray, " strand"]


@dataclass(frozen=True)
class Trace:
    """One beat; times count from the onset of the stimulus.

    Attributes:
        time_ms: when potentials were sampled.
        v_mv: the potentials.
        activation_ms: when each cell's potential rose through -20 mV; NaN where it did not.
    """

    time_ms: Float[np.ndarray, " sample"]
    v_mv: Float32[np.ndarray, "strand sample node"]
    activation_ms: Float[np.ndarray, "strand node"]


def isolated(cells: Float[np.ndarray, "9 cell"]) -> Tissue:
    """Uncoupled cells in the initial state."""
    count = cells.shape[1]
    return Tissue(
        states=np.tile(INITIAL_STATE, (count, 1, 1)),
        cells=np.ascontiguousarray(cells.T[:, None]),
        stimulus=np.full((count, 1), CELL_STIMULUS),
        coupling=np.zeros(count),
    )


def pace(tissue: Tissue, beats: int, protocol: Protocol) -> None:
    """Move a tissue on by some beats.

    Raises:
        MissingExtra: Numba is not installed.
    """
    for _ in range(beats):
        record_beat(tissue, protocol, sample_ms=None)


def record_beat(tissue: Tissue, protocol: Protocol, sample_ms: float | None = 1.0, until_ms: float = np.inf) -> Trace:
    """Move a tissue on by one beat and keep its potentials.

    Args:
        tissue: moved on.
        protocol: how it is paced; times in it are multiples of `sample_ms`.
        sample_ms: how often potentials are kept; `None` for never.
        until_ms: the beat is broken off so long after the stimulus, a multiple of `sample_ms`.

    Raises:
        ConfigError: the steps do not divide the sampling interval, or that not the parts of a beat; or steps are too
            long for the coupling.
        MissingExtra: Numba is not installed.
    """
    _require_stable(tissue.coupling, protocol.steps)
    end_ms = min(protocol.period_ms - protocol.lead_ms, until_ms)
    borders = (-protocol.lead_ms, 0.0, protocol.stimulus_ms, min(ACTIVE_MS, end_ms), end_ms)
    lengths = (protocol.steps.quiet_ms, protocol.steps.active_ms, protocol.steps.active_ms, protocol.steps.quiet_ms)
    activation_ms = np.full(tissue.stimulus.shape, np.nan)
    parts = []
    for number, dt_ms in enumerate(lengths):
        start_ms, span_ms = borders[number], borders[number + 1] - borders[number]
        strands, nodes = tissue.stimulus.shape
        samples = 0 if sample_ms is None else _divided(span_ms, sample_ms)
        part = np.zeros((strands, samples, nodes), np.float32)
        parts.append(part)
        advance(
            tissue.states,
            tissue.cells,
            tissue.stimulus * float(number == 1),
            tissue.coupling,
            (voltage_table(dt_ms), rectification_table()),
            dt_ms,
            _divided(span_ms / max(samples, 1), dt_ms) * max(samples, 1),
            part,
            activation_ms,
            start_ms,
        )
    v_mv = np.concatenate(parts, axis=1)
    return Trace(-protocol.lead_ms + np.arange(v_mv.shape[1]) * (sample_ms or 0.0), v_mv, activation_ms)


def _require_stable(coupling: Float[np.ndarray, " strand"], steps: Steps) -> None:
    """Refuse steps in which diffusion would overshoot: more than half the square of the spacing / coefficient.

    Raises:
        ConfigError: they are.
    """
    longest_ms, strongest = max(steps.active_ms, steps.quiet_ms), float(coupling.max())
    if 2 * strongest * longest_ms > 1:
        raise ConfigError(
            f"steps of {longest_ms:g} ms: too long for cells as near and as coupled as these. "
            f"Take at most {0.5 / strongest:.3g} ms, or fewer nodes."
        )


def _divided(whole_ms: float, part_ms: float) -> int:
    """How many parts make a whole.

    Raises:
        ConfigError: no whole number.
    """
    parts = round(whole_ms / part_ms)
    if not np.isclose(parts * part_ms, whole_ms, rtol=0, atol=1e-6):
        raise ConfigError(f"{whole_ms:g} ms cannot be divided into {part_ms:g} ms. Change steps or sampling interval.")
    return parts
