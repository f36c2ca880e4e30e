"""Whether what a model says is so: calibration of probabilities and of estimates, and coverage of intervals."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int, Shaped
from scipy import stats

from kalemia.cohorts.potassium_ranges import LABELS, range_index
from kalemia.evaluation import classification, measures
from kalemia.evaluation.bootstrap import LEVEL, RESAMPLES
from kalemia.evaluation.logistic import calibration_intercept, calibration_slope
from kalemia.evaluation.measured import Measured, Quantity, as_cases, measured, require_probability, require_whole
from kalemia.evaluation.weighted import Cases, Values, Vector, Weights, mean

Ids = Shaped[np.ndarray, " recording"]
Bins = Float[np.ndarray, " bin"]

BINS = 10


@dataclass(frozen=True)
class CalibrationBins:
    """What was predicted against what was found, in bins of recordings by what was predicted.

    Attributes:
        predicted: mean of each bin, rising.
        observed: mean, or share of cases, of each bin.
        low: lower end of the 95 % interval of `observed`; NaN where there is none.
        high: upper end.
        n: recordings in each bin.
        slope: of what was found on what was predicted, over all recordings; 1 is right, below it predictions are too
            extreme. Of probabilities it is the slope on the logit.
        intercept: in mEq/L, of the line with that slope; of probabilities on the logit, and with a slope of 1: above 0
            they are too low.
    """

    predicted: Bins
    observed: Bins
    low: Bins
    high: Bins
    n: Int[np.ndarray, " bin"]
    slope: Measured
    intercept: Measured


@dataclass(frozen=True)
class RiskCalibration(CalibrationBins):
    """The calibration of probabilities.

    Attributes:
        brier: mean squared difference of probability and outcome.
        expected_to_observed: cases promised for each that there is.
    """

    brier: Measured
    expected_to_observed: Measured


@dataclass(frozen=True)
class Coverage:
    """How often intervals hold the measured potassium.

    Attributes:
        label: of the potassium range, or "all".
        n: recordings.
        share: of them whose interval holds it, ends included.
        width: mean of the intervals' in mEq/L; NaN without recordings.
    """

    label: str
    n: int
    share: Measured
    width: float


def calibration(
    probability: Vector, positive: Cases, patient_ids: Ids, resamples: int = RESAMPLES, seed: int = 0
) -> RiskCalibration:
    """Share of cases against the probability of being one, in tenths of the recordings, fewer where many are equal.

    Args:
        probability: of being a case.
        positive: which recordings are cases.
        patient_ids: whose recording each is.
        resamples: draws of the bootstrap.
        seed: of the bootstrap.

    Raises:
        ConfigError: columns differ in length, hold what is not a number, or a probability is not one.
    """
    require_whole(patient_ids, probability=probability, positive=positive)
    require_probability(probability)
    positive = as_cases(positive)
    functions = (calibration_slope, calibration_intercept, classification.brier, classification.expected_to_observed)
    whole = [Quantity(function, (probability, positive)) for function in functions]
    tenths = _tenths(probability)
    found = measured([*whole, *_in_bins(classification.prevalence, positive, tenths)], patient_ids, resamples, seed)
    shares = [
        _sure_of_extremes(share, patient_ids[tenths == number]) for number, share in enumerate(found[len(whole) :])
    ]
    return RiskCalibration(*_columns(probability, tenths, shares), *found[: len(whole)])


def calibration_of_estimate(
    truth: Vector, estimate: Vector, patient_ids: Ids, resamples: int = RESAMPLES, seed: int = 0
) -> CalibrationBins:
    """Mean measured potassium against mean estimate, in tenths of the recordings by their estimate.

    Args:
        truth: measured potassium in mEq/L.
        estimate: in mEq/L.
        patient_ids: whose recording each is.
        resamples: draws of the bootstrap.
        seed: of the bootstrap.

    Raises:
        ConfigError: columns differ in length, or hold what is not a number.
    """
    require_whole(patient_ids, truth=truth, estimate=estimate)
    line = [Quantity(function, (estimate, truth)) for function in (measures.slope, measures.intercept)]
    tenths = _tenths(estimate)
    found = measured([*line, *_in_bins(mean, truth, tenths)], patient_ids, resamples, seed)
    return CalibrationBins(*_columns(estimate, tenths, found[len(line) :]), *found[: len(line)])


def coverage_by_range(
    truth: Vector, low: Vector, high: Vector, patient_ids: Ids, resamples: int = RESAMPLES, seed: int = 0
) -> tuple[Coverage, ...]:
    """How often intervals hold the measured potassium in each of the six ranges, and in all.

    Args:
        truth: measured potassium in mEq/L.
        low: lower ends of the intervals in mEq/L.
        high: upper ends.
        patient_ids: whose recording each is.
        resamples: draws of the bootstrap.
        seed: of the bootstrap.

    Raises:
        ConfigError: columns differ in length, or hold what is not a number.
    """
    require_whole(patient_ids, truth=truth, low=low, high=high)
    inside = (low <= truth) & (truth <= high)
    ranges = range_index(truth)
    groups = {label: ranges == number for number, label in enumerate(LABELS)} | {"all": np.full(len(truth), True)}
    shares = measured([Quantity(mean, (inside,), among) for among in groups.values()], patient_ids, resamples, seed)
    return tuple(
        Coverage(
            label,
            int(among.sum()),
            _sure_of_extremes(share, patient_ids[among]),
            float(mean((high - low)[among], None)),
        )
        for (label, among), share in zip(groups.items(), shares, strict=True)
    )


def _tenths(values: Vector) -> Int[np.ndarray, " recording"]:
    """The bin of each recording, from 0, as even as equal values allow; none is empty."""
    if len(values) == 0:
        return np.zeros(0, dtype=np.int64)
    borders = np.quantile(values, np.arange(1, BINS) / BINS)
    return np.unique(np.searchsorted(borders, values, side="right"), return_inverse=True)[1]


def _in_bins(
    measure: Callable[[Vector, Weights | None], Values], values: Vector | Cases, bins: Int[np.ndarray, " recording"]
) -> list[Quantity]:
    return [Quantity(measure, (values,), bins == number) for number in range(int(bins.max(initial=-1)) + 1)]


def _columns(
    predicted: Vector, bins: Int[np.ndarray, " recording"], observed: list[Measured]
) -> tuple[Bins, Bins, Bins, Bins, Int[np.ndarray, " bin"]]:
    n = np.bincount(bins, minlength=len(observed))
    value, low, high = np.array([(one.value, one.low, one.high) for one in observed]).reshape(-1, 3).T
    return np.bincount(bins, predicted, len(observed)) / n, value, low, high, n


def _sure_of_extremes(share: Measured, patient_ids: Ids) -> Measured:
    """Where none or all are, every draw says so too; then it is Wilson's interval (1927) with patients as its n."""
    if np.isnan(share.low) or 0 < share.value < 1:
        return share
    squared = float(stats.norm.ppf((1 + LEVEL) / 2)) ** 2
    far = squared / (len(np.unique(patient_ids)) + squared)
    return replace(share, low=1 - far) if share.value == 1 else replace(share, high=far)
