from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kalemia.digitization.viterbi import cheapest_path

SMALL = st.tuples(st.integers(1, 4), st.integers(1, 5))
LARGER = st.tuples(st.integers(1, 20), st.integers(1, 20))
WHOLE = st.integers(0, 6).map(np.float32)
"""Sums of whole numbers have no rounding, and there are ties."""
PARTS = st.floats(0, 2, width=32)


def both(shapes, costs):
    return shapes.flatmap(
        lambda shape: st.tuples(arrays(np.float32, shape, elements=costs), arrays(np.float32, shape, elements=costs))
    )


def cost_of(path, stay, climb):
    """Every pixel of the path, and in each new column every pixel that is gone over."""
    total = float(stay[path[0], 0])
    for column in range(1, stay.shape[1]):
        low, high = sorted((path[column - 1], path[column]))
        total += float(stay[path[column], column]) + float(climb[low + 1 : high + 1, column].sum())
    return total


def least_cost(stay, climb):
    """Plain dynamic programming over every pair of rows."""
    rows, columns = stay.shape
    best = stay[:, 0].astype(float)
    for column in range(1, columns):
        height = np.cumsum(climb[:, column], dtype=float)
        best = np.array(
            [min(best[a] + abs(height[b] - height[a]) for a in range(rows)) + stay[b, column] for b in range(rows)]
        )
    return best.min()


@given(both(SMALL, WHOLE))
def test_no_path_at_all_is_cheaper(costs):
    stay, climb = costs
    every = product(range(stay.shape[0]), repeat=stay.shape[1])
    assert cost_of(cheapest_path(stay, climb), stay, climb) == min(cost_of(path, stay, climb) for path in every)


@given(both(LARGER, PARTS))
def test_it_costs_as_little_as_dynamic_programming_says(costs):
    stay, climb = costs
    path = cheapest_path(stay, climb)
    assert path.shape == (stay.shape[1],)
    assert path.min() >= 0
    assert path.max() < stay.shape[0]
    assert cost_of(path, stay, climb) == pytest.approx(least_cost(stay, climb), rel=1e-4, abs=1e-4)


@given(both(LARGER, WHOLE))
def test_upside_down_it_costs_the_same(costs):
    stay, climb = costs
    turned = np.roll(climb[::-1], 1, axis=0)  # between row i and i + 1 lies pixel i + 1, now counted from the other end
    path = cheapest_path(stay[::-1].copy(), turned)
    assert cost_of(path, stay[::-1], turned) == cost_of(cheapest_path(stay, climb), stay, climb)


@given(both(LARGER, WHOLE), st.integers(0, 5))
def test_a_price_that_all_pixels_pay_changes_nothing(costs, price):
    stay, climb = costs
    assert cost_of(cheapest_path(stay + np.float32(price), climb), stay, climb) == least_cost(stay, climb)


@given(st.integers(1, 12), st.integers(1, 12))
def test_where_all_is_alike_it_stays_level(rows, columns):
    path = cheapest_path(np.ones((rows, columns), np.float32), np.ones((rows, columns), np.float32))
    assert np.ptp(path) == 0


@given(arrays(np.float32, st.integers(1, 30), elements=PARTS))
def test_of_one_column_the_cheapest_pixel(stay):
    (row,) = cheapest_path(stay[:, None], np.zeros((len(stay), 1), np.float32))
    assert stay[row] == stay.min()


@given(st.integers(1, 30))
def test_of_one_row_that_row(columns):
    path = cheapest_path(np.ones((1, columns), np.float32), np.ones((1, columns), np.float32))
    np.testing.assert_array_equal(path, np.zeros(columns))


def test_free_climbs_take_the_cheapest_pixel_of_every_column():
    stay = np.random.default_rng(0).random((30, 40), dtype=np.float32)
    np.testing.assert_array_equal(cheapest_path(stay, np.zeros_like(stay)), stay.argmin(axis=0))


def test_a_line_is_followed_through_noise_and_over_a_gap():
    rng = np.random.default_rng(1)
    columns = np.arange(400)
    line = np.round(60 + 25 * np.sin(columns / 15)).astype(int)
    stay = 1 - 0.5 * rng.random((120, 400), dtype=np.float32)
    stay[line, columns] = 0
    stay[:, 200:206] = 1
    path = cheapest_path(stay, np.full_like(stay, 0.1))
    whole = np.r_[0:198, 208:400]
    np.testing.assert_array_equal(path[whole], line[whole])
    assert np.abs(path - line).max() <= 10


def test_a_spike_of_one_column_is_climbed_where_its_ink_is_dark():
    stay = np.ones((100, 21), np.float32)
    stay[90] = 0
    stay[90, 10], stay[10, 10] = 1, 0
    climb = np.full_like(stay, 0.5)
    climb[10:92, 10:12] = 0.004
    assert cheapest_path(stay, climb)[10] == 10


def test_a_large_page_is_as_exact_as_a_small_one():
    rng = np.random.default_rng(2)
    stay = rng.random((700, 60), dtype=np.float32)
    climb = np.full_like(stay, 0.35)
    path = cheapest_path(stay, climb)
    assert cost_of(path, stay, climb) == pytest.approx(least_cost_fast(stay, 0.35), rel=1e-4)


def least_cost_fast(stay, price):
    distance = price * np.abs(np.subtract.outer(np.arange(len(stay)), np.arange(len(stay))))
    best = stay[:, 0].astype(float)
    for column in stay.T[1:]:
        best = (best + distance).min(axis=1) + column
    return best.min()
