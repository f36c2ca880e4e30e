"""How much each part of the cycle moves an estimate.

By occlusion (Zeiler and Fergus 2014, doi:10.1007/978-3-319-10590-1_53), which needs nothing but the model's answers: a
window of the recording's median cycle is replaced by a straight line between its ends, so that no step arises, and the
estimate is made again. The window slides over the whole cycle.

It tells what the model reads, not why potassium is what it is. What is straight already, such as a steady slope, stays
as it is under a window, and what lies in two places at once, such as the height of T over that of R, is seen at each of
them as if the other could not change.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from kalemia.cycles import CYCLE_FS, CYCLE_SAMPLES, R_INDEX, Cycles, Normalisation
from kalemia.errors import ModelError
from kalemia.estimation import Estimator

WINDOW_SAMPLES, STEP_SAMPLES = 31, 5
"""60 ms from the first sample to the last, every 10 ms.

Shorter than a narrow QRS complex, so that its waves are told apart, and long enough to take the top off a T wave: a
window of 40 ms leaves T nearly as it was.
"""
STARTS = range(0, CYCLE_SAMPLES - WINDOW_SAMPLES + 1, STEP_SAMPLES)


@dataclass(frozen=True, eq=False)
class Attribution:
    """What each part of a median cycle does to the estimate.

    Attributes:
        cycle: the median cycle.
        normalisation: of the cycle.
        potassium: as the model reads it in the whole cycle, mEq/L.
        window_ms: centres of the windows, in ms from R.
        change: by how much what is in each window raises (or, below 0, lowers) the estimate, mEq/L.
    """

    cycle: Float[np.ndarray, "lead 512"]
    normalisation: Normalisation
    potassium: float
    window_ms: Float[np.ndarray, " window"]
    change: Float[np.ndarray, " window"]


def attribute(estimator: Estimator, cycles: Cycles) -> Attribution:
    """How much each part of the median cycle of a recording moves the estimate.

    Args:
        estimator: the model.
        cycles: of one recording, at least one, normalised as the model has learned them.

    Raises:
        ModelError: they are normalised otherwise.
        ModelInvalid: the network gives something else than finite numbers.
    """
    learned = estimator.config.preprocessing.normalisation
    if cycles.normalisation != learned:
        raise ModelError(
            f"{estimator.name}: reads cycles with normalisation {learned}, these have {cycles.normalisation}"
        )
    whole = cycles.median
    estimates = estimator.estimate_cycles(_as_cycles([whole, *(_occluded(whole, start) for start in STARTS)], cycles))
    return Attribution(
        cycle=whole,
        normalisation=learned,
        potassium=float(estimates[0]),
        window_ms=(np.array(STARTS) + WINDOW_SAMPLES // 2 - R_INDEX) / CYCLE_FS * 1000,
        change=estimates[0] - estimates[1:],
    )


def _occluded(cycle: Float[np.ndarray, "lead 512"], start: int) -> Float[np.ndarray, "lead 512"]:
    """The cycle with a straight line in the window that begins at a sample."""
    last = start + WINDOW_SAMPLES - 1
    covered = cycle.copy()
    covered[:, start : last + 1] = np.linspace(cycle[:, start], cycle[:, last], WINDOW_SAMPLES, axis=1)
    return covered


def _as_cycles(signals: Sequence[Float[np.ndarray, "lead 512"]], like: Cycles) -> Cycles:
    """Cycles of these signals, in all else like one from the middle of a recording."""
    typical = like.accepted[len(like) // 2]
    return replace(like, accepted=tuple(replace(typical, signal=signal) for signal in signals))
