from dataclasses import replace

import numpy as np
import pytest

import kalemia
from kalemia.errors import NoBeats
from kalemia.preprocessing import Preprocessing
from kalemia.quality import qrs_half_width_s, require_heartbeats
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
