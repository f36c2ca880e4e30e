import cv2
import numpy as np
import pytest

from kalemia.digitization.grid import find_grid
from kalemia.errors import NoGrid
from kalemia.recording import Recording
from kalemia.simulation import simulate_recording
from kalemia.simulation.paper import PageStyle, degrade, on_image, print_page

SHAPE = (650, 1000)
OFF_MM = 0.05
OFF_SCALE = 5e-4
"""With a time scale that is 0.05 % wrong, 10 s drift by 5 ms."""


def points_in(shape=SHAPE, margin=25, count=300):
    return np.random.default_rng(0).uniform((margin, margin), (shape[1] - margin, shape[0] - margin), (count, 2))


def scale_between(found, true, ends):
    """How much too long the map makes the way between two points of the picture, as a share."""
    lengths = [np.hypot(*np.diff(to(np.asarray(ends, float)), axis=0)[0]) for to in (found, true)]
    return lengths[0] / lengths[1] - 1


def assert_map_is_right(found, true, off_by_mm, shape=SHAPE, period_mm=5.0):
    assert np.abs(off_by_mm(found, true, points_in(shape), period_mm)).max() < OFF_MM
    height, width = shape
    for ends in ([(25, height / 2), (width - 25, height / 2)], [(width / 2, 25), (width / 2, height - 25)]):
        assert abs(scale_between(found.to_paper, true.to_paper, ends)) < OFF_SCALE


# ---- drawn grids


def known_fault(value, reason):
    """A case that is wrong today; the test fails when it is mended, so that this mark goes."""
    return pytest.param(value, marks=pytest.mark.xfail(reason=reason, strict=True))


@pytest.mark.parametrize("pattern", ["lines", "5 mm", "dots"])
@pytest.mark.parametrize("px_per_mm", [4.2, 5.9055, 7.87])
def test_patterns_and_resolutions(lying, grid_picture, off_by_mm, pattern, px_per_mm):
    paper = lying(px_per_mm, 0.7, shape=SHAPE)
    grid = find_grid(grid_picture(paper, pattern, shape=SHAPE, noise=4))
    assert_map_is_right(grid.map, paper, off_by_mm)
    assert ("1 mm" in grid.evidence) == (pattern != "5 mm")


@pytest.mark.parametrize("px_per_mm", [5.9055, known_fault(7.0, "0.07 mm off"), 10.0])
def test_millimetre_lines_alone(lying, grid_picture, off_by_mm, px_per_mm):
    paper = lying(px_per_mm, 0.7, shape=SHAPE)
    picture = grid_picture(paper, "1 mm", shape=SHAPE)
    try:
        found = find_grid(picture).map
    except NoGrid:  # so fine a grid may be too fine, but it is never taken for another
        assert px_per_mm < 7
    else:
        assert_map_is_right(found, paper, off_by_mm, period_mm=1.0)


@pytest.mark.parametrize("colour", ["green", "blue", "grey", "black"])
def test_colours(lying, grid_picture, off_by_mm, colour):
    paper = lying(7.3, -1.2, shape=SHAPE)
    grid = find_grid(grid_picture(paper, colour=colour, shape=SHAPE, noise=4))
    # of lines as black as ink the thick ones pass for ink; which of the thin ones begins a square is then not known
    assert_map_is_right(grid.map, paper, off_by_mm, period_mm=1.0 if colour == "black" else 5.0)


@pytest.mark.parametrize(
    "lies",
    [
        {"angle_deg": -3.0},
        {"angle_deg": 20.0},
        {"angle_deg": 2.0, "tilt": (0.15, 0.0)},
        {"angle_deg": 1.0, "tilt": (0.1, -0.15)},
    ],
    ids=str,
)
def test_askew_and_in_perspective(lying, grid_picture, off_by_mm, lies):
    paper = lying(7.0, shape=SHAPE, **lies)
    assert_map_is_right(find_grid(grid_picture(paper, shape=SHAPE, noise=4)).map, paper, off_by_mm)


