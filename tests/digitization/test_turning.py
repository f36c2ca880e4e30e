import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalemia.digitization.page_source import MAX_PIXELS_KEPT
from kalemia.digitization.turning import turned
from kalemia.simulation.paper.warping import quarter_turns

PAPER, INK = (250, 240, 230), (20, 30, 40)


@pytest.fixture(scope="module")
def page():
    """Paper with a smooth blot in its upper left corner."""
    picture = np.full((300, 400, 3), PAPER, np.uint8)
    picture[40:80, 60:140] = INK
    return cv2.GaussianBlur(picture, (0, 0), 3)


@pytest.mark.parametrize(("degrees", "turns"), [(0, 0), (90, 1), (180, 2), (-180, 2), (-90, 3)])
def test_quarters_are_exact(page, degrees, turns):
    np.testing.assert_array_equal(turned(page, degrees), quarter_turns(page, turns)[0])


@pytest.mark.parametrize("degrees", [12.0, -33.3, 100.0, 179.5])
def test_turned_back_it_is_what_it_was(page, degrees):
    back = turned(turned(page, degrees), -degrees)
    centre = (back.shape[1] - 1) / 2, (back.shape[0] - 1) / 2
    middle = cv2.getRectSubPix(back, page.shape[1::-1], centre)
    assert np.abs(middle.astype(int) - page).max() < 12
    assert np.abs(middle.astype(int) - page).mean() < 0.5


def test_it_turns_clockwise_and_nothing_is_cut_off(page):
    slightly = turned(page, 30.0)
    rows, columns = np.nonzero(slightly[..., 0] < 100)
    assert (slightly[..., 0] < 100).sum() == pytest.approx((page[..., 0] < 100).sum(), rel=0.03)
    middle = np.array([columns.mean(), rows.mean()]) - (np.array(slightly.shape[1::-1]) - 1) / 2
    before = np.array([99.5, 59.5]) - (np.array([400, 300]) - 1) / 2
    cosine, sine = np.cos(np.pi / 6), np.sin(np.pi / 6)
    np.testing.assert_allclose(middle, [[cosine, -sine], [sine, cosine]] @ before, atol=1)


def test_the_ground_has_the_colour_of_the_rim(page):
    np.testing.assert_array_equal(turned(page, 45.0)[0, 0], PAPER)


@given(st.floats(-180, 180))
def test_a_long_strip_stays_within_what_a_page_may_have(degrees):
    strip = np.full((50, 20_000, 3), 255, np.uint8)
    strip[20:30] = 0
    assert turned(strip, degrees).size / 3 < 1.05 * MAX_PIXELS_KEPT
