import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kalemia.errors import CohortError
from kalemia.intervals import NEAREST_BOUND, Intervals


def draw(n: int, seed: int, low: float = 3, high: float = 9) -> tuple[np.ndarray, np.ndarray]:
    """Estimates that shrink, and are less sure where potassium is high."""
    rng = np.random.default_rng(seed)
    truth = rng.uniform(low, high, n)
    estimate = 5.5 + 0.6 * (truth - 5.5) + rng.normal(0, 0.2 + 0.1 * (truth - 3), n)
    return estimate, truth


def covered(intervals: Intervals, estimate: np.ndarray, truth: np.ndarray) -> np.ndarray:
    low, high = intervals.bounds_of(estimate)
    return (low <= truth) & (truth <= high)


@pytest.mark.parametrize("size", [300, 1000, 5000])
def test_nine_in_ten_new_recordings_are_covered_on_average(size):
    coverage = [covered(Intervals.fit(*draw(size, seed)), *draw(4000, 1000 + seed)).mean() for seed in range(20)]
    assert 0.87 < np.mean(coverage) < 0.95  # the fewer, the more careful


def test_coverage_holds_within_each_range_of_potassium():
    intervals = Intervals.fit(*draw(6000, 0))
    estimate, truth = draw(40_000, 1)
    inside = covered(intervals, estimate, truth)
    for low, high in ((3.5, 4), (4, 5), (5, 6), (6, 7), (7, 8), (8, 9)):
        assert inside[(low <= truth) & (truth < high)].mean() > 0.85


def test_coverage_holds_in_a_cohort_where_high_potassium_is_rare():
    intervals = Intervals.fit(*draw(6000, 0))
    usual, rare = draw(9000, 1, high=5), draw(1000, 2, low=6)
    inside = covered(intervals, np.concatenate([usual[0], rare[0]]), np.concatenate([usual[1], rare[1]]))
    assert inside[9000:].mean() > 0.83
    assert 0.85 < inside.mean() < 0.95


def test_wider_where_the_model_is_less_sure():
    intervals = Intervals.fit(*draw(6000, 0))
    (low_4, high_4), (low_7, high_7) = intervals.bounds(4.2), intervals.bounds(6.5)
    assert high_7 - low_7 > 1.2 * (high_4 - low_4)


def test_wider_where_cycles_disagree():
    estimate, truth = draw(4000, 0)
    intervals = Intervals.fit(estimate, truth, np.full(len(truth), 0.1))
    (low, high), (wider_low, wider_high) = intervals.bounds(5.5, 0.1), intervals.bounds(5.5, 0.8)
    assert wider_low < low < high < wider_high


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(0, 12), st.floats(0, 12)), min_size=19, max_size=300))
def test_bounds_enclose_and_never_fall_while_the_estimate_rises(pairs):
    intervals = Intervals.fit(*np.array(pairs).T)
    estimates = np.linspace(-1, 14, 200)
    low, high = intervals.bounds_of(estimates)
    assert np.all(low <= estimates)
    assert np.all(estimates <= high)
    assert np.all(np.diff(low) >= 0)
    assert np.all(np.diff(high) >= 0)
    assert Intervals.from_json(intervals.to_json()) == intervals


def test_smallest_sample_gives_its_extremes():
    truth = np.arange(19.0)
    low, high = Intervals.fit(np.zeros(19), truth).bounds(0.0)
    assert (low, high) == (-NEAREST_BOUND, 18.0)


def test_too_few_recordings_are_refused():
    with pytest.raises(CohortError, match="18 held-out recordings are too few"):
        Intervals.fit(np.zeros(18), np.zeros(18))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("lowest", [1.0]),
        ("lowest", []),
        ("lowest", None),
        ("potassium", ["x"] * 5),
        ("potassium", [5, 4, 3, 2, 1]),
        ("highest", [float("nan")] * 5),
        ("recordings", None),
        ("format_version", 1),
    ],
)
def test_damaged_json_is_refused(key, value):
    content = json.loads(Intervals.fit(*draw(300, 0)).to_json())
    with pytest.raises(ValueError, match=r"."):
        Intervals.from_json(json.dumps({**content, key: value}))


def test_a_lowest_above_the_highest_is_refused():
    content = json.loads(Intervals((3.0, 4.0), (3.0, 3.0), (5.0, 5.0), 100).to_json())
    with pytest.raises(ValueError, match="a lowest estimate lies above the highest"):
        Intervals.from_json(json.dumps({**content, "lowest": [3.0, 6.0]}))
