from dataclasses import replace

import numpy as np
import pytest

from kalemia.delineation.beat import Beats
from kalemia.errors import ConfigError, MissingLead, NoBeats
from kalemia.features import measure_features
from kalemia.preprocessing import find_beats
from kalemia.recording import Recording
from kalemia.simulation.diastole import slowed
from kalemia.simulation.morphing import morph
from kalemia.simulation.patient import Response, draw_patient
from kalemia.simulation.potassium_laws import LAWS, POTASSIUM_LIMITS
from kalemia.simulation.recording import record

OWN = 4.2
LEVELS = (3.0, 4.2, 5.5, 6.5, 8.0)
SEEDS = (0, 2, 3, 4, 5, 6, 8, 10, 11, 14, 15, 16)  # patients in sinus rhythm, without a confounder


def simulated(seed, potassium=OWN):
    patient = replace(draw_patient(np.random.default_rng(seed)), response=Response(), ectopy=0.0)
    return record(patient, potassium, np.random.default_rng(seed))


def of_beats(ecg):
    return Beats(ecg.beats, ecg.recording.fs)


@pytest.fixture(scope="module")
def ecgs():
    found = [simulated(seed) for seed in SEEDS]
    assert all((ecg.rhythm, ecg.patient.confounder.name) == ("sinus", "none") for ecg in found)
    return found


@pytest.fixture(scope="module")
def measured(ecgs):
    """The medians over patients by potassium of what is measured in morphed recordings."""
    by_level = {}
    for potassium in LEVELS:
        rows = [measure_features(morph(ecg.recording, find_beats(ecg.recording), OWN, potassium)) for ecg in ecgs]
        by_level[potassium] = {name: np.array([row.median[name] for row in rows]) for name in rows[0].median}
    return by_level


def change(measured, name, potassium):
    return float(np.nanmedian(measured[potassium][name] - measured[OWN][name]))


def test_at_its_own_potassium_a_recording_is_what_it_was(ecgs):
    for ecg in ecgs:
        for own in (3.4, OWN, 5.6):
            same = morph(ecg.recording, of_beats(ecg), own, own)
            np.testing.assert_allclose(same.signal, ecg.recording.signal, rtol=0, atol=1e-6)
            assert (same.fs, same.leads, same.signal.dtype) == (500.0, ("II",), ecg.recording.signal.dtype)


def test_a_little_potassium_changes_little(ecgs):
    for ecg in ecgs:
        difference = morph(ecg.recording, of_beats(ecg), OWN, OWN + 0.01).signal - ecg.recording.signal
        assert 0 < np.abs(difference).max() < 0.01


def test_t_narrows_at_every_step(measured):
    widths = [np.nanmedian(measured[potassium]["t_half_width_ms"]) for potassium in LEVELS]
    assert np.all(np.diff(widths) < 0)
    for potassium in (5.5, 6.5):
        share = LAWS["t_width"](potassium) / LAWS["t_width"](OWN)
        assert np.nanmedian(measured[potassium]["t_half_width_ms"] / measured[OWN]["t_half_width_ms"]) == pytest.approx(
            share, abs=0.08
        )


def test_t_grows_by_what_the_law_adds(measured):
    heights = [np.nanmedian(measured[potassium]["t_height_mv"]) for potassium in LEVELS[:4]]
    assert np.all(np.diff(heights) > 0)
    for potassium in (3.0, 5.5, 6.5):
        added_mv = LAWS["t_amplitude"](potassium) - LAWS["t_amplitude"](OWN)
        assert change(measured, "t_height_mv", potassium) == pytest.approx(added_mv, abs=0.03)


def test_conduction_slows(measured):
    added_ms = 1e3 * (LAWS["pr"](6.5) - LAWS["pr"](OWN))
    assert change(measured, "pr_ms", 6.5) == pytest.approx(added_ms, abs=9)
    assert change(measured, "pr_ms", 8.0) > change(measured, "pr_ms", 6.5)  # by how much, a flat P hides
    for potassium in (6.5, 8.0):
        added_ms = 1e3 * LAWS["qrs"](potassium)
        assert change(measured, "qrs_ms", potassium) == pytest.approx(added_ms, abs=5)
        share = LAWS["r_amplitude"](potassium)
        assert change(measured, "r_height_mv", potassium) == pytest.approx(
            (share - 1) * np.median(measured[OWN]["r_height_mv"]), abs=0.05
        )


