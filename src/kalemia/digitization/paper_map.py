"""From the picture to the paper and back: pixels to millimetres, through perspective, curl and crease."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32
from scipy import ndimage

from kalemia.digitization.lattice import Lattice

Points = Float[np.ndarray, "*point 2"]

_ROBUST_PERIODS = 0.02
_FIT_ROUNDS = 12
_SMOOTH_CELLS, _EXTEND_CELLS = 1.0, 3.0
BENT_MM = 0.03
"""Root mean square by which the paper must depart from a plane before its bending is believed: less is noise, and a
page from a scanner is flat."""
OUTLIER_MM = 0.3
"""A cell farther from its neighbours than this has locked in something else than the grid."""
_INVERSE_ROUNDS = 4


@dataclass(frozen=True, eq=False)
class PaperMap:
    """A projective map from picture to paper, and how far the paper departs from it.

    Attributes:
        projection: 3 x 3; (x, y, 1) of the picture in px to (x, y, 1) on paper in mm, up to a factor.
        bend_mm: what to add on paper, at nodes of the picture; `None` where the paper is flat.
        nodes: (x, y) of the first node and the distance of the nodes in px.
    """

    projection: Float[np.ndarray, "3 3"]
    bend_mm: Float32[np.ndarray, "row column 2"] | None = None
    nodes: tuple[tuple[float, float], tuple[float, float]] = ((0.0, 0.0), (1.0, 1.0))

    def to_paper(self, xy: Points) -> Points:
        """Picture (px) to paper (mm)."""
        return _projected(self.projection, xy) + self._bend(xy)

    def to_picture(self, mm: Points) -> Points:
        """Paper (mm) to picture (px)."""
        back = np.linalg.inv(self.projection)
        xy = _projected(back, mm)
        for _ in range(_INVERSE_ROUNDS if self.bend_mm is not None else 0):
            xy = _projected(back, mm - self._bend(xy))
        return xy

    def shifted(self, origin_mm: tuple[float, float]) -> "PaperMap":
        """The same with the paper's origin moved to a point of the paper."""
        move = np.array([[1.0, 0, -origin_mm[0]], [0, 1, -origin_mm[1]], [0, 0, 1]])
        return PaperMap(move @ self.projection, self.bend_mm, self.nodes)

    def px_per_mm(self, xy: Points) -> float:
        """Resolution of the picture around a point, the coarser of both directions."""
        here, right, below = (self.to_picture(self.to_paper(xy) + step) for step in ((0, 0), (1, 0), (0, 1)))
        return float(min(np.hypot(*(right - here)), np.hypot(*(below - here))))

    def _bend(self, xy: Points) -> Points:
        if self.bend_mm is None:
            return np.zeros_like(xy)
        (x0, y0), (dx, dy) = self.nodes
        flat = xy.reshape(-1, 2)
        columns, rows = (flat[:, 0] - x0) / dx, (flat[:, 1] - y0) / dy
        bend = [
            ndimage.map_coordinates(self.bend_mm[..., axis], [rows, columns], order=1, mode="nearest")
            for axis in (0, 1)
        ]
        return np.stack(bend, axis=1).reshape(xy.shape)


def paper_map(lattice: Lattice, period_mm: float, scale: float) -> PaperMap:
    """The map that fits a lattice.

    Args:
        lattice: found in a picture that was shrunken by `scale`.
        period_mm: length of a period on paper.
        scale: at most 1.
    """
    # the centre of the first pixel is (0, 0) before and after shrinking
    centres = (lattice.cells.centres + 0.5) / scale - 0.5
    locked = lattice.locked
    mm = lattice.periods * period_mm
    projection = _fit_projection(centres[locked], mm[locked])
    flat = PaperMap(projection)
    rest = np.where(locked[:, None], mm - flat.to_paper(centres), 0.0)
    bend = _smooth(rest, locked, lattice.cells.raster)
    alike = locked & (np.hypot(*(rest - bend.reshape(-1, 2)).T) < OUTLIER_MM)
    bend = _smooth(rest, alike, lattice.cells.raster)
    spread = float(np.sqrt((bend.reshape(-1, 2)[alike] ** 2).sum(axis=1).mean()))
    if spread < BENT_MM or min(lattice.cells.raster) < 2:
        return flat
    grid = centres.reshape(*lattice.cells.raster, 2)
    first = (float(grid[0, 0, 0]), float(grid[0, 0, 1]))
    step = (float(grid[0, 1, 0] - grid[0, 0, 0]), float(grid[1, 0, 1] - grid[0, 0, 1]))
    return PaperMap(projection, bend.astype(np.float32), (first, step))


