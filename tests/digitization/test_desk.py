import numpy as np
import pytest

from kalemia.digitization.desk import desk
from kalemia.digitization.paper_map import PaperMap

PX_PER_MM = 8
PAPER = PaperMap(np.diag([1 / PX_PER_MM, 1 / PX_PER_MM, 1]))
SIZE_MM = (80, 120)
SHEET = tuple(length * PX_PER_MM for length in SIZE_MM)
PAGE_MM = (15, 20, 65, 100)
"""Top, left, bottom and right of the paper."""


def mask(top, left, bottom, right):
    where = np.zeros(SHEET, bool)
    where[round(top * PX_PER_MM) : round(bottom * PX_PER_MM), round(left * PX_PER_MM) : round(right * PX_PER_MM)] = True
    return where


def photographed(desk_level, paper_level=230):
    """Paper on a desk, with strokes of a pen to the paper's very edge."""
    on_paper = mask(*PAGE_MM)
    picture = np.where(on_paper, paper_level, desk_level).astype(np.uint8)
    picture[mask(39.8, 20, 40.2, 100)] = 20
    picture[mask(30, 59.8, 50, 60.2)] = 20
    return picture, on_paper


def cover_of(page_mm=PAGE_MM, by_mm=0.0):
    """Says which points lie on the paper, or so far around it."""
    top, left, bottom, right = page_mm

    def cover(xy):
        x, y = np.moveaxis(xy / PX_PER_MM, -1, 0)
        return (x > left - by_mm) & (x < right + by_mm) & (y > top - by_mm) & (y < bottom + by_mm)

    return cover


def found_in(picture, cover, outside=None):
    return desk(picture, np.zeros(SHEET, bool) if outside is None else outside, PAPER, cover, PX_PER_MM)


@pytest.mark.parametrize("desk_level", [0, 60, 120, 170])
@pytest.mark.parametrize("by_mm", [-4.0, 0.0, 8.0])
def test_a_desk_darker_than_the_paper(desk_level, by_mm):
    """Wherever the grid ends beside the paper's edge."""
    picture, on_paper = photographed(desk_level)
    found = found_in(picture, cover_of(by_mm=by_mm))
    inner, outer = mask(17, 22, 63, 98), ~mask(14, 19, 66, 101)
    assert not found[inner].any()
    assert found[outer].mean() > 0.999
    assert on_paper[inner].all()


def test_a_desk_with_grain():
    picture, _ = photographed(0)
    grain = np.random.default_rng(0).normal(110, 25, (SHEET[0], 1))
    picture = np.where(mask(*PAGE_MM), picture, np.clip(grain, 0, 175)).astype(np.uint8)
    found = found_in(picture, cover_of())
    assert found[~mask(14, 19, 66, 101)].mean() > 0.99


def test_all_is_paper_where_nothing_is_darker():
    picture, _ = photographed(230)
    assert not found_in(picture, cover_of()).any()


def test_a_shadow_on_the_grid_is_paper():
    """It comes in from beyond the picture, as dark as a desk, but the grid is seen in it."""
    picture = np.full(SHEET, 230, np.uint8)
    picture[:, : SHEET[1] // 2] = 130
    found = found_in(picture, cover_of((-1, -1, 81, 121)))
    assert not found[mask(0, 14, 80, 120)].any()


def test_light_that_fades_is_no_desk():
    picture = np.full(SHEET, 230, np.float64) * np.linspace(1, 0.4, SHEET[1])
    assert not found_in(picture.astype(np.uint8), cover_of((-1, -1, 81, 121))).any()


def test_dark_print_that_touches_nothing_stays():
    picture, _ = photographed(230)
    picture[mask(5, 30, 12, 60)] = 10
    assert not found_in(picture, cover_of()).any()


def test_what_lies_beyond_the_picture_is_where_a_desk_comes_in():
    picture, on_paper = photographed(80)
    outside = ~mask(5, 10, 75, 110)
    picture[outside] = 255
    found = found_in(picture, cover_of(), outside)
    assert found[~on_paper & mask(6, 11, 74, 109) & ~mask(14, 19, 66, 101)].all()
    assert not found[mask(17, 22, 63, 98)].any()


def test_without_any_grid_there_is_still_an_answer():
    picture, _ = photographed(60)
    assert found_in(picture, lambda xy: np.zeros(xy.shape[:-1], bool)).dtype == bool
