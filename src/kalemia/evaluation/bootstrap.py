"""Bootstrap intervals that resample patients.

Recordings of one patient are alike. Resampling recordings would count them as independent and give intervals that are
too narrow; so whole patients are drawn, each with all of its recordings (Field and Welsh 2007,
doi:10.1111/j.1467-9868.2007.00593.x). With one recording per patient this is the ordinary bootstrap.
"""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float, Int, Shaped

RESAMPLES = 1000
LEVEL = 0.95

# Draws in which a measure is undefined (no patient of a range among them) are left out. If that is more than one in a
# hundred, fewer than about five patients carry the measure, and resampling so few tells nothing about others.
_DEFINED_SHARE = 0.99

_BLOCK_CELLS = 500_000  # weights held at once, so that memory does not grow with the number of resamples

Draws = Float[np.ndarray, "resample *point"]
Statistic = Callable[[Shaped[np.ndarray, "resample recording"]], Draws]


def patient_weights(
    patient_ids: Shaped[np.ndarray, " recording"], resamples: int, generator: np.random.Generator
) -> Int[np.ndarray, "resample recording"]:
    """How often each recording counts when as many patients as there are get drawn with replacement.

    Args:
        patient_ids: the patient of each recording.
        resamples: how many draws.
        generator: source of randomness.
    """
    patients, patient_of = np.unique(patient_ids, return_inverse=True)
    count = len(patients)
    draws = generator.integers(count, size=(resamples, count)) + count * np.arange(resamples)[:, None]
    drawn = np.bincount(draws.ravel(), minlength=resamples * count).reshape(resamples, count)
    return np.asarray(drawn[:, patient_of])


def draws(
    statistics: Sequence[Statistic],
    patient_ids: Shaped[np.ndarray, " recording"],
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> list[Draws]:
    """Each statistic under resampling of patients; all see the same draws.

    Args:
        statistics: each takes (resample, recording) weights and returns one value, or one per point, per resample.
        patient_ids: the patient of each recording; at least one.
        resamples: how many draws.
        seed: the same seed gives the same draws.
    """
    generator = np.random.default_rng(seed)
    block = max(1, _BLOCK_CELLS // len(patient_ids))
    values = []
    for start in range(0, resamples, block):
        weights = patient_weights(patient_ids, min(block, resamples - start), generator).astype(np.float64)
        values.append([statistic(weights) for statistic in statistics])
    return [np.concatenate(parts) for parts in zip(*values, strict=True)]


def intervals(
    statistics: Sequence[Statistic],
    patient_ids: Shaped[np.ndarray, " recording"],
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> list[tuple[float, float]]:
    """Percentile interval of each statistic under resampling of patients; all see the same draws.

    Args:
        statistics: each takes (resample, recording) weights and returns one value per resample.
        patient_ids: the patient of each recording.
        resamples: how many draws.
        level: the share of draws that the interval holds.
        seed: the same seed gives the same intervals.

    Returns:
        (low, high) per statistic; (NaN, NaN) with fewer than two patients, or where fewer than about five carry it.
    """
    if len(np.unique(patient_ids)) < 2:
        return [(np.nan, np.nan)] * len(statistics)
    return [percentile_interval(drawn, level) for drawn in draws(statistics, patient_ids, resamples, seed)]


def band(
    statistic: Statistic,
    points: int,
    patient_ids: Shaped[np.ndarray, " recording"],
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> tuple[Float[np.ndarray, " point"], Float[np.ndarray, " point"]]:
    """Lower and upper edge of the 95 % band of a curve: an interval at each point by itself, not of the whole curve.

    Args:
        statistic: takes (resample, recording) weights and returns (resample, point) values.
        points: how many.
        patient_ids: the patient of each recording.
        resamples: how many draws.
        seed: the same seed gives the same band, and the same draws as in `intervals`.

    Returns:
        NaN at a point where `intervals` would give none.
    """
    if len(np.unique(patient_ids)) < 2:
        return np.full(points, np.nan), np.full(points, np.nan)
    [drawn] = draws([statistic], patient_ids, resamples, seed)
    low, high = np.array([percentile_interval(column) for column in drawn.T]).reshape(points, 2).T
    return low, high


def percentile_interval(drawn: Float[np.ndarray, " resample"], level: float = LEVEL) -> tuple[float, float]:
    """Where the middle of the draws lies; (NaN, NaN) where too many of them are undefined."""
    defined = drawn[np.isfinite(drawn)]
    if len(defined) < _DEFINED_SHARE * len(drawn):
        return np.nan, np.nan
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
