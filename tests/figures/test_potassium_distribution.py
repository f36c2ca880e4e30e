import numpy as np
import pytest

from kalemia.cohorts.potassium_ranges import STUDY_COUNTS
from kalemia.figures.potassium_distribution import potassium_distribution
from kalemia.figures.style import save

STUDY = np.repeat([3.5, 4.5, 5.5, 6.5, 7.5, 8.5], STUDY_COUNTS)


def test_counts_of_the_study_stand_over_their_ranges():
    axes = potassium_distribution(STUDY).axes[0]
    assert [int(text.get_text().split()[0]) for text in axes.texts] == list(STUDY_COUNTS)
    assert [text.get_position()[0] for text in axes.texts] == [3.5, 4.5, 5.5, 6.5, 7.5, 8.5]


def test_bars_hold_every_recording():
    potassium = np.round(np.random.default_rng(0).uniform(1.6, 10.7, 500), 1)
    bars = potassium_distribution(potassium).axes[0].patches
    assert sum(bar.get_height() for bar in bars) == 500


def test_values_on_a_border_fall_in_the_bar_above():
    bars = potassium_distribution(np.full(7, 5.4)).axes[0].patches
    [full] = [bar for bar in bars if bar.get_height()]
    assert full.get_x() == pytest.approx(5.4)


def test_axes_are_labelled():
    axes = potassium_distribution(STUDY).axes[0]
    assert axes.get_xlabel() == "Measured potassium (mEq/L)"
    assert axes.get_ylabel() == "Recordings (n = 1567)"


@pytest.mark.parametrize("potassium", [[], [4.2], [1.0, 12.0]])
def test_few_recordings(potassium, tmp_path):
    save(potassium_distribution(np.array(potassium)), tmp_path / "figure.png")
