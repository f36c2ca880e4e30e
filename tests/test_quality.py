from dataclasses import replace

import numpy as np
import pytest

import kalemia
from kalemia.cycles import CLIPPED, FLAT
from kalemia.delineation.rhythm import PACED
from kalemia.errors import NoBeats
from kalemia.preprocessing import Preprocessing
from kalemia.quality import judge_quality, qrs_half_width_s, require_heartbeats
from kalemia.recording import Recording
from kalemia.simulation import simulate_recording

TIME_S = np.arange(5000) / 500


def bells(width_s, rate=70):
    centres = np.arange(0.6, 9.8, 60 / rate)
    return Recording(
        np.exp(-0.5 * ((TIME_S[:, None] - centres) / (width_s / 2.355)) ** 2).sum(axis=1)[None], 500, ("II",)
    )


@pytest.mark.parametrize("width_s", [0.02, 0.04, 0.06])
def test_the_width_of_a_bell_at_half_its_height(width_s):
    assert qrs_half_width_s(Preprocessing().cycles(bells(width_s))) == pytest.approx(width_s, rel=0.15, abs=0.004)


def test_polarity_and_height_do_not_matter(make_ecg):
    cycles = Preprocessing().cycles(make_ecg()[0])
    upside_down = replace(cycles, accepted=tuple(replace(cycle, signal=-7 * cycle.signal) for cycle in cycles.accepted))
    assert qrs_half_width_s(upside_down) == qrs_half_width_s(cycles)


def test_a_heartbeat_passes_without_a_word(make_ecg):
    assert require_heartbeats(Preprocessing().cycles(make_ecg()[0])) == ()


@pytest.mark.parametrize("potassium", [3.0, 4.5, 6.0, 8.0])
def test_simulated_patients_pass(potassium):
    estimates = [kalemia.estimate(simulate_recording(potassium, seed).recording) for seed in range(12)]
    assert sum(estimate.abstained for estimate in estimates) <= 1


def test_breathing_is_not_an_ecg():
    breathing = Recording(np.sin(2 * np.pi * 0.7 * TIME_S)[None], 500, ("II",))
    estimate = kalemia.estimate(breathing)
    assert estimate.abstained


def cycles_of_one_bell(sigma_samples, centre=170):
    """Cycles with one bell each, which no detector has to find first."""
    bell = np.exp(-0.5 * ((np.arange(512) - centre) / sigma_samples) ** 2)[None].astype(np.float32)
    cycles = Preprocessing().cycles(bells(0.04))
    return replace(cycles, accepted=tuple(replace(cycle, signal=bell) for cycle in cycles.accepted))


def test_a_pulse_wave_is_doubted():
    assert "or not an ECG" in require_heartbeats(cycles_of_one_bell(42.5))[0]


def test_what_is_too_wide_is_refused():
    with pytest.raises(NoBeats, match="too wide for a QRS complex"):
        require_heartbeats(cycles_of_one_bell(80))


def test_cycles_that_are_highest_elsewhere_are_doubted():
    assert any("misplaced" in doubt for doubt in require_heartbeats(cycles_of_one_bell(10, centre=188)))


@pytest.fixture(scope="module")
def strip():
    return simulate_recording(4.5, seed=3).recording.signal[0].astype(float)


def judged(signal):
    return judge_quality(Recording(np.asarray(signal)[None], 500, ("II",)))


def test_a_good_recording(strip):
    quality = judged(strip)
    assert (quality.verdict, quality.doubts, quality.reason, quality.signs) == ("good", (), None, ())
    assert 0 < quality.noise < 0.06
    assert None in quality.per_beat


def test_a_lead_that_was_off_costs_its_beats(strip):
    off = strip.copy()
    off[2000:3200] = 0.3
    quality = judged(off)
    assert FLAT in quality.left_out
    assert quality.reason is None


def test_a_clipped_recording_is_unusable(strip):
    quality = judged(np.minimum(strip, 0.4 * strip.max()))
    assert quality.verdict == "unusable"
    assert CLIPPED in quality.reason
    assert kalemia.estimate(Recording(np.minimum(strip, 0.4 * strip.max())[None], 500, ("II",))).abstained


def test_noise_is_doubted_then_refused(strip):
    height = np.ptp(strip)
    noise = np.random.default_rng(0).normal(size=len(strip))
    verdicts = [judged(strip + share * height * noise).verdict for share in (0, 0.07, 0.3)]
    assert verdicts[0] == "good"
    assert verdicts[1] in ("doubtful", "unusable")
    assert verdicts[2] == "unusable"
    measured = [judged(strip + share * height * noise).noise for share in (0, 0.03, 0.07)]
    assert measured == sorted(measured)


def test_where_few_beats_look_alike_it_says_so(make_ecg):
    recording, r_times = make_ecg(duration_s=20)
    signal = recording.signal[0].copy()
    rng = np.random.default_rng(0)
    for r_s in r_times[2::2]:
        part = slice(round((r_s - 0.1) * 500), round((r_s + 0.3) * 500))
        signal[part] += np.convolve(rng.normal(0, 1.5, 200), np.ones(15) / 15, "same")[: len(signal[part])]
    quality = judged(signal)
    assert quality.verdict == "doubtful"
    assert any("look like the others" in doubt for doubt in quality.doubts)


def test_pacing_and_wide_complexes_are_doubts(make_ecg):
    recording, r_times = make_ecg(noise_mv=0.005)
    signal = recording.signal[0].copy()
    for r_s in r_times:
        signal[round((r_s - 0.05) * 500)] += 1.0
    quality = judged(signal)
    assert PACED in quality.signs
    estimate = kalemia.estimate(Recording(signal[None], 500, ("II",)))
    assert any("pacing spikes" in warning for warning in estimate.warnings)


def test_known_beats_are_not_looked_for_again(make_ecg):
    recording, _ = make_ecg()
    beats = kalemia.delineate(recording)
    quality = judge_quality(recording, beats=replace(beats, beats=beats[:4]))
    assert len(quality.per_beat) == 4


def test_without_cycles_there_is_a_reason():
    quality = judged(np.random.default_rng(0).normal(size=5000))
    assert quality.verdict == "unusable"
    assert quality.noise is None
    assert "noise" in quality.reason


def test_long_recordings_are_judged_beat_by_beat(make_ecg):
    recording, r_times = make_ecg(duration_s=300)
    told = []
    quality = judge_quality(recording, report=told.append)
    assert len(quality.per_beat) == len(r_times)
    assert told[-1] == recording.signal.shape[1]
