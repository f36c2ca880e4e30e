import numpy as np
import pytest

from kalemia.simulation.beat import bumps, fiducials, waveform
from kalemia.simulation.patient import draw_patient, shape_at

TIME_S = np.arange(-0.4, 0.7, 0.001)


def in_order(points):
    spans = [span for span in (points.p, points.qrs, points.t) if span is not None]
    flat = [point for span in spans for point in span]
    return flat == sorted(flat)


def test_the_intervals_are_those_asked_for(shape):
    points = fiducials(shape)
    assert points.qrs[0] - points.p[0] == pytest.approx(shape.pr_s)
    assert points.p[2] - points.p[0] == pytest.approx(shape.p_s)
    assert points.qrs[2] - points.qrs[0] == pytest.approx(shape.qrs_s)
    assert points.t[2] - points.qrs[0] == pytest.approx(shape.qt_s)


def test_the_amplitudes_are_those_asked_for(shape):
    beat = waveform(bumps(shape), TIME_S)
    assert beat[np.abs(TIME_S) < 0.02].max() == pytest.approx(shape.r_mv, rel=0.02)
    assert beat[TIME_S > 0.1].max() == pytest.approx(shape.t_mv, rel=0.02)
    assert beat[TIME_S < -0.08].max() == pytest.approx(shape.p_mv, rel=0.03)


def test_the_peaks_are_where_the_wave_is_highest(shape):
    beat, points = waveform(bumps(shape), TIME_S), fiducials(shape)
    assert TIME_S[np.argmax(beat)] == pytest.approx(points.qrs[1], abs=0.0015)
    late = TIME_S > 0.1
    assert TIME_S[late][np.argmax(beat[late])] == pytest.approx(points.t[1], abs=0.0015)


def test_the_t_wave_has_its_width_at_half_height(shape):
    late = TIME_S > 0.1
    high = TIME_S[late][waveform(bumps(shape), TIME_S)[late] > shape.t_mv / 2]
    assert high[-1] - high[0] == pytest.approx(shape.t_width_s, abs=0.004)


def test_the_tangent_at_the_steepest_descent_meets_the_baseline_at_the_end_of_t(shape):
    beat = waveform(bumps(shape), TIME_S)
    late = fiducials(shape).t[1] < TIME_S
    slope = np.gradient(beat, TIME_S)
    steepest = np.flatnonzero(late)[np.argmin(slope[late])]
    assert TIME_S[steepest] - beat[steepest] / slope[steepest] == pytest.approx(fiducials(shape).t[2], abs=0.003)


def test_without_p_there_is_none(shape):
    assert fiducials(shape.without_p()).p is None
    assert np.abs(waveform(bumps(shape.without_p()), TIME_S)[TIME_S < -0.08]).max() < 1e-3


@pytest.mark.parametrize("potassium", [2.0, 4.1, 6.0, 8.0, 9.8])
def test_fiducials_are_in_order_for_everyone(potassium):
    for seed in range(150):
        patient = draw_patient(np.random.default_rng(seed))
        assert in_order(fiducials(shape_at(patient, potassium, rr_s=0.75))), seed
