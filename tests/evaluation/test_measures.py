"""The measures against NumPy, SciPy and scikit-learn, closed forms and invariances."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from kalemia.evaluation.measures import (
    auprc,
    auprc_hyperkalaemia,
    auprc_hypokalaemia,
    auroc,
    auroc_hyperkalaemia,
    auroc_hypokalaemia,
    bias,
    intercept,
    limit_high,
    limit_low,
    mae,
    mae_gain,
    pearson_r,
    r_squared,
    rmse,
    slope,
    spearman_r,
)

ALL: list[Callable] = [
    mae,
    rmse,
    bias,
    pearson_r,
    r_squared,
    slope,
    intercept,
    auroc_hyperkalaemia,
    auroc_hypokalaemia,
    auprc_hyperkalaemia,
    auprc_hypokalaemia,
    limit_low,
    limit_high,
    spearman_r,
]
CORRELATION: list[Callable] = [pearson_r, spearman_r, r_squared, slope, intercept]


@pytest.fixture
def pair():
    rng = np.random.default_rng(3)
    truth = np.round(rng.uniform(2.5, 9.0, 400), 1)
    estimate = np.round(5.2 + 0.5 * (truth - 5.2) + rng.normal(0, 0.6, 400), 1)  # rounded, so that there are ties
    return truth, estimate


def test_equal_to_numpy_scipy_and_scikit_learn(pair):
    truth, estimate = pair
    metrics = pytest.importorskip("sklearn.metrics")
    line = stats.linregress(truth, estimate)
    assert mae(*pair) == pytest.approx(metrics.mean_absolute_error(truth, estimate))
    assert rmse(*pair) == pytest.approx(metrics.root_mean_squared_error(truth, estimate))
    assert bias(*pair) == pytest.approx(np.mean(estimate - truth))
    assert pearson_r(*pair) == pytest.approx(line.rvalue)
    assert r_squared(*pair) == pytest.approx(metrics.r2_score(truth, estimate))
    assert slope(*pair) == pytest.approx(line.slope)
    assert intercept(*pair) == pytest.approx(line.intercept)
    assert auroc_hyperkalaemia(*pair) == pytest.approx(metrics.roc_auc_score(truth >= 5.5, estimate))
    assert auroc_hypokalaemia(*pair) == pytest.approx(metrics.roc_auc_score(truth < 3.5, -estimate))
    assert auprc_hyperkalaemia(*pair) == pytest.approx(metrics.average_precision_score(truth >= 5.5, estimate))
    assert auprc_hypokalaemia(*pair) == pytest.approx(metrics.average_precision_score(truth < 3.5, -estimate))
    assert spearman_r(*pair) == pytest.approx(stats.spearmanr(truth, estimate).statistic)
    apart = estimate - truth
    limits = (limit_low(*pair), limit_high(*pair))
    assert limits == pytest.approx(apart.mean() + np.array([-1.96, 1.96]) * apart.std(ddof=1))


@pytest.mark.parametrize("measure", ALL)
def test_weights_count_recordings(measure, pair):
    truth, estimate = pair
    weights = np.random.default_rng(0).integers(0, 4, (5, len(truth)))
    repeated = [measure(np.repeat(truth, row), np.repeat(estimate, row)) for row in weights]
    np.testing.assert_allclose(measure(truth, estimate, weights), repeated, atol=1e-12)


def test_perfect_and_constant_estimates(pair):
    truth, _ = pair
    constant = np.full_like(truth, 5.2)
    assert (mae(truth, truth), rmse(truth, truth), bias(truth, truth)) == (0, 0, 0)
    assert slope(truth, truth) == pytest.approx(1)
    assert intercept(truth, truth) == pytest.approx(0, abs=1e-9)
    assert pearson_r(truth, truth) == pytest.approx(1)
    assert r_squared(truth, truth) == 1
    assert slope(truth, constant) == 0
    assert intercept(truth, constant) == pytest.approx(5.2)
    assert np.isnan(pearson_r(truth, constant))
    assert auroc_hyperkalaemia(truth, constant) == 0.5
    assert r_squared(truth, np.full_like(truth, truth.mean())) == pytest.approx(0)


def test_known_line():
    truth = np.array([3.0, 5.0, 7.0, 9.0])
    estimate = 2.0 + 0.5 * truth
    assert slope(truth, estimate) == pytest.approx(0.5)
    assert intercept(truth, estimate) == pytest.approx(2.0)
    assert pearson_r(truth, estimate) == pytest.approx(1.0)


def test_auroc_by_hand():
    positive = np.array([False, False, True, True])
    assert auroc(positive, np.array([1.0, 2.0, 3.0, 4.0])) == 1.0
    assert auroc(positive, np.array([1.0, 3.0, 2.0, 4.0])) == 0.75
    assert auroc(positive, np.array([4.0, 3.0, 2.0, 1.0])) == 0.0
    assert auroc(positive, np.array([1.0, 2.0, 2.0, 4.0])) == 0.875


def test_auprc_by_hand():
    positive = np.array([False, True, False, True])
    assert auprc(positive, np.array([1.0, 2.0, 3.0, 4.0])) == pytest.approx((1 + 2 / 3) / 2)
    assert auprc(positive, np.ones(4)) == 0.5
    assert auprc(np.ones(4, dtype=bool), np.arange(4.0)) == 1
    assert np.isnan(auprc(np.zeros(4, dtype=bool), np.arange(4.0)))


def test_gain_over_a_constant(pair):
    truth, estimate = pair
    constant = np.full_like(truth, 5.0)
    assert mae_gain(truth, truth, constant) == 1
    assert mae_gain(truth, constant, constant) == 0
    assert mae_gain(truth, estimate, constant) == pytest.approx(1 - mae(truth, estimate) / mae(truth, constant))
    assert np.isnan(mae_gain(truth, estimate, truth))
    weights = np.random.default_rng(1).integers(0, 3, (4, len(truth)))
    repeated = [mae_gain(*(np.repeat(column, row) for column in (truth, estimate, constant))) for row in weights]
    np.testing.assert_allclose(mae_gain(truth, estimate, constant, weights), repeated)


def test_limits_of_agreement_hold_95_percent_and_need_two_recordings():
    rng = np.random.default_rng(4)
    truth = rng.uniform(3, 8, 20_000)
    estimate = truth + rng.normal(0.2, 0.5, 20_000)
    inside = (limit_low(truth, estimate) <= estimate - truth) & (estimate - truth <= limit_high(truth, estimate))
    assert inside.mean() == pytest.approx(0.95, abs=0.005)
    assert np.isnan(limit_low(truth[:1], estimate[:1]))


ranked = st.integers(2, 25).flatmap(
    lambda n: st.tuples(arrays(bool, n), arrays(np.int64, n, elements=st.integers(0, 6)))  # few values, so many ties
)


@given(ranked)
def test_with_ties_it_is_what_scikit_learn_says(data):
    metrics = pytest.importorskip("sklearn.metrics")
    positive, score = data[0], data[1].astype(float)
    if positive.any():
        assert auprc(positive, score) == pytest.approx(metrics.average_precision_score(positive, score))
    if positive.any() and not positive.all():
        assert auroc(positive, score) == pytest.approx(metrics.roc_auc_score(positive, score))
    if len(set(positive)) > 1 and len(set(score)) > 1:
        assert spearman_r(positive.astype(float), score) == pytest.approx(stats.spearmanr(positive, score).statistic)


def test_thresholds_are_5_5_inclusive_and_3_5_exclusive():
    truth = np.array([5.4, 5.5])
    assert auroc_hyperkalaemia(truth, np.array([5.0, 6.0])) == 1.0
    truth = np.array([3.4, 3.5])
    assert auroc_hypokalaemia(truth, np.array([3.0, 4.0])) == 1.0


@pytest.mark.parametrize("measure", ALL)
def test_no_recording_is_undefined(measure):
    nothing = np.array([])
    assert np.isnan(measure(nothing, nothing))
    assert np.isnan(measure(nothing, nothing, np.zeros((3, 0)))).all()
    assert np.isnan(measure(np.array([4.0, 6.0]), np.array([5.0, 5.5]), np.zeros((1, 2)))).all()


@pytest.mark.parametrize("measure", CORRELATION)
@pytest.mark.parametrize("n", [1, 3, 1000])
def test_truth_that_does_not_vary_is_undefined(measure, n):
    # The mean of many 5.1 is not exactly 5.1, so their computed variance is not exactly zero.
    truth, estimate = np.full(n, 5.1), np.linspace(4, 6, n)
    assert np.isnan(measure(truth, estimate))
    assert np.isnan(measure(truth, estimate, np.ones((2, n)))).all()


@pytest.mark.parametrize("measure", [auroc_hyperkalaemia, auroc_hypokalaemia])
def test_one_class_is_undefined(measure):
    assert np.isnan(measure(np.array([4.0, 4.5, 5.0]), np.array([4.0, 5.0, 6.0])))


potassium = st.floats(-1e3, 1e3, allow_nan=False, allow_subnormal=False)
pairs = st.integers(0, 30).flatmap(
    lambda n: st.tuples(arrays(np.float64, n, elements=potassium), arrays(np.float64, n, elements=potassium))
)


@given(pairs)
def test_every_measure_is_in_its_range_or_undefined(pair):
    truth, estimate = pair
    values = {measure.__name__: float(measure(truth, estimate)) for measure in ALL}
    tolerance = 1e-9 * (1 + values["rmse"])

    def holds(condition, *names):
        return any(np.isnan(values[name]) for name in names) or condition

    assert not any(np.isinf(value) for value in values.values())
    assert holds(values["mae"] <= values["rmse"] + tolerance, "mae")
    assert holds(abs(values["bias"]) <= values["mae"] + tolerance, "mae")
    assert holds(-1 <= values["pearson_r"] <= 1, "pearson_r")
    assert holds(values["r_squared"] <= 1, "r_squared")
    assert holds(0 <= values["auroc_hyperkalaemia"] <= 1, "auroc_hyperkalaemia")
    assert holds(0 <= values["auroc_hypokalaemia"] <= 1, "auroc_hypokalaemia")
    assert holds(0 <= values["auprc_hyperkalaemia"] <= 1 + 1e-9, "auprc_hyperkalaemia")
    assert holds(-1 <= values["spearman_r"] <= 1, "spearman_r")
    assert holds(values["limit_low"] <= values["limit_high"], "limit_low")


@given(st.floats(-3, 3), st.floats(0.1, 5))
def test_invariances(shift, stretch):
    rng = np.random.default_rng(1)
    truth = rng.uniform(3, 9, 60)
    estimate = truth + rng.normal(0, 1, 60)
    for measure in (mae, rmse, bias, pearson_r, r_squared, slope):
        assert measure(truth + shift, estimate + shift) == pytest.approx(measure(truth, estimate))
    monotone = np.exp(stretch * estimate / 5 + shift)
    assert auroc_hyperkalaemia(truth, monotone) == auroc_hyperkalaemia(truth, estimate)
    assert auroc_hypokalaemia(truth, monotone) == auroc_hypokalaemia(truth, estimate)
    assert slope(truth, stretch * estimate) == pytest.approx(stretch * slope(truth, estimate))


@given(st.permutations(range(12)))
def test_order_does_not_matter(order):
    rng = np.random.default_rng(2)
    truth, estimate = rng.uniform(3, 7, (2, 12))
    for measure in ALL:
        before, after = measure(truth, estimate), measure(truth[order], estimate[order])
        np.testing.assert_allclose(after, before)


def test_complement_of_auroc(pair):
    truth, estimate = pair
    positive = truth >= 6
    assert auroc(positive, -estimate) == pytest.approx(1 - auroc(positive, estimate))
    assert auroc(~positive, estimate) == pytest.approx(1 - auroc(positive, estimate))
