from dataclasses import replace

import numpy as np
import pytest

from kalemia.figures.by_range import ByRange
from kalemia.figures.coverage import coverage

COUNTS = np.array([52, 190, 496, 336, 341, 152])
SHARE = np.array([0.62, 0.9, 0.96, 0.95, 0.88, 0.7])
HELD = ByRange("conformal", SHARE, SHARE - 0.08, np.minimum(SHARE + 0.08, 1))


def test_coverage_above_width_with_the_nominal_line(by_range, check, legend):
    width = by_range("conformal", 2.8)
    figure = check(coverage([HELD, replace(HELD, name="by range")], [width, width], COUNTS))
    above, below = figure.axes
    assert legend(figure) == ["conformal", "by range", "nominal 90 %"]
    assert any(list(line.get_ydata()) == [0.9, 0.9] for line in above.lines)
    assert (above.get_ylabel(), below.get_ylabel()) == ("Measurements inside (%)", "Width (mEq/L)")
    assert above.get_ylim()[0] < HELD.low.min()
    assert above.get_ylim()[1] > 1
    assert below.get_ylim()[1] > width.high.max()
    assert [int(label.get_text().split()[-1]) for label in below.get_xticklabels()] == COUNTS.tolist()


@pytest.mark.parametrize("empty", [(0,), tuple(range(6))])
def test_empty_ranges_are_said(by_range, empty, check):
    counts = COUNTS.copy()
    counts[list(empty)] = 0
    held = ByRange("", *(np.where(counts > 0, part, np.nan) for part in (HELD.value, HELD.low, HELD.high)))
    figure = check(coverage([held], [by_range("", 2.8, empty)], counts))
    assert [text.get_text() for text in figure.axes[1].texts] == ["no recordings"]


def test_intervals_that_hold_nothing_and_no_intervals(by_range, check):
    nothing = ByRange("", np.zeros(6), np.zeros(6), np.full(6, 0.1))
    assert check(coverage([nothing], [by_range("")], COUNTS)).axes[0].get_ylim()[0] <= 0
    check(coverage([], [], COUNTS))
