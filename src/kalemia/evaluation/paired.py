"""Whether one model is better than another on the same recordings: a paired bootstrap over patients.

Both are measured on the same draws of patients, so that what makes a draw easy or hard cancels out.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Shaped

from kalemia.evaluation import measures
from kalemia.evaluation.bootstrap import RESAMPLES, draws, percentile_interval
from kalemia.evaluation.measured import require_whole
from kalemia.evaluation.weighted import Values, Weights

Potassium = Float[np.ndarray, " recording"]


@dataclass(frozen=True)
class Difference:
    """A measure of the first model less that of the second.

    Attributes:
        value: NaN where it is not defined.
        low: lower end of the 95 % interval, NaN where there is none.
        high: upper end.
        p: two-sided; NaN where there is no interval. The bootstrap's: twice the share of draws on the other side of
            zero (or at it), each side with one draw more than there were, so it is never below 2 / (draws + 1)
            (Davison and Hinkley 1997, "Bootstrap Methods and their Application", section 4.4).
    """

    value: float
    low: float
    high: float
    p: float


def paired_difference(
    truth: Potassium,
    first: Potassium,
    second: Potassium,
    patient_ids: Shaped[np.ndarray, " recording"],
    statistic: Callable[[Potassium, Potassium, Weights | None], Values] = measures.mae,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Difference:
    """The difference of two models' measure on the same recordings; an MAE below zero is for the first.

    Args:
        truth: measured potassium in mEq/L.
        first: one model's estimates in mEq/L.
        second: the other's.
        patient_ids: whose recording each is.
        statistic: a function of `measures`.
        resamples: draws of the bootstrap.
        seed: of the bootstrap.

    Raises:
        ConfigError: columns differ in length, or hold what is not a number.
    """
    require_whole(patient_ids, truth=truth, first=first, second=second)

    def difference(weights: Weights | None) -> Values:
        return np.asarray(statistic(truth, first, weights) - statistic(truth, second, weights))

    value = float(difference(None))
    if len(np.unique(patient_ids)) < 2:
        return Difference(value, np.nan, np.nan, np.nan)
    [drawn] = draws([difference], patient_ids, resamples, seed)
    low, high = percentile_interval(drawn)
    return Difference(value, low, high, np.nan if np.isnan(low) else _two_sided_p(drawn[np.isfinite(drawn)]))


def _two_sided_p(drawn: Float[np.ndarray, " resample"]) -> float:
    smaller = min(np.sum(drawn <= 0), np.sum(drawn >= 0))
    return min(1.0, 2 * float(smaller + 1) / (len(drawn) + 1))
