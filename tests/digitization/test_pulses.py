import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalemia.digitization.curve import Trace
from kalemia.digitization.pulses import Pulse, believed, find_pulses
from kalemia.simulation import simulate_recording

STEP_MM = 0.1
FLAT_MM = 2.0
LEFT_MM = 12.0


def strip_mm(seconds=5.0, speed=25.0, gain=10.0, seed=4, potassium=5.0):
    """Heights in mm of a simulated lead II, at each step of the paper."""
    recording = simulate_recording(potassium, seed=seed).recording
    x = np.arange(0, seconds * speed, STEP_MM)
    signal = recording.signal[0] - np.median(recording.signal[0])
    return gain * np.interp(x / speed, np.arange(signal.size) / recording.fs, signal)


def pulse_mm(height=10.0, width=5.0, flat=FLAT_MM):
    """A rectangle with a flat foot on both sides."""
    steps = [round(length / STEP_MM) for length in (flat, width, flat)]
    return np.repeat([0.0, height, 0.0], steps)


def trace_of(*parts, slope_mm=0.3, noise_mm=0.03, seed=0):
    """One curve of several parts, as a pen that needs some width to rise leaves it."""
    height = np.concatenate(parts)
    size = max(1, round(slope_mm / STEP_MM))
    padded = np.pad(height, size, mode="edge")
    height = np.convolve(padded, np.ones(size) / size, "same")[size:-size]
    height = height - 40 + np.random.default_rng(seed).normal(0, noise_mm, len(height))
    return Trace(LEFT_MM + STEP_MM * np.arange(len(height)), height, np.ones(len(height)), 0.3)


def assert_is_pulse(pulse, left, height, width):
    assert pulse is not None
    assert pulse.height_mm == pytest.approx(height, abs=0.25)
    assert pulse.left == pytest.approx(left, abs=0.4)
    assert pulse.right == pytest.approx(left + width, abs=0.4)
    assert pulse.width_mm == pytest.approx(width, abs=0.4)


# ---- pulses on a trace


@pytest.mark.parametrize("gain", [5.0, 10.0, 20.0])
@pytest.mark.parametrize("width", [2.5, 5.0, 10.0])
def test_a_pulse_at_the_left(gain, width):
    trace = trace_of(pulse_mm(gain, width), strip_mm(gain=gain))
    left, right = find_pulses(trace)
    assert_is_pulse(left, LEFT_MM + FLAT_MM, gain, width)
    assert right is None
    assert left.outer == pytest.approx(LEFT_MM, abs=0.2)
    assert left.right < left.inner <= LEFT_MM + 2 * FLAT_MM + width + 1.5


@pytest.mark.parametrize("gain", [5.0, 10.0, 20.0])
@pytest.mark.parametrize("width", [2.5, 5.0, 10.0])
def test_a_pulse_at_the_right(gain, width):
    trace = trace_of(strip_mm(gain=gain), pulse_mm(gain, width))
    end = trace.right
    left, right = find_pulses(trace)
    assert_is_pulse(right, end - FLAT_MM - width, gain, width)
    assert left is None
    assert right.outer == pytest.approx(end, abs=0.2)
    assert end - 2 * FLAT_MM - width - 1.5 <= right.inner < right.left


def test_pulses_at_both_ends():
    trace = trace_of(pulse_mm(), strip_mm(), pulse_mm())
    left, right = find_pulses(trace)
    assert_is_pulse(left, LEFT_MM + FLAT_MM, 10, 5)
    assert_is_pulse(right, trace.right - FLAT_MM - 5, 10, 5)


@pytest.mark.parametrize("missing_mm", [0.5, 1.0, 2.5, 3.2])
def test_a_pulse_whose_first_edge_is_cut_off_by_the_edge_of_the_page(missing_mm):
    whole = trace_of(pulse_mm(), strip_mm())
    left, _ = find_pulses(whole.between(LEFT_MM + FLAT_MM + missing_mm, np.inf))
    assert left is not None
    assert left.height_mm == pytest.approx(10, abs=0.25)
    assert left.width_mm is None
    assert left.right == pytest.approx(LEFT_MM + FLAT_MM + 5, abs=0.4)


