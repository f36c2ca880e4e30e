"""Curves of how good estimates are, each with its band by a bootstrap over patients.

Bands are pointwise: at each place 95 % of the draws lie inside, which is not to say that 95 % of the curves do.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from jaxtyping import Float, Shaped

from kalemia.evaluation import measures
from kalemia.evaluation.bootstrap import RESAMPLES, band
from kalemia.evaluation.measured import Quantity, as_cases, measured, require_probability, require_whole
from kalemia.evaluation.weighted import Cases, Vector, Weights, counted, counts_by_score, per_recording
from kalemia.figures.curve import Curve

Ids = Shaped[np.ndarray, " recording"]
Points = Float[np.ndarray, "*resample point"]

_STEPS = 200  # of the axis from 0 to 1
_THRESHOLDS = np.arange(1, 51) / 100
_SHARES_KEPT = np.arange(1, 21) / 20


def roc(
    positive: Cases, score: Vector, patient_ids: Ids, name: str, resamples: int = RESAMPLES, seed: int = 0
) -> Curve:
    """Sensitivity against 1 - specificity, with a vertical band, and the AUROC as its note.

    Args:
        positive: which recordings are cases.
        score: higher means more likely a case; only its order matters.
        patient_ids: whose recording each is.
        name: of the curve.
        resamples: draws of the bootstrap.
        seed: of the bootstrap.

    Raises:
        ConfigError: columns differ in length, or hold what is not a number.
    """
    require_whole(patient_ids, positive=positive, score=score)
    positive = as_cases(positive)
    grid = np.arange(_STEPS + 1) / _STEPS
    curve = _with_band(name, grid, partial(_sensitivity_at, grid, positive, score), patient_ids, resamples, seed)
    [area] = measured([Quantity(measures.auroc, (positive, score))], patient_ids, resamples, seed)
    x, y, low, high = (np.r_[0.0, values] for values in (curve.x, curve.y, curve.low, curve.high))
    return Curve(name, x, y, low, high, f"AUROC {area}")


def precision_recall(
    positive: Cases, score: Vector, patient_ids: Ids, name: str, resamples: int = RESAMPLES, seed: int = 0
) -> Curve:
    """Precision (PPV) against recall (sensitivity), with a vertical band, and the AUPRC as its note.

    At each recall stands the precision of the highest threshold that reaches it, as in the average precision.

    Args:
        positive: which recordings are cases.
        score: higher means more likely a case; only its order matters.
        patient_ids: whose recording each is.
        name: of the curve.
        resamples: draws of the bootstrap.
        seed: of the bootstrap.

    Raises:
        ConfigError: columns differ in length, or hold what is not a number.
    """
    require_whole(patient_ids, positive=positive, score=score)
    positive = as_cases(positive)
    grid = np.arange(1, _STEPS + 1) / _STEPS  # at a recall of 0 nobody is flagged
    curve = _with_band(name, grid, partial(_precision_at, grid, positive, score), patient_ids, resamples, seed)
    [area] = measured([Quantity(measures.auprc, (positive, score))], patient_ids, resamples, seed)
    return Curve(name, curve.x, curve.y, curve.low, curve.high, f"AUPRC {area}")


def decision_curve(
    probability: Vector,
    positive: Cases,
    patient_ids: Ids,
    name: str = "model",
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> tuple[Curve, Curve, Curve]:
    """Net benefit of treating above a threshold probability, of treating all, and of treating none.

    Hits less false alarms, as a share of all, where a false alarm weighs as much as the odds of the threshold say:
    who treats at 10 % takes nine false alarms for a hit. Vickers and Elkin 2006, doi:10.1177/0272989X06295361.

    Args:
        probability: of being a case.
        positive: which recordings are cases.
        patient_ids: whose recording each is.
        name: of the model.
        resamples: draws of the bootstrap.
        seed: of the bootstrap.

    Returns:
        Three curves over thresholds from 0.01 to 0.50.

    Raises:
        ConfigError: columns differ in length, hold what is not a number, or a probability is not one.
    """
    require_whole(patient_ids, probability=probability, positive=positive)
    require_probability(probability)
    positive = as_cases(positive)
    model, everyone = (
        _with_band(title, _THRESHOLDS, partial(_net_benefit, positive, risk), patient_ids, resamples, seed)
        for title, risk in ((name, probability), ("treat all", np.ones(len(positive))))
    )
    zero = np.zeros(len(_THRESHOLDS))
    return model, everyone, Curve("treat none", _THRESHOLDS, zero, zero, zero)


def abstention(
    truth: Vector,
    estimate: Vector,
    uncertainty: Vector,
    patient_ids: Ids,
    constant: float | Vector | None = None,
    name: str = "model",
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> tuple[Curve, ...]:
    """MAE among the recordings that are kept against the share kept, the most certain first.

    Of recordings that are equally uncertain a part is kept in the mean over all ways to choose it.

    Args:
        truth: measured potassium in mEq/L.
        estimate: in mEq/L.
        uncertainty: of each estimate; only its order matters.
        patient_ids: whose recording each is.
        constant: what the constant predictor says, in mEq/L: one number, or one per recording.
        name: of the model.
        resamples: draws of the bootstrap.
        seed: of the bootstrap.

    Returns:
        The model's curve over shares from 0.05 to 1; with a constant, also that of the constant on the same recordings.

    Raises:
        ConfigError: columns differ in length, or hold what is not a number.
    """
    require_whole(patient_ids, truth=truth, estimate=estimate, uncertainty=uncertainty)
    said = [(name, estimate)]
    if constant is not None:
        said.append(("constant", per_recording(constant, len(truth))))
        require_whole(patient_ids, constant=said[1][1])
    of_kept = [(title, partial(_mae_of_kept, np.abs(values - truth), uncertainty)) for title, values in said]
    return tuple(_with_band(title, _SHARES_KEPT, mae, patient_ids, resamples, seed) for title, mae in of_kept)


def _with_band(
    name: str, x: Vector, values: Callable[[Weights], Points], patient_ids: Ids, resamples: int, seed: int
) -> Curve:
    if len(patient_ids) == 0:
        nothing = np.full(len(x), np.nan)
        return Curve(name, x, nothing, nothing, nothing)
    low, high = band(values, len(x), patient_ids, resamples, seed)
    return Curve(name, x, values(np.ones(len(patient_ids))), low, high)


def _sensitivity_at(grid: Vector, positive: Cases, score: Vector, weights: Weights) -> Points:
    hits, alarms = (np.cumsum(counts, axis=-1) for counts in counts_by_score(positive, score, weights))

    def one(hits: Vector, alarms: Vector) -> Vector:
        if hits[-1] == 0 or alarms[-1] == 0:
            return np.full(len(grid), np.nan)
        return np.interp(grid, np.r_[0, alarms] / alarms[-1], np.r_[0, hits] / hits[-1])

    return _each(one, hits, alarms)


def _precision_at(grid: Vector, positive: Cases, score: Vector, weights: Weights) -> Points:
    hits, alarms = (np.cumsum(counts, axis=-1) for counts in counts_by_score(positive, score, weights))

    def one(hits: Vector, alarms: Vector) -> Vector:
        if hits[-1] == 0:
            return np.full(len(grid), np.nan)
        reached = np.searchsorted(hits / hits[-1], grid)
        return hits[reached] / (hits[reached] + alarms[reached])

    return _each(one, hits, alarms)


def _mae_of_kept(error: Vector, uncertainty: Vector, weights: Weights) -> Points:
    _, level = np.unique(uncertainty, return_inverse=True)
    order = np.argsort(level, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(level[order]) > 0])
    ordered = counted(error, weights)[..., order]
    kept = np.cumsum(np.add.reduceat(ordered, starts, axis=-1), axis=-1)
    summed = np.cumsum(np.add.reduceat(ordered * error[order], starts, axis=-1), axis=-1)

    def one(kept: Vector, summed: Vector) -> Vector:
        wanted = _SHARES_KEPT * kept[-1]
        return np.interp(wanted, np.r_[0, kept], np.r_[0, summed]) / wanted

    return _each(one, kept, summed)


def _net_benefit(positive: Cases, probability: Vector, weights: Weights) -> Points:
    flagged = probability[:, None] >= _THRESHOLDS
    odds = _THRESHOLDS / (1 - _THRESHOLDS)
    benefit = flagged * np.where(positive[:, None], 1.0, -odds)
    return np.asarray(weights @ benefit / weights.sum(axis=-1, keepdims=True))


def _each(one: Callable[[Vector, Vector], Vector], first: Points, second: Points) -> Points:
    """A function of two rows for each resample; of the rows themselves where there is one only."""
    if first.ndim == 1:
        return one(first, second)
    return np.array([one(a, b) for a, b in zip(first, second, strict=True)])
