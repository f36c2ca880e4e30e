from dataclasses import replace

import numpy as np
import pytest

from kalemia.cycles import CLIPPED, CYCLE_SAMPLES, FLAT, GAP, NO_ARTEFACTS
from kalemia.delineation.beat import Beat, Beats, Wave
from kalemia.errors import ConfigError, TooFewCycles
from kalemia.preprocessing import BLOCK_S, Preprocessing
from kalemia.recording import Recording
from kalemia.windows import NO_BEAT, WINDOW_FS, extract_windows


def lead(signal: np.ndarray) -> Recording:
    return Recording(np.atleast_2d(signal), 500, ("II",))


def sine(hz: float, duration_s: float = 10.0) -> Recording:
    return lead(np.sin(2 * np.pi * hz * np.arange(round(duration_s * 500)) / 500))


def beats_at(*times_s: float) -> Beats:
    return Beats(tuple(Beat(Wave(None, round(time_s * 500), None)) for time_s in times_s), 500)


EVERY_SECOND = beats_at(*np.arange(0.5, 60))


@pytest.mark.parametrize(("duration_s", "count"), [(2.0, 1), (3.998, 1), (10.0, 5), (11.9, 5)])
def test_windows_follow_each_other_and_a_rest_is_left_out(duration_s, count):
    windows = extract_windows(sine(1, duration_s), EVERY_SECOND)
    assert windows.signal.shape == (count, 1, CYCLE_SAMPLES)
    assert windows.signal.dtype == np.float32
    assert [window.r_s for window in windows] == [1.0 + 2 * place for place in range(count)]
    assert windows.rejected == ()


def test_a_slow_wave_keeps_its_height_and_its_time():
    windows = extract_windows(sine(5), EVERY_SECOND)
    expected = np.sin(2 * np.pi * 5 * np.arange(CYCLE_SAMPLES) / WINDOW_FS)
    for window in windows.accepted[1:-1]:  # the filter that resamples meets nothing beyond the ends of the recording
        np.testing.assert_allclose(window.signal[0], expected, atol=0.01)


def test_what_256_hz_cannot_hold_is_not_folded_down():
    windows = extract_windows(sine(200), EVERY_SECOND)
    assert np.abs(windows.signal[1:-1]).max() < 0.02


def test_mv_is_minus_the_median_and_zscore_besides_of_one_spread():
    shifted = lead(3.0 + 2.0 * sine(1).signal)
    in_mv = extract_windows(shifted, EVERY_SECOND, "mv").signal
    np.testing.assert_allclose(np.median(in_mv, axis=-1), 0, atol=1e-5)
    assert np.ptp(in_mv[2]) == pytest.approx(4.0, abs=0.05)
    scored = extract_windows(shifted, EVERY_SECOND, "zscore").signal
    np.testing.assert_allclose(scored.mean(axis=-1), 0, atol=1e-5)
    np.testing.assert_allclose(scored.std(axis=-1), 1, atol=1e-4)


def test_robust_is_refused(make_ecg):
    with pytest.raises(ConfigError, match=r"robust.*needs single cycles.*Use mv or zscore\."):
        Preprocessing(span="2 s", normalisation="robust").cycles(make_ecg()[0])


@pytest.mark.parametrize("at", [2000, 2999])
def test_a_single_missing_sample_costs_its_window(at):
    signal = sine(1).signal.copy()
    signal[0, at] = np.nan
    windows = extract_windows(lead(signal), EVERY_SECOND)
    assert [(rejection.r_s, rejection.reason) for rejection in windows.rejected] == [(5.0, GAP)]
    assert np.isfinite(windows.signal).all()


@pytest.mark.parametrize(("kind", "reason"), [("flat_s", FLAT), ("clipped_s", CLIPPED)])
@pytest.mark.parametrize(("span_s", "middles_s"), [((4.5, 5.0), [5]), ((3.9, 4.1), [3, 5]), ((4.0, 6.0), [5])])
def test_windows_that_an_artefact_touches_are_left_out(kind, reason, span_s, middles_s):
    windows = extract_windows(sine(1), EVERY_SECOND, "mv", replace(NO_ARTEFACTS, **{kind: np.array([span_s])}))
    assert windows.rejection_counts == {reason: len(middles_s)}
    assert [rejection.r_s for rejection in windows.rejected] == middles_s


def test_a_window_without_a_beat_is_left_out():
    windows = extract_windows(sine(1), beats_at(0.0, 1.9, 4.0, 7.9))
    assert [window.r_s for window in windows] == [1.0, 5.0, 7.0]
    assert windows.rejection_counts == {NO_BEAT: 2}


@pytest.mark.parametrize(
    ("recording", "beats", "said"),
    [
        (sine(1, 1.9), EVERY_SECOND, r"0 windows of 2 s, none of them usable \(too short\)"),
        (sine(1), beats_at(), r"5 windows of 2 s, none of them usable \(5 no beat in it\)"),
        (lead(np.full(5000, np.nan)), EVERY_SECOND, "5 gap in the signal"),
    ],
)
def test_nothing_usable_is_said_with_the_reasons(recording, beats, said):
    with pytest.raises(TooFewCycles, match=said):
        extract_windows(recording, beats)


def test_another_rate_is_a_programming_error():
    with pytest.raises(ValueError, match="clean it first"):
        extract_windows(replace(sine(1), fs=250), EVERY_SECOND)


def test_preprocessing_gives_windows_of_the_cleaned_lead(make_ecg):
    recording, _ = make_ecg(noise_mv=0.01)
    preprocessing = Preprocessing(span="2 s")
    windows = preprocessing.cycles(recording)
    assert (len(windows), preprocessing.fs) == (5, 256)
    assert np.ptp(windows.signal, axis=-1) == pytest.approx(np.ptp(recording.signal), rel=0.1)


@pytest.mark.parametrize("fs", [500, 360])
def test_a_long_recording_gives_each_window_once(make_ecg, fs):
    recording, _ = make_ecg(duration_s=1.6 * BLOCK_S, fs=fs)
    windows = Preprocessing(span="2 s").cycles(recording)
    middles_s = [window.r_s for window in windows] + [rejection.r_s for rejection in windows.rejected]
    np.testing.assert_allclose(np.sort(middles_s), np.arange(1, 1.6 * BLOCK_S, 2), atol=0.01)
