import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalemia.digitization.lattice import Cells, Lattice
from kalemia.digitization.paper_map import PaperMap, paper_map

WIDTH, HEIGHT = 2000, 1500
PX_PER_MM = 8.0


def projection(angle_deg=0.0, tilt=(0.0, 0.0), px_per_mm=PX_PER_MM):
    """From picture to paper, with a perspective that changes the scale by `tilt` from edge to edge."""
    turn = np.deg2rad(angle_deg)
    matrix = np.array([[np.cos(turn), -np.sin(turn), 3.0], [np.sin(turn), np.cos(turn), -2.0], [0, 0, px_per_mm]])
    matrix[2, :2] = px_per_mm * tilt[0] / WIDTH, px_per_mm * tilt[1] / HEIGHT
    return matrix / px_per_mm


def places(count=40, seed=0):
    return np.random.default_rng(seed).uniform((0, 0), (WIDTH, HEIGHT), (count, 2))


PROJECTIONS = st.builds(
    projection,
    st.floats(-25, 25),
    st.tuples(st.floats(-0.15, 0.15), st.floats(-0.15, 0.15)),
    st.floats(4, 16),
)
POINTS = st.tuples(st.floats(0, WIDTH), st.floats(0, HEIGHT))


@st.composite
def bends(draw):
    """Up to 2 mm, changing by no more than creased paper does."""
    rows, columns = draw(st.integers(2, 6)), draw(st.integers(2, 6))
    seed, size = draw(st.integers(0, 99)), draw(st.floats(0, 2))
    bend = np.random.default_rng(seed).uniform(-size, size, (rows, columns, 2)).astype(np.float32)
    return bend, ((0.0, 0.0), (WIDTH / (columns - 1), HEIGHT / (rows - 1)))


@given(PROJECTIONS, POINTS)
def test_there_and_back_on_flat_paper(matrix, point):
    paper = PaperMap(matrix)
    np.testing.assert_allclose(paper.to_picture(paper.to_paper(np.array(point))), point, atol=1e-6)


@given(PROJECTIONS, bends(), POINTS)
def test_there_and_back_on_bent_paper(matrix, bend, point):
    paper = PaperMap(matrix, *bend)
    there = paper.to_paper(np.array(point))
    np.testing.assert_allclose(paper.to_picture(there), point, atol=0.1)
    np.testing.assert_allclose(paper.to_paper(paper.to_picture(there)), there, atol=0.01)


@given(PROJECTIONS, st.one_of(st.just((None,)), bends()), st.floats(-200, 200), st.floats(-200, 200), POINTS)
def test_moving_the_origin_moves_every_point_by_as_much(matrix, bend, x, y, point):
    paper = PaperMap(matrix, *bend)
    np.testing.assert_allclose(
        paper.shifted((x, y)).to_paper(np.array(point)), paper.to_paper(np.array(point)) - (x, y), atol=1e-6
    )


@pytest.mark.parametrize("bend", [None, np.full((2, 2, 2), 0.5, np.float32)])
@pytest.mark.parametrize("shape", [(2,), (7, 2), (3, 4, 2)])
def test_any_number_of_points_at_once(shape, bend):
    paper = PaperMap(projection(3), bend, ((0, 0), (WIDTH, HEIGHT)))
    points = np.random.default_rng(0).uniform(0, 1500, shape)
    each = np.array([paper.to_paper(point) for point in points.reshape(-1, 2)]).reshape(shape)
    np.testing.assert_allclose(paper.to_paper(points), each)
    np.testing.assert_allclose(paper.to_picture(paper.to_paper(points)), points, atol=1e-3)


@pytest.mark.parametrize("angle", [0, 10, -20])
def test_resolution(angle):
    assert PaperMap(projection(angle)).px_per_mm(np.array([500.0, 500.0])) == pytest.approx(PX_PER_MM, rel=1e-6)


def test_resolution_is_that_of_the_coarser_direction():
    assert PaperMap(np.diag([1 / 12, 1 / 6, 1])).px_per_mm(np.array([100.0, 100.0])) == pytest.approx(6)


def test_bending_is_added_to_what_the_plane_says():
    bend = np.zeros((2, 3, 2), np.float32)
    bend[:, 1] = (1.0, -2.0)
    paper = PaperMap(projection(), bend, ((100, 100), (200, 1000)))
    middle, half, far = np.array([[300.0, 500], [200, 500], [1900, 500]])
    flat = PaperMap(projection())
    np.testing.assert_allclose(paper.to_paper(middle), flat.to_paper(middle) + np.array([1, -2]))
    np.testing.assert_allclose(paper.to_paper(half), flat.to_paper(half) + np.array([0.5, -1]))
    np.testing.assert_allclose(paper.to_paper(far), flat.to_paper(far))


