"""How far estimates are from the truth: pure functions of two arrays in mEq/L.

Every function takes `weights`, how often each recording counts: `None` is once each, and a (resample, recording) array
gives one value per resample, which is how the bootstrap gets its intervals from the very code that gives the value.

A measure that is not defined (no recordings, one class only, a truth that never varies) is NaN; none is made up.
"""

import numpy as np
from jaxtyping import Float

from kalemia.evaluation.weighted import Cases, Values, Vector, Weights, counted, counts_by_score, mean, ratio, varies

HYPERKALAEMIA = 5.5  # mEq/L and above
HYPOKALAEMIA = 3.5  # mEq/L, below

_LIMITS_SD = 1.96


def mae(truth: Vector, estimate: Vector, weights: Weights | None = None) -> Values:
    """Mean absolute error in mEq/L."""
    return mean(np.abs(estimate - truth), weights)


def mae_gain(truth: Vector, estimate: Vector, constant: Vector, weights: Weights | None = None) -> Values:
    """The share of a constant predictor's MAE that the estimate saves: 0 is no better, 1 is without error.

    Args:
        truth: measured.
        estimate: of the same recordings.
        constant: what the constant predictor says of each.
        weights: how often each recording counts.
    """
    return 1.0 - ratio(mae(truth, estimate, weights), mae(truth, constant, weights))


def rmse(truth: Vector, estimate: Vector, weights: Weights | None = None) -> Values:
    """Root of the mean squared error in mEq/L."""
    return np.sqrt(mean(np.square(estimate - truth), weights))


def bias(truth: Vector, estimate: Vector, weights: Weights | None = None) -> Values:
    """Mean of estimate minus truth in mEq/L."""
    return mean(estimate - truth, weights)


def limit_low(truth: Vector, estimate: Vector, weights: Weights | None = None) -> Values:
    """Lower 95 % limit of agreement in mEq/L: 1.96 SD of the differences below the bias.

    Bland and Altman 1986, doi:10.1016/S0140-6736(86)90837-8; the SD has n - 1 in its denominator.
    """
    return bias(truth, estimate, weights) - _LIMITS_SD * _sd(estimate - truth, weights)


def limit_high(truth: Vector, estimate: Vector, weights: Weights | None = None) -> Values:
    """Upper 95 % limit of agreement in mEq/L, see `limit_low`."""
    return bias(truth, estimate, weights) + _LIMITS_SD * _sd(estimate - truth, weights)


def pearson_r(truth: Vector, estimate: Vector, weights: Weights | None = None) -> Values:
    """Pearson's correlation; NaN where either side does not vary."""
    spread = np.sqrt(_covariance(truth, truth, weights)) * np.sqrt(_covariance(estimate, estimate, weights))
    return np.clip(ratio(_covariance(truth, estimate, weights), spread), -1.0, 1.0)


def spearman_r(truth: Vector, estimate: Vector, weights: Weights | None = None) -> Values:
    """Spearman's rank correlation, ties at their mean rank; NaN where either side does not vary."""
    weights = counted(truth, weights)
    first, second = _rank_from_mean(truth, weights), _rank_from_mean(estimate, weights)
    products = (np.sum(weights * a * b, axis=-1) for a, b in ((first, second), (first, first), (second, second)))
    covariance, variance, other_variance = products
    return np.clip(ratio(covariance, np.sqrt(variance) * np.sqrt(other_variance)), -1.0, 1.0)


def r_squared(truth: Vector, estimate: Vector, weights: Weights | None = None) -> Values:
    """The share of the truth's variance that the estimate explains, 1 - SSE / SST.

    This is the coefficient of determination of the estimate itself, not of a line fitted to it: it is below zero for
    an estimate worse than the mean of the truth, and equals r squared only for an estimate without bias or shrinkage.
    """
    return 1.0 - ratio(mean(np.square(estimate - truth), weights), _covariance(truth, truth, weights))


def slope(truth: Vector, estimate: Vector, weights: Weights | None = None) -> Values:
    """Slope of the least-squares line of estimate on truth: 1 is no shrinkage, 0 the constant predictor."""
    return ratio(_covariance(truth, estimate, weights), _covariance(truth, truth, weights))


def intercept(truth: Vector, estimate: Vector, weights: Weights | None = None) -> Values:
    """Intercept in mEq/L of the least-squares line of estimate on truth."""
    return mean(estimate, weights) - slope(truth, estimate, weights) * mean(truth, weights)


