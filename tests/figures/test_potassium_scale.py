import pytest

from kalemia.cohorts.potassium_ranges import LABELS
from kalemia.figures.potassium_scale import potassium_scale
from kalemia.figures.style import save


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_six_ranges_the_estimate_and_its_interval():
    figure = potassium_scale(5.8, (5.1, 6.6))
    *ranges, said = texts(figure)
    assert ranges == [label.replace("-", "–") for label in LABELS]
    assert said == "5.8 mEq/L (90 % interval 5.1 to 6.6)"
    assert figure.axes[0].get_xlabel() == "Potassium (mEq/L)"


@pytest.mark.parametrize("interval", [None, (float("nan"), float("nan"))])
def test_without_interval(interval):
    assert texts(potassium_scale(5.8, interval))[-1] == "5.8 mEq/L"


@pytest.mark.parametrize(("potassium", "interval"), [(1.9, (0.9, 2.9)), (11.0, (9.0, 13.0)), (4.0, (4.0, 4.0))])
def test_the_scale_reaches_the_interval_and_the_text_stays_inside(potassium, interval, tmp_path):
    figure = potassium_scale(potassium, interval)
    left, right = figure.axes[0].get_xlim()
    assert left < interval[0]
    assert interval[1] < right
    save(figure, tmp_path / "scale.png")
    box = figure.axes[0].texts[-1].get_window_extent()
    assert box.x0 >= 0
    assert box.x1 <= figure.bbox.width
