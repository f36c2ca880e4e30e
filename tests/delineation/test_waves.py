"""From probabilities to beats: known truth, order, plausibility."""

import numpy as np
import pytest

from kalemia.delineation.beat import Beat, Wave
from kalemia.delineation.network import NONE, QRS, P, T
from kalemia.delineation.waves import waves_from

SAMPLES = 1500


def lead(*waves):
    """Probabilities and a signal with waves at (class, onset, offset), each a triangle of height 1 or a given one."""
    probabilities = np.zeros((4, SAMPLES), np.float32)
    signal = np.zeros(SAMPLES)
    for kind, onset, offset, *height in waves:
        probabilities[kind, onset : offset + 1] = 0.9
        middle = (onset + offset) // 2
        signal[onset : offset + 1] += (height or [1.0])[0] * np.interp(
            np.arange(onset, offset + 1), [onset, middle, offset], [0, 1, 0]
        )
    probabilities[NONE] = 1 - probabilities[1:].sum(axis=0)
    return probabilities, signal


def beats(*waves):
    return waves_from(*lead(*waves))


P1, QRS1, T1 = (P, 100, 150), (QRS, 180, 230), (T, 300, 380)
P2, QRS2, T2 = (P, 500, 550), (QRS, 580, 630), (T, 700, 780)


def test_two_whole_beats():
    assert beats(P1, QRS1, T1, P2, QRS2, T2) == (
        Beat(qrs=Wave(180, 205, 230), p=Wave(100, 125, 150), t=Wave(300, 340, 380)),
        Beat(qrs=Wave(580, 605, 630), p=Wave(500, 525, 550), t=Wave(700, 740, 780)),
    )


def test_an_absent_wave_is_none():
    first, second = beats(QRS1, T1, P2, QRS2)
    assert first.p is None
    assert second.t is None
    assert beats(P1, T1) == ()
    assert beats() == ()


def test_a_beat_has_one_p_and_one_t_with_the_most_evidence():
    (beat,) = beats((P, 20, 40), P1, QRS1, T1, (T, 420, 450))
    assert beat.p.onset == 100
    assert beat.t.onset == 300


def test_t_comes_before_p():
    first, second = beats(QRS1, (P, 300, 330), (T, 400, 480), QRS2)
    assert first.t.onset == 400
    assert second.p is None


@pytest.mark.parametrize("sign", [1, -1])
def test_peaks_are_extrema_whichever_way_they_point(sign):
    probabilities, signal = lead(P1, QRS1, (T, 300, 380, -0.5))
    drift = np.linspace(0, 3, SAMPLES)
    (beat,) = waves_from(probabilities, sign * signal + drift)
    assert (beat.p.peak, beat.qrs.peak, beat.t.peak) == (125, 205, 340)


def complexes(*deflections):
    """QRS complexes of two deflections each, at the samples 15 and 35 of 50."""
    probabilities, signal = lead(*((QRS, start, start + 50) for start in range(100, 100 + 300 * len(deflections), 300)))
    signal[:] = 0
    for number, (first, second) in enumerate(deflections):
        shape = np.interp(np.arange(51), [0, 5, 15, 25, 35, 45, 50], [0, 0, first, 0, second, 0, 0])
        signal[100 + 300 * number :][:51] = shape
    return [(beat.qrs.peak - 100) % 300 for beat in waves_from(probabilities, signal)]


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("first", "second", "peak"), [(1.0, -0.2, 15), (1.0, -1.5, 15), (0.2, -1.5, 35), (-0.2, 1.0, 35)]
)
def test_r_is_the_first_large_deflection(first, second, peak, sign):
    assert complexes(*[(sign * first, sign * second)] * 4) == [peak] * 4


def test_r_is_where_most_complexes_point_and_an_ectopic_one_keeps_its_own():
    assert complexes((1, -0.1), (1, -0.1), (0.9, -1.0), (0.1, -1.5)) == [15, 15, 15, 35]


def test_flickers_are_no_waves_and_pieces_are_joined():
    probabilities, signal = lead(P1, QRS1, T1, (QRS, 450, 455))
    probabilities[:, 340:346] = [[1], [0], [0], [0]]
    (beat,) = waves_from(probabilities, signal)
    assert (beat.t.onset, beat.t.offset) == (300, 380)


def test_no_second_complex_in_the_refractory_period():
    (beat,) = beats((QRS, 180, 200), (QRS, 250, 300))
    assert beat.qrs.onset == 250


def test_what_is_too_far_from_its_complex_is_not_its_wave():
    (beat,) = beats((P, 100, 150), (QRS, 700, 750), (T, 1300, 1380))
    assert beat.p is None
    assert beat.t is None


def rhythm(starts, with_p):
    beats = [wave for start in starts for wave in ((QRS, start, start + 40), (P, start - 60, start - 20))]
    return beats_of(
        [wave for index, wave in enumerate(beats) if wave[0] == QRS or index // 2 in with_p],
    )


def beats_of(waves):
    return [beat.p is not None for beat in beats(*waves)]


IRREGULAR = (100, 290, 560, 700, 1010, 1120, 1380)
REGULAR = (100, 300, 500, 700, 900, 1100, 1300)


def test_stray_p_waves_of_an_irregular_rhythm_are_fibrillation():
    assert not any(rhythm(IRREGULAR, with_p={2, 4}))
    assert rhythm(REGULAR, with_p={2, 4}) == [index in (2, 4) for index in range(7)]
    assert sum(rhythm(IRREGULAR, with_p={1, 2, 3, 4})) == 4
