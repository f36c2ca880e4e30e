import numpy as np
import pytest

from kalemia import Recording, delineate
from kalemia.delineation.beat import Beat, Beats, Wave
from kalemia.delineation.rhythm import IRREGULAR_WITHOUT_P, PACED, WIDE_QRS, is_irregular, rhythm_signs, rr_intervals
from kalemia.delineation.spikes import has_spike

FLAT = np.zeros(10_000)
REGULAR = tuple(range(200, 4400, 400))
IRREGULAR = (200, 520, 1000, 1300, 1820, 2140, 2700, 2990, 3500)


def beats_at(peaks, with_p=True, width=40, method="waves"):
    waves = [
        Beat(
            Wave(peak - width // 2, peak, peak - width // 2 + width),
            p=Wave(peak - 90, peak - 70, peak - 50) if with_p else None,
        )
        for peak in peaks
    ]
    return Beats(tuple(waves), 500, method)


def test_a_normal_rhythm_has_no_sign():
    assert rhythm_signs(beats_at(REGULAR), FLAT) == ()
    assert rhythm_signs(beats_at(REGULAR, with_p=False), FLAT) == ()
    assert rhythm_signs(beats_at(IRREGULAR), FLAT) == ()


def test_irregular_without_p_waves():
    assert rhythm_signs(beats_at(IRREGULAR, with_p=False), FLAT) == (IRREGULAR_WITHOUT_P,)
    assert rhythm_signs(beats_at(IRREGULAR, with_p=False, method="R peaks"), FLAT) == ()


def test_too_few_intervals_are_not_judged():
    assert is_irregular(np.diff(IRREGULAR))
    assert not is_irregular(np.diff(IRREGULAR[:4]))
    assert not is_irregular(np.array([]))


def test_every_other_beat_early_is_no_fibrillation():
    bigeminy = tuple(np.cumsum([200, *[300, 500] * 6]))
    assert not is_irregular(np.diff(bigeminy))
    assert rhythm_signs(beats_at(bigeminy, with_p=False), FLAT) == ()


def test_no_interval_runs_across_a_gap():
    signal = FLAT.copy()
    signal[900:950] = np.nan
    intervals = rr_intervals(np.array([200, 600, 1000, 1400]), np.isfinite(signal))
    np.testing.assert_array_equal(intervals, [400, np.nan, 400])


@pytest.mark.parametrize(("width", "signs"), [(58, ()), (60, (WIDE_QRS,)), (90, (WIDE_QRS,))])
def test_wide_complexes(width, signs):
    assert rhythm_signs(beats_at(REGULAR, width=width), FLAT) == signs


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("fs", [250, 500, 1000])
def test_pacing_spikes(make_ecg, fs, sign):
    recording, r_times = make_ecg(fs=fs, noise_mv=0.01)
    signal = recording.signal[0].copy()
    assert not has_spike(delineate(recording), signal).any()
    for r_s in r_times:
        start = round((r_s - 0.05) * fs)
        signal[start : start + max(1, round(0.002 * fs))] += sign * 0.8
    paced = Recording(signal[None], fs, ("II",))
    assert PACED in rhythm_signs(delineate(paced), signal)


def test_a_few_spikes_are_no_pacemaker(make_ecg):
    recording, r_times = make_ecg(noise_mv=0.01)
    signal = recording.signal[0].copy()
    signal[round((r_times[3] - 0.05) * 500)] += 1
    beats = delineate(recording)
    assert has_spike(beats, signal).sum() == 1
    assert PACED not in rhythm_signs(beats, signal)


def test_without_beats_there_is_no_sign():
    assert rhythm_signs(Beats((), 500), FLAT) == ()
