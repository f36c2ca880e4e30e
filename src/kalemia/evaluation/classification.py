"""What a test does that calls some recordings positive, and where its threshold lies: pure functions, as in `measures`.

A recording is flagged where its estimate is at or above a threshold. Sensitivity and specificity do not depend on how
common cases are, predictive values do; so these are given also at a stated prevalence, by Bayes' rule.
"""

import math

import numpy as np
from jaxtyping import Bool

from kalemia.errors import ConfigError
from kalemia.evaluation.weighted import Cases, Values, Vector, Weights, counted, mean, ratio

Flags = Bool[np.ndarray, " recording"]


def prevalence(positive: Cases, weights: Weights | None = None) -> Values:
    """The share of cases."""
    return mean(positive, weights)


def sensitivity(positive: Cases, flagged: Flags, weights: Weights | None = None) -> Values:
    """The share of cases that are flagged; NaN without cases."""
    hits, _, missed, _ = _counts(positive, flagged, weights)
    return ratio(hits, hits + missed)


def specificity(positive: Cases, flagged: Flags, weights: Weights | None = None) -> Values:
    """The share of others that are not flagged; NaN without others."""
    _, alarms, _, passed = _counts(positive, flagged, weights)
    return ratio(passed, passed + alarms)


def ppv(positive: Cases, flagged: Flags, weights: Weights | None = None) -> Values:
    """Positive predictive value, the share of the flagged that are cases; NaN where none is flagged."""
    hits, alarms, _, _ = _counts(positive, flagged, weights)
    return ratio(hits, hits + alarms)


def npv(positive: Cases, flagged: Flags, weights: Weights | None = None) -> Values:
    """Negative predictive value, the share of those not flagged that are no cases; NaN where all are flagged."""
    _, _, missed, passed = _counts(positive, flagged, weights)
    return ratio(passed, passed + missed)


def ppv_at(positive: Cases, flagged: Flags, weights: Weights | None = None, *, prevalence: float) -> Values:
    """Positive predictive value where another share of patients are cases; NaN where nobody would be flagged.

    Args:
        positive: which recordings are cases.
        flagged: which are called so.
        weights: how often each recording counts.
        prevalence: the share of cases there.
    """
    hits, alarms, missed, passed = _counts(positive, flagged, weights)
    true = prevalence * ratio(hits, hits + missed)
    return ratio(true, true + (1 - prevalence) * ratio(alarms, alarms + passed))


def npv_at(positive: Cases, flagged: Flags, weights: Weights | None = None, *, prevalence: float) -> Values:
    """Negative predictive value where another share of patients are cases, see `ppv_at`."""
    return ppv_at(~positive, ~flagged, weights, prevalence=1 - prevalence)


def brier(probability: Vector, positive: Cases, weights: Weights | None = None) -> Values:
    """Mean squared difference of probability and outcome (Brier 1950); the lower the better."""
    return mean(np.square(probability - positive), weights)


def expected_to_observed(probability: Vector, positive: Cases, weights: Weights | None = None) -> Values:
    """How many cases the probabilities promise for each that there is; NaN without cases."""
    return ratio(mean(probability, weights), mean(positive, weights))


def threshold_for(
    estimate: Vector, positive: Cases, *, sensitivity: float | None = None, specificity: float | None = None
) -> float:
    """The operating point that gives a sensitivity, or a specificity, and gives away as little as it can of the other.

    Choose it on other patients than those that it is measured on: chosen on the same ones it looks better than it is.
    For potassium that is low where it matters, give `-estimate`.

    Args:
        estimate: higher means more likely a case; flagged is what is at or above the threshold.
        positive: which recordings are cases.
        sensitivity: gives the highest threshold with at least this sensitivity, an estimate of one of the cases.
        specificity: gives the lowest estimate that has at least this specificity; just above the highest one where
            no estimate has it.

    Returns:
        NaN without cases (or, for a specificity, without others).

    Raises:
        ConfigError: neither or both are given, or one that is not above 0 and up to 1.
    """
    wanted = [share for share in (sensitivity, specificity) if share is not None]
    if len(wanted) != 1 or not 0 < wanted[0] <= 1:
        raise ConfigError(f"threshold for {wanted}: it takes one sensitivity or one specificity, above 0 and up to 1")
    if sensitivity is not None:
        return _nth_from_above(estimate[positive], sensitivity)
    highest_passed = -_nth_from_above(-estimate[~positive], wanted[0])
    above = estimate[estimate > highest_passed]
    return float(above.min()) if len(above) else float(np.nextafter(highest_passed, np.inf))


def _nth_from_above(values: Vector, share: float) -> float:
    """The highest of the values such that at least this share of them are as high."""
    if len(values) == 0:
        return math.nan
    enough = max(1, math.ceil(share * len(values) - 1e-9))  # 0.9 of 10 is 9, whatever rounding makes of it
    return float(np.sort(values)[-enough])


def _counts(positive: Cases, flagged: Flags, weights: Weights | None) -> tuple[Values, Values, Values, Values]:
    """How many are hits, false alarms, missed cases, and rightly passed."""
    cells = np.stack((positive & flagged, ~positive & flagged, positive & ~flagged, ~positive & ~flagged), axis=-1)
    hits, alarms, missed, passed = np.moveaxis(counted(positive, weights) @ cells.astype(np.float64), -1, 0)
    return hits, alarms, missed, passed
