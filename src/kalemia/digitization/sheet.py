"""The page laid flat: rectified, upright in its grid, with the grid taken away and the ink left."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, UInt8

from kalemia.digitization.desk import Cover, desk
from kalemia.digitization.lattice import Lattice
from kalemia.digitization.page import Picture, Shade, darkness_of
from kalemia.digitization.paper_map import PaperMap

LARGE_SQUARE_MM = 5.0
MARGIN_MM = 45.0
"""How much around the grid is laid flat too: what is printed there says names, speed and gain."""
LOWEST_PX_PER_MM, HIGHEST_PX_PER_MM = 8, 10
LARGEST_SHEET_MM = 1000.0
MOST_PIXELS = 16e6
"""A larger sheet is laid flat at a lower resolution: half a metre of a strip, or A3."""
_NODE_PX = 16
_TILE_SQUARES = 12
_DARKEST_LINE = 0.6
_RULED_MM, _RULED_QUANTILE = 40.0, 0.3
"""A trace is off its level for more than this share of 40 mm, in which there are one to four beats."""
_INK_SHARE = 0.004
"""A page with traces has at least so much ink on it."""
_FAINTEST_INK = 0.3


@dataclass(frozen=True, eq=False)
class Sheet:
    """A flat page.

    Attributes:
        ink: 0 is paper, about 1 is ink.
        shade: the same with the grid still there.
        px_per_mm: resolution, in both directions.
        map: between the picture and this sheet (mm from its top left corner).
    """

    ink: Shade
    shade: Shade
    px_per_mm: int
    map: PaperMap

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height."""
        return self.ink.shape[1] / self.px_per_mm, self.ink.shape[0] / self.px_per_mm


def lay_flat(
    picture: Picture,
    channel: int,
    paper: PaperMap,
    extent_mm: tuple[float, float, float, float],
    cover: Cover | None = None,
) -> Sheet:
    """The part of the page that has a grid, and a margin, at a whole number of px per mm.

    Args:
        picture: as it was taken.
        channel: the colour in which ink stands out and the grid does not.
        paper: map of the picture.
        extent_mm: left, top, right, bottom of the grid on paper.
        cover: whether points of the picture lie on the grid; without it, all is taken for paper.
    """
    left, top, right, bottom = _with_margin(picture, paper, extent_mm)
    placed = paper.shifted((left, top))
    middle = placed.to_picture(np.array([(right - left) / 2, (bottom - top) / 2]))
    resolution = int(np.clip(round(placed.px_per_mm(middle)), LOWEST_PX_PER_MM, HIGHEST_PX_PER_MM))
    resolution = min(resolution, max(1, int(np.sqrt(MOST_PIXELS / ((right - left) * (bottom - top))))))
    shape = (round((bottom - top) * resolution), round((right - left) * resolution))
    flat, outside = _warp(np.ascontiguousarray(picture[..., channel]), placed, resolution, shape)
    shade = darkness_of(flat)
    shade[outside] = 0
    ink = without_grid(shade, ~outside, resolution)
    if cover is not None:
        ink[desk(flat, outside, placed, cover, resolution)] = 0
    return Sheet(ink, shade, resolution, placed)


