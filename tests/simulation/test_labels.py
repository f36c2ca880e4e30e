import numpy as np
import pytest

from kalemia.cohorts.potassium_ranges import range_index
from kalemia.simulation.labels import Label, draw_further_label, draw_label_in_range, measure


def test_measured_scatters_around_true_as_stated():
    true = np.full(40_000, 5.0)
    samples = measure(np.random.default_rng(0), true)
    error = samples.measured - true
    assert error[~samples.haemolysed].std() == pytest.approx(np.hypot(0.2, 0.1), abs=0.01)
    assert error[~samples.haemolysed].mean() == pytest.approx(0.0, abs=0.01)
    assert samples.haemolysed.mean() == pytest.approx(0.05, abs=0.005)


def test_haemolysis_only_adds():
    samples = measure(np.random.default_rng(1), np.full(40_000, 4.2))
    added = samples.measured[samples.haemolysed] - 4.2
    assert added.mean() > 0.4
    assert added.min() > -0.9


def test_a_longer_gap_means_a_larger_error():
    samples = measure(np.random.default_rng(2), np.full(40_000, 5.0))
    far = np.abs(samples.minutes) > 60
    error = np.abs(samples.measured - 5.0)
    assert error[far].mean() > 1.3 * error[np.abs(samples.minutes) < 10].mean()


@pytest.mark.parametrize("wanted", range(6))
def test_a_label_falls_in_the_range_asked_for(wanted):
    rng = np.random.default_rng(wanted)
    labels = [draw_label_in_range(rng, wanted) for _ in range(200)]
    assert set(range_index(np.array([label.potassium for label in labels]))) == {wanted}
    assert all(1.5 <= label.potassium_true <= 10.0 for label in labels)
    assert {label.potassium_true == label.potassium for label in labels} == {False}


def test_later_ecgs_are_nearer_to_normal():
    rng = np.random.default_rng(0)
    index = Label(potassium=7.4, potassium_true=7.5, minutes_from_lab=0.0, haemolysed=False)
    later = np.array([draw_further_label(rng, [index]).potassium_true for _ in range(500)])
    assert np.mean(np.abs(later - 4.3) < 7.5 - 4.3 - 0.5) > 0.9
    assert 4.5 < later.mean() < 6.5
