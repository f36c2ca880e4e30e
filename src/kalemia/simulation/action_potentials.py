"""What is measured of the action potentials of isolated cells."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from kalemia.simulation.pacing import Trace
from kalemia.simulation.t_wave import falling_through


@dataclass(frozen=True)
class ActionPotentials:
    """What is measured of action potentials; one number per cell.

    Attributes:
        rest_mv: before the stimulus.
        peak_mv: largest after its onset.
        apd50_ms, apd90_ms: from the steepest rise to 50 and 90 % repolarisation; NaN where a cell does not repolarise.
    """

    rest_mv: Float[np.ndarray, " cell"]
    peak_mv: Float[np.ndarray, " cell"]
    apd50_ms: Float[np.ndarray, " cell"]
    apd90_ms: Float[np.ndarray, " cell"]


def measure_action_potentials(trace: Trace) -> ActionPotentials:
    """Measure the action potentials of isolated cells."""
    v = trace.v_mv[:, :, 0].astype(float)
    onset = int(np.searchsorted(trace.time_ms, 0.0))
    rest, peak = v[:, onset], v[:, onset:].max(axis=1)
    steepest = onset + np.diff(v[:, onset:], axis=1).argmax(axis=1)
    start_ms = (trace.time_ms[steepest] + trace.time_ms[steepest + 1]) / 2
    after = v[:, onset:].argmax(axis=1) + onset
    apd = [
        np.array(
            [falling_through(trace.time_ms, *row) for row in zip(v, peak - share * (peak - rest), after, strict=True)]
        )
        for share in (0.5, 0.9)
    ]
    return ActionPotentials(rest, peak, apd[0] - start_ms, apd[1] - start_ms)
