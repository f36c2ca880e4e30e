from dataclasses import replace

import numpy as np
import pytest

from kalemia.simulation.confounders import CHANGES, PREVALENCE, Confounder
from kalemia.simulation.patient import Response, draw_patient, heart_rate_at, on_another_day, shape_at


@pytest.fixture(scope="module")
def patients():
    return [draw_patient(np.random.default_rng(seed)) for seed in range(1500)]


def spread(patients, quantity):
    return np.std([quantity(patient.shape) for patient in patients])


def test_baselines_spread_as_published(patients):
    upright = [patient for patient in patients if patient.shape.t_mv > 0]
    assert 0.38 < spread(upright, lambda shape: np.log(shape.t_mv)) < 0.55
    assert spread(patients, lambda shape: np.log(shape.t_width_s)) == pytest.approx(0.18, abs=0.02)
    assert spread(patients, lambda shape: shape.qt_s) == pytest.approx(0.025, abs=0.003)
    assert spread(patients, lambda shape: shape.pr_s) == pytest.approx(0.026, abs=0.005)
    assert spread(patients, lambda shape: shape.qrs_s) == pytest.approx(0.014, abs=0.002)


def test_responses_have_mean_one_and_are_near_zero_in_some(patients):
    gains = np.array([patient.response.t_width for patient in patients])
    assert gains.mean() == pytest.approx(1.0, abs=0.05)
    assert 0.07 < np.mean(gains < 0.25) < 0.20


def test_a_non_responder_hides_what_a_responder_shows(patients):
    def change(patient, gain):
        mean_width = replace(patient.shape, t_width_s=0.11)  # the narrowest T waves have nowhere to go
        patient = replace(patient, shape=mean_width, response=Response(*[gain] * 5), confounder=Confounder())
        low, high = (shape_at(patient, level, 0.8) for level in (4.1, 7.5))
        return low.t_width_s / high.t_width_s

    for patient in patients[:50]:
        assert change(patient, 0.05) == pytest.approx(1.0, abs=0.05)
        assert change(patient, 1.0) > 1.5


def test_patients_differ_in_polarity_and_sex_and_age(patients):
    assert 0.02 < np.mean([patient.shape.t_mv < 0 for patient in patients]) < 0.10
    assert 0.03 < np.mean([-patient.shape.s_mv > patient.shape.r_mv for patient in patients]) < 0.20
    assert {patient.sex for patient in patients} == {"F", "M"}
    assert all(18 <= patient.age_years <= 98 for patient in patients)


def test_confounders_are_as_common_as_stated(patients):
    names = [patient.confounder.name for patient in patients]
    for name, share in PREVALENCE.items():
        assert names.count(name) / len(names) == pytest.approx(share, abs=0.025), name


@pytest.mark.parametrize("name", sorted(set(CHANGES) - {"none"}))
@pytest.mark.parametrize("severity", [0.0, 0.5, 1.0])
def test_each_confounder_changes_the_beat(shape, name, severity):
    assert Confounder(name, severity).change(shape) != shape


def test_two_visits_are_never_quite_the_same(patients):
    rng = np.random.default_rng(0)
    assert on_another_day(patients[0], rng).shape != on_another_day(patients[0], rng).shape


def test_bradycardia_comes_with_hyperkalaemia(patients):
    slow = [np.mean([heart_rate_at(patient, level) < 60 for patient in patients]) for level in (4.2, 7.7)]
    assert slow[0] < 0.12
    assert slow[1] > 1.5 * slow[0]