def grid_extent(lattice: Lattice, period_mm: float) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the cells that show the grid, on paper in mm, on whole large squares."""
    centres = lattice.periods[lattice.locked]
    low, high = np.percentile(centres, 0.5, axis=0), np.percentile(centres, 99.5, axis=0)
    half = lattice.cells.stride * float(np.median(np.abs(lattice.gradients[lattice.locked]).max(axis=2)))
    left, top = np.floor((low - half) * period_mm / LARGE_SQUARE_MM) * LARGE_SQUARE_MM
    right, bottom = np.ceil((high + half) * period_mm / LARGE_SQUARE_MM) * LARGE_SQUARE_MM
    return float(left), float(top), float(right), float(bottom)


def _with_margin(
    picture: Picture, paper: PaperMap, extent_mm: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    """The extent with a margin of whole large squares, but not far beyond the picture."""
    height, width = picture.shape[:2]
    edge = np.array([[x, y] for x in (0, width / 2, width) for y in (0, height / 2, height)], float)
    corners = paper.to_paper(edge)
    low, high = corners.min(axis=0) - LARGE_SQUARE_MM, corners.max(axis=0) + LARGE_SQUARE_MM
    left, top = (max(extent_mm[i] - MARGIN_MM, np.floor(low[i] / LARGE_SQUARE_MM) * LARGE_SQUARE_MM) for i in (0, 1))
    right, bottom = (
        min(extent_mm[i + 2] + MARGIN_MM, np.ceil(high[i] / LARGE_SQUARE_MM) * LARGE_SQUARE_MM) for i in (0, 1)
    )
    return left, top, min(right, left + LARGEST_SHEET_MM), min(bottom, top + LARGEST_SHEET_MM)


def _warp(
    channel: UInt8[np.ndarray, "row column"], paper: PaperMap, px_per_mm: int, shape: tuple[int, int]
) -> tuple[UInt8[np.ndarray, "row column"], Bool[np.ndarray, "row column"]]:
    """The channel laid flat, and where the sheet reaches beyond the picture."""
    # beyond the first and the last node there is one more, so that interpolation needs no extrapolation
    rows, columns = (int(np.ceil(length / _NODE_PX)) for length in shape)
    at = [((np.arange(-1, count + 1) + 0.5) * _NODE_PX) / px_per_mm for count in (columns, rows)]
    nodes = paper.to_picture(np.stack(np.meshgrid(*at), axis=-1)).astype(np.float32)
    size = ((columns + 2) * _NODE_PX, (rows + 2) * _NODE_PX)
    inner = slice(_NODE_PX, _NODE_PX + shape[0]), slice(_NODE_PX, _NODE_PX + shape[1])
    x, y = (cv2.resize(nodes[..., i], size, interpolation=cv2.INTER_LINEAR)[inner] for i in (0, 1))
    outside = (x < -0.5) | (y < -0.5) | (x > channel.shape[1] - 0.5) | (y > channel.shape[0] - 0.5)
    return cv2.remap(channel, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), outside


def without_grid(shade: Shade, inside: Bool[np.ndarray, "row column"], px_per_mm: int) -> Shade:
    """The ink alone: what repeats in every large square is taken away, and what is left scaled so that ink is 1.

    Args:
        shade: of the sheet.
        inside: where the sheet shows the picture.
        px_per_mm: resolution.
    """
    tile = round(_TILE_SQUARES * LARGE_SQUARE_MM * px_per_mm)
    grid = np.zeros_like(shade)
    side = round(LARGE_SQUARE_MM * px_per_mm)
    for top in _starts(shade.shape[0], tile, side):
        for left in _starts(shade.shape[1], tile, side):
            here = (slice(top, top + tile), slice(left, left + tile))
            grid[here] = _repeated(_square(shade[here], inside[here], px_per_mm), shade[here].shape)
    level = ink_level(shade - grid)
    ink = np.clip((shade - grid) / np.maximum(level - grid, 0.3 * level), 0, 1)
    block = round(_RULED_MM * px_per_mm)
    # what is as dark as the trace may be the trace, level through a long pause; it stays as dark as it is
    lines = np.minimum(np.maximum(_ruled(ink, block), _ruled(ink.T, block).T), _DARKEST_LINE)
    return np.clip((ink - lines) / np.maximum(1 - lines, 0.3), 0, 1)


def _ruled(ink: Shade, block: int) -> Shade:
    """What is left of level grid lines where the paper is bent: ink that stands nearly all along a block."""
    width = min(block, ink.shape[1])
    lefts = _starts(ink.shape[1], width, 1)
    number = int(_RULED_QUANTILE * len(range(0, width, 2)))
    along = [np.partition(ink[:, left : left + width : 2], number, axis=1)[:, number] for left in lefts]
    middles = np.array(lefts) + width / 2
    at = np.interp(np.arange(ink.shape[1]) + 0.5, middles, np.arange(len(middles))).astype(np.float32)
    rows = np.repeat(np.arange(len(ink), dtype=np.float32)[:, None], len(at), axis=1)
    return cv2.remap(np.stack(along, axis=1), np.tile(at, (len(ink), 1)), rows, cv2.INTER_LINEAR)


def _starts(length: int, tile: int, step: int) -> list[int]:
    """Where tiles begin; what is left over at the end is covered by one that overlaps, a whole number of steps on."""
    starts = list(range(0, max(1, length - tile + 1), tile))
    left_over = length - tile - starts[-1]
    return [*starts, starts[-1] + -(-left_over // step) * step] if left_over > 0 else starts


def ink_level(shade: Shade) -> float:
    """How dark the ink is."""
    return max(_FAINTEST_INK, float(np.quantile(shade[::2, ::2], 1 - _INK_SHARE)))


def _square(shade: Shade, inside: Bool[np.ndarray, "row column"], px_per_mm: int) -> Float32[np.ndarray, "row column"]:
    """The large square as most of those that lie in the picture look."""
    side = round(LARGE_SQUARE_MM * px_per_mm)
    whole = _squares(inside, side).all(axis=(0, 1))
    if not whole.any():
        return np.zeros((side, side), np.float32)
    return np.median(_squares(shade, side)[:, :, whole], axis=2)


def _squares(image: np.ndarray, side: int) -> np.ndarray:
    """The whole large squares of an image, as (row, column, square)."""
    rows, columns = image.shape[0] // side, image.shape[1] // side
    squares = image[: rows * side, : columns * side].reshape(rows, side, columns, side).transpose(1, 3, 0, 2)
    return squares.reshape(side, side, rows * columns)


def _repeated(square: Float[np.ndarray, "row column"], shape: tuple[int, ...]) -> Shade:
    side = len(square)
    times = (-(-shape[0] // side), -(-shape[1] // side))
    return np.tile(square, times)[: shape[0], : shape[1]].astype(np.float32)
