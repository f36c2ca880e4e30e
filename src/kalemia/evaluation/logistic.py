"""Logistic regression by Newton's method, for one set of weights or for many at once."""

import numpy as np
from jaxtyping import Bool, Float
from scipy.special import expit, logit

from kalemia.evaluation.weighted import Cases, Values, Vector, Weights, counted, mean, varies

RIDGE = 1e-6
"""Of the squared coefficients, per recording: nothing where data speak, an end where they leave a slope without one."""
_MOST_STEPS = 100
_SMALLEST_STEP = 1e-7
_CERTAIN = 1e-6
"""The logit of a probability nearer to 0 or 1 than this is that of this: of none and all there is no logit."""

Design = Float[np.ndarray, "recording term"]
Coefficients = Float[np.ndarray, "*resample term"]


def fit_logistic(
    design: Design,
    target: Vector | Cases,
    weights: Weights | None = None,
    offset: float | Vector = 0.0,
    start: tuple[float, ...] | None = None,
) -> Coefficients:
    """Coefficients of the terms that make the target most likely.

    A Newton step that changes no logit by more than d, shortened to log(1 + d) / d of itself, cannot overshoot (from
    the bound on the loss in Bach 2010, doi:10.1214/09-EJS521), so the one minimum is found from wherever it starts.

    Args:
        design: the terms of each recording, of size 1 or so.
        target: 0 or 1, or the probability of 1.
        weights: how often each recording counts.
        offset: what is added to the terms with a coefficient of 1.
        start: coefficients to start from; a good guess saves steps.
    """
    weights = counted(target, weights)
    terms = design.shape[1]
    squares = (design[:, :, None] * design[:, None, :]).reshape(len(design), terms * terms)
    largest = np.max(np.abs(design), axis=0, initial=0.0)
    ridge = RIDGE * np.maximum(weights.sum(axis=-1), 1.0)[..., None]
    found = np.zeros((*weights.shape[:-1], terms)) + (0.0 if start is None else start)
    for _ in range(_MOST_STEPS):
        probability = expit(found @ design.T + offset)
        gradient = (weights * (probability - target)) @ design + ridge * found
        curvature = (weights * probability * (1 - probability)) @ squares
        curvature = curvature.reshape(*found.shape, terms) + ridge[..., None] * np.eye(terms)
        step = np.linalg.solve(curvature, gradient[..., None])[..., 0]
        change = np.maximum(np.abs(step) @ largest, _SMALLEST_STEP)
        found = found - step * (np.log1p(change) / change)[..., None]
        if np.max(change, initial=0.0) <= _SMALLEST_STEP:
            break
    return found


def calibration_slope(probability: Vector, positive: Cases, weights: Weights | None = None) -> Values:
    """Slope of the outcome's logit on that of the probability: below 1 the probabilities are too extreme.

    Cox 1958 (doi:10.1093/biomet/45.3-4.562). NaN where there is one class only, or one probability.
    """
    linear = _logit(probability)
    defined = _both_classes(positive, weights) & varies(linear, weights)
    both = fit_logistic(np.stack((np.ones(len(linear)), linear), axis=-1), positive, weights, start=(0.0, 1.0))
    return np.where(defined, both[..., 1], np.nan)


def calibration_intercept(probability: Vector, positive: Cases, weights: Weights | None = None) -> Values:
    """What is to be added to each probability's logit to have them right on average: above 0 they are too low.

    With a slope of 1, so it is calibration in the large (Van Calster et al. 2019, doi:10.1186/s12916-019-1466-7). NaN
    where there is one class only.
    """
    alone = fit_logistic(np.ones((len(probability), 1)), positive, weights, _logit(probability))
    return np.where(_both_classes(positive, weights), alone[..., 0], np.nan)


def _logit(probability: Vector) -> Vector:
    return np.asarray(logit(np.clip(probability, _CERTAIN, 1 - _CERTAIN)))


def _both_classes(positive: Cases, weights: Weights | None) -> Bool[np.ndarray, "*resample"]:
    share = mean(positive, weights)
    return np.asarray((share > 0) & (share < 1))
