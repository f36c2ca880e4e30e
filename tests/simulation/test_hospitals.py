from dataclasses import fields

import numpy as np
import pytest

from kalemia.errors import ConfigError
from kalemia.simulation import noise
from kalemia.simulation.confounders import PREVALENCE
from kalemia.simulation.hospitals import HOSPITAL_A, HOSPITAL_B, HOSPITALS, hospital_named
from kalemia.simulation.patient import draw_patient
from kalemia.simulation.population import WONJU
from kalemia.simulation.recording import record

SAMPLES, FS = 5000, 500.0


@pytest.mark.parametrize("hospital", HOSPITALS.values(), ids=lambda hospital: hospital.name)
def test_each_hospital_is_whole(hospital):
    assert sum(hospital.low_pass_shares) == pytest.approx(1.0)
    assert sum(hospital.high_pass_shares) == pytest.approx(1.0)
    assert set(hospital.confounder_factors) <= set(PREVALENCE)
    assert hospital.source


def test_the_second_differs_in_everything():
    same = [
        field.name for field in fields(HOSPITAL_A) if getattr(HOSPITAL_A, field.name) == getattr(HOSPITAL_B, field.name)
    ]
    assert same == ["high_pass_hz"]


def test_the_second_has_60_hz_mains_only():
    hums = [noise.mains(SAMPLES, FS, np.random.default_rng(seed), HOSPITAL_B) for seed in range(20)]
    assert {round(np.argmax(np.abs(np.fft.rfft(hum))) / 10) for hum in hums} == {60}


@pytest.mark.parametrize("source", [noise.baseline_wander, noise.muscle, noise.mains])
def test_the_second_is_noisier(source):
    def median(hospital):
        return np.median([source(SAMPLES, FS, np.random.default_rng(seed), hospital).std() for seed in range(60)])

    assert median(HOSPITAL_B) > 1.3 * median(HOSPITAL_A)


def test_the_second_smooths_and_drops_slow_waves_more_often():
    sweep = np.sin(2 * np.pi * 60 * np.arange(SAMPLES) / FS) + np.sin(2 * np.pi * 0.3 * np.arange(SAMPLES) / FS)

    def power(hospital, low, high):
        spectra = [
            np.abs(np.fft.rfft(noise.device_filter(sweep, FS, np.random.default_rng(seed), hospital))) ** 2
            for seed in range(80)
        ]
        return np.mean([spectrum[low:high].sum() for spectrum in spectra])

    assert power(HOSPITAL_B, 580, 620) < 0.7 * power(HOSPITAL_A, 580, 620)
    assert power(HOSPITAL_B, 1, 6) < 0.8 * power(HOSPITAL_A, 1, 6)


def test_the_second_has_coarser_steps_and_a_gain_of_its_own():
    signal = np.random.default_rng(0).normal(0, 1, 2000)
    steps = [np.diff(np.unique(noise.quantise(signal, np.random.default_rng(s), HOSPITAL_B))).min() for s in range(9)]
    assert min(steps) > 0.004
    gains = [noise.gain_error(np.ones(1), np.random.default_rng(seed), HOSPITAL_B)[0] for seed in range(400)]
    assert np.mean(gains) == pytest.approx(0.985, abs=0.004)
    assert np.max(np.abs(np.array(gains) - 1)) <= 0.05 + 1e-9


def test_a_patient_may_go_to_both():
    patient = draw_patient(np.random.default_rng(0))
    here, there = (record(patient, 5.0, np.random.default_rng(1), hospital=hospital) for hospital in HOSPITALS.values())
    np.testing.assert_array_equal(here.clean_mv, there.clean_mv)
    assert not np.array_equal(here.recording.signal, there.recording.signal)


def test_who_comes_depends_on_the_hospital_too():
    both = WONJU.with_factors({"lbbb": 2.0}).with_factors({"lbbb": 1.5, "rbbb": 0.5}, 2.0)
    assert both.confounder_factors == {"lbbb": 3.0, "rbbb": 0.5}
    assert both.atrial_fibrillation_share == pytest.approx(2 * WONJU.atrial_fibrillation_share)


def test_an_unknown_hospital():
    with pytest.raises(ConfigError, match=r"no hospital 'b'; there are A, B"):
        hospital_named("b")
