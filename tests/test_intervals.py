import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kalemia.errors import CohortError
from kalemia.intervals import Intervals


def draw(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Estimates that shrink, and are less sure where potassium is high."""
    rng = np.random.default_rng(seed)
    truth = rng.uniform(3, 9, n)
    estimate = 5.5 + 0.6 * (truth - 5.5) + rng.normal(0, 0.2 + 0.1 * (truth - 3), n)
    return estimate, truth


def covered(intervals: Intervals, estimate: np.ndarray, truth: np.ndarray) -> np.ndarray:
    low, high = intervals.bounds_of(estimate)
    return (low <= truth) & (truth <= high)


@pytest.mark.parametrize("size", [60, 300, 1000])
def test_nine_in_ten_new_recordings_are_covered_on_average(size):
    coverage = [covered(Intervals.fit(*draw(size, seed)), *draw(4000, 1000 + seed)).mean() for seed in range(20)]
    assert 0.89 < np.mean(coverage) < 0.94


def test_coverage_holds_along_the_estimate():
    intervals = Intervals.fit(*draw(2000, 0))
    estimate, truth = draw(40_000, 1)
    inside = covered(intervals, estimate, truth)
    for low, high in ((3.5, 4.5), (4.5, 5.5), (5.5, 6.5), (6.5, 7.5)):
        assert 0.84 < inside[(low <= estimate) & (estimate < high)].mean() < 0.95


def test_wider_where_the_model_is_less_sure():
    intervals = Intervals.fit(*draw(2000, 0))
    (low_4, high_4), (low_7, high_7) = intervals.bounds(4.2), intervals.bounds(7.2)
    assert high_7 - low_7 > 1.3 * (high_4 - low_4)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(0, 12), st.floats(0, 12)), min_size=19, max_size=300))
def test_bounds_enclose_and_never_fall_while_the_estimate_rises(pairs):
    intervals = Intervals.fit(*np.array(pairs).T)
    low, high = intervals.bounds_of(np.linspace(-1, 14, 200))
    assert np.all(low <= high)
    assert np.all(np.diff(low) >= -1e-3)
    assert np.all(np.diff(high) >= -1e-3)
    assert Intervals.from_json(intervals.to_json()) == intervals


def test_smallest_sample_gives_its_extremes():
    truth = np.arange(19.0)
    assert Intervals.fit(np.zeros(19), truth).bounds(0.0) == (0.0, 18.0)


def test_too_few_recordings_are_refused():
    with pytest.raises(CohortError, match="18 held-out recordings are too few"):
        Intervals.fit(np.zeros(18), np.zeros(18))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("low", [1.0]),
        ("low", []),
        ("low", None),
        ("low", [9.0] * 5),
        ("estimate", ["x"] * 5),
        ("estimate", [5, 4, 3, 2, 1]),
        ("high", [float("nan")] * 5),
        ("recordings", None),
        ("format_version", 2),
    ],
)
def test_damaged_json_is_refused(key, value):
    content = json.loads(Intervals.fit(*draw(300, 0)).to_json())
    with pytest.raises(ValueError, match=r"."):
        Intervals.from_json(json.dumps({**content, key: value}))