def auroc(positive: Cases, score: Vector, weights: Weights | None = None) -> Values:
    """Area under the receiver operating characteristic: the chance that a positive scores above a negative.

    The Mann-Whitney form, ties counting one half (Hanley and McNeil 1982, doi:10.1148/radiology.143.1.7063747).

    Args:
        positive: which recordings are cases.
        score: higher means more likely a case; only its order matters.
        weights: how often each recording counts.
    """
    if score.size == 0:
        return np.full(counted(score, weights).shape[:-1], np.nan)
    positives, negatives = counts_by_score(positive, score, weights)
    positives_above = np.cumsum(positives, axis=-1) - positives
    wins = np.sum(negatives * (positives_above + positives / 2), axis=-1)
    return ratio(wins, positives.sum(axis=-1) * negatives.sum(axis=-1))


def auprc(positive: Cases, score: Vector, weights: Weights | None = None) -> Values:
    """Area under the curve of precision over recall, as average precision; by chance the share of cases.

    The step form, each precision weighted by the recall that it adds: straight lines between the points would promise
    what no threshold gives (Davis and Goadrich 2006, doi:10.1145/1143844.1143874). NaN without cases.

    Args:
        positive: which recordings are cases.
        score: higher means more likely a case; only its order matters.
        weights: how often each recording counts.
    """
    if score.size == 0:
        return np.full(counted(score, weights).shape[:-1], np.nan)
    positives, negatives = counts_by_score(positive, score, weights)
    flagged = np.cumsum(positives + negatives, axis=-1)
    precision = np.nan_to_num(ratio(np.cumsum(positives, axis=-1), flagged))  # of nobody yet it adds nothing
    return ratio(np.sum(positives * precision, axis=-1), positives.sum(axis=-1))


def auroc_hyperkalaemia(truth: Vector, estimate: Vector, weights: Weights | None = None) -> Values:
    """AUROC of the estimate for a measured potassium of 5.5 mEq/L and above."""
    return auroc(truth >= HYPERKALAEMIA, estimate, weights)


def auroc_hypokalaemia(truth: Vector, estimate: Vector, weights: Weights | None = None) -> Values:
    """AUROC of the estimate for a measured potassium below 3.5 mEq/L."""
    return auroc(truth < HYPOKALAEMIA, -estimate, weights)


def auprc_hyperkalaemia(truth: Vector, estimate: Vector, weights: Weights | None = None) -> Values:
    """AUPRC of the estimate for a measured potassium of 5.5 mEq/L and above."""
    return auprc(truth >= HYPERKALAEMIA, estimate, weights)


def auprc_hypokalaemia(truth: Vector, estimate: Vector, weights: Weights | None = None) -> Values:
    """AUPRC of the estimate for a measured potassium below 3.5 mEq/L."""
    return auprc(truth < HYPOKALAEMIA, -estimate, weights)


def _sd(values: Vector, weights: Weights | None) -> Values:
    """NaN of a single recording."""
    total = counted(values, weights).sum(axis=-1)
    return np.sqrt(_covariance(values, values, weights) * ratio(total, total - 1))


def _rank_from_mean(
    values: Vector, weights: Float[np.ndarray, "*resample recording"]
) -> Float[np.ndarray, "*resample recording"]:
    """Rank of each recording among all that count, as often as they do, less the mean rank."""
    if values.size == 0:
        return weights
    _, level = np.unique(values, return_inverse=True)
    order = np.argsort(level, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(level[order]) > 0])
    counts = np.add.reduceat(weights[..., order], starts, axis=-1)
    middle = np.cumsum(counts, axis=-1) - counts / 2
    return (middle - weights.sum(axis=-1, keepdims=True) / 2)[..., level]


def _covariance(a: Vector, b: Vector, weights: Weights | None) -> Values:
    """Exactly zero where a side takes one value only, which rounding would otherwise hide."""
    weights = counted(a, weights)
    from_mean_a = a - mean(a, weights)[..., None]
    from_mean_b = b - mean(b, weights)[..., None]
    covariance = ratio(np.sum(weights * from_mean_a * from_mean_b, axis=-1), weights.sum(axis=-1))
    return np.where(varies(a, weights) & varies(b, weights), covariance, 0.0)
