"""The grid of a page: found, followed over the page, and measured in millimetres."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage

from kalemia.digitization.grid_lines import clearest_channel, even_lines, shrink_factor
from kalemia.digitization.lattice import Lattice, cells_of, lock_in, spread
from kalemia.digitization.lattice_seed import Seed, find_seeds
from kalemia.digitization.page import Darkness, Picture, Shade, darkness
from kalemia.digitization.paper_map import PaperMap, paper_map
from kalemia.digitization.sheet import LARGE_SQUARE_MM, grid_extent
from kalemia.errors import NoGrid

SMALL_SQUARE_MM = 1.0
FIFTH = 1.5
"""Height of the fifth harmonic over its neighbours from which there are five small squares in a large one."""
FINEST_PERIOD_PX = 10.5
"""A shorter period has no fifth harmonic that pixels could show."""
PEN_SHARE = 0.15
"""Width of the pen as a part of the period: a pen is 0.2 to 0.6 mm wide, so more than this is a period of 1 mm."""
LEAST_PERIOD_PX = 4.0
LARGEST_MM, LONGEST_STRIP_MM, WIDEST_STRIP_MM = 450.0, 1000.0, 150.0
"""A larger page was misread: its squares are of 1 mm, not of 5. Only strips are long."""
LEAST_AREA_MM2 = 1500.0
"""Three centimetres by five: less grid than that cannot be told from chance."""
LEAST_SHARE = 0.03
MOST_SEEDS = 5
WEAK, STRONG = 0.2, 0.5
"""Height of teeth beside the others below which they are none, and from which they are some."""
_TEETH = np.arange(1, 13, dtype=np.float64)
_FIRST_TEETH = 5
_SAMPLED_CELLS = 120
"""Of so many cells the mean height of a tooth is as good as of all."""
_INK = 0.5
_BLOCK_PX = 8


@dataclass(frozen=True, eq=False)
class Cover:
    """Where a picture shows the grid, in cells.

    Attributes:
        shown: whether a cell does; those it surrounds count too.
        first: centre (x, y) of the first cell in px.
        step: distance of the cells in px.
    """

    shown: Bool[np.ndarray, "row column"]
    first: Float[np.ndarray, "2"]
    step: Float[np.ndarray, "2"]

    def __call__(self, xy: Float[np.ndarray, "*point 2"]) -> Bool[np.ndarray, "*point"]:
        """Whether points of the picture, in px, lie on the grid."""
        columns, rows = np.moveaxis((xy - self.first) / self.step, -1, 0)
        share = ndimage.map_coordinates(self.shown.astype(np.float64), [rows, columns], order=1, mode="nearest")
        return share >= 0.5


@dataclass(frozen=True, eq=False)
class Grid:
    """A page's grid.

    Attributes:
        map: from the picture to millimetres of the grid.
        extent_mm: left, top, right, bottom.
        channel: the colour in which ink stands out from it.
        evidence: what it is, in words.
        cover: where the picture shows it.
    """

    map: PaperMap
    extent_mm: tuple[float, float, float, float]
    channel: int
    evidence: str
    cover: Cover


def _cover(lattice: Lattice, scale: float) -> Cover:
    shown = _whole(lattice.locked.reshape(lattice.cells.raster))
    centres = ((lattice.cells.centres + 0.5) / scale - 0.5).reshape(*shown.shape, 2)
    step = np.array([centres[0, 1, 0] - centres[0, 0, 0], centres[1, 0, 1] - centres[0, 0, 1]])
    return Cover(shown, centres[0, 0], step)


def _whole(shown: Bool[np.ndarray, "row column"]) -> Bool[np.ndarray, "row column"]:
    """The largest piece of the grid and all that it embraces: a sheet of paper is convex, and a copier leaves holes."""
    # a single cell that sticks out is the corner of a page or of a desk
    firm = ndimage.binary_opening(shown, np.ones((2, 2)))
    labels, pieces = ndimage.label(firm if firm.any() else shown, np.ones((3, 3)))
    largest = labels == np.argmax(np.bincount(labels.ravel(), minlength=pieces + 1)[1:]) + 1
    corners = np.argwhere(largest)[:, ::-1].astype(np.int32)
    hull = np.zeros(shown.shape, np.uint8)
    cv2.fillConvexPoly(hull, cv2.convexHull(corners), 1)
    return hull > 0


def find_grid(picture: Picture) -> Grid:
    """The millimetre grid of a page.

    Raises:
        NoGrid: nothing repeats as squares do, or too little of it.
    """
    scale = shrink_factor(picture.shape)
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture
    shades = darkness(small)
    lattice, period_mm, squares = _largest(even_lines(shades), shades)
    paper = paper_map(lattice, period_mm, scale)
    channel = clearest_channel(small, lattice)
    return Grid(paper, grid_extent(lattice, period_mm), channel, squares + _shape(paper), _cover(lattice, scale))


def _shape(paper: PaperMap) -> str:
    return ", flat" if paper.bend_mm is None else f", bent by up to {float(np.abs(paper.bend_mm).max()):.1f} mm"


def _largest(lines: Shade, shades: Darkness) -> tuple[Lattice, float, str]:
    """The lattice that covers the page, from the first of the seeds that grows to one.

    Raises:
        NoGrid: there is none, or too little of it.
    """
    largest_mm2 = 0.0
    for seed in find_seeds(lines)[:MOST_SEEDS]:
        lattice = _lattice(lines, seed)
        if lattice is None:
            continue
        period_mm, squares = _period(lattice, shades)
        seen_mm2 = _area_mm2(lattice, period_mm)
        if seen_mm2 >= LEAST_AREA_MM2 and lattice.locked.mean() >= LEAST_SHARE and lattice.spans_a_plane:
            return lattice, period_mm, squares
        largest_mm2 = max(largest_mm2, seen_mm2)
    seen = f"only {largest_mm2 / 100:.0f} cm² of a millimetre grid were" if largest_mm2 else "no millimetre grid was"
    raise NoGrid(f"{seen} seen. The page must show its grid: take the picture closer, sharp and flat")


def _lattice(lines: Shade, seed: Seed) -> Lattice | None:
    """The lattice that grows from a seed, or from one of half or a third of its period, with the true period."""
    for part in (1, 2, 3):
        tried = seed.divided(part)
        if tried.period < LEAST_PERIOD_PX:
            return None
        lattice = spread(cells_of(lines, tried), tried)
        if lattice.locked.any():
            true_part = _division(lattice)
            if true_part == 1:
                return lattice
            whole = tried.divided(true_part)
            lattice = spread(cells_of(lines, whole), whole)
            return lattice if lattice.locked.any() else None
    return None


def _area_mm2(lattice: Lattice, period_mm: float) -> float:
    """How much paper the cells that show the grid cover."""
    periods_per_px2 = np.abs(np.linalg.det(lattice.gradients[lattice.locked]))
    return float(np.sum(lattice.cells.stride**2 * periods_per_px2) * period_mm**2)


def _division(lattice: Lattice) -> float:
    """Which part of the period that was seen first is the true one; one half where it is twice as long.

    Lines that are rounded to whole pixels look alike only after several squares; but over the whole page only every
    second or third tooth of that comb stands. And where five small squares are no whole number of pixels, the comb of
    half the period may stand out in a tile; but then there are teeth between its own as well.
    """
    heights, between = _teeth(lattice), _teeth(lattice, _TEETH - 0.5)
    for part in (3, 2):
        own = np.arange(1, len(heights) + 1) % part == 0
        if np.median(heights[~own]) < WEAK * np.median(heights[own]):
            return part
    return 0.5 if np.median(between[:_FIRST_TEETH]) > STRONG * np.median(heights[:_FIRST_TEETH]) else 1


def _period(lattice: Lattice, shades: Darkness) -> tuple[float, str]:
    """Length of a period in mm, and what the grid's lines are."""
    heights = _teeth(lattice)
    period_px = 1 / float(np.median(np.linalg.norm(lattice.gradients[lattice.locked], axis=2)))
    if period_px > FINEST_PERIOD_PX and heights[4] > FIFTH * (heights[3] + heights[5]) / 2:
        return LARGE_SQUARE_MM, "squares of 5 mm with 1 mm lines"
    wide = _pen_px(shades.ink, _cover(lattice, 1.0)) > PEN_SHARE * period_px
    if wide or _is_too_large(*(side / period_px * LARGE_SQUARE_MM for side in shades.ink.shape)):
        return SMALL_SQUARE_MM, "squares of 1 mm"
    return LARGE_SQUARE_MM, "squares of 5 mm"


