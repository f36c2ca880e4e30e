from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from kalemia.digitization.grid import find_grid
from kalemia.digitization.paper_map import PaperMap
from kalemia.digitization.sheet import HIGHEST_PX_PER_MM, LOWEST_PX_PER_MM, lay_flat
from kalemia.simulation import simulate_recording
from kalemia.simulation.paper import PageStyle, degrade, on_image, print_page

SHAPE = (700, 1100)
GRID_LEFT = 0.06
"""Mean ink of what is left of a grid, beside 1 for a trace."""


def flat_of(picture, paper, period=(5.0, 5.0, 130.0, 80.0), channel=0):
    return lay_flat(picture, channel, paper, period)


def curve_mm():
    """A curve with beats, in mm from the upper left corner of the page."""
    x = np.arange(12, 125, 0.1)
    return np.column_stack(
        [x, 45 - 14 * np.exp(-0.5 * ((x % 20 - 8) / 0.6) ** 2) - 3 * np.exp(-0.5 * ((x % 20 - 15) / 1.5) ** 2)]
    )


def drawn(picture, paper, points_mm, pen_mm=0.4):
    """The picture with a curve drawn on it, as if it was on the paper."""
    picture = picture.copy()
    px = paper.to_picture(points_mm)
    width = max(1, round(pen_mm * paper.px_per_mm(px[0])))
    cv2.polylines(picture, [np.round(px * 16).astype(np.int32)], False, (15, 15, 15), width, cv2.LINE_AA, shift=4)
    return picture


def ink_at(sheet, points_mm):
    x, y = (points_mm * sheet.px_per_mm - 0.5).astype(np.float32).T
    return cv2.remap(sheet.ink, x[None], y[None], cv2.INTER_LINEAR)[0]


LIES = {
    "flat": {},
    "askew": {"angle_deg": 4.0},
    "tilted": {"angle_deg": -2.0, "tilt": (0.12, -0.08)},
    "curled": {"bulge_mm": 1.0},
}


@pytest.fixture(
    scope="module",
    params=[(lies, "lines", "pink") for lies in LIES]
    + [("askew", "lines", "grey"), ("flat", "dots", "green"), ("tilted", "5 mm", "black")],
    ids=str,
)
def page(request, lying, grid_picture):
    """A page with and without a curve, laid flat by the map that it has in truth."""
    lies, pattern, colour = request.param
    paper = lying(8.0, shape=SHAPE, **LIES[lies])
    empty = grid_picture(paper, pattern, colour, SHAPE, noise=3)
    channel = {"green": 1}.get(colour, 0)
    with_curve = drawn(empty, paper, curve_mm())
    return SimpleNamespace(
        paper=paper, empty=flat_of(empty, paper, channel=channel), curve=flat_of(with_curve, paper, channel=channel)
    )


def inner(sheet):
    """What lies well inside the grid."""
    margin = round(20 * sheet.px_per_mm)
    return sheet.ink[margin:-margin, margin:-margin]


def test_beside_a_curve_the_grid_is_taken_away(page):
    sheet = page.curve
    points = (sheet.map.to_paper(page.paper.to_picture(curve_mm())) * sheet.px_per_mm).astype(int)
    beside = np.ones(sheet.ink.shape, np.uint8)
    beside[points[:, 1].clip(0, len(beside) - 1), points[:, 0].clip(0, beside.shape[1] - 1)] = 0
    beside = cv2.erode(beside, np.ones((4 * sheet.px_per_mm + 1,) * 2, np.uint8)) > 0
    rest = np.where(beside, sheet.ink, 0)
    margin = round(20 * sheet.px_per_mm)
    rest, inside = rest[margin:-margin, margin:-margin], beside[margin:-margin, margin:-margin]
    assert rest[inside].mean() < GRID_LEFT
    assert np.mean(rest[inside] > 0.5) < 0.005


