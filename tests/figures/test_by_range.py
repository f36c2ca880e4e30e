import numpy as np
import pytest

from kalemia.figures import style
from kalemia.figures.by_range import draw_by_range, labels_with_n, name_ranges

COUNTS = np.array([52, 190, 496, 336, 341, 152])


def test_labels_tell_the_n_of_each_range():
    labels = labels_with_n(COUNTS)
    assert labels[0] == "< 4.0\nn = 52"
    assert [int(label.split()[-1]) for label in labels] == COUNTS.tolist()


@pytest.mark.parametrize("count", [1, 2, 7])
def test_models_stand_beside_each_other_within_their_range(by_range, count):
    _, axes = style.new_figure()
    markers = draw_by_range(axes, [by_range(f"{number}") for number in range(count)])
    places = np.array([line.get_xdata() for line in markers])
    assert (np.abs(places - np.arange(6)) < 0.4).all()
    assert (np.diff(places, axis=0) > 0.05).all()
    np.testing.assert_allclose(places.mean(axis=0), np.arange(6))


def test_an_empty_range_says_so_in_its_place():
    _, axes = style.new_figure()
    name_ranges(axes, np.array([0, 3, 4, 0, 1, 2]))
    assert [(text.get_text(), text.get_position()[0]) for text in axes.texts] == [
        ("no recordings", 0),
        ("no recordings", 3),
    ]


def test_no_recordings_at_all_are_said_once():
    _, axes = style.new_figure()
    name_ranges(axes, np.zeros(6, dtype=int))
    assert [text.get_text() for text in axes.texts] == ["no recordings"]
