import numpy as np
import pytest
from matplotlib.colors import rgb_to_hsv

from kalemia.figures import style
from kalemia.figures.density import REACH, both_known, draw_density, near


def test_near_counts_the_dots_within_reach_itself_included():
    x = np.array([5.0, 5.1, 5.0 + REACH, 5.5, 9.0])
    assert near(x, np.zeros(5)).tolist() == [3, 3, 3, 1, 1]
    assert near(x, np.array([0, 1, 2, 3, 4.0])).tolist() == [1] * 5
    assert near(np.zeros(0), np.zeros(0)).tolist() == []


def test_rounding_errors_do_not_separate_neighbours():
    potassium = np.array([3.3, 3.5, 6.7, 6.9])  # in floating point, some of these are 0.2 and a little apart
    assert near(potassium, np.zeros(4)).tolist() == [2, 2, 2, 2]


def test_the_densest_dots_are_darkest_and_on_top(pair):
    _, axes = style.new_figure()
    dots = draw_density(axes, *pair)
    counts = dots.get_array()
    assert (np.diff(counts) >= 0).all()
    assert sorted(map(tuple, dots.get_offsets())) == sorted(zip(*pair, strict=True))
    grey = dots.cmap(np.linspace(0, 1, 20))[:, :3] @ [0.299, 0.587, 0.114]
    assert (np.diff(grey) < 0).all()
    assert grey[0] < 0.8  # stands out from paper
    assert rgb_to_hsv(dots.cmap(0.0)[:3])[1] > 0.2


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_dots(count):
    _, axes = style.new_figure()
    assert len(draw_density(axes, np.full(count, 5.0), np.full(count, 5.0)).get_offsets()) == count


def test_a_missing_estimate_is_not_known():
    known = both_known(np.array([5.0, 5.0, np.nan]), np.array([5.0, np.nan, 5.0]))
    assert known.tolist() == [True, False, False]
