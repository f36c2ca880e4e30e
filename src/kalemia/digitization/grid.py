"""The grid of a page: found, followed over the page, and measured in millimetres."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float

from kalemia.digitization.grid_lines import clearest_channel, even_lines, shrink_factor
from kalemia.digitization.lattice import Lattice, cells_of, lock_in, spread
from kalemia.digitization.lattice_seed import find_seed
from kalemia.digitization.page import Darkness, Picture, darkness
from kalemia.digitization.paper_map import PaperMap, paper_map
from kalemia.digitization.sheet import LARGE_SQUARE_MM, grid_extent
from kalemia.errors import NoGrid

SMALL_SQUARE_MM = 1.0
FIFTH = 1.5
"""Height of the fifth harmonic over its neighbours from which there are five small squares in a large one."""
PEN_SHARE = 0.15
"""Width of the pen as a part of the period: a pen is 0.2 to 0.6 mm wide, so more than this is a period of 1 mm."""
LARGEST_MM = 450.0
LEAST_AREA_MM2 = 1500.0
"""Three centimetres by five: less grid than that cannot be told from chance."""
LEAST_SHARE = 0.03
_TEETH = np.arange(1, 8, dtype=np.float64)
_INK = 0.5


@dataclass(frozen=True, eq=False)
class Grid:
    """A page's grid.

    Attributes:
        map: from the picture to millimetres of the grid.
        extent_mm: left, top, right, bottom.
        channel: the colour in which ink stands out from it.
        evidence: what it is, in words.
    """

    map: PaperMap
    extent_mm: tuple[float, float, float, float]
    channel: int
    evidence: str


def find_grid(picture: Picture) -> Grid:
    """The millimetre grid of a page.

    Raises:
        NoGrid: nothing repeats as squares do, or too little of it.
    """
    scale = shrink_factor(picture.shape)
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture
    shades = darkness(small)
    seed = find_seed(lines := even_lines(shades))
    if seed is None:
        raise NoGrid(
            "no millimetre grid was seen. The page must show its grid; take the picture closer, sharp and flat"
        )
    lattice = spread(cells_of(lines, seed), seed)
    period_mm, squares = _period(lattice, shades)
    _require_enough(lattice, period_mm)
    paper = paper_map(lattice, period_mm, scale)
    return Grid(paper, grid_extent(lattice, period_mm), clearest_channel(small, lattice), squares + _shape(paper))


def _shape(paper: PaperMap) -> str:
    return ", flat" if paper.bend_mm is None else f", bent by up to {float(np.abs(paper.bend_mm).max()):.1f} mm"


def _require_enough(lattice: Lattice, period_mm: float) -> None:
    """Refuse what repeats here and there only."""
    area = float(np.sum(1 / np.abs(np.linalg.det(lattice.gradients[lattice.locked])))) if lattice.locked.any() else 0.0
    cell_mm = lattice.cells.stride * np.sqrt(np.abs(np.linalg.det(lattice.gradients[lattice.locked]))) * period_mm
    seen_mm2 = float(np.sum(cell_mm**2)) if area else 0.0
    if seen_mm2 < LEAST_AREA_MM2 or lattice.locked.mean() < LEAST_SHARE:
        raise NoGrid(
            f"only {seen_mm2 / 100:.0f} cm² of a millimetre grid were seen, at least {LEAST_AREA_MM2 / 100:.0f} are needed. "
            "Take the picture closer, sharp and flat"
        )


def _period(lattice: Lattice, shades: Darkness) -> tuple[float, str]:
    """Length of a period in mm, and what the grid's lines are."""
    heights = _teeth(lattice)
    if heights[4] > FIFTH * (heights[3] + heights[5]) / 2:
        return LARGE_SQUARE_MM, "squares of 5 mm with 1 mm lines"
    period_px = 1 / float(np.median(np.linalg.norm(lattice.gradients[lattice.locked], axis=2)))
    wide = _pen_px(shades) > PEN_SHARE * period_px
    too_large = max(shades.ink.shape) / period_px * LARGE_SQUARE_MM > LARGEST_MM
    if wide or too_large:
        return SMALL_SQUARE_MM, "squares of 1 mm"
    return LARGE_SQUARE_MM, "squares of 5 mm"


def _teeth(lattice: Lattice) -> Float[np.ndarray, " tooth"]:
    """How strongly each harmonic of the grid's period shows."""
    which = np.flatnonzero(lattice.locked)
    heights = np.zeros(len(_TEETH))
    for family in (0, 1):
        tones = lock_in(lattice.cells, which, lattice.periods[which, family], lattice.gradients[which, family], _TEETH)
        heights += np.abs(tones.mean(axis=0))
    return heights


def _pen_px(shades: Darkness) -> float:
    """Width of strokes: twice their area over the length of their outline; 0 where there is no ink."""
    ink = (shades.ink > _INK).astype(np.uint8)
    inner = cv2.erode(ink, np.ones((3, 3), np.uint8))
    outline = int(ink.sum()) - int(inner.sum())
    return 2 * float(ink.sum()) / outline if outline else 0.0