@pytest.mark.parametrize("bulge_mm", [known_fault(-1.5, "0.1 mm off at the edges"), 0.5, known_fault(1.5, "the same")])
def test_curled(lying, grid_picture, off_by_mm, bulge_mm):
    """A page of 30 cm, its middle lifted."""
    shape = (600, 1800)
    paper = lying(6.0, 1.0, bulge_mm=bulge_mm, shape=shape)
    grid = find_grid(grid_picture(paper, shape=shape, noise=3))
    assert_map_is_right(grid.map, paper, off_by_mm, shape)
    assert "bent" in grid.evidence


def test_flat_paper_is_called_flat(lying, grid_picture):
    grid = find_grid(grid_picture(lying(7.0, 1.0, (0.1, 0.05), shape=SHAPE), shape=SHAPE, noise=6))
    assert grid.map.bend_mm is None
    assert "flat" in grid.evidence


def test_uneven_light_changes_nothing(lying, grid_picture, off_by_mm):
    paper = lying(7.0, 1.0, shape=SHAPE)
    light = np.linspace(1, 0.45, SHAPE[1])[:, None] * np.linspace(1, 0.7, SHAPE[0])[:, None, None]
    lit = (grid_picture(paper, shape=SHAPE, noise=2) * light).astype(np.uint8)
    assert_map_is_right(find_grid(lit).map, paper, off_by_mm)


@pytest.mark.parametrize(("colour", "channels"), [("pink", {0}), ("blue", {2}), ("green", {1}), ("grey", {0, 1, 2})])
def test_the_colour_in_which_ink_stands_out(lying, grid_picture, colour, channels):
    picture = grid_picture(lying(7.0, shape=SHAPE), colour=colour, shape=SHAPE)
    cv2.putText(picture, "II aVR 25 mm/s", (50, 350), cv2.FONT_HERSHEY_SIMPLEX, 3, (10, 10, 10), 6)
    assert find_grid(picture).channel in channels


def test_the_extent_is_that_of_the_grid(lying, grid_picture):
    page = np.full((900, 1300, 3), 255, np.uint8)
    page[150:800, 200:1200] = grid_picture(lying(7.0, shape=SHAPE), shape=SHAPE)
    grid = find_grid(page)
    left, top, right, bottom = grid.extent_mm
    corners = grid.map.to_picture(np.array([[left, top], [right, bottom]]))
    np.testing.assert_allclose(corners, [[200, 150], [1200, 800]], atol=15 * 7)  # a cell
    assert np.allclose(np.array(grid.extent_mm) / 5, np.round(np.array(grid.extent_mm) / 5))


# ---- printed pages


def strip(seconds=6.0, **style):
    recording = simulate_recording(5.0, seed=4).recording
    recording = Recording(recording.signal[:, : round(seconds * recording.fs)], recording.fs, recording.leads)
    return print_page(recording, PageStyle(**{"layout": "1", "paper": "strip", **style}))


def assert_page_is_right(page, rel=OFF_SCALE):
    """The grid's scale along the printed curve and across it."""
    segment = page.reference_segment
    left, right = segment.x_mm, segment.x_mm + segment.seconds * page.style.speed_mm_per_s
    y = segment.baseline_mm
    found = find_grid(page.image).map
    for ends in ([(left, y), (right, y)], [(left, y - 15), (left, y + 15)]):
        ends_mm = np.array(ends)
        seen_mm = found.to_paper(
            on_image(page, ends_mm) - 0.5
        )  # the first pixel's centre is (0.5, 0.5) for the printer
        length = np.hypot(*np.diff(seen_mm, axis=0)[0]) / np.hypot(*np.diff(ends_mm, axis=0)[0])
        assert length == pytest.approx(1, abs=rel if ends[0][1] == y else 5 * rel)


@pytest.mark.parametrize("dpi", [100, 120, 150, 180, 200, 240, 300, 400])
def test_resolution_of_a_printed_page(dpi):
    assert_page_is_right(strip(dpi=dpi))


