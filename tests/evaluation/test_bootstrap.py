"""Patient-level bootstrap: the ordinary one where it should be, wider where it must be."""

import numpy as np
import pytest
from scipy import stats

from kalemia.evaluation.bootstrap import band, intervals, patient_weights
from kalemia.evaluation.measures import auroc_hyperkalaemia, mae


def mean_of(values):
    return lambda weights: weights @ values / weights.sum(axis=-1)


def test_patients_are_drawn_whole_and_as_many_as_there_are():
    patients = np.array(["b", "a", "b", "c", "b"])
    weights = patient_weights(patients, 500, np.random.default_rng(0))
    assert weights.shape == (500, 5)
    assert (weights[:, 0] == weights[:, 2]).all()
    assert (weights[:, 0] == weights[:, 4]).all()
    assert (weights[:, [0, 1, 3]].sum(axis=1) == 3).all()


def test_each_patient_is_drawn_once_on_average():
    weights = patient_weights(np.arange(20), 4000, np.random.default_rng(1))
    np.testing.assert_allclose(weights.mean(axis=0), 1, atol=0.08)
    assert weights.var() == pytest.approx(1 - 1 / 20, rel=0.05)  # binomial


def test_with_one_recording_per_patient_it_is_the_ordinary_bootstrap():
    values = np.random.default_rng(2).gamma(2.0, size=150)
    [(low, high)] = intervals([mean_of(values)], np.arange(150), resamples=4000)
    ordinary = stats.bootstrap((values,), np.mean, n_resamples=4000, method="percentile", rng=0).confidence_interval
    assert low == pytest.approx(ordinary.low, abs=0.02)
    assert high == pytest.approx(ordinary.high, abs=0.02)


def test_names_of_patients_do_not_matter():
    values = np.random.default_rng(2).normal(size=30)
    numbers = np.repeat(np.arange(10), 3)
    names = np.array([f"p{number}" for number in numbers])
    assert intervals([mean_of(values)], numbers) == intervals([mean_of(values)], names)


def test_wider_than_the_naive_one_where_recordings_of_a_patient_are_alike():
    rng = np.random.default_rng(4)
    patients = np.repeat(np.arange(40), 10)
    truth = rng.uniform(3, 9, 400)
    estimate = truth + rng.normal(0, 1, 40)[patients] + rng.normal(0, 0.1, 400)
    statistic = [lambda weights: mae(truth, estimate, weights)]
    [by_patient] = intervals(statistic, patients)
    [naive] = intervals(statistic, np.arange(400))
    assert np.diff(by_patient) > 2 * np.diff(naive)


def test_copies_of_the_recordings_do_not_narrow_it():
    values = np.random.default_rng(5).normal(size=60)
    [once] = intervals([mean_of(values)], np.arange(60))
    [copied] = intervals([mean_of(np.repeat(values, 5))], np.repeat(np.arange(60), 5))
    np.testing.assert_allclose(copied, once)


def test_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(6)
    covered = []
    for _ in range(200):
        values = rng.normal(0.7, 1, 60)
        [(low, high)] = intervals([mean_of(values)], np.arange(60), resamples=300, seed=int(rng.integers(1 << 30)))
        covered.append(low <= 0.7 <= high)
    assert 0.88 <= np.mean(covered) <= 0.99


def test_the_seed_decides():
    values = np.random.default_rng(7).normal(size=50)
    first, again, other = (intervals([mean_of(values)], np.arange(50), seed=seed) for seed in (1, 1, 2))
    assert first == again != other


def test_one_patient_gives_no_interval():
    values = np.array([1.0, 2.0, 3.0])
    assert np.isnan(intervals([mean_of(values)], np.array(["a"] * 3))).all()
    assert np.isnan(intervals([mean_of(values[:0])], np.array([]))).all()


def test_a_measure_that_most_draws_leave_undefined_gets_no_interval():
    truth = np.r_[np.full(50, 4.5), 6.0]  # one case: a third of the draws have none
    estimate = np.linspace(4, 6, 51)
    [interval] = intervals([lambda weights: auroc_hyperkalaemia(truth, estimate, weights)], np.arange(51))
    assert np.isnan(interval).all()


def test_a_band_is_the_interval_at_each_point():
    values = np.random.default_rng(8).normal(size=(50, 3))
    low, high = band(lambda weights: weights @ values / 50, 3, np.arange(50), resamples=200, seed=4)
    for point in range(3):
        [interval] = intervals([mean_of(values[:, point])], np.arange(50), resamples=200, seed=4)
        assert (low[point], high[point]) == pytest.approx(interval)
    assert np.isnan(band(lambda weights: weights @ values / 50, 3, np.zeros(50))).all()
