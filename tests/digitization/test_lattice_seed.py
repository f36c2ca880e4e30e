import itertools

import numpy as np
import pytest

from kalemia.digitization.lattice_seed import find_seeds

SHAPE = (500, 700)


def lines(lying, grid_picture, px_per_mm, pattern="lines", angle_deg=1.0, tilt=(0.0, 0.0), noise=4.0):
    """Grid lines on a ground of zero, and the map of their picture."""
    paper = lying(px_per_mm, angle_deg, tilt, shape=SHAPE)
    picture = grid_picture(paper, pattern, "pink", SHAPE, noise)
    shade = (255 - picture[..., 1].astype(np.float32)) / 64
    return shade - shade.mean(), paper


def true_frequencies(paper, at, period_mm):
    """Periods per px across the vertical and across the horizontal lines at a point."""
    at = np.asarray(at, float)
    steps = [paper.to_paper(at + step) - paper.to_paper(at - step) for step in ((0.5, 0), (0, 0.5))]
    return np.stack(steps, axis=1) / period_mm


def assert_is_grid(seeds, paper, period_mm, rel=0.01):
    assert seeds
    seed = seeds[0]
    found = np.array([seed.vertical.frequency, seed.horizontal.frequency])
    true = true_frequencies(paper, seed.centre, period_mm)
    np.testing.assert_allclose(found, true, atol=rel * np.abs(true).max())


@pytest.mark.parametrize("px_per_mm", [100 / 25.4, 150 / 25.4, 200 / 25.4, 300 / 25.4])
@pytest.mark.parametrize("pattern", ["lines", "5 mm", "dots"])
def test_period_and_angle(lying, grid_picture, px_per_mm, pattern):
    shade, paper = lines(lying, grid_picture, px_per_mm, pattern)
    assert_is_grid(find_seeds(shade), paper, 5.0)


def test_millimetre_lines_alone_have_a_period_of_a_millimetre(lying, grid_picture):
    shade, paper = lines(lying, grid_picture, 9.3, "1 mm")
    assert_is_grid(find_seeds(shade), paper, 1.0)


@pytest.mark.parametrize("angle_deg", [-20.0, -7.0, 0.0, 0.4, 12.0, 22.0])
def test_askew(lying, grid_picture, angle_deg):
    shade, paper = lines(lying, grid_picture, 8.0, angle_deg=angle_deg)
    assert_is_grid(find_seeds(shade), paper, 5.0)


@pytest.mark.parametrize("tilt", [(0.15, 0.0), (0.1, -0.2)])
def test_in_perspective(lying, grid_picture, tilt):
    shade, paper = lines(lying, grid_picture, 8.0, tilt=tilt)
    assert_is_grid(find_seeds(shade), paper, 5.0, rel=0.04)


@pytest.mark.parametrize("period_px", [29, 30, 31, 59])
def test_lines_that_are_rounded_to_whole_pixels(period_px):
    small = np.round(np.arange(0, 700, period_px / 5)).astype(int)
    picture = np.zeros(SHAPE, np.float32)
    picture[small[small < SHAPE[0]]], picture[:, small[small < SHAPE[1]]] = 0.5, 0.5
    picture[::period_px], picture[:, ::period_px] = 1, 1
    seed, *_ = find_seeds(picture - picture.mean())
    # exactly the same they look only after two or three squares
    across, down = 1 / seed.vertical.frequency[0], 1 / seed.horizontal.frequency[1]
    assert min(abs(across / (squares * period_px) - 1) for squares in (1, 2, 3)) < 0.01
    assert across == pytest.approx(down, rel=0.01)


def test_where_a_part_of_the_page_alone_has_a_grid_it_is_seen_there(lying, grid_picture):
    shade, _paper = lines(lying, grid_picture, 8.0)
    page = np.zeros((800, 1600), np.float32)
    page[150:650, 800:1500] = shade
    seed, *_ = find_seeds(page)
    assert 700 < seed.centre[0] < 1500
    assert np.hypot(*seed.vertical.frequency) == pytest.approx(1 / 40, rel=0.02)


@pytest.mark.parametrize("sides", ["vertical", "horizontal"])
def test_lines_in_one_direction_are_no_grid(sides):
    stripes = np.zeros(SHAPE, np.float32)
    stripes[:, ::12] = 1
    stripes += np.random.default_rng(0).normal(0, 0.05, SHAPE).astype(np.float32)
    stripes -= stripes.mean()
    assert not find_seeds(stripes if sides == "vertical" else stripes.T.copy())


@pytest.mark.parametrize("seed", range(5))
def test_noise_is_no_grid(seed):
    assert not find_seeds(np.random.default_rng(seed).normal(0, 1, SHAPE).astype(np.float32))


@pytest.mark.parametrize("shape", [SHAPE, (40, 2000), (64, 64)])
def test_nothing_is_no_grid(shape):
    assert not find_seeds(np.zeros(shape, np.float32))


def test_of_two_seeds_each_has_a_period_of_its_own_and_the_best_comes_first(lying, grid_picture):
    shade, _ = lines(lying, grid_picture, 8.0)
    seeds = find_seeds(shade)
    qualities = [seed.quality for seed in seeds]
    assert qualities == sorted(qualities, reverse=True)
    periods = sorted(seed.period for seed in seeds)
    assert all(b / a > 1.02 for a, b in itertools.pairwise(periods))
