"""Sensitivity, specificity and predictive values against scikit-learn and Bayes; thresholds against brute force."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kalemia.errors import ConfigError
from kalemia.evaluation.classification import (
    brier,
    expected_to_observed,
    npv,
    npv_at,
    ppv,
    ppv_at,
    prevalence,
    sensitivity,
    specificity,
    threshold_for,
)

ALL = [sensitivity, specificity, ppv, npv]


@pytest.fixture
def called():
    rng = np.random.default_rng(0)
    positive = rng.random(300) < 0.3
    return positive, rng.random(300) < np.where(positive, 0.8, 0.2)


def test_equal_to_scikit_learn(called):
    metrics = pytest.importorskip("sklearn.metrics")
    assert sensitivity(*called) == pytest.approx(metrics.recall_score(*called))
    assert specificity(*called) == pytest.approx(metrics.recall_score(*called, pos_label=False))
    assert ppv(*called) == pytest.approx(metrics.precision_score(*called))
    assert npv(*called) == pytest.approx(metrics.precision_score(*called, pos_label=False))
    probability = np.random.default_rng(1).random(300)
    assert brier(probability, called[0]) == pytest.approx(metrics.brier_score_loss(called[0], probability))


@pytest.mark.parametrize("measure", [*ALL, lambda *given: ppv_at(*given, prevalence=0.1)])
def test_weights_count_recordings(measure, called):
    weights = np.random.default_rng(2).integers(0, 3, (4, 300))
    repeated = [measure(*(np.repeat(column, row) for column in called)) for row in weights]
    np.testing.assert_allclose(measure(*called, weights), repeated)


def test_undefined_where_nobody_is_left():
    none, every = np.zeros(3, dtype=bool), np.ones(3, dtype=bool)
    assert np.isnan(sensitivity(none, every))
    assert np.isnan(specificity(every, every))
    assert np.isnan(ppv(every, none))
    assert np.isnan(npv(none, every))
    assert np.isnan(ppv_at(np.array([True, False]), np.zeros(2, dtype=bool), prevalence=0.1))
    assert np.isnan(expected_to_observed(np.full(3, 0.2), none))
    assert all(np.isnan(measure(none[:0], none[:0])) for measure in ALL)


def test_predictive_values_follow_bayes(called):
    own = float(prevalence(called[0]))
    assert ppv_at(*called, prevalence=own) == pytest.approx(ppv(*called))
    assert npv_at(*called, prevalence=own) == pytest.approx(npv(*called))
    hits, passed = sensitivity(*called), specificity(*called)
    assert ppv_at(*called, prevalence=0.02) == pytest.approx(hits * 0.02 / (hits * 0.02 + (1 - passed) * 0.98))
    assert npv_at(*called, prevalence=0.02) == pytest.approx(passed * 0.98 / (passed * 0.98 + (1 - hits) * 0.02))


estimates = st.integers(1, 20).flatmap(
    lambda n: st.tuples(arrays(bool, n), arrays(np.int64, n, elements=st.integers(0, 8)))
)


@given(estimates, st.sampled_from([0.01, 0.5, 0.8, 0.9, 0.95, 1.0]))
def test_the_threshold_is_the_best_of_all(data, wanted):
    positive, estimate = data[0], data[1].astype(float)
    for name, measure, best in (("sensitivity", sensitivity, max), ("specificity", specificity, min)):
        found = threshold_for(estimate, positive, **{name: wanted})
        tried = {at: measure(positive, estimate >= at) for at in (*estimate, np.nextafter(estimate.max(), np.inf))}
        enough = [at for at, reached in tried.items() if reached >= wanted - 1e-12]
        if (positive if name == "sensitivity" else ~positive).any():
            assert found == best(enough)
        else:
            assert np.isnan(found)


def test_nine_of_ten_cases_are_nine_whatever_the_rounding():
    estimate = np.arange(10.0)
    assert threshold_for(estimate, np.ones(10, dtype=bool), sensitivity=0.9) == 1.0
    assert threshold_for(np.arange(100.0), np.ones(100, dtype=bool), sensitivity=0.07) == 93.0


@pytest.mark.parametrize(
    "wanted", [{}, {"sensitivity": 0.9, "specificity": 0.9}, {"sensitivity": 0}, {"sensitivity": 90}]
)
def test_a_threshold_for_nothing_or_for_two_things_is_refused(wanted):
    with pytest.raises(ConfigError, match="one sensitivity or one specificity"):
        threshold_for(np.arange(3.0), np.array([True, False, True]), **wanted)