def _fit_projection(xy: Points, mm: Points) -> Float[np.ndarray, "3 3"]:
    """Least squares on paper, with cells that lie off counting little (Cauchy weights)."""
    middle, size = xy.mean(axis=0), float(np.ptp(xy, axis=0).max()) / 2 + 1.0
    near = (xy - middle) / size
    weight = np.ones(len(xy))
    rows = np.eye(3)
    for _ in range(_FIT_ROUNDS):
        depth = near @ rows[2, :2] + 1
        rows = _solve(near, mm, weight / depth)
        off = np.hypot(*(_projected(rows, near) - mm).T)
        scale = max(1.5 * float(np.median(off)), 1e-6, _ROBUST_PERIODS)
        weight = 1 / (1 + (off / scale) ** 2)
    normalise = np.array([[1 / size, 0, -middle[0] / size], [0, 1 / size, -middle[1] / size], [0, 0, 1]])
    return rows @ normalise


def _solve(xy: Points, mm: Points, weight: Float[np.ndarray, " n"]) -> Float[np.ndarray, "3 3"]:
    ones, none = np.ones((len(xy), 1)), np.zeros((len(xy), 3))
    point = np.concatenate([xy, ones], axis=1)
    across = np.concatenate([point, none, -mm[:, :1] * xy], axis=1)
    down = np.concatenate([none, point, -mm[:, 1:] * xy], axis=1)
    matrix = np.concatenate([across, down]) * np.tile(weight, 2)[:, None]
    solution = np.linalg.lstsq(matrix, np.concatenate([mm[:, 0], mm[:, 1]]) * np.tile(weight, 2), rcond=None)[0]
    return np.array([solution[:3], solution[3:6], [*solution[6:], 1.0]])


def _projected(matrix: Float[np.ndarray, "3 3"], points: Points) -> Points:
    homogeneous = points @ matrix[:, :2].T + matrix[:, 2]
    return homogeneous[..., :2] / homogeneous[..., 2:]


def _smooth(
    rest: Float[np.ndarray, "cell 2"], locked: Bool[np.ndarray, " cell"], raster: tuple[int, int]
) -> Float[np.ndarray, "row column 2"]:
    """The rest averaged over neighbouring cells, and carried on to those that show no grid."""
    there = locked.reshape(raster).astype(np.float64)
    field = rest.reshape(*raster, 2)
    near, far = (_averaged(field, there, sigma) for sigma in (_SMOOTH_CELLS, _EXTEND_CELLS))
    return np.where((there > 0)[..., None], near, far)


def _averaged(
    field: Float[np.ndarray, "row column 2"], weight: Float[np.ndarray, "row column"], sigma: float
) -> Float[np.ndarray, "row column 2"]:
    """A plane fitted around each cell, under a bell of weights: an average alone would flatten slopes at the edges."""
    rows, columns = np.mgrid[: weight.shape[0], : weight.shape[1]].astype(np.float64)
    basis = (np.ones_like(rows), columns, rows)

    def bell(image: Float[np.ndarray, "row column"]) -> Float[np.ndarray, "row column"]:
        return ndimage.gaussian_filter(image * weight, sigma, mode="constant")

    normal = np.stack([np.stack([bell(a * b) for b in basis], axis=-1) for a in basis], axis=-2)
    normal += 1e-9 * np.eye(3)
    here = np.stack(basis, axis=-1)
    values = []
    for axis in (0, 1):
        moments = np.stack([bell(a * field[..., axis]) for a in basis], axis=-1)
        values.append((np.linalg.solve(normal, moments[..., None])[..., 0] * here).sum(axis=-1))
    return np.stack(values, axis=-1)
