from dataclasses import replace

import numpy as np
import pytest

from kalemia.errors import FlatSignal, SamplingRateTooLow
from kalemia.filtering import band_stop, clean, cleaning_steps, find_mains, high_pass, remove_baseline_wander, resample
from kalemia.recording import Recording

FS = 500.0


def sine(hz, height_mv, duration_s=10, fs=FS):
    return height_mv * np.sin(2 * np.pi * hz * np.arange(round(duration_s * fs)) / fs + 0.3)


def t_height(signal, r_times, rate, fs=FS):
    """Median height of T over the level before QRS, the outer beats left out."""
    t_delay = 0.40 * np.sqrt(np.clip(60 / rate, 0.5, 1.1)) - 0.12
    inner = r_times[2:-2]
    t, level = (signal[np.round((inner + delay) * fs).astype(int)] for delay in (t_delay, -0.07))
    return np.median(t - level)


@pytest.mark.parametrize("rate", [40, 60, 75, 100, 130])
def test_cleaning_keeps_the_height_of_t(make_ecg, rate):
    recording, r_times = make_ecg(rate=rate)
    before = t_height(recording.signal[0], r_times, rate)
    after = t_height(clean(recording).signal[0], r_times, rate)
    assert after == pytest.approx(before, rel=0.01)


def test_a_high_pass_distorts_t_the_more_the_higher_it_is(make_ecg):
    recording, r_times = make_ecg(rate=60)
    before = t_height(recording.signal[0], r_times, 60)
    change = {
        hz: abs(t_height(high_pass(recording.signal[0], FS, hz), r_times, 60) / before - 1)
        for hz in (0.05, 0.67, 1.0, 2.0)
    }
    assert change[0.05] < 0.005
    assert 0.02 < change[0.67] < 0.06
    assert 0.06 < change[1.0] < 0.12
    assert change[2.0] > 0.15


@pytest.mark.parametrize("hz", [0.1, 0.2, 0.33])
def test_little_is_left_of_wander(make_ecg, hz):
    recording, _ = make_ecg(rate=70)
    ecg, wander = recording.signal[0], sine(hz, 0.5)
    left = remove_baseline_wander(ecg + wander, FS) - remove_baseline_wander(ecg, FS)
    inner = slice(500, -500)
    assert np.std(left[inner]) < 0.15 * np.std(wander[inner])


@pytest.mark.parametrize("start", range(0, 400, 40))
def test_wherever_a_strip_is_cut_its_ends_stay_level(make_ecg, start):
    ecg = make_ecg(rate=75)[0].signal[0][start : start + 4000]
    assert np.abs(remove_baseline_wander(ecg, FS) - ecg).max() < 0.1


def test_high_pass_removes_the_constant():
    assert np.abs(high_pass(np.full(5000, 3.0), FS)).max() < 1e-6


@pytest.mark.parametrize("hz", [50.0, 60.0])
def test_mains_is_found_and_removed(make_ecg, hz):
    recording, _ = make_ecg(noise_mv=0.005)
    hum = sine(hz, 0.1)
    humming = recording.signal[0] + hum
    assert find_mains(humming, FS) == hz
    left = band_stop(humming, FS, hz) - band_stop(recording.signal[0], FS, hz)
    assert np.std(left[500:-500]) < 0.02 * np.std(hum)


def test_white_noise_is_not_taken_for_hum():
    rng = np.random.default_rng(0)
    assert all(find_mains(rng.normal(size=5000), FS) is None for _ in range(300))


def test_without_hum_no_band_stop(make_ecg):
    recording, _ = make_ecg(noise_mv=0.01)
    assert find_mains(recording.signal[0], FS) is None
    assert not any("band-stop" in name for name, _ in cleaning_steps(recording))


def test_steps_are_named_in_order(make_ecg):
    recording, _ = make_ecg(noise_mv=0.005)
    humming = replace(recording, signal=recording.signal + sine(50, 0.1))
    assert [name for name, _ in cleaning_steps(humming)] == [
        "as read",
        "baseline wander removed",
        "high-pass 0.05 Hz",
        "band-stop 50 Hz",
    ]


@pytest.mark.parametrize("apply", [remove_baseline_wander, high_pass, lambda x, fs: band_stop(x, fs, 50)])
def test_filters_delay_nothing(make_ecg, apply):
    recording, r_times = make_ecg()
    filtered = apply(recording.signal[0], FS)
    for r in np.round(r_times * FS).astype(int):
        assert abs(np.argmax(filtered[r - 20 : r + 21]) - 20) <= 1


@pytest.mark.parametrize("fs", [100, 250, 333.3, 360, 1000])
def test_any_rate_becomes_500_hz(make_ecg, fs):
    recording, _ = make_ecg(fs=fs)
    reference, _ = make_ecg(fs=500)
    resampled = resample(recording, 500.0)
    n = min(resampled.signal.shape[1], 5000)
    assert resampled.fs == 500
    assert resampled.duration_s == pytest.approx(10, abs=0.01)
    inner = slice(100, n - 100)
    assert np.abs(resampled.signal[0, inner] - reference.signal[0, inner]).max() < (0.1 if fs == 100 else 0.02)


def test_gaps_stay_where_they_were(make_ecg):
    recording, _ = make_ecg(fs=250)
    holed = recording.signal.copy()
    holed[0, 500:750] = np.nan
    cleaned = clean(replace(recording, signal=holed)).signal[0]
    assert np.isnan(cleaned[1002:1498]).all()
    assert np.isfinite(cleaned[:998]).all()
    assert np.isfinite(cleaned[1502:]).all()


def test_a_gap_does_not_shake_its_neighbourhood(make_ecg):
    recording, _ = make_ecg()
    holed = recording.signal.copy()
    holed[0, 2000:2100] = np.nan
    whole, cleaned = clean(recording).signal[0], clean(replace(recording, signal=holed)).signal[0]
    seen = np.isfinite(cleaned)
    assert np.abs(whole - cleaned)[seen].max() < 0.05


def test_scale_goes_through(make_ecg):
    recording, _ = make_ecg(noise_mv=0.01)
    tenfold = replace(recording, signal=10 * recording.signal)
    np.testing.assert_allclose(clean(tenfold).signal, 10 * clean(recording).signal, atol=1e-9)


def test_a_constant_offset_changes_nothing(make_ecg):
    recording, _ = make_ecg()
    lifted = replace(recording, signal=recording.signal + 5)
    np.testing.assert_allclose(clean(lifted).signal, clean(recording).signal, atol=1e-6)


def test_leads_do_not_touch_each_other(make_ecg):
    one, _ = make_ecg(rate=60)
    other, _ = make_ecg(rate=90)
    both = Recording(np.concatenate([one.signal, other.signal + sine(50, 0.1)]), FS, ("II", "V1"))
    np.testing.assert_allclose(clean(both).signal[0], clean(one).signal[0], atol=1e-12)


def test_too_coarse_a_recording_is_refused(make_ecg):
    recording, _ = make_ecg(fs=50)
    with pytest.raises(SamplingRateTooLow, match="50 Hz; an ECG needs at least 100 Hz"):
        clean(recording)


@pytest.mark.parametrize("value", [0.0, 1.5, np.nan])
def test_nothing_but_a_line_is_refused(value):
    with pytest.raises(FlatSignal):
        clean(Recording(np.full((1, 5000), value), FS, ("II",)))


def test_very_short_signals_are_filtered_all_the_same():
    cleaned = clean(Recording(np.array([[0.0, 1.0, 0.0]]), FS, ("II",)))
    assert cleaned.signal.shape == (1, 3)
    assert np.isfinite(cleaned.signal).all()
