from dataclasses import replace

import numpy as np
import pytest

from kalemia import clean, delineate, extract_cycles
from kalemia.cycles import (
    AT_THE_EDGE,
    CLIPPED,
    CYCLE_SAMPLES,
    FLAT,
    GAP,
    NO_ARTEFACTS,
    R_INDEX,
    UNLIKE_THE_OTHERS,
)
from kalemia.delineation.beat import Beat, Beats, Wave
from kalemia.errors import TooFewCycles
from kalemia.recording import Recording


def cycles_of(recording, **options):
    return extract_cycles(recording, delineate(recording), **options)


def test_r_stands_at_its_sample(make_ecg):
    cycles = cycles_of(make_ecg()[0])
    assert cycles.signal.shape == (len(cycles), 1, CYCLE_SAMPLES)
    assert (cycles.signal[:, 0].argmax(axis=1) == R_INDEX).all()


def test_time_is_not_warped(make_ecg):
    recording, _ = make_ecg(rate=60)
    cycle = next(iter(cycles_of(recording, normalisation="mv")))
    start = round(cycle.r_s * 500) - R_INDEX
    window = recording.signal[0, start : start + CYCLE_SAMPLES]
    np.testing.assert_allclose(cycle.signal[0], window - np.median(window), atol=1e-6)


def test_intervals_between_beats_are_kept(make_ecg):
    cycles = cycles_of(make_ecg(rate=80)[0])
    assert [cycle.rr_s for cycle in cycles][1:] == pytest.approx([0.75] * (len(cycles) - 1), abs=0.005)


def test_zscore(make_ecg):
    signal = cycles_of(make_ecg()[0], normalisation="zscore").signal
    np.testing.assert_allclose(signal.mean(axis=-1), 0, atol=1e-5)
    np.testing.assert_allclose(signal.std(axis=-1), 1, atol=1e-5)


def test_robust_gives_the_template_a_height_of_one(make_ecg):
    signal = cycles_of(make_ecg()[0], normalisation="robust").signal
    assert np.ptp(np.median(signal, axis=0)) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("normalisation", ["zscore", "robust"])
def test_normalised_cycles_do_not_know_the_gain(make_ecg, normalisation):
    recording, _ = make_ecg(noise_mv=0.01)
    louder = replace(recording, signal=7 * recording.signal)
    ours, theirs = (cycles_of(r, normalisation=normalisation).signal for r in (recording, louder))
    np.testing.assert_allclose(theirs, ours, atol=1e-4)


def test_cycles_in_millivolts_do(make_ecg):
    recording, _ = make_ecg()
    louder = replace(recording, signal=7 * recording.signal)
    ours, theirs = (cycles_of(r, normalisation="mv").signal for r in (recording, louder))
    np.testing.assert_allclose(theirs, 7 * ours, rtol=1e-4, atol=1e-4)


def test_beats_at_the_ends_are_counted_as_such(make_ecg):
    recording, r_times = make_ecg(rate=60)
    cycles = cycles_of(replace(recording, signal=recording.signal[:, 150:]))
    reasons = [rejection.reason for rejection in cycles.rejected]
    assert set(reasons) == {AT_THE_EDGE}
    assert len(cycles) + len(reasons) == len(r_times)


def test_an_ectopic_beat_is_left_out(make_ecg):
    recording, r_times = make_ecg(rate=60)
    signal = recording.signal.copy()
    times = np.arange(signal.shape[1]) / 500
    near = np.abs(times - r_times[4]) < 0.4
    signal[0, near] = -1.5 * np.exp(-0.5 * ((times[near] - r_times[4]) / 0.03) ** 2)
    cycles = cycles_of(replace(recording, signal=signal))
    assert [r.reason for r in cycles.rejected if abs(r.r_s - r_times[4]) < 0.1] == [UNLIKE_THE_OTHERS]
    assert cycles.rejection_counts[UNLIKE_THE_OTHERS] == 1


def test_a_gap_costs_the_cycles_that_it_touches(make_ecg):
    recording, r_times = make_ecg(rate=60)
    signal = recording.signal.copy()
    signal[0, round((r_times[4] + 0.5) * 500)] = np.nan
    cycles = cycles_of(replace(recording, signal=signal))
    assert [r.r_s for r in cycles.rejected if r.reason == GAP] == pytest.approx([r_times[4]], abs=0.004)


def test_noise_gives_no_cycles_and_says_why():
    noise = Recording(np.random.default_rng(1).normal(size=(1, 5000)), 500, ("II",))
    peaks = Beats(tuple(Beat(Wave(None, peak, None)) for peak in range(300, 4600, 400)), 500)
    with pytest.raises(TooFewCycles, match="unlike the other cycles"):
        extract_cycles(noise, peaks)


@pytest.mark.parametrize(("kind", "reason"), [("flat_s", FLAT), ("clipped_s", CLIPPED)])
def test_beats_that_an_artefact_touches_give_no_cycle(make_ecg, kind, reason):
    recording, r_times = make_ecg()
    span_s = np.array([[r_times[3] - 0.05, r_times[4] + 0.02]])
    cycles = cycles_of(recording, artefacts=replace(NO_ARTEFACTS, **{kind: span_s}))
    left_out = [rejection for rejection in cycles.rejected if rejection.reason == reason]
    np.testing.assert_allclose([rejection.r_s for rejection in left_out], r_times[3:5], atol=0.004)


def test_an_artefact_between_beats_harms_none(make_ecg):
    recording, r_times = make_ecg(rate=60)
    between_s = np.array([[r_times[3] + 0.5, r_times[4] - 0.2]])
    with_it = cycles_of(recording, artefacts=replace(NO_ARTEFACTS, flat_s=between_s))
    assert len(with_it) == len(cycles_of(recording))


def test_one_cycle_is_not_trusted(make_ecg):
    with pytest.raises(TooFewCycles, match="an estimate needs 2"):
        cycles_of(make_ecg(rate=60, duration_s=2.1)[0])


def test_another_rate_is_a_programming_error(make_ecg):
    recording, _ = make_ecg(fs=250)
    with pytest.raises(ValueError, match="clean it first"):
        cycles_of(recording)


def test_several_leads_make_several_rows(make_ecg):
    recording, _ = make_ecg()
    both = Recording(np.concatenate([recording.signal, -recording.signal]), 500, ("II", "aVR"))
    signal = cycles_of(clean(both)).signal
    assert signal.shape[1] == 2
    np.testing.assert_allclose(signal[:, 0], -signal[:, 1], atol=1e-3)
