import numpy as np
import pytest

from kalemia.digitization.lattice import cells_at, cells_of, lock_in, spread
from kalemia.digitization.lattice_seed import find_seeds

SHAPE = (600, 900)


def lattice_in(picture):
    lines = (255 - picture[..., 1].astype(np.float32)) / 64
    lines -= lines.mean()
    seed, *_ = find_seeds(lines)
    return spread(cells_of(lines, seed), seed), lines


def off_periods(lattice, paper, period_mm=5.0):
    """How far each locked cell is off, whole periods of the page aside."""
    centres = lattice.cells.centres[lattice.locked]
    rest = lattice.periods[lattice.locked] - paper.to_paper(centres) / period_mm
    return rest - np.round(np.median(rest, axis=0))


PAPERS = {
    "flat": {},
    "askew": {"angle_deg": 9.0},
    "tilted": {"angle_deg": -2.0, "tilt": (0.15, 0.1)},
    "curled": {"angle_deg": 1.0, "bulge_mm": 1.0},
}


@pytest.mark.parametrize("lies", PAPERS)
def test_every_cell_knows_where_it_is_in_the_grid(lying, grid_picture, lies):
    paper = lying(8.0, shape=SHAPE, **PAPERS[lies])
    lattice, _ = lattice_in(grid_picture(paper, shape=SHAPE, noise=3))
    assert lattice.locked.mean() > 0.95
    assert np.abs(off_periods(lattice, paper)).max() < 0.01  # a twentieth of a millimetre


@pytest.mark.parametrize("pattern", ["5 mm", "dots"])
@pytest.mark.parametrize("px_per_mm", [4.0, 6.0])
def test_grids_of_other_patterns(lying, grid_picture, pattern, px_per_mm):
    paper = lying(px_per_mm, 0.5, shape=SHAPE)
    lattice, _ = lattice_in(grid_picture(paper, pattern, shape=SHAPE, noise=3))
    assert lattice.locked.mean() > 0.95
    assert np.abs(off_periods(lattice, paper)).max() < 0.01


def test_gradients_are_those_of_the_paper(lying, grid_picture):
    paper = lying(8.0, 3.0, (0.1, 0.0), shape=SHAPE)
    lattice, _ = lattice_in(grid_picture(paper, shape=SHAPE))
    centres = lattice.cells.centres[lattice.locked]
    true = np.stack([paper.to_paper(centres + step) - paper.to_paper(centres) for step in ((1, 0), (0, 1))], axis=2) / 5
    np.testing.assert_allclose(lattice.gradients[lattice.locked], true, atol=6e-4)  # at the edges they are guessed
    inside = (np.abs(centres - (SHAPE[1] / 2, SHAPE[0] / 2)) < (300, 180)).all(axis=1)
    np.testing.assert_allclose(lattice.gradients[lattice.locked][inside], true[inside], atol=2e-4)


def test_cells_without_a_grid_do_not_lock(lying, grid_picture):
    paper = lying(8.0, 1.0, shape=SHAPE)
    picture = grid_picture(paper, shape=SHAPE, noise=3)
    rng = np.random.default_rng(0)
    picture[:, 450:] = rng.normal(245, 3, (SHAPE[0], 450, 3)).clip(0, 255)
    lattice, _ = lattice_in(picture)
    x = lattice.cells.centres[:, 0]
    half = lattice.cells.stride
    assert lattice.locked[x < 450 - half].mean() > 0.95
    assert lattice.locked[x > 450 + half].mean() < 0.05
    assert np.abs(off_periods(lattice, paper)).max() < 0.03


def test_a_hole_in_the_grid_is_gone_around(lying, grid_picture):
    paper = lying(8.0, 1.0, shape=SHAPE)
    picture = grid_picture(paper, shape=SHAPE, noise=3)
    picture[:, 380:520] = 250
    picture[500:, 380:520] = grid_picture(paper, shape=SHAPE, noise=3)[500:, 380:520]
    lattice, _ = lattice_in(picture)
    x = lattice.cells.centres[:, 0]
    assert lattice.locked[x < 300].mean() > 0.95
    assert lattice.locked[x > 600].mean() > 0.95
    assert np.abs(off_periods(lattice, paper)).max() < 0.03


def test_cells_are_windows_that_cover_the_picture(lying, grid_picture):
    lattice, lines = lattice_in(grid_picture(lying(8.0, shape=SHAPE), shape=SHAPE))
    cells = lattice.cells
    size = len(cells.offsets)
    assert len(cells.centres) == len(cells.windows) == cells.raster[0] * cells.raster[1]
    assert cells.windows.shape[1:] == (size, size)
    corner, end = cells.centres[0] + cells.offsets[0], cells.centres[-1] + cells.offsets[-1]
    np.testing.assert_allclose(corner, 0)
    np.testing.assert_allclose(end, (SHAPE[1] - 1, SHAPE[0] - 1))
    np.testing.assert_array_equal(cells_at(lines, cells), cells.windows)


def test_the_lock_in_tells_phase_and_height(lying, grid_picture):
    lattice, _ = lattice_in(grid_picture(lying(8.0, shape=SHAPE), shape=SHAPE))
    cells = lattice.cells
    x = np.arange(SHAPE[1], dtype=np.float32)
    gradient = np.array([0.05, 0.0])
    waves = np.tile(np.cos(2 * np.pi * (0.05 * x - 0.1)).astype(np.float32), (SHAPE[0], 1))
    waved = type(cells)(cells.centres, cells_at(waves, cells), cells.offsets, cells.raster)
    which = np.arange(4)
    phase = cells.centres[which, 0] * 0.05 - 0.1
    at, beside = lock_in(waved, which, phase, np.tile(gradient, (4, 1)), np.array([1.0, 2.0])).T
    np.testing.assert_allclose(np.angle(at), 0, atol=0.02)
    assert (np.abs(at) > 20 * np.abs(beside)).all()
    shifted = lock_in(waved, which, phase + 0.25, np.tile(gradient, (4, 1)), np.array([1.0]))[:, 0]
    np.testing.assert_allclose(np.angle(shifted), -np.pi / 2, atol=0.02)
