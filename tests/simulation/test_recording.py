import numpy as np
import pytest

from kalemia.errors import ConfigError
from kalemia.simulation import simulate_recording


@pytest.fixture(scope="module")
def ecgs():
    levels = np.random.default_rng(0).uniform(2.0, 9.8, 120)
    return [simulate_recording(float(level), seed) for seed, level in enumerate(levels)]


def test_ten_seconds_of_lead_ii_at_500_hz(ecgs):
    for ecg in ecgs:
        assert (ecg.recording.leads, ecg.recording.fs, ecg.recording.signal.shape) == (("II",), 500.0, (1, 5000))
        assert np.isfinite(ecg.recording.signal).all()


def test_amplitudes_are_an_ecgs(ecgs):
    ranges = np.array([np.ptp(ecg.clean_mv) for ecg in ecgs])
    assert 0.5 < np.median(ranges) < 2.0
    assert ranges.min() > 0.1
    assert ranges.max() < 8.0


def test_r_peaks_are_where_the_signal_is_largest(ecgs):
    for ecg in ecgs:
        for peak in ecg.r_peaks[1:-1]:
            near = ecg.clean_mv[peak - 4 : peak + 5]
            turns = near[4] >= near.max() - 0.05 or near[4] <= near.min() + 0.05
            assert turns, (ecg.potassium, ecg.rhythm, peak)


def test_the_rate_fits_the_r_peaks(ecgs):
    for ecg in ecgs:
        assert 30 < ecg.heart_rate_bpm < 160
        assert len(ecg.r_peaks) == pytest.approx(ecg.heart_rate_bpm / 6, abs=2.5)


def test_fiducials_are_ordered_and_inside(ecgs):
    for ecg in ecgs:
        for beat in ecg.beats:
            waves = [wave for wave in (beat.p, beat.qrs, beat.t) if wave is not None]
            points = [p for wave in waves for p in (wave.onset, wave.peak, wave.offset) if p is not None]
            assert points == sorted(points)
            assert all(0 <= point < 5000 for point in points)


def test_truth_has_one_beat_per_r_peak(ecgs):
    for ecg in ecgs:
        assert [beat.qrs.peak for beat in ecg.beats] == ecg.r_peaks.tolist()


def test_fibrillating_atria_have_no_p_wave(ecgs):
    fibrillating = [ecg for ecg in ecgs if ecg.rhythm == "atrial_fibrillation"]
    assert fibrillating
    assert all(beat.p is None for ecg in fibrillating for beat in ecg.beats)


def test_the_seed_decides():
    one, same, other = (simulate_recording(5.0, seed).recording.signal for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_the_same_seed_is_the_same_patient_at_any_potassium():
    low, high = simulate_recording(4.0, 3), simulate_recording(8.0, 3)
    assert low.patient == high.patient


@pytest.mark.parametrize("duration_s", [1.0, 2.5, 61.0])
def test_any_length(duration_s):
    assert simulate_recording(4.0, 0, duration_s).recording.duration_s == duration_s


@pytest.mark.parametrize("potassium", [0.0, -1.0, 15.0, np.nan])
def test_an_impossible_potassium(potassium):
    with pytest.raises(ConfigError, match=r"a simulated patient can have 1\.5 to 10\.0"):
        simulate_recording(potassium, 0)


@pytest.mark.parametrize("duration_s", [0.0, -1.0, 0.5, np.nan, np.inf])
def test_an_impossible_length(duration_s):
    with pytest.raises(ConfigError, match="it must last"):
        simulate_recording(4.0, 0, duration_s)
