"""Differences of two models on the same recordings."""

import numpy as np
import pytest

from kalemia.errors import ConfigError
from kalemia.evaluation.measures import auroc_hyperkalaemia, mae
from kalemia.evaluation.paired import paired_difference


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    truth = rng.uniform(3, 8, 400)
    patients = np.repeat(np.arange(200), 2)
    hard = rng.normal(0, 1, 400)  # what both models get wrong alike
    return truth, truth + hard + rng.normal(0, 0.1, 400), truth + hard + rng.normal(0, 0.1, 400), patients


def test_the_value_is_the_difference_and_turns_with_the_models(data):
    truth, first, second, patients = data
    one = paired_difference(*data)
    assert one.value == pytest.approx(mae(truth, first) - mae(truth, second))
    other = paired_difference(truth, second, first, patients)
    assert (other.value, other.low, other.high) == pytest.approx((-one.value, -one.high, -one.low))
    assert other.p == one.p


def test_what_both_get_wrong_cancels_out(data):
    truth, first, _, patients = data
    paired = paired_difference(*data)
    apart = paired_difference(truth, first, np.full_like(truth, 5.2), patients)
    assert paired.high - paired.low < (apart.high - apart.low) / 3


def test_a_better_model_is_found_better(data):
    truth, first, second, patients = data
    worse = paired_difference(truth, second + 1.5, first, patients)
    assert worse.low > 0
    assert worse.p == pytest.approx(2 / 1001)
    ranked = paired_difference(truth, first, -first, patients, auroc_hyperkalaemia)
    assert (ranked.value > 0, ranked.low > 0, ranked.p < 0.01) == (True, True, True)


def test_a_model_is_no_better_than_itself(data):
    truth, first, _, patients = data
    same = paired_difference(truth, first, first, patients)
    assert (same.value, same.low, same.high, same.p) == (0, 0, 0, 1)


def test_equal_models_seem_different_about_as_often_as_p_says():
    rng = np.random.default_rng(1)
    found = []
    for seed in range(200):
        truth = rng.uniform(3, 8, 60)
        first, second = truth + rng.normal(0, 1, (2, 60))
        found.append(paired_difference(truth, first, second, np.arange(60), resamples=199, seed=seed))
    assert 0.01 <= np.mean([one.p < 0.05 for one in found]) <= 0.1
    assert np.mean([one.p < 0.5 for one in found]) == pytest.approx(0.5, abs=0.12)
    for one in found:
        assert (one.p < 0.04) <= (not one.low <= 0 <= one.high) <= (one.p < 0.07)


def test_the_order_of_recordings_does_not_matter(data):
    order = np.random.default_rng(2).permutation(400)
    one, other = paired_difference(*data), paired_difference(*(column[order] for column in data))
    assert (one.value, one.low, one.high, one.p) == pytest.approx((other.value, other.low, other.high, other.p))


def test_no_interval_with_one_patient_or_one_case(data):
    truth, first, second, _ = data
    alone = paired_difference(truth, first, second, np.zeros(400))
    assert np.isfinite(alone.value)
    assert np.isnan([alone.low, alone.high, alone.p]).all()
    rare = paired_difference(np.r_[np.full(399, 4.0), 6.0], first, second, np.arange(400), auroc_hyperkalaemia)
    assert np.isnan([rare.low, rare.high, rare.p]).all()
    nothing = paired_difference(*(column[:0] for column in data))
    assert np.isnan(nothing.value)


def test_models_of_different_recordings_are_refused(data):
    truth, first, second, patients = data
    with pytest.raises(ConfigError, match="second: 399 values of 400"):
        paired_difference(truth, first, second[1:], patients)
