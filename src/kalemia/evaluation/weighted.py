"""Sums over recordings that count several times, for one set of weights or for many at once.

`None` as weights is once each; a (resample, recording) array gives one value per resample.
"""

import numpy as np
from jaxtyping import Bool, Float, Shaped

Vector = Float[np.ndarray, " recording"]
Cases = Bool[np.ndarray, " recording"]
Weights = Shaped[np.ndarray, "*resample recording"]
Values = Float[np.ndarray, "*resample"]


def counted(
    values: Shaped[np.ndarray, " recording"], weights: Weights | None
) -> Float[np.ndarray, "*resample recording"]:
    """How often each recording counts, as numbers."""
    return np.ones(len(values)) if weights is None else np.asarray(weights, dtype=np.float64)


def per_recording(value: float | Vector, recordings: int) -> Vector:
    """One value for all recordings, or what is already one for each."""
    return np.full(recordings, value) if np.ndim(value) == 0 else np.asarray(value, dtype=np.float64)


def ratio(numerator: Values, denominator: Values) -> Values:
    """One by the other; NaN where the denominator is not above zero."""
    defined = denominator > 0
    return np.where(defined, numerator / np.where(defined, denominator, 1.0), np.nan)


def mean(values: Vector | Cases, weights: Weights | None) -> Values:
    """Mean of numbers, or share that is true; NaN where nothing counts."""
    weights = counted(values, weights)
    return ratio(weights @ values, weights.sum(axis=-1))


def counts_by_score(
    positive: Cases, score: Vector, weights: Weights | None
) -> tuple[Float[np.ndarray, "*resample level"], Float[np.ndarray, "*resample level"]]:
    """How many cases and how many others have each of the scores that occur, the highest score first.

    Args:
        positive: which recordings are cases; at least one recording is given.
        score: higher means more likely a case.
        weights: how often each recording counts.
    """
    order = np.argsort(-score, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(score[order]) < 0])
    ordered = counted(score, weights)[..., order]
    cases = np.add.reduceat(ordered * positive[order], starts, axis=-1)
    return cases, np.add.reduceat(ordered * ~positive[order], starts, axis=-1)


def varies(values: Vector, weights: Weights | None) -> Bool[np.ndarray, "*resample"]:
    """Whether more than one value counts, which rounding in a variance would hide."""
    weights = counted(values, weights)
    if values.size == 0:
        return np.zeros(weights.shape[:-1], dtype=bool)
    order = np.argsort(values)
    present = (weights > 0)[..., order]
    lowest = values[order[np.argmax(present, axis=-1)]]
    highest = values[order[len(order) - 1 - np.argmax(present[..., ::-1], axis=-1)]]
    return np.asarray(highest > lowest) & present.any(axis=-1)
