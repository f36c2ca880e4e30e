import numpy as np
import pytest

from kalemia.figures.abstention import abstention

CONSTANT = (1.11, 1.07, 1.15)


def test_curves_over_the_share_kept(curve, check, legend):
    orders = [curve("width of the interval", 0.7, 0.9), curve("by chance", 0.9, 0.9)]
    figure = check(abstention(orders, CONSTANT, "n = 1,567"))
    axes = figure.axes[0]
    assert legend(figure) == ["width of the interval", "by chance", "constant, nothing left out"]
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), orders[0].y)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("Recordings kept (%)", "MAE among those kept (mEq/L)")
    low, high = axes.get_ylim()
    assert low < 0.65
    assert high > 1.15
    assert axes.get_title(loc="right") == "n = 1,567"


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_kept_is_said(curve, count, check):
    axes = check(abstention([curve("novelty", known=False)] * count)).axes[0]
    assert [text.get_text() for text in axes.texts] == ["no recordings"]