# ---- from a lattice


def lattice_of(to_mm, period_mm=5.0, scale=1.0, stride=80, locked=None, noise_mm=0.0, seed=0):
    """What a lattice would say about a picture whose every point (px, unscaled) lies at `to_mm` on paper."""
    xs, ys = np.arange(stride, WIDTH * scale, stride), np.arange(stride, HEIGHT * scale, stride)
    centres = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2).astype(float)
    px = (centres + 0.5) / scale - 0.5
    mm = to_mm(px) + np.random.default_rng(seed).normal(0, noise_mm, px.shape)
    steps = [(to_mm(px + step) - to_mm(px)) / (period_mm * scale) for step in ((1, 0), (0, 1))]
    cells = Cells(centres, np.empty((0, 1, 1), np.float32), np.arange(2 * stride) - stride + 0.5, (len(ys), len(xs)))
    where = np.ones(len(centres), bool) if locked is None else locked(px)
    return Lattice(cells, where, mm / period_mm, np.stack(steps, axis=-1))


def plane(angle_deg=0.0, tilt=(0.0, 0.0)):
    return PaperMap(projection(angle_deg, tilt)).to_paper


def curled(px):
    """Paper that is lifted in the middle by 1.5 mm and drawn together by half a millimetre."""
    across = px[..., 0] / WIDTH
    lift = np.stack([0.5 * np.sin(2 * np.pi * across), -1.5 * np.sin(np.pi * across)], axis=-1)
    return plane(1.0)(px) + lift


@given(
    st.floats(-20, 20),
    st.tuples(st.floats(-0.15, 0.15), st.floats(-0.15, 0.15)),
    st.sampled_from([1.0, 0.6]),
    st.sampled_from([1.0, 5.0]),
)
def test_a_plane_is_found_exactly(angle, tilt, scale, period_mm):
    to_mm = plane(angle, tilt)
    paper = paper_map(lattice_of(to_mm, period_mm, scale), period_mm, scale)
    assert paper.bend_mm is None
    np.testing.assert_allclose(paper.to_paper(places()), to_mm(places()), atol=1e-4)


def test_noise_averages_out_and_is_no_bending():
    to_mm = plane(2, (0.1, 0.05))
    paper = paper_map(lattice_of(to_mm, noise_mm=0.02), 5.0, 1.0)
    assert paper.bend_mm is None
    np.testing.assert_allclose(paper.to_paper(places()), to_mm(places()), atol=0.02)


def test_curled_paper_is_followed():
    paper = paper_map(lattice_of(curled, noise_mm=0.01), 5.0, 1.0)
    assert paper.bend_mm is not None
    inside = places()[(places() > 150).all(axis=1) & (places() < (WIDTH - 150, HEIGHT - 150)).all(axis=1)]
    np.testing.assert_allclose(paper.to_paper(inside), curled(inside), atol=0.08)
    np.testing.assert_allclose(paper.to_picture(paper.to_paper(inside)), inside, atol=0.05)


def test_cells_that_locked_in_something_else_are_left_out():
    to_mm = plane(3, (0.05, 0.1))
    lattice = lattice_of(to_mm)
    wrong = np.random.default_rng(1).random(len(lattice.periods)) < 0.1
    lattice.periods[wrong] += 0.2
    paper = paper_map(lattice, 5.0, 1.0)
    np.testing.assert_allclose(paper.to_paper(places()), to_mm(places()), atol=0.05)


def test_it_goes_on_where_no_grid_was_seen():
    to_mm = plane(1, (0.1, 0.0))
    middle = lattice_of(to_mm, locked=lambda px: (np.abs(px - (WIDTH / 2, HEIGHT / 2)) < (500, 400)).all(axis=1))
    np.testing.assert_allclose(paper_map(middle, 5.0, 1.0).to_paper(places()), to_mm(places()), atol=0.01)


def test_the_scale_is_right_to_a_two_thousandth_on_curled_paper():
    paper = paper_map(lattice_of(curled, noise_mm=0.01), 5.0, 1.0)
    ends = np.array([[150.0, 700], [WIDTH - 150.0, 700]])
    found, true = (np.hypot(*np.diff(to(ends), axis=0)[0]) for to in (paper.to_paper, curled))
    assert found == pytest.approx(true, rel=5e-4)