@pytest.mark.parametrize("pattern", ["5 mm", "dots"])
@pytest.mark.parametrize("dpi", [150, 200])
def test_pattern_of_a_printed_page(pattern, dpi):
    assert_page_is_right(strip(grid_pattern=pattern, dpi=dpi))


@pytest.mark.parametrize(
    "colour",
    [
        "red",
        "orange",
        "green",
        "brown",
        "blue",
        "grey",
        "black",
    ],
)
def test_colour_of_a_printed_page(colour):
    pattern = "dots" if colour == "black" else "lines"
    assert_page_is_right(strip(grid_colour=colour, grid_pattern=pattern, grid_strength=0.7, tinted=True, dpi=150))


@pytest.mark.parametrize("condition", ["scan", "grey", "photocopy", "crease"])
def test_what_happens_to_a_printed_page(condition):
    assert_page_is_right(degrade(strip(dpi=200, grid_area="page"), condition, seed=3), rel=1e-3)


def test_a_photograph():
    assert_page_is_right(degrade(strip(dpi=150, grid_area="page"), "phone", seed=1), rel=1e-3)


# ---- what has no grid


def grey(levels):
    return np.repeat(np.clip(levels, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def written():
    page = np.full((*SHAPE, 3), 255, np.uint8)
    rng = np.random.default_rng(0)
    for line in range(25):
        words = "".join(rng.choice(list("abcdefghij klmnop rstuv"), 70))
        cv2.putText(page, words, (30, 30 + 24 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
    return page


def table():
    page = np.full((*SHAPE, 3), 255, np.uint8)
    page[::25] = 0
    page[:, [10, 160, 300, 520, 760, 900]] = 0
    for row in range(26):
        for x in (15, 165, 305, 525, 765):
            number = str(np.random.default_rng(row * x).integers(1000))
            cv2.putText(page, number, (x, 18 + 25 * row), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1)
    return page


def printed_without():
    header = ("Muster, Alex   ID 12345", "Vent. rate 72 BPM   PR 160 ms", "Sinus rhythm   Normal ECG")
    return strip(dpi=150, grid_pattern="none", header=header).image


Y, X = np.mgrid[: SHAPE[0], : SHAPE[1]]
RNG = np.random.default_rng(0)
GRAIN = RNG.normal(0, 8, SHAPE)
WAVES = np.sin(X * 2 * np.pi / 9.3) * np.sin(Y * 2 * np.pi / 9.3)
NO_GRIDS = {
    "noise": lambda: RNG.integers(0, 256, (*SHAPE, 3), np.uint8),
    "faint noise": lambda: grey(245 + GRAIN / 2),
    "smooth noise": lambda: grey(128 + 40 * cv2.GaussianBlur(GRAIN, (0, 0), 3)),
    "white": lambda: grey(np.full(SHAPE, 255.0)),
    "black": lambda: grey(np.zeros(SHAPE)),
    "a gradient": lambda: grey(X * 255 / SHAPE[1]),
    "upright stripes": lambda: grey(255 - 80 * (X % 12 < 2)),
    "level stripes": lambda: grey(255 - 80 * (Y % 12 < 2) + GRAIN),
    "a checkerboard": lambda: grey(255 - 120 * ((X // 9 + Y // 9) % 2)),
    "a weave": lambda: grey(180 + 30 * WAVES + GRAIN),
    "text": written,
    "a table": table,
    "a curve on white paper": printed_without,
}


@pytest.mark.parametrize("picture", NO_GRIDS)
def test_what_is_no_grid(picture):
    with pytest.raises(NoGrid, match="grid"):
        find_grid(NO_GRIDS[picture]())


def test_a_small_piece_of_grid_is_too_little(lying, grid_picture):
    page = np.full((*SHAPE, 3), 250, np.uint8)
    page[100:260, 100:260] = grid_picture(lying(8.0, shape=(160, 160)), shape=(160, 160))
    with pytest.raises(NoGrid):
        find_grid(page)
