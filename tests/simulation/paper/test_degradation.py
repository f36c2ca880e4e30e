from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from kalemia.errors import ConfigError
from kalemia.recording import Recording
from kalemia.simulation.paper import CONDITIONS, PageStyle, degrade, on_image, print_page

MARKS_MM = np.array([(60.0, 50.0), (240.0, 45.0), (70.0, 160.0), (230.0, 150.0), (148.0, 104.0)])
DOT_MM = 1.5
AROUND_PX = 25


@cache
def page():
    return print_page(Recording(np.zeros((1, 2500)), 500, ("II",)), PageStyle(layout="1", dpi=100))


@cache
def marked_page():
    """A white page with five black dots."""
    rows, columns = (np.indices(page().image.shape[:2]) + 0.5) / page().px_per_mm
    image = np.full_like(page().image, 255)
    for x, y in MARKS_MM:
        image[(columns - x) ** 2 + (rows - y) ** 2 < DOT_MM**2] = 0
    return replace(page(), image=image)


@cache
def degraded(condition, seed):
    return degrade(marked_page(), condition, seed)


def dot_near(image, place):
    """Middle of the ink around a place."""
    left, top = (int(axis) - AROUND_PX for axis in place)
    window = image[top : top + 2 * AROUND_PX + 1, left : left + 2 * AROUND_PX + 1].mean(axis=2)
    ink = np.clip(np.median(window) * 0.7 - window, 0, None)
    rows, columns = np.indices(ink.shape) + 0.5
    return np.array([left + (columns * ink).sum() / ink.sum(), top + (rows * ink).sum() / ink.sum()])


def assert_dots_are_where_the_homography_says(page, atol_px):
    places = on_image(page, MARKS_MM)
    np.testing.assert_allclose([dot_near(page.image, place) for place in places], places, atol=atol_px)


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("seed", [0, 1])
def test_points_of_the_page_are_where_the_homography_says(condition, seed):
    assert_dots_are_where_the_homography_says(degraded(condition, seed), 0.35)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_seed_gives_the_same_image(condition):
    first = degraded(condition, 0).image
    np.testing.assert_array_equal(first, degrade(marked_page(), condition, 0).image)
    if condition != "turn":
        assert not np.array_equal(first, degraded(condition, 1).image)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_what_was_printed_stays_known(condition):
    result = degraded(condition, 0)
    assert result.image.dtype == np.uint8
    assert result.segments == page().segments
    assert result.px_per_mm == page().px_per_mm
    np.testing.assert_array_equal(result.reference, page().reference)


def test_one_after_the_other():
    assert_dots_are_where_the_homography_says(degrade(degraded("crease", 0), "turn", 1), 0.35)


def test_creased_paper_is_not_flat():
    moved = degraded("crease", 0).displacement_mm
    assert moved.shape[2] == 2
    assert 0.2 < np.abs(moved).max() < 3


def test_an_unknown_condition():
    with pytest.raises(ConfigError, match='"coffee" is unknown; known are scan, grey'):
        degrade(page(), "coffee", 0)


def test_only_flat_paper_can_be_creased():
    with pytest.raises(ConfigError, match="crease a page before it is scanned"):
        degrade(degraded("scan", 0), "crease", 0)


@pytest.mark.parametrize("condition", ["grey", "photocopy", "fax"])
def test_grey_and_copies_have_no_colour(condition):
    assert np.ptp(degrade(page(), condition, 0).image.astype(int), axis=2).max() <= 2


def test_a_photograph_has_seven_megapixels_and_no_scale():
    photograph = degraded("phone", 0)
    assert photograph.image.shape[0] * photograph.image.shape[1] == pytest.approx(7e6, rel=0.05)
    assert photograph.dpi is None


def test_resolutions():
    assert {name: degraded(name, 0).dpi for name in ("scan", "grey", "fax")} == {"scan": 100, "grey": 200, "fax": 203}


@pytest.mark.parametrize("seed", range(4))
def test_a_copy_keeps_the_trace_and_breaks_the_grid(seed):
    printed = print_page(Recording(np.zeros((1, 2500)), 500, ("II",)), PageStyle(layout="1", dpi=200))
    copy = degrade(printed, "photocopy", seed)
    along = np.column_stack([np.linspace(40, 140, 500), np.full(500, printed.reference_segment.baseline_mm)])
    columns, rows = on_image(copy, along).astype(int).T
    assert (copy.image[rows, columns, 0] < 128).mean() > 0.97
    left_of_grid = (copy.image[..., 0] < 128).mean() / (printed.image[..., 1] < 230).mean()
    assert left_of_grid < 0.9
