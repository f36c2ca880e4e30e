import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kalemia.delineation import detect_r_peaks
from kalemia.errors import KalemiaError, NoBeats, SamplingRateTooLow, TooShort


@pytest.mark.parametrize("rate", [40, 60, 75, 100, 150])
@pytest.mark.parametrize("fs", [100, 250, 500, 1000])
def test_every_beat_is_found_to_a_sample(make_ecg, rate, fs):
    recording, r_times = make_ecg(rate=rate, fs=fs)
    peaks = detect_r_peaks(recording.signal[0], fs)
    inner = r_times[(r_times > 0.3) & (r_times < 9.7)]
    nearest = np.abs(peaks[None] / fs - inner[:, None]).min(axis=1)
    assert nearest.max() <= 1.5 / fs
    assert len(peaks) <= len(r_times)


def test_turning_it_upside_down_moves_no_peak(make_ecg):
    recording, _ = make_ecg(noise_mv=0.05)
    signal = recording.signal[0]
    np.testing.assert_array_equal(detect_r_peaks(-signal, 500), detect_r_peaks(signal, 500))


@pytest.mark.parametrize("scale", [1e-3, 0.1, 10, 1e3])
def test_scale_and_offset_move_no_peak(make_ecg, scale):
    signal = make_ecg(noise_mv=0.02)[0].signal[0]
    np.testing.assert_array_equal(detect_r_peaks(scale * signal + scale, 500), detect_r_peaks(signal, 500))


def test_a_burst_of_noise_at_the_start_does_not_silence_the_rest(make_ecg):
    recording, r_times = make_ecg(duration_s=120)
    signal = recording.signal[0].copy()
    signal[:1000] = np.random.default_rng(0).normal(0, 5, 1000)
    peaks = detect_r_peaks(signal, 500) / 500
    late = r_times[r_times > 25]
    assert np.abs(peaks[None] - late[:, None]).min(axis=1).max() < 0.004
    assert (peaks > 25).sum() == len(late)


def test_a_gap_splits_the_search(make_ecg):
    recording, r_times = make_ecg()
    signal = recording.signal[0].copy()
    signal[2000:2600] = np.nan
    peaks = detect_r_peaks(signal, 500)
    assert not ((peaks >= 2000) & (peaks < 2600)).any()
    outside = r_times[(r_times < 3.9) | (r_times > 5.3)][:-1]
    assert np.abs(peaks[None] / 500 - outside[:, None]).min(axis=1).max() <= 0.004


def test_too_short(make_ecg):
    with pytest.raises(TooShort, match=r"no uninterrupted 2 s of signal in 1\.5 s"):
        detect_r_peaks(make_ecg(duration_s=1.5)[0].signal[0], 500)


def test_gaps_that_leave_no_stretch(make_ecg):
    signal = make_ecg()[0].signal[0].copy()
    signal[::400] = np.nan
    with pytest.raises(TooShort):
        detect_r_peaks(signal, 500)


def test_a_flat_line_has_no_beats():
    with pytest.raises(NoBeats):
        detect_r_peaks(np.zeros(5000), 500)


def test_too_coarse(make_ecg):
    with pytest.raises(SamplingRateTooLow):
        detect_r_peaks(make_ecg(fs=50)[0].signal[0], 50)


@settings(max_examples=50)
@given(arrays(np.float64, st.integers(0, 3000), elements=st.floats(-1e6, 1e6) | st.just(float("nan"))))
def test_whatever_comes_gives_peaks_within_it_or_a_reason(signal):
    try:
        peaks = detect_r_peaks(signal, 500)
    except KalemiaError:
        return
    assert (np.diff(peaks) > 0).all()
    assert np.isfinite(signal[peaks]).all()
