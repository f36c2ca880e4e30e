import sys

import numpy as np
import pytest

from kalemia import Recording, delineate, detect_r_peaks
from kalemia.delineation.beat import Beat, Beats, Wave
from kalemia.errors import MissingLead, NoBeats, SamplingRateTooLow, TooShort
from kalemia.simulation import simulate_recording

TIME_S = np.arange(5000) / 500


def lead_ii(signal, fs=500):
    return Recording(np.asarray(signal, dtype=float)[None], fs, ("II",))


def fibrillating(seed):
    """What a fibrillating ventricle makes: waves of 3 to 7 Hz whose rate and size wander."""
    rng = np.random.default_rng(seed)
    rate_hz = np.interp(TIME_S, np.arange(11), rng.uniform(3.5, 7, 11))
    size_mv = np.interp(TIME_S, np.arange(11), rng.uniform(0.1, 0.6, 11))
    return size_mv * np.sin(2 * np.pi * np.cumsum(rate_hz) / 500) + rng.normal(0, 0.02, len(TIME_S))


def sines(seed, count, low_hz, high_hz):
    """Another fibrillation: a sum of sines, which swells and fades."""
    rng = np.random.default_rng(seed)
    waves = [
        rng.uniform(0.1, 0.5) * np.sin(2 * np.pi * rng.uniform(low_hz, high_hz) * TIME_S + rng.uniform(0, 6.3))
        for _ in range(count)
    ]
    return sum(waves) + rng.normal(0, 0.02, len(TIME_S))


def unseen(monkeypatch):
    """As if the network saw no waves."""
    monkeypatch.setattr(sys.modules["kalemia.delineation.delineate"], "find_waves", lambda *_, **__: ())


def test_every_beat_is_found_with_its_waves_in_order(make_ecg):
    recording, r_times = make_ecg()
    beats = delineate(recording)
    assert beats.method == "waves"
    assert beats.fs == recording.fs
    np.testing.assert_allclose(beats.r_peaks / 500, r_times, atol=0.002)
    for beat in beats[1:-1]:
        points = [beat.p.onset, beat.p.peak, beat.p.offset, beat.qrs.onset, beat.qrs.peak, beat.qrs.offset]
        points += [beat.t.onset, beat.t.peak, beat.t.offset]
        assert points == sorted(points)


@pytest.mark.parametrize("change", [lambda x: 10 * x, lambda x: 0.1 * x, lambda x: x + 3, lambda x: -x])
def test_gain_offset_and_polarity_move_no_wave(make_ecg, change):
    recording, _ = make_ecg()
    changed = Recording(change(recording.signal), recording.fs, recording.leads)
    for before, after in zip(delineate(recording)[1:-1], delineate(changed)[1:-1], strict=True):
        for part in ("p", "qrs", "t"):
            old, new = getattr(before, part), getattr(after, part)
            for point in ("onset", "peak", "offset"):
                assert getattr(new, point) == pytest.approx(getattr(old, point), abs=0.004 * recording.fs)


def test_a_missing_lead_is_named_with_those_there_are(make_ecg):
    with pytest.raises(MissingLead, match=r"no lead V2\. The recording has: II"):
        delineate(make_ecg()[0], lead="V2")


def test_where_no_waves_are_seen_beats_are_their_r_peaks(make_ecg, monkeypatch):
    recording, _ = make_ecg()
    unseen(monkeypatch)
    beats = delineate(recording)
    assert beats.method == "R peaks"
    np.testing.assert_array_equal(beats.r_peaks, detect_r_peaks(recording.signal[0], 500))
    assert all(beat.p is None and beat.t is None and beat.qrs.onset is None for beat in beats)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("blind", [False, True], ids=["", "without the network"])
def test_ventricular_fibrillation_and_noise_are_refused(seed, blind, monkeypatch):
    if blind:
        unseen(monkeypatch)
    for signal in (
        fibrillating(seed),
        sines(seed, 5, 3, 8),
        sines(seed, 8, 2, 9),
        np.random.default_rng(seed).normal(size=5000),
    ):
        with pytest.raises(NoBeats, match="noise, ventricular tachycardia or fibrillation"):
            delineate(lead_ii(signal))


@pytest.mark.parametrize("rate", [30, 45, 120, 180, 220])
def test_slow_and_fast_hearts(make_ecg, rate):
    recording, r_times = make_ecg(rate=rate, duration_s=20)
    beats = delineate(recording)
    inner = r_times[(r_times > 0.3) & (r_times < 19.7)]
    assert np.abs(beats.r_peaks[None] / 500 - inner[:, None]).min(axis=1).max() <= 0.006
    assert abs(len(beats) - len(r_times)) <= 1


def test_two_seconds_are_enough_and_less_is_too_short():
    ecg = simulate_recording(4.2, seed=3)
    assert len(delineate(lead_ii(ecg.recording.signal[0, :1000]))) >= 1
    with pytest.raises(TooShort, match=r"no uninterrupted 2 s of signal in 1\.9 s"):
        delineate(lead_ii(ecg.recording.signal[0, :950]))
    with pytest.raises(SamplingRateTooLow):
        delineate(lead_ii(ecg.recording.signal[0], fs=50))


def test_pacing_spikes_are_no_beats(make_ecg):
    recording, r_times = make_ecg()
    signal = recording.signal[0].copy()
    for r_s in r_times:
        signal[round((r_s - 0.06) * 500) : round((r_s - 0.06) * 500) + 2] += 2.0
    beats = delineate(lead_ii(signal))
    np.testing.assert_allclose(beats.r_peaks / 500, r_times, atol=0.01)


def test_a_lone_beat_in_much_noise_is_no_rhythm(make_ecg):
    recording, _ = make_ecg()
    signal = np.random.default_rng(0).normal(0, 0.5, 10_000)
    signal[4000:4600] = recording.signal[0, 1000:1600]
    with pytest.raises(NoBeats):
        delineate(lead_ii(signal))


def test_long_work_is_reported(make_ecg):
    recording, _ = make_ecg(duration_s=700)
    told = []
    delineate(recording, report=told.append)
    assert told == sorted(told)
    assert len(told) > 1
    assert told[-1] == recording.signal.shape[1]


def test_beats_move_from_one_clock_to_another():
    beats = Beats((Beat(Wave(90, 100, 120)), Beat(Wave(590, 600, None), p=Wave(500, 510, 520))), fs=500)
    assert beats.at(250)[1] == Beat(Wave(295, 300, None), p=Wave(250, 255, 260))
    assert beats.moved(10)[0].qrs == Wave(100, 110, 130)
    assert beats.within(400, 300)[0].qrs == Wave(190, 200, None)
    assert len(beats.within(0, 100)) == 0
    assert len(beats) == 2
    assert beats[:1] == (beats[0],)
