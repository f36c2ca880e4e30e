import numpy as np
import pytest

from kalemia.simulation.paper import PageStyle
from kalemia.simulation.paper.geometry import measure
from kalemia.simulation.paper.grid import grid_box, grid_lines


def lines(**values):
    style = PageStyle(**values)
    return grid_lines(style, measure(style, 10))


def verticals(group):
    return np.array([run[0, 0] for run in group.runs if run[0, 0] == run[1, 0]])


def test_lines_at_each_millimetre_and_each_five():
    minor, major = lines()
    np.testing.assert_allclose(np.diff(verticals(minor)), 1)
    np.testing.assert_allclose(np.diff(verticals(major)), 5)
    assert verticals(minor)[0] == verticals(major)[0]
    assert verticals(minor)[-1] == verticals(major)[-1]


def test_other_patterns():
    assert lines(grid_pattern="none") == ()
    (major,) = lines(grid_pattern="5 mm")
    np.testing.assert_allclose(np.diff(verticals(major)), 5)
    dots, _ = lines(grid_pattern="dots")
    assert sum(dots.dashes_mm) == pytest.approx(1)


def test_a_grid_on_the_whole_page():
    style = PageStyle(grid_area="page")
    assert grid_box(style, measure(style, 10)) == (0, 0, 297, 210)


def test_paler():
    full, pale = lines()[1].colour, lines(grid_strength=0.5)[1].colour
    assert int(pale[3:5], 16) > int(full[3:5], 16)
