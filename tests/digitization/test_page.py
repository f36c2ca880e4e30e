import cv2
import numpy as np
import pytest

from kalemia.digitization.page import background, darkness, darkness_of

SIZE = (300, 400)
PINK, GREEN = (245, 200, 200), (180, 220, 188)


def paper(colour=(255, 255, 255)):
    return np.full((*SIZE, 3), colour, np.uint8)


def with_line(picture, colour, at=150):
    picture = picture.copy()
    picture[at : at + 3] = colour
    return picture


@pytest.mark.parametrize("colour", [(255, 255, 255), (255, 240, 243), (200, 190, 170), (90, 90, 90)])
def test_bare_paper_is_not_dark_whatever_its_tint(colour):
    shades = darkness(paper(colour))
    assert shades.ink.shape == shades.grid.shape == SIZE
    assert shades.grid.max() < 0.01


@pytest.mark.parametrize("tint", [(255, 255, 255), (255, 240, 243), (150, 140, 120)])
def test_black_ink_is_dark_in_every_colour(tint):
    shades = darkness(with_line(paper(tint), (5, 5, 5)))
    assert shades.ink[150:153].min() > 0.9
    assert shades.grid[150:153].min() > 0.9
    assert shades.grid[:140].max() < 0.05


@pytest.mark.parametrize("colour", [PINK, GREEN])
def test_a_coloured_line_is_dark_in_some_colours_only(colour):
    shades = darkness(with_line(paper(), colour))
    assert shades.grid[151].min() > 0.15
    assert shades.ink[151].max() < 0.2
    assert shades.grid[151].min() > 1.5 * shades.ink[151].max()


def test_of_a_grey_page_both_are_the_same():
    grey = np.random.default_rng(0).integers(0, 256, SIZE, np.uint8)
    shades = darkness(np.repeat(grey[..., None], 3, axis=2))
    np.testing.assert_allclose(shades.ink, shades.grid, atol=1e-6)


def test_a_shadow_is_taken_out():
    light = np.linspace(1.0, 0.5, SIZE[1]) * np.linspace(1.0, 0.8, SIZE[0])[:, None]
    page = with_line(paper((240, 240, 240)), (60, 60, 60))
    shaded = (page * light[..., None]).astype(np.uint8)
    np.testing.assert_allclose(darkness(shaded).ink, darkness(page).ink, atol=0.06)


def test_colours_in_another_order_change_nothing():
    page = with_line(with_line(paper((250, 240, 230)), PINK), (20, 20, 20), at=50)
    np.testing.assert_array_equal(darkness(page).ink, darkness(page[..., ::-1].copy()).ink)
    np.testing.assert_array_equal(darkness(page).grid, darkness(page[..., ::-1].copy()).grid)


def test_letters_and_strokes_are_no_paper():
    page = np.full((1600, 2200), 250, np.uint8)
    cv2.putText(page, "25 mm/s", (300, 800), cv2.FONT_HERSHEY_SIMPLEX, 3, 10, 12)
    assert background(page).min() > 240


@pytest.mark.parametrize("level", [0, 255])
@pytest.mark.parametrize("shape", [(200, 3000), (7, 5), (201, 203)])
def test_pages_of_any_shape_and_level(shape, level):
    shade = darkness_of(np.full(shape, level, np.uint8))
    assert shade.shape == shape
    assert shade.dtype == np.float32
    assert np.isfinite(shade).all()
    assert shade.min() >= 0
    assert shade.max() <= 1