def test_p_falls_and_goes(measured, ecgs):
    heights = [np.nanmedian(measured[potassium]["p_height_mv"]) for potassium in LEVELS]
    assert np.all(np.diff(heights) < 0)
    for ecg in ecgs[:3]:
        gone = measure_features(morph(ecg.recording, find_beats(ecg.recording), OWN, 9.5))
        assert gone.p_share < 0.5 or abs(gone.median["p_height_mv"]) < 0.04


def test_qt_minus_qrs_shortens(measured):
    for potassium in (5.5, 6.5):
        shorter_ms = change(measured, "qt_ms", potassium) - change(measured, "qrs_ms", potassium)
        assert shorter_ms == pytest.approx(1e3 * (LAWS["jt"](potassium) - LAWS["jt"](OWN)), abs=8)


def test_the_heart_slows_in_severe_hyperkalaemia(measured):
    slower = np.median(measured[8.0]["rr_ms"] / measured[OWN]["rr_ms"])
    assert slower == pytest.approx(1 / LAWS["heart_rate"](8.0), abs=0.02)
    np.testing.assert_allclose(measured[5.5]["rr_ms"], measured[OWN]["rr_ms"], atol=2)


def test_hypokalaemia_depresses_st_and_raises_u(measured, ecgs):
    assert change(measured, "st_level_mv", 3.0) == pytest.approx(LAWS["st"](3.0), abs=0.025)
    assert change(measured, "u_height_mv", 3.0) > 0.01
    for ecg in ecgs:
        difference = (morph(ecg.recording, of_beats(ecg), OWN, 3.0).signal - ecg.recording.signal)[0]
        behind_t = [beat.t.offset + 25 for beat in ecg.beats[1:-2] if beat.t.offset is not None]
        assert np.median(difference[behind_t]) == pytest.approx(LAWS["u"](3.0), rel=0.45)


def test_both_arms_change_alike(measured):
    """A morphed recording measures as the same simulated patient does at that potassium."""
    tolerances = {
        "t_height_mv": 0.03,
        "t_half_width_ms": 11,  # drawn patients have walls of their own
        "pr_ms": 9,
        "qrs_ms": 5,
        "r_height_mv": 0.05,
        "qt_ms": 9,
        "p_height_mv": 0.02,
        "st_level_mv": 0.03,  # T rises out of ST by the drawn patient's own cells
    }
    for potassium in (5.5, 6.5, 8.0):
        drawn = [measure_features(simulated(seed, potassium).recording).median for seed in SEEDS]
        for name, tolerance in tolerances.items():
            other = np.nanmedian([row[name] for row in drawn] - measured[OWN][name])
            assert change(measured, name, potassium) == pytest.approx(other, abs=tolerance), (name, potassium)


def test_noise_is_left_as_it_is(ecgs):
    for ecg in ecgs:
        clean = replace(ecg.recording, signal=ecg.clean_mv[None])
        noise = np.random.default_rng(0).normal(0, 0.02, clean.signal.shape)
        noisy = replace(clean, signal=clean.signal + noise)
        left = morph(noisy, of_beats(ecg), OWN, 6.0).signal - morph(clean, of_beats(ecg), OWN, 6.0).signal
        assert np.std(left) == pytest.approx(np.std(noise), rel=0.08)


def test_nothing_changes_between_t_and_p(ecgs):
    for ecg in ecgs:
        difference = np.abs(morph(ecg.recording, of_beats(ecg), OWN, 5.8).signal - ecg.recording.signal)[0]
        for before, after in zip(ecg.beats[1:-2], ecg.beats[2:-1], strict=True):
            assert np.all(difference[before.t.offset + 40 : after.p.onset - 25] < 1e-3)


@pytest.mark.parametrize("potassium", [2.0, 3.0, 5.5, 6.5, 8.0, 9.7])
def test_nothing_jumps(ecgs, potassium):
    for ecg in ecgs:
        step = np.abs(np.diff(morph(ecg.recording, of_beats(ecg), OWN, potassium).signal)).max()
        assert step < 1.5 * np.abs(np.diff(ecg.recording.signal)).max()


def test_an_inverted_t_turns_upright(ecgs):
    for ecg in ecgs[:4]:
        patient = replace(ecg.patient, shape=replace(ecg.patient.shape, t_mv=-0.12))
        inverted = record(patient, OWN, np.random.default_rng(1)).recording
        beats = find_beats(inverted)
        heights = [measure_features(morph(inverted, beats, OWN, k)).median["t_height_mv"] for k in (OWN, 7.5)]
        assert heights[0] < -0.05
        assert heights[1] > heights[0] + 0.05


def test_a_patient_who_does_not_respond_stays_as_he_is(ecgs):
    ecg = ecgs[0]
    same = morph(ecg.recording, of_beats(ecg), OWN, 8.0, Response(0, 0, 0, 0, 0))
    np.testing.assert_allclose(same.signal, ecg.recording.signal, rtol=0, atol=1e-6)


