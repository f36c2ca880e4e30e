from itertools import combinations

import numpy as np
import pytest

from kalemia.figures import style
from kalemia.figures.series import anything, draw_constant, draw_curves, draw_points, names, reach

NAN = float("nan")


def test_seven_models_tell_apart_without_colour():
    looks = [style.look(number) for number in range(7)]
    for one, other in combinations(looks, 2):
        assert one.marker != other.marker
        assert one.line != other.line
    assert style.look(7) == looks[0]


def test_curves_and_their_bands_are_the_values_given(curve):
    _, axes = style.new_figure()
    drawn = [curve("a"), curve("b", 0.7, 0.6), curve("c", known=False)]
    lines = draw_curves(axes, drawn)
    for line, one in zip(lines, drawn, strict=True):
        np.testing.assert_array_equal(line.get_ydata(), one.y)
    assert len(axes.collections) == 2  # no band without values
    assert axes.collections[1].get_paths()[0].get_extents().y0 == pytest.approx(0.55)


def test_points_without_an_interval_are_drawn_alone():
    _, axes = style.new_figure()
    value = np.array([1.0, 2.0, np.nan])
    low, high = value - np.array([0.1, np.nan, 0.1]), value + 0.1
    markers = draw_points(axes, np.arange(3.0), value, low, high, style.look(0))
    np.testing.assert_array_equal(markers.get_ydata(), value)
    [interval] = axes.collections[0].get_segments()
    np.testing.assert_allclose(interval, [(0, 0.9), (0, 1.1)])


def test_names_tell_the_note(curve):
    assert names([curve("GRU", note="AUROC 0.83"), curve("CNN")]) == ["GRU: AUROC 0.83", "CNN"]


def test_reach_holds_bands_and_more_values(curve):
    assert reach([curve("a")], 1.3, NAN) == pytest.approx((0.75, 1.3))
    assert reach([curve("a", known=False)], NAN) == (0, 1)
    assert reach([]) == (0, 1)
    assert anything([curve("a", known=False), curve("b")])
    assert not anything([curve("a", known=False)])


@pytest.mark.parametrize(("constant", "shaded"), [((1.1, 1.0, 1.2), 1), ((1.1, NAN, NAN), 0), ((NAN, NAN, NAN), 0)])
def test_the_constant_is_a_level_shaded_where_it_has_an_interval(constant, shaded):
    _, axes = style.new_figure()
    line = draw_constant(axes, constant)
    np.testing.assert_array_equal(line.get_ydata(), [constant[0]] * 2)
    assert len(axes.patches) == shaded
