"""Logistic regression against scikit-learn, and where it has no answer."""

import numpy as np
import pytest
from scipy.special import expit, logit

from kalemia.evaluation.logistic import calibration_intercept, calibration_slope, fit_logistic


@pytest.fixture
def outcomes():
    rng = np.random.default_rng(0)
    probability = rng.uniform(0.02, 0.9, 3000)
    return probability, rng.random(3000) < probability


def design_of(linear):
    return np.stack((np.ones(len(linear)), linear), axis=-1)


@pytest.mark.parametrize("start", [None, (0.0, 1.0), (20.0, -30.0)])
def test_equal_to_scikit_learn_from_wherever_it_starts(outcomes, start):
    linear_model = pytest.importorskip("sklearn.linear_model")
    probability, positive = outcomes
    linear = logit(probability)
    theirs = linear_model.LogisticRegression(C=1e6, tol=1e-8).fit(linear[:, None], positive)
    found = fit_logistic(design_of(linear), positive, start=start)
    assert found == pytest.approx([theirs.intercept_[0], theirs.coef_[0, 0]], abs=1e-4)


def test_weights_count_recordings(outcomes):
    probability, positive = (column[:200] for column in outcomes)
    weights = np.random.default_rng(1).integers(0, 3, (4, 200))
    design = design_of(logit(probability))
    repeated = [fit_logistic(np.repeat(design, row, axis=0), np.repeat(positive, row)) for row in weights]
    np.testing.assert_allclose(fit_logistic(design, positive, weights), repeated, atol=1e-6)


def test_right_probabilities_have_slope_1_and_intercept_0(outcomes):
    assert calibration_slope(*outcomes) == pytest.approx(1, abs=0.1)
    assert calibration_intercept(*outcomes) == pytest.approx(0, abs=0.1)


def test_slope_and_intercept_find_what_was_done_to_the_probabilities(outcomes):
    probability, positive = outcomes
    too_extreme = expit(2 * logit(probability))
    assert calibration_slope(too_extreme, positive) == pytest.approx(calibration_slope(*outcomes) / 2, rel=1e-4)
    too_low = expit(logit(probability) - 0.7)
    assert calibration_intercept(too_low, positive) == pytest.approx(calibration_intercept(*outcomes) + 0.7, rel=1e-4)


def test_undefined_with_one_class_or_one_probability():
    probability, positive = np.array([0.1, 0.5, 0.9]), np.ones(3, dtype=bool)
    assert np.isnan(calibration_slope(probability, positive))
    assert np.isnan(calibration_intercept(probability, positive))
    assert np.isnan(calibration_slope(np.full(3, 0.3), np.array([True, False, True])))
    assert np.isnan(calibration_slope(probability[:0], positive[:0]))


def test_separated_classes_and_certain_probabilities_stay_finite():
    probability, positive = np.array([0.0, 0.1, 0.9, 1.0]), np.array([False, False, True, True])
    assert np.isfinite(calibration_slope(probability, positive))
    assert np.isfinite(calibration_intercept(probability, positive))
