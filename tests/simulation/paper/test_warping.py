import numpy as np
import pytest

from kalemia.simulation.paper import warping

SIZE = (200, 300)  # rows, columns
MARK = np.array([[75.0, 60.0]])


def marked():
    image = np.full((*SIZE, 3), 255, np.uint8)
    image[58:62, 73:77] = 0
    return image


def centre(image):
    darkness = 255.0 - image[..., 0]
    rows, columns = np.indices(darkness.shape) + 0.5
    return np.array([(columns * darkness).sum(), (rows * darkness).sum()]) / darkness.sum()


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_quarter_turns_lose_nothing_and_come_back(turns):
    image, homography = warping.quarter_turns(marked(), turns)
    np.testing.assert_allclose(centre(image), warping.transform(homography, MARK)[0])
    back, inverse = warping.quarter_turns(image, 4 - turns)
    np.testing.assert_array_equal(back, marked())
    np.testing.assert_allclose(inverse @ homography, np.eye(3), atol=1e-12)


@pytest.mark.parametrize("degrees", [-2.0, 1.3, 30.0])
def test_rotate_turns_clockwise_about_the_centre(degrees):
    image, homography = warping.rotate(marked(), degrees, (255, 255, 255))
    assert image.shape == (*SIZE, 3)
    np.testing.assert_allclose(centre(image), warping.transform(homography, MARK)[0], atol=0.05)
    right = warping.transform(homography, np.array([[299.0, 100.0]]))[0]
    assert (right[1] > 100) == (degrees > 0)


@pytest.mark.parametrize("scale", [0.5, 0.667, 1.5])
def test_resize_maps_corners_on_corners(scale):
    image, homography = warping.resize(marked(), scale, 0.0, (255, 255, 255))
    assert image.shape[:2] == (round(200 * scale), round(300 * scale))
    np.testing.assert_allclose(centre(image), warping.transform(homography, MARK)[0], atol=0.1)
    assert warping.transform(homography, np.array([[300.0, 200.0]]))[0] == pytest.approx(
        (300 * scale, 200 * scale), abs=0.5
    )


def test_a_tilted_page_fills_its_share_of_the_frame():
    homography = warping.tilted_view((300, 200), (8, -10, 3), (400, 300), 0.9)
    corners = warping.transform(homography, np.array([(0.0, 0.0), (300, 0), (300, 200), (0, 200)]))
    extent = np.ptp(corners, axis=0) / (400, 300)
    assert extent.max() == pytest.approx(0.9)
    assert corners.min() > 0
    image = warping.warp(marked(), homography, 400, 300, (255, 255, 255))
    np.testing.assert_allclose(centre(image), warping.transform(homography, MARK)[0], atol=0.05)


def test_without_tilt_nothing_is_distorted():
    homography = warping.tilted_view((300, 200), (0, 0, 0), (300, 200), 1.0)
    np.testing.assert_allclose(homography, np.eye(3), atol=1e-12)


def test_displaced_points_arrive_where_they_should():
    def displacement(x_mm, y_mm):
        return np.stack([0.5 * np.sin(y_mm / 5), 0.8 * np.cos(x_mm / 8)], axis=-1)

    moved = warping.displace(marked(), 10, displacement)
    expected = MARK[0] + 10 * displacement(MARK[0, 0] / 10, MARK[0, 1] / 10)
    np.testing.assert_allclose(centre(moved), expected, atol=0.1)
