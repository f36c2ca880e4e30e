import numpy as np
import pytest

from kalemia.figures.curve import Curve
from kalemia.figures.discrimination import precision_recall, roc

NAN = float("nan")
NOTE = "n = 1,567, 893 with K ≥ 5.5 mEq/L"
GRID = np.linspace(0, 1, 30)


def rising(name, power):
    y = GRID**power
    return Curve(name, GRID, y, np.maximum(y - 0.04, 0), np.minimum(y + 0.04, 1), "AUROC 0.83 (0.81 to 0.85)")


@pytest.fixture
def curves():
    return [rising("gradient boosting", 0.2), rising("GRU", 0.4), rising("T wave alone", 0.7)]


def draw_pr(curves, note=""):
    return precision_recall(curves, 0.57, note)


@pytest.mark.parametrize("draw", [roc, draw_pr])
def test_curves_their_areas_and_what_was_counted(draw, curves, check, legend):
    figure = check(draw(curves, NOTE))
    axes = figure.axes[0]
    assert legend(figure)[:3] == [f"{curve.name}: {curve.note}" for curve in curves]
    assert axes.get_title(loc="right") == NOTE
    drawn = [line.get_ydata() for line in axes.lines]
    assert all(any(np.array_equal(curve.y, y) for y in drawn) for curve in curves)
    assert len(axes.collections) == 3
    for low, high in (axes.get_xlim(), axes.get_ylim()):
        assert low < 0
        assert high > 1


def test_both_axes_of_roc_are_of_one_length(curves, check):
    axes = check(roc(curves)).axes[0]
    assert axes.get_aspect() == 1
    box = axes.get_window_extent()
    assert box.width == pytest.approx(box.height, rel=0.01)
    assert axes.get_xlabel() == "1 − specificity (share of non-cases flagged)"
    assert axes.get_ylabel() == "Sensitivity (share of cases flagged)"


def test_chance_is_the_diagonal_and_the_prevalence(curves, legend):
    diagonal = roc(curves).axes[0].lines[0]
    np.testing.assert_array_equal(diagonal.get_xdata(), diagonal.get_ydata())
    figure = draw_pr(curves)
    assert list(figure.axes[0].lines[0].get_ydata()) == [0.57, 0.57]
    assert legend(figure)[-1] == "chance: prevalence 0.57"


@pytest.mark.parametrize("draw", [roc, lambda curves: precision_recall(curves, NAN)])
@pytest.mark.parametrize("count", [0, 1])
def test_one_class_only_is_said(draw, count, check):
    nothing = np.full(2, np.nan)
    figure = check(draw([Curve("GRU", nothing, nothing, nothing, nothing, "AUROC –")] * count))
    assert [text.get_text() for text in figure.axes[0].texts] == ["one class only"]


def test_eleven_curves_keep_the_size_of_the_axes(curves, check):
    few, many = (check(roc(curves[:1] * count)).axes[0].get_window_extent().width for count in (1, 11))
    assert many == pytest.approx(few, rel=0.1)
