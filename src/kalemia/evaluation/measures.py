"""How far estimates are from the truth: pure functions of two arrays in mEq/L.

Every function takes `weights`, how often each recording counts: `None` is once each, and a (resample, recording) array
gives one value per resample, which is how the bootstrap gets its intervals from the very code that gives the value.

A measure that is not defined (no recordings, one class only, a truth that never varies) is NaN; none is made up.
"""

import numpy as np
from jaxtyping import Bool, Float, Shaped

HYPERKALAEMIA = 5.5  # mEq/L and above
HYPOKALAEMIA = 3.5  # mEq/L, below

Vector = Float[np.ndarray, " recording"]
Weights = Shaped[np.ndarray, "*resample recording"]
Values = Float[np.ndarray, "*resample"]


def mae(truth: Vector, estimate: Vector, weights: Weights | None = None) -> Values:
    """Mean absolute error in mEq/L."""
    return _mean(np.abs(estimate - truth), weights)


def rmse(truth: Vector, estimate: Vector, weights: Weights | None = None) -> Values:
    """Root of the mean squared error in mEq/L."""
    return np.sqrt(_mean(np.square(estimate - truth), weights))


def bias(truth: Vector, estimate: Vector, weights: Weights | None = None) -> Values:
    """Mean of estimate minus truth in mEq/L."""
    return _mean(estimate - truth, weights)


def pearson_r(truth: Vector, estimate: Vector, weights: Weights | None = None) -> Values:
    """Pearson's correlation; NaN where either side does not vary."""
    spread = np.sqrt(_covariance(truth, truth, weights)) * np.sqrt(_covariance(estimate, estimate, weights))
    return np.clip(_ratio(_covariance(truth, estimate, weights), spread), -1.0, 1.0)


def r_squared(truth: Vector, estimate: Vector, weights: Weights | None = None) -> Values:
    """The share of the truth's variance that the estimate explains, 1 - SSE / SST.

    This is the coefficient of determination of the estimate itself, not of a line fitted to it: it is below zero for
    an estimate worse than the mean of the truth, and equals r squared only for an estimate without bias or shrinkage.
    """
    return 1.0 - _ratio(_mean(np.square(estimate - truth), weights), _covariance(truth, truth, weights))


def slope(truth: Vector, estimate: Vector, weights: Weights | None = None) -> Values:
    """Slope of the least-squares line of estimate on truth: 1 is no shrinkage, 0 the constant predictor."""
    return _ratio(_covariance(truth, estimate, weights), _covariance(truth, truth, weights))


def intercept(truth: Vector, estimate: Vector, weights: Weights | None = None) -> Values:
    """Intercept in mEq/L of the least-squares line of estimate on truth."""
    return _mean(estimate, weights) - slope(truth, estimate, weights) * _mean(truth, weights)


def auroc(positive: Bool[np.ndarray, " recording"], score: Vector, weights: Weights | None = None) -> Values:
    """Area under the receiver operating characteristic: the chance that a positive scores above a negative.

    The Mann-Whitney form, ties counting one half (Hanley and McNeil 1982, doi:10.1148/radiology.143.1.7063747).

    Args:
        positive: which recordings are cases.
        score: higher means more likely a case; only its order matters.
        weights: how often each recording counts.
    """
    if score.size == 0:
        return np.full(_weights(score, weights).shape[:-1], np.nan)
    order = np.argsort(score, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(score[order]) > 0])
    counted = _weights(score, weights)[..., order]
    positives = np.add.reduceat(counted * positive[order], starts, axis=-1)
    negatives = np.add.reduceat(counted * ~positive[order], starts, axis=-1)
    negatives_below = np.cumsum(negatives, axis=-1) - negatives
    wins = np.sum(positives * (negatives_below + negatives / 2), axis=-1)
    return _ratio(wins, positives.sum(axis=-1) * negatives.sum(axis=-1))


def auroc_hyperkalaemia(truth: Vector, estimate: Vector, weights: Weights | None = None) -> Values:
    """AUROC of the estimate for a measured potassium of 5.5 mEq/L and above."""
    return auroc(truth >= HYPERKALAEMIA, estimate, weights)


def auroc_hypokalaemia(truth: Vector, estimate: Vector, weights: Weights | None = None) -> Values:
    """AUROC of the estimate for a measured potassium below 3.5 mEq/L."""
    return auroc(truth < HYPOKALAEMIA, -estimate, weights)


def _weights(values: Vector, weights: Weights | None) -> Float[np.ndarray, "*resample recording"]:
    return np.ones(len(values)) if weights is None else np.asarray(weights, dtype=np.float64)


def _ratio(numerator: Values, denominator: Values) -> Values:
    defined = denominator > 0
    return np.where(defined, numerator / np.where(defined, denominator, 1.0), np.nan)


def _mean(values: Vector, weights: Weights | None) -> Values:
    weights = _weights(values, weights)
    return _ratio(weights @ values, weights.sum(axis=-1))


def _covariance(a: Vector, b: Vector, weights: Weights | None) -> Values:
    """Exactly zero where a side takes one value only, which rounding would otherwise hide."""
    weights = _weights(a, weights)
    from_mean_a = a - _mean(a, weights)[..., None]
    from_mean_b = b - _mean(b, weights)[..., None]
    covariance = _ratio(np.sum(weights * from_mean_a * from_mean_b, axis=-1), weights.sum(axis=-1))
    return np.where(_varies(a, weights) & _varies(b, weights), covariance, 0.0)


def _varies(values: Vector, weights: Weights) -> Bool[np.ndarray, "*resample"]:
    counted = weights > 0
    highest = np.max(np.where(counted, values, -np.inf), axis=-1, initial=-np.inf)
    lowest = np.min(np.where(counted, values, np.inf), axis=-1, initial=np.inf)
    return np.asarray(highest > lowest)
