import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from kalemia.digitization.curve import Trace

QUARTERS = st.integers(0, 40).map(lambda quarters: quarters / 4)
"""Places in mm that are exact in binary, so that what lies on a point lies exactly on it."""
HEIGHTS = st.one_of(st.integers(-400, 0).map(lambda tenths: tenths / 10), st.just(np.nan))


@st.composite
def curves(draw):
    x = sorted(draw(st.lists(QUARTERS, min_size=1, max_size=12)))
    heights = draw(st.lists(HEIGHTS, min_size=len(x), max_size=len(x)))
    assume(np.isfinite(heights).any())
    assume(all(np.isfinite(h) or x.count(at) == 1 for at, h in zip(x, heights, strict=True)))
    return trace(x, heights)


def trace(x, height, confidence=None):
    confidence = np.isfinite(height).astype(float) if confidence is None else np.array(confidence, float)
    return Trace(np.array(x, float), np.array(height, float), confidence, 0.3)


def heights_there(curve, x):
    """Every height that the curve has at a place: of its points, and of the lines between neighbours."""
    found = [h for at, h in zip(curve.x, curve.height, strict=True) if at == x and np.isfinite(h)]
    for (a, ha), (b, hb) in zip(points(curve)[:-1], points(curve)[1:], strict=True):
        if a < x < b and np.isfinite(ha) and np.isfinite(hb):
            found.append(ha + (hb - ha) * (x - a) / (b - a))
    return found


def points(curve):
    return list(zip(curve.x, curve.height, strict=True))


@given(curves(), st.lists(st.integers(-8, 88).map(lambda eighths: eighths / 8), min_size=1, max_size=20))
@example(trace([0, 1, 1, 2], [0, 0, -10, -10]), [0.5, 1.0, 1.5])
@example(trace([0, 1, 2, 3], [0, np.nan, -1, -1]), [0.0, 0.5, 1.0, 1.5, 2.0])
@example(trace([1], [-2]), [0.9, 1.0, 1.1])
def test_it_is_linear_between_points_and_nothing_where_nothing_was_traced(curve, places):
    height, confidence = curve.at(np.array(places))
    for x, h, c in zip(places, height, confidence, strict=True):
        there = heights_there(curve, x)
        if not there:
            assert np.isnan(h)
            assert c == 0
        else:
            assert min(there) - 1e-9 <= h <= max(there) + 1e-9
            assert 0 <= c <= 1


@given(curves())
def test_at_its_points_it_has_their_heights(curve):
    once = np.array([np.sum(curve.x == x) == 1 for x in curve.x])
    height, _ = curve.at(curve.x)
    np.testing.assert_allclose(height[once], curve.height[once])


@given(curves())
def test_ends_are_those_of_what_was_traced(curve):
    seen = curve.x[np.isfinite(curve.height)]
    assert (curve.left, curve.right) == (seen.min(), seen.max())
    assert np.isfinite(curve.at(np.array([curve.left, curve.right]))[0]).all()
    assert np.isnan(curve.at(np.array([curve.left - 0.1, curve.right + 0.1]))[0]).all()


@given(curves(), QUARTERS, QUARTERS)
def test_a_part_is_what_lies_between(curve, left, right):
    part = curve.between(left, right)
    inside = (curve.x >= left) & (curve.x <= right)
    np.testing.assert_array_equal(part.x, curve.x[inside])
    np.testing.assert_array_equal(part.height, curve.height[inside])
    np.testing.assert_array_equal(part.confidence, curve.confidence[inside])
    assert part.pen_mm == curve.pen_mm


@given(curves())
def test_the_whole_is_between_minus_and_plus_infinity(curve):
    np.testing.assert_array_equal(curve.between(-np.inf, np.inf).height, curve.height)


def test_confidence_is_linear_too():
    _, confidence = trace([0, 2], [0, 0], [1, 0.5]).at(np.array([0, 1, 2]))
    np.testing.assert_allclose(confidence, [1, 0.75, 0.5])


def test_rounding_at_the_very_end_does_no_harm():
    curve = trace([0.1, 0.2, 0.3], [-1, -2, -3])
    height, _ = curve.at(np.array([0.1 - 1e-12, 0.1 + 0.2]))
    np.testing.assert_allclose(height, [-1, -3])


@pytest.mark.parametrize("empty", [trace([], []), trace([0, 1, 2], [np.nan] * 3)])
def test_where_nothing_was_traced_there_is_no_curve(empty):
    assert not empty.is_there
    assert np.isnan([empty.left, empty.right]).all()
    height, confidence = empty.at(np.array([0.0, 1.0]))
    assert np.isnan(height).all()
    np.testing.assert_array_equal(confidence, 0)
    assert not empty.between(0, 1).is_there


def test_curves_that_touch_keep_their_ends_though_the_pen_was_up():
    curve = trace([0, 1, 1, 1, 2], [0, -1, np.nan, -5, -6])
    height, _ = curve.at(np.array([0.5, 1.0, 1.5]))
    np.testing.assert_allclose(height[[0, 2]], [-0.5, -5.5])
    assert -5 <= height[1] <= -1


def test_the_baseline_is_where_it_is_most_of_the_time():
    height = np.full(100, -30.0)
    height[40:50], height[90:] = -20.0, np.nan
    assert trace(np.arange(100), height).baseline == -30
