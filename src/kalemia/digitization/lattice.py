"""The lattice of the grid over the whole page: where each square lies in the picture, to a fraction of a pixel.

A lock-in amplifier in two dimensions: in each small cell of the picture the grid's lines are correlated with the lines
that the cells around lead one to expect. The phase of the correlation is how far they are off, its height how clearly
there is a grid at all. From the tile where the grid was seen first it goes outwards cell by cell, so that paper may
curl and lie in perspective.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Complex, Float, Float32, Int
from scipy import ndimage

from kalemia.digitization.lattice_seed import Seed, window_starts

Shade = Float32[np.ndarray, "row column"]
Points = Float[np.ndarray, "*point 2"]

CELL_PERIODS = 4.0
_LEAST_CELL_PX = 24
_LEAST_TILE_PX = 384
NOISE_TEETH = (0.5, 1.5)
"""Between two teeth of the comb there is only noise: the lock-in is run there too, to know how high that is."""
CLEAR = 3.0
"""Height over the noise from which a cell counts as grid."""
FARTHEST_OFF = 0.2
"""Part of a period by which a cell may be off from what its neighbours lead one to expect."""
HARMONICS = np.arange(1, 6, dtype=np.float64)
MOST_OVERTONE = 1.5
"""Height of a harmonic over that of the first. The millimetre lines are the fifth, and often the highest by far; were
it believed as much, a cell could lock in one millimetre off."""
FAINT = 0.25
"""Height over the median height of the cells so far from which a cell counts as grid."""
LEAST_HEIGHT = 0.002
"""Height of lines whose contrast was made 1 all over the page; what a copier leaves of a grid has 0.006."""
_ANY_SHIFT = np.linspace(-0.5, 0.5, 81)
_SHIFTS = np.linspace(-FARTHEST_OFF, FARTHEST_OFF, 33)
_SETTLED_SHIFTS = np.linspace(-0.1, 0.1, 17)
_BUSY = 0.1
_NEIGHBOURHOOD = 2
_GRADIENT_PRIOR = 0.05
_WAVES = 400
_SETTLING = 3


@dataclass(frozen=True, eq=False)
class Cells:
    """Overlapping windows of the picture, on a raster.

    Attributes:
        centres: (x, y) in px.
        windows: the picture under a bell.
        offsets: of a window's rows (and columns) from its centre in px.
        raster: rows and columns of cells.
    """

    centres: Points
    windows: Float32[np.ndarray, "cell row column"]
    offsets: Float[np.ndarray, " row"]
    raster: tuple[int, int]

    @property
    def stride(self) -> float:
        """Distance of neighbouring centres in px."""
        return float(len(self.offsets)) / 2


@dataclass(frozen=True, eq=False)
class Lattice:
    """Where in the grid each cell's centre lies, as measured.

    Attributes:
        cells: the windows.
        locked: whether the cell shows the grid.
        periods: periods of the grid to the right and down at the centre of each locked cell.
        gradients: derivative of `periods` (first index) by x and y (second), in periods per px.
    """

    cells: Cells
    locked: Bool[np.ndarray, " cell"]
    periods: Float[np.ndarray, "cell 2"]
    gradients: Float[np.ndarray, "cell 2 2"]

    @property
    def spans_a_plane(self) -> bool:
        """Whether there are at least two rows and two columns of cells that show the grid."""
        shown = self.locked.reshape(self.cells.raster)
        return bool(shown.any(axis=1).sum() >= 2 and shown.any(axis=0).sum() >= 2)


def cells_of(lines: Shade, seed: Seed) -> Cells:
    """Cut the picture into windows of some periods, each overlapping half of the next.

    Where a larger tile was needed to see the grid, the windows are larger too.
    """
    period = 1 / np.hypot(*seed.vertical.frequency)
    size = max(_LEAST_CELL_PX, round(CELL_PERIODS * period * max(1.0, seed.side / _LEAST_TILE_PX)))
    size = min(size, min(lines.shape) // 2)  # so that there are at least three rows of cells
    half = (size - 1) / 2
    lefts, tops = (window_starts(length, size) for length in (lines.shape[1], lines.shape[0]))
    x, y = np.meshgrid(np.asarray(lefts) + half, np.asarray(tops) + half)
    centres = np.stack([x.ravel(), y.ravel()], axis=1)
    empty = np.empty((0, size, size), np.float32)
    cells = Cells(centres, empty, np.arange(size) - half, (len(tops), len(lefts)))
    return replace(cells, windows=cells_at(lines, cells))


def cells_at(image: Shade, cells: Cells) -> Float32[np.ndarray, "cell row column"]:
    """Windows of a picture at the places of cells."""
    size = len(cells.offsets)
    corners = np.round(cells.centres + cells.offsets[0]).astype(np.intp)
    view = np.lib.stride_tricks.sliding_window_view(image, (size, size))
    taper = np.hanning(size + 2)[1:-1].astype(np.float32)
    return view[corners[:, 1], corners[:, 0]] * (taper[:, None] * taper)


def lock_in(
    cells: Cells,
    which: Int[np.ndarray, " n"],
    phase: Float[np.ndarray, " n"],
    gradient: Float[np.ndarray, "n 2"],
    harmonics: Float[np.ndarray, " k"],
) -> Complex[np.ndarray, "n k"]:
    """Correlation of cells with lines expected there.

    Args:
        cells: of the picture.
        which: numbers of the cells to look at.
        phase: expected number of periods at their centres.
        gradient: expected periods per px to the right and down.
        harmonics: multiples of the period's frequency to correlate with.
    """
    turns = -2j * np.pi * gradient[:, :, None, None] * cells.offsets[:, None] * harmonics
    along_x, along_y = np.exp(turns[:, 0]), np.exp(turns[:, 1])
    parts = np.concatenate([along_x.real, along_x.imag], axis=2).astype(np.float32)
    summed = np.matmul(cells.windows[which], parts)
    count, size = len(harmonics), len(cells.offsets)
    rows = summed[:, :, :count] + 1j * summed[:, :, count:]
    return np.einsum("nsk,nsk->nk", rows, along_y) * np.exp(-2j * np.pi * phase[:, None] * harmonics) / size**2


def spread(cells: Cells, seed: Seed) -> Lattice:
    """The lattice, followed outwards from where the grid was seen first."""
    grower = _Grower(cells, seed)
    for _ in range(_WAVES):
        if not grower.advance():
            break
    for _ in range(_SETTLING):
        grower.settle()
    return Lattice(cells, grower.locked, grower.periods, grower.gradients)


class _Grower:
    """The state of the spreading: what is locked so far."""

    def __init__(self, cells: Cells, seed: Seed) -> None:
        count = len(cells.centres)
        self._cells = cells
        self.locked = np.zeros(count, bool)
        self.periods = np.zeros((count, 2))
        self.gradients = np.zeros((count, 2, 2))
        self._heights = np.zeros((count, 2))
        self._tried = np.full(count, -1)
        self._rows, self._columns = np.divmod(np.arange(count), cells.raster[1])
        start = self._clearest_cell(seed)
        gradient = np.array([[seed.vertical.frequency, seed.horizontal.frequency]])
        self._noise, self._template = self._noise_level(seed), np.zeros((2, len(HARMONICS)))
        self._template[:, 0] = 1.0
        for _ in range(_SETTLING):
            self._measure(start, self.periods[start], gradient, _ANY_SHIFT, least=0.0)

    def _clearest_cell(self, seed: Seed) -> Int[np.ndarray, " 1"]:
        """The cell in the seed's tile in which both families of lines show most."""
        near = np.flatnonzero(np.abs(self._cells.centres - seed.centre).max(axis=1) <= seed.side / 2)
        if not len(near):
            near = np.argsort(np.hypot(*(self._cells.centres - seed.centre).T))[:1]
        heights = [np.linalg.norm(tones, axis=1) for tones in self._tones_of_seed(seed, near, HARMONICS)]
        return near[[int(np.argmax(np.minimum(*heights)))]]

    def _noise_level(self, seed: Seed) -> Float[np.ndarray, " family"]:
        """Height between the teeth, over the cells that show anything."""
        power = np.square(self._cells.windows).mean(axis=(1, 2))
        busy = np.flatnonzero(power > _BUSY * np.quantile(power, 0.95))
        tones = self._tones_of_seed(seed, busy, np.asarray(NOISE_TEETH))
        return np.array([float(np.median(np.abs(family))) + 1e-9 for family in tones])

    def _tones_of_seed(
        self, seed: Seed, which: Int[np.ndarray, " n"], harmonics: Float[np.ndarray, " k"]
    ) -> list[Complex[np.ndarray, "n k"]]:
        """Correlation of cells with the lines of the seed, family by family."""
        still = np.zeros(len(which))
        return [
            lock_in(self._cells, which, still, np.tile(axis.frequency, (len(which), 1)), harmonics)
            for axis in (seed.vertical, seed.horizontal)
        ]

    def _learn(self, family: int, aligned: Complex[np.ndarray, "n k"]) -> None:
        """What the lines look like: the height of each harmonic over the cells."""
        heights = np.clip(aligned.real.mean(axis=0), 0, None)
        if heights[0] > 0:
            heights = np.minimum(heights, MOST_OVERTONE * heights[0])
            self._template[family] = heights / np.linalg.norm(heights)

    def advance(self) -> bool:
        """Measure every cell beside a locked one; whether any was locked, or may be in the next round."""
        near = self._locked_around()
        frontier = np.flatnonzero(~self.locked & (near > self._tried) & (near > 0))
        if not len(frontier):
            return False
        self._tried[frontier] = near[frontier]
        periods, gradients = self._expected(frontier)
        self._measure(frontier, periods, gradients, _SHIFTS, least=CLEAR)
        return True

    def settle(self) -> None:
        """Measure all locked cells again beside what all their neighbours lead one to expect now."""
        every = np.flatnonzero(self.locked)
        periods, gradients = self._expected(every)
        self.locked[every] = False
        self._measure(every, periods, gradients, _SETTLED_SHIFTS, least=CLEAR)

    def _locked_around(self) -> Int[np.ndarray, " cell"]:
        raster = self.locked.reshape(self._cells.raster).astype(np.float64)
        return ndimage.convolve(raster, np.ones((3, 3)), mode="constant").astype(np.intp).ravel()

    def _expected(self, which: Int[np.ndarray, " n"]) -> tuple[Float[np.ndarray, "n 2"], Float[np.ndarray, "n 2 2"]]:
        """Periods and gradients at cells, from a plane through the locked cells around each."""
        reach = np.arange(-_NEIGHBOURHOOD, _NEIGHBOURHOOD + 1)
        rows = self._rows[which][:, None, None] + reach[:, None]
        columns = self._columns[which][:, None, None] + reach
        inside = (rows >= 0) & (rows < self._cells.raster[0]) & (columns >= 0) & (columns < self._cells.raster[1])
        near = np.where(inside, rows * self._cells.raster[1] + columns, 0).reshape(len(which), len(reach) ** 2)
        weight = (inside.reshape(len(which), len(reach) ** 2) & self.locked[near]).astype(float)
        return self._planes(which, near, weight)

    def _planes(
        self, which: Int[np.ndarray, " n"], near: Int[np.ndarray, "n m"], weight: Float[np.ndarray, "n m"]
    ) -> tuple[Float[np.ndarray, "n 2"], Float[np.ndarray, "n 2 2"]]:
        step = self._cells.stride
        offsets = (self._cells.centres[near] - self._cells.centres[which][:, None]) / step
        weight = weight * np.exp(-0.5 * (offsets**2).sum(axis=2) / 1.5**2)
        total = np.maximum(weight.sum(axis=1), 1e-12)
        usual = np.einsum("nm,nmij->nij", weight, self.gradients[near]) / total[:, None, None] * step
        # what is left when the usual gradient is taken away is fitted by a plane whose slope is held near zero
        rest = self.periods[near] - np.einsum("nij,nmj->nmi", usual, offsets)
        design = np.concatenate([np.ones((*offsets.shape[:2], 1)), offsets], axis=2)
        normal = np.einsum("nm,nmi,nmj->nij", weight, design, design)
        normal[:, [1, 2], [1, 2]] += _GRADIENT_PRIOR * total[:, None]
        moments = np.einsum("nm,nmi,nmf->nif", weight, design, rest)
        fit = np.linalg.solve(normal, moments)
        return fit[:, 0], (usual + fit[:, 1:].transpose(0, 2, 1)) / step

    def _measure(
        self,
        which: Int[np.ndarray, " n"],
        periods: Float[np.ndarray, "n 2"],
        gradients: Float[np.ndarray, "n 2 2"],
        shifts: Float[np.ndarray, " shift"],
        least: float,
    ) -> None:
        good = np.ones(len(which), bool)
        measured = periods.copy()
        for family in (0, 1):
            tones = lock_in(self._cells, which, periods[:, family], gradients[:, family], HARMONICS)
            off, height = _best_shift(tones, self._template[family], shifts)
            measured[:, family] += off
            clear = height > self._least_height(family, least)
            self._heights[which, family] = height
            inside = (off > shifts[0]) & (off < shifts[-1])
            good &= clear & (inside | (least == 0))
            if good.any():
                self._learn(family, tones[good] * np.exp(-2j * np.pi * off[good, None] * HARMONICS))
        chosen = which[good]
        self.locked[chosen] = True
        self.periods[chosen] = measured[good]
        self.gradients[chosen] = gradients[good]

    def _least_height(self, family: int, least: float) -> float:
        """From which height on a cell shows the grid."""
        usual = float(np.median(self._heights[self.locked, family])) if self.locked.any() else 0.0
        return max(least * self._noise[family], FAINT * usual, LEAST_HEIGHT if least else 0.0)


def _best_shift(
    tones: Complex[np.ndarray, "n k"], template: Float[np.ndarray, " k"], shifts: Float[np.ndarray, " shift"]
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    """By how many periods lines of a known look are off, and how well they fit then."""
    turns = np.exp(-2j * np.pi * shifts[:, None] * HARMONICS) * template
    fit = (tones @ turns.T).real
    best = np.argmax(fit, axis=1)
    inner = np.clip(best, 1, len(shifts) - 2)
    n = np.arange(len(tones))
    left, middle, right = fit[n, inner - 1], fit[n, inner], fit[n, inner + 1]
    bend = left - 2 * middle + right
    vertex = np.where(bend < 0, 0.5 * (left - right) / np.where(bend < 0, bend, 1), 0.0)
    off = shifts[inner] + np.clip(vertex, -1, 1) * (shifts[1] - shifts[0])
    return off, fit[n, best]
