"""Calibration and coverage: known truth, scikit-learn, and where there is little to tell from."""

import numpy as np
import pytest

from kalemia.cohorts.potassium_ranges import LABELS
from kalemia.errors import ConfigError
from kalemia.evaluation import measures
from kalemia.evaluation.reliability import calibration, calibration_of_estimate, coverage_by_range


@pytest.fixture(scope="module")
def risks():
    rng = np.random.default_rng(0)
    probability = rng.beta(1, 3, 1000)
    return probability, rng.random(1000) < probability, np.arange(1000) // 2


@pytest.fixture(scope="module")
def found(risks):
    return calibration(*risks, resamples=200)


def test_bins_are_scikit_learns(risks, found):
    calibration_module = pytest.importorskip("sklearn.calibration")
    probability, positive, _ = risks
    observed, predicted = calibration_module.calibration_curve(positive, probability, n_bins=10, strategy="quantile")
    np.testing.assert_allclose(found.observed, observed)
    np.testing.assert_allclose(found.predicted, predicted)
    assert found.n.tolist() == [100] * 10


def test_right_probabilities_are_found_right(found):
    inside = (found.low <= found.predicted) & (found.predicted <= found.high)
    assert inside.sum() >= 8
    assert found.slope.low < 1 < found.slope.high
    assert found.intercept.low < 0 < found.intercept.high
    assert found.expected_to_observed.low < 1 < found.expected_to_observed.high


def test_wrong_probabilities_are_found_wrong(risks, found):
    probability, positive, patients = risks
    too_high = calibration(np.sqrt(probability), positive, patients, resamples=200)
    assert too_high.expected_to_observed.low > 1
    assert too_high.intercept.high < 0
    assert too_high.brier.value > found.brier.value


def test_equal_probabilities_share_a_bin(risks):
    probability, positive, patients = risks
    rough = calibration(np.round(probability, 0), positive, patients, resamples=20)
    assert rough.predicted.tolist() == [0.0, 1.0]
    assert rough.n.sum() == 1000
    one = calibration(np.full(1000, 0.25), positive, patients, resamples=20)
    assert (one.n.tolist(), one.observed[0]) == ([1000], positive.mean())
    assert np.isnan(one.slope.value)


def test_no_case_in_a_bin_does_not_make_it_certain(risks):
    probability, _, patients = risks
    never = calibration(probability, np.zeros(1000, dtype=bool), patients, resamples=200)
    assert (never.low == 0).all()
    assert ((never.high > 0.02) & (never.high < 0.1)).all()
    assert np.isnan([never.slope.value, never.expected_to_observed.value]).all()
    always = calibration(probability, np.ones(1000, dtype=bool), patients, resamples=200)
    assert ((always.low < 0.98) & (always.high == 1)).all()


def test_order_of_rows_does_not_matter(risks, found):
    order = np.random.default_rng(1).permutation(1000)
    other = calibration(*(column[order] for column in risks), resamples=200)
    for column in ("predicted", "observed", "low", "high", "n"):
        np.testing.assert_allclose(getattr(other, column), getattr(found, column))
    assert (other.slope.low, other.slope.high) == pytest.approx((found.slope.low, found.slope.high), rel=1e-5)


def test_calibration_of_estimates_is_the_line_of_truth_on_estimate():
    rng = np.random.default_rng(2)
    estimate = rng.normal(5.2, 0.7, 800)
    truth = 1.0 + 0.8 * estimate + rng.normal(0, 0.5, 800)
    found = calibration_of_estimate(truth, estimate, np.arange(800), resamples=200)
    assert found.slope.low < 0.8 < found.slope.high
    assert found.intercept.value == pytest.approx(measures.intercept(estimate, truth))
    assert (np.diff(found.predicted) > 0).all()
    np.testing.assert_allclose(found.observed, 1.0 + 0.8 * found.predicted, atol=0.2)
    assert found.observed @ found.n == pytest.approx(truth.sum())
    assert ((found.low < found.observed) & (found.observed < found.high)).all()


def test_coverage_in_each_range_and_in_all():
    rng = np.random.default_rng(3)
    truth = rng.uniform(3, 9, 1200)
    middle = truth + rng.normal(0, 0.5, 1200)
    rows = coverage_by_range(truth, middle - 1.0, middle + 0.8, np.arange(1200) // 2, resamples=200)
    assert [row.label for row in rows] == [*LABELS, "all"]
    *ranges, every = rows
    inside = (middle - 1.0 <= truth) & (truth <= middle + 0.8)
    assert every.share.value == pytest.approx(inside.mean())
    assert sum(row.share.value * row.n for row in ranges) == pytest.approx(inside.sum())
    assert sum(row.n for row in ranges) == every.n == 1200
    assert all(row.width == pytest.approx(1.8) for row in rows)
    assert all(row.share.low < row.share.value < row.share.high for row in rows)


def test_intervals_that_always_hold_the_truth_are_not_certain_to():
    truth = np.r_[np.full(50, 4.5), np.full(3, 8.5)]
    rows = {row.label: row for row in coverage_by_range(truth, truth, truth + 1, np.arange(53), resamples=200)}
    assert rows["4.0-5.0"].share.low == pytest.approx(50 / (50 + 1.96**2), abs=1e-4)  # ends belong to the interval
    assert rows["> 8.0"].share.value == 1
    assert np.isnan(rows["> 8.0"].share.low)
    assert rows["< 4.0"].n == 0
    assert np.isnan([rows["< 4.0"].share.value, rows["< 4.0"].width]).all()


def test_nothing_at_all():
    nothing = np.array([])
    found = calibration(nothing, nothing, nothing)
    assert (len(found.n), len(found.low)) == (0, 0)
    assert np.isnan(found.brier.value)
    assert len(calibration_of_estimate(nothing, nothing, nothing).n) == 0
    assert {row.n for row in coverage_by_range(nothing, nothing, nothing, nothing)} == {0}


def test_hostile_input_is_refused(risks):
    probability, positive, patients = risks
    with pytest.raises(ConfigError, match="It takes 0 to 1"):
        calibration(probability * 100, positive, patients)
    with pytest.raises(ConfigError, match="truth: 2 values of 1000"):
        calibration_of_estimate(np.array([4.0, 5.0]), probability, patients)
    with pytest.raises(ConfigError, match="high: no number for 1000 of 1000"):
        coverage_by_range(probability, probability, probability * np.nan, patients)