def test_a_curve_on_the_grid_stays(page):
    on_sheet = page.curve.map.to_paper(page.paper.to_picture(curve_mm()))
    ink = ink_at(page.curve, on_sheet)
    assert np.quantile(ink, 0.05) > 0.5
    assert ink.mean() > 0.8


def test_the_grid_is_still_in_the_shade(page):
    assert page.curve.shade.mean() > page.curve.ink.mean()


def test_sizes(page):
    sheet = page.empty
    assert sheet.ink.shape == sheet.shade.shape
    assert LOWEST_PX_PER_MM <= sheet.px_per_mm <= HIGHEST_PX_PER_MM
    assert sheet.size_mm == (sheet.ink.shape[1] / sheet.px_per_mm, sheet.ink.shape[0] / sheet.px_per_mm)
    assert 0 <= sheet.ink.min() <= sheet.ink.max() <= 1


def test_the_map_goes_from_picture_to_sheet(page):
    """A millimetre of the map is a millimetre of the page; only the origin is another."""
    points = np.random.default_rng(0).uniform((100, 100), (1000, 600), (50, 2))
    moved = page.empty.map.to_paper(points) - page.paper.to_paper(points)
    assert np.ptp(moved, axis=0).max() < 0.02


def test_resolution_follows_that_of_the_picture(lying, grid_picture):
    for px_per_mm, expected in ((4, LOWEST_PX_PER_MM), (9, 9), (20, HIGHEST_PX_PER_MM)):
        paper = PaperMap(np.diag([1 / px_per_mm, 1 / px_per_mm, 1]))
        sheet = lay_flat(np.full((600, 900, 3), 250, np.uint8), 0, paper, (5.0, 5.0, 25.0, 25.0))
        assert sheet.px_per_mm == expected


def test_beyond_the_picture_there_is_no_ink(lying, grid_picture):
    paper = lying(8.0, 12.0, shape=SHAPE)
    sheet = flat_of(drawn(grid_picture(paper, shape=SHAPE), paper, curve_mm()), paper, (0.0, -20.0, 160.0, 110.0))
    rows, columns = np.mgrid[: sheet.ink.shape[0], : sheet.ink.shape[1]]
    x, y = np.moveaxis(sheet.map.to_picture(np.stack([columns, rows], -1) / sheet.px_per_mm), -1, 0)
    outside = (x < -2) | (y < -2) | (x > SHAPE[1] + 1) | (y > SHAPE[0] + 1)
    assert outside.mean() > 0.02
    assert sheet.ink[outside].max() < 0.05


@pytest.mark.parametrize("condition", [None, "scan", "grey"])
def test_a_printed_page_as_it_was_found(condition):
    recording = simulate_recording(5.0, seed=4).recording
    page = print_page(recording, PageStyle(layout="1", paper="strip", dpi=200, grid_area="page", footer=""))
    page = degrade(page, condition, 2) if condition else page
    grid = find_grid(page.image)
    sheet = lay_flat(page.image, grid.channel, grid.map, grid.extent_mm)
    segment = page.reference_segment
    x = segment.x_mm + np.arange(len(page.reference)) / 500 * 25
    curve = np.column_stack([x, segment.baseline_mm - page.reference * 10])
    on_sheet = sheet.map.to_paper(on_image(page, curve) - 0.5)
    assert ink_at(sheet, on_sheet).mean() > 0.7
    corner, end = (sheet.map.to_paper(on_image(page, np.array([at])) - 0.5)[0] for at in ((20, 40), (240, 50)))
    bare = sheet.ink[slice(*(round(at * sheet.px_per_mm) for at in (corner[1], end[1])))]
    bare = bare[:, slice(*(round(at * sheet.px_per_mm) for at in (corner[0], end[0])))]
    assert bare.mean() < GRID_LEFT


def test_a_grid_without_a_curve_becomes_no_trace(page):
    """With nothing darker on the page its rests may be scaled up, but not to what a trace is like."""
    assert np.mean(inner(page.empty) > 0.5) < 0.08