def test_beats_without_p_stay_without(ecgs):
    ecg = ecgs[0]
    without = Beats(tuple(replace(beat, p=None) for beat in ecg.beats), 500.0)
    difference = (morph(ecg.recording, without, OWN, 6.0).signal - ecg.recording.signal)[0]
    for beat in ecg.beats[1:-1]:
        assert np.abs(difference[beat.p.onset : beat.p.offset - 10]).max() < 1e-3


def test_ends_gaps_and_clipped_beats(ecgs):
    ecg = ecgs[1]
    signal = ecg.recording.signal.copy()
    third, fifth = ecg.r_peaks[[3, 5]]
    signal[0, third - 40 : third + 10] = np.nan
    signal[0, fifth - 30 : fifth + 60] = signal[0, fifth]
    changed = morph(replace(ecg.recording, signal=signal), of_beats(ecg), OWN, 6.0).signal
    np.testing.assert_array_equal(np.isnan(changed), np.isnan(signal))
    np.testing.assert_allclose(changed[0, fifth - 10 : fifth + 60], signal[0, fifth - 10 : fifth + 60], atol=0.01)


@pytest.mark.parametrize("fs", [100.0, 250.0, 1000.0])
def test_at_other_sampling_rates(ecgs, fs):
    ecg = ecgs[0]
    times = np.arange(round(10 * fs)) / fs
    signal = np.interp(times, np.arange(5000) / 500, ecg.recording.signal[0])
    changed = morph(Recording(signal[None], fs, ("II",)), of_beats(ecg), OWN, 6.5)
    assert (changed.fs, changed.signal.shape) == (fs, (1, len(times)))
    at_500 = morph(ecg.recording, of_beats(ecg), OWN, 6.5).signal[0]
    assert np.corrcoef(np.interp(np.arange(5000) / 500, times, changed.signal[0]), at_500)[0, 1] > (
        0.99 if fs > 100 else 0.95
    )


def test_of_several_leads_lead_ii_is_taken(ecgs):
    ecg = ecgs[0]
    both = Recording(np.concatenate([0.5 * ecg.recording.signal, ecg.recording.signal]), 500.0, ("I", "II"))
    changed = morph(both, of_beats(ecg), OWN, 6.0)
    np.testing.assert_array_equal(changed.signal, morph(ecg.recording, of_beats(ecg), OWN, 6.0).signal)
    with pytest.raises(MissingLead):
        morph(replace(ecg.recording, leads=("V1",)), of_beats(ecg), OWN, 6.0)


@pytest.mark.parametrize("potassium", [0.0, 15.0, -1.0, np.nan, np.inf, POTASSIUM_LIMITS[1] + 0.01])
def test_an_impossible_potassium(ecgs, potassium):
    for own, other in ((OWN, potassium), (potassium, OWN)):
        with pytest.raises(ConfigError, match="mEq/L"):
            morph(ecgs[0].recording, of_beats(ecgs[0]), own, other)


def test_what_is_flattened_cannot_be_drawn_back(ecgs):
    with pytest.raises(ConfigError, match=r"2\.5 to 6\.5"):
        morph(ecgs[0].recording, of_beats(ecgs[0]), 8.0, OWN)


def test_beats_that_cannot_be_used(ecgs):
    ecg = ecgs[0]
    by_r = Beats(tuple(replace(beat, t=None) for beat in ecg.beats), 500.0)
    for beats in (by_r, Beats((), 500.0)):
        with pytest.raises(NoBeats):
            morph(ecg.recording, beats, OWN, 6.0)
    with pytest.raises(NoBeats):
        morph(replace(ecg.recording, signal=np.zeros((1, 5000))), of_beats(ecg), OWN, 6.0)


def test_slowing_leaves_a_heart_without_pauses():
    mv, r = np.random.default_rng(0).normal(size=1500), np.array([200, 400, 600, 800])
    np.testing.assert_array_equal(slowed(mv, r, (0.35, -0.2), 1.1, 500.0), mv)


def test_slowing_moves_waves_whole():
    rng = np.random.default_rng(0)
    mv, r = rng.normal(size=3000), np.array([300, 700, 1100, 1500, 1900, 2300])
    slower = slowed(mv, r, (0.35, -0.2), 1.1, 500.0)
    assert len(slower) == len(mv)
    for number, at in enumerate(r):
        moved = at + 40 * number
        np.testing.assert_array_equal(slower[moved - 100 : moved + 170], mv[at - 100 : at + 170])
