import numpy as np
import pytest

from kalemia.figures.repolarisation import AXIS_TITLES, cells_and_wall, template_axes
from kalemia.figures.style import save
from kalemia.simulation.template_file import AXES
from kalemia.simulation.templates import template_library

LEVELS = (2.5, 5.5, 9.0)


@pytest.fixture
def figure():
    cell_time_ms, time_ms = np.arange(-50.0, 450.0), np.arange(60.0, 460.0, 2.0)
    potentials = np.stack([np.where(cell_time_ms < 0, -100 + 4 * level, 20.0) for level in LEVELS])
    waves = np.stack([np.exp(-0.5 * ((time_ms - 300) / (60 - 3 * level)) ** 2) for level in LEVELS])
    return cells_and_wall(LEVELS, cell_time_ms, dict.fromkeys(("endo", "mid", "epi"), potentials), time_ms, waves)


def test_each_kind_of_cell_and_the_wall_have_a_panel_with_a_curve_per_potassium(figure, tmp_path):
    assert [len(panel.lines) for panel in figure.axes] == [len(LEVELS)] * 4
    assert [panel.get_title() for panel in figure.axes[:3]] == ["Endocardial", "Mid-wall (M)", "Epicardial"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["2.5", "5.5", "9"]
    save(figure, tmp_path / "figure.png")


def test_the_curves_are_the_values_given(figure):
    assert figure.axes[0].lines[2].get_ydata()[0] == -64
    assert figure.axes[3].lines[0].get_ydata().max() == pytest.approx(1)


def test_every_axis_of_the_library_has_a_panel(tmp_path):
    library = template_library()
    figure = template_axes(library)
    assert set(AXIS_TITLES) == set(AXES)
    shown = [panel for panel in figure.axes if panel.get_visible()]
    assert [panel.get_title() for panel in shown] == [AXIS_TITLES[name] for name in library.arrays.levels]
    for panel, levels in zip(shown, library.arrays.levels.values(), strict=True):
        assert len(panel.lines) == min(len(levels), 5)
    save(figure, tmp_path / "figure.png")