def _is_too_large(height_mm: float, width_mm: float) -> bool:
    short, long = sorted((height_mm, width_mm))
    return long > (LONGEST_STRIP_MM if short < WIDEST_STRIP_MM else LARGEST_MM)


def _teeth(lattice: Lattice, harmonics: Float[np.ndarray, " tooth"] = _TEETH) -> Float[np.ndarray, " tooth"]:
    """How strongly each harmonic of the grid's period shows."""
    locked = np.flatnonzero(lattice.locked)
    which = locked[:: max(1, len(locked) // _SAMPLED_CELLS)]
    heights = np.zeros(len(harmonics))
    for family in (0, 1):
        tones = lock_in(
            lattice.cells, which, lattice.periods[which, family], lattice.gradients[which, family], harmonics
        )
        heights += np.abs(tones.mean(axis=0))
    return heights


def _pen_px(ink: Shade, cover: Cover) -> float:
    """Width of strokes on the grid: twice their area over the length of their outline; 0 where there is no ink."""
    x, y = np.meshgrid(np.arange(0, ink.shape[1], _BLOCK_PX), np.arange(0, ink.shape[0], _BLOCK_PX))
    blocks = cover(np.stack([x, y], axis=-1)).astype(np.uint8)
    solid = ((ink > _INK) & (cv2.resize(blocks, ink.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0)).astype(np.uint8)
    outline = int(solid.sum()) - int(cv2.erode(solid, np.ones((3, 3), np.uint8)).sum())
    return 2 * float(solid.sum()) / outline if outline else 0.0