def test_a_pulse_at_whose_foot_the_trace_begins():
    whole = trace_of(pulse_mm(), strip_mm())
    left, _ = find_pulses(whole.between(LEFT_MM + FLAT_MM - 0.3, np.inf))
    assert_is_pulse(left, LEFT_MM + FLAT_MM, 10, 5)


def test_a_pulse_that_stands_apart_from_the_signal():
    gap = np.full(round(3 / STEP_MM), np.nan)
    trace = trace_of(pulse_mm(), gap, strip_mm(), slope_mm=STEP_MM)
    left, _ = find_pulses(trace)
    assert_is_pulse(left, LEFT_MM + FLAT_MM, 10, 5)
    assert left.inner <= LEFT_MM + 2 * FLAT_MM + 5 + STEP_MM


def test_a_pulse_that_a_file_draws_with_upright_strokes():
    x = np.array([12.0, 14, 14, 19, 19, 21])
    height = np.array([0.0, 0, 10, 10, 0, 0])
    signal = strip_mm()
    xs = 21 + STEP_MM * np.arange(1, len(signal) + 1)
    heights = np.concatenate([height, signal]) - 40
    left, right = find_pulses(Trace(np.concatenate([x, xs]), heights, np.ones(len(heights)), 0.0))
    assert_is_pulse(left, 14, 10, 5)
    assert right is None


@pytest.mark.parametrize("potassium", [3.0, 5.0, 6.5, 8.0, 9.0])
def test_beats_are_no_pulses(potassium):
    """Wherever a strip begins, and whatever potassium does to its T waves and QRS complexes."""
    found = {}
    for seed in range(40):
        height = strip_mm(6.0, seed=seed, potassium=potassium)
        for begin_mm in (0, 13, 25):
            pulses = [pulse for pulse in find_pulses(trace_of(height[round(begin_mm / STEP_MM) :])) if pulse]
            found |= {(seed, begin_mm): pulses} if pulses else {}
    assert not found


@pytest.mark.parametrize("potassium", [3.0, 5.0, 6.5, 8.0, 9.0])
def test_beats_beside_a_pulse_are_not_taken_for_it(potassium):
    for seed in range(30):
        left, _ = find_pulses(trace_of(pulse_mm(), strip_mm(seed=seed, potassium=potassium)))
        assert_is_pulse(left, LEFT_MM + FLAT_MM, 10, 5)


@pytest.mark.parametrize("width_mm", [2.0, 3.5])
@pytest.mark.parametrize("height_mm", [5.0, 10.0, 15.0])
def test_a_tall_narrow_peak_is_no_pulse(width_mm, height_mm):
    x = np.arange(0, 30, STEP_MM)
    peak = height_mm * np.exp(-0.5 * ((x - 10) / (width_mm / 2.355)) ** 2)
    assert find_pulses(trace_of(peak, strip_mm())) == (None, None)


def test_where_nothing_was_traced_there_is_no_pulse():
    empty = Trace(np.arange(50.0), np.full(50, np.nan), np.zeros(50), 0.3)
    assert find_pulses(empty) == (None, None)
    short = Trace(np.arange(0, 2, 0.1), np.zeros(20), np.ones(20), 0.3)
    assert find_pulses(short) == (None, None)


@given(st.floats(-200, 200), st.floats(-100, 100))
def test_where_on_the_page_does_not_matter(x_mm, y_mm):
    trace = trace_of(pulse_mm(), strip_mm())
    moved = Trace(trace.x + x_mm, trace.height + y_mm, trace.confidence, trace.pen_mm)
    (here, _), (there, _) = find_pulses(trace), find_pulses(moved)
    assert there.left - x_mm == pytest.approx(here.left, abs=0.15)
    assert there.height_mm == pytest.approx(here.height_mm, abs=0.05)


def test_a_piece_of_a_pulse_is_believed_where_another_row_has_one():
    whole, piece = Pulse(14.0, 19.0, 10.0, 5.0, 12.0, 21.0), Pulse(17.2, 19.3, 9.0, None, 17.2, 21.0)
    elsewhere = Pulse(17.2, 24.0, 9.0, None, 17.2, 26.0)
    assert believed([(whole, None), (piece, None), (elsewhere, None)]) == [(whole, None), (piece, None), (None, None)]
    assert believed([(None, piece), (None, None)]) == [(None, None)] * 2
    assert believed([(piece, None)]) == [(None, None)]
    assert believed([(elsewhere, None)]) == [(elsewhere, None)]
