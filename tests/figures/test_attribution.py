import numpy as np
import pytest

from kalemia.cycles import CYCLE_SAMPLES
from kalemia.figures.attribution import LEAST_CHANGE, attributed_cycle
from kalemia.figures.style import save

WINDOW_MS = np.linspace(-320, 660, 99)
CYCLE = np.sin(np.linspace(0, 6, CYCLE_SAMPLES))


def draw(change, normalisation="robust"):
    return attributed_cycle(CYCLE, normalisation, WINDOW_MS, change)


def test_the_change_is_drawn_with_its_sign_beneath_the_cycle(tmp_path):
    change = np.where(WINDOW_MS > 0, 0.4, -0.2)
    figure = draw(change)
    above, below = figure.axes
    np.testing.assert_array_equal(below.lines[-1].get_ydata(), change)
    assert len(above.collections[0].get_segments()) == CYCLE_SAMPLES - 1
    assert [text.get_text() for text in below.texts] == ["raises the estimate", "lowers the estimate"]
    save(figure, tmp_path / "figure.png")


def test_the_colour_of_no_change_is_in_the_middle_of_the_scale():
    line = draw(np.linspace(-0.1, 0.8, len(WINDOW_MS))).axes[0].collections[0]
    assert line.norm(0) == pytest.approx(0.5)
    assert line.norm(0.8) == pytest.approx(1.0)


def test_a_tiny_change_looks_tiny(tmp_path):
    figure = draw(np.zeros(len(WINDOW_MS)))
    assert figure.axes[1].get_ylim()[1] >= LEAST_CHANGE
    save(figure, tmp_path / "figure.svg")


@pytest.mark.parametrize(("normalisation", "label"), [("mv", "Amplitude (mV)"), ("robust", "Normalised amplitude")])
def test_axes_have_their_units(normalisation, label):
    above, below = draw(np.ones(len(WINDOW_MS)), normalisation).axes
    assert above.get_ylabel() == label
    assert (below.get_xlabel(), below.get_ylabel()) == ("Time from R (ms)", "Change (mEq/L)")
