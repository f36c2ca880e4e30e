"""The lines of the grid on an even ground, without the trace: what the lattice is found in."""

from dataclasses import replace

import cv2
import numpy as np
from jaxtyping import Bool, Int

from kalemia.digitization.lattice import HARMONICS, Lattice, cells_at, lock_in
from kalemia.digitization.page import Darkness, Picture, Shade, darkness_of

MOST_PX = 4.1e6
"""Pages are shrunken to this before their grid is looked for: 8 px for a millimetre of an A4 page."""
INK = 0.6
"""Darker than this in every colour is ink, or a grid as black as ink."""
STROKE_PX = 60
"""A connected piece of ink with more pixels is trace or text; what a copier leaves of grid lines is smaller."""
NETWORK, LEAST_MESHES = 0.5, 100
"""A connected piece that spans more than this part of both sides of the page, and encloses so many places, is a black
grid; a frame and high complexes that run into each other enclose few."""
MOST_INK = 0.15
"""A larger share of the page than this is no trace: then the grid itself is black, and must stay."""
_MARGIN_PX = 7
_GROUND_PX, _CONTRAST_PX = 12, 24
_LEAST_CONTRAST = 0.02
_MOST = 2.0
_SAMPLED_CELLS = 40
_INK_SHARE = 0.01


def shrink_factor(shape: tuple[int, ...]) -> float:
    """By how much a page is shrunken before its grid is looked for; at most 1."""
    return min(1.0, float(np.sqrt(MOST_PX / (shape[0] * shape[1]))))


def even_lines(page: Darkness) -> Shade:
    """Grid lines, positive on a ground of zero, of one contrast all over the page.

    Args:
        page: shrunken already.
    """
    ink = _ink_mask(page.ink)
    paper = np.where(ink, np.float32(0), np.float32(1))
    ground = _blur(page.grid * paper, _GROUND_PX) / np.maximum(_blur(paper, _GROUND_PX), 1e-3)
    lines = (page.grid - ground) * paper
    contrast = np.sqrt(_blur(lines * lines, _CONTRAST_PX) / np.maximum(_blur(paper, _CONTRAST_PX), 1e-3))
    return np.clip(lines / (contrast + _LEAST_CONTRAST), -_MOST, _MOST)


def _ink_mask(ink: Shade) -> Bool[np.ndarray, "row column"]:
    solid = (ink > INK).astype(np.uint8)
    _, labels, sizes, _ = cv2.connectedComponentsWithStats(solid, connectivity=8)
    strokes = sizes[:, cv2.CC_STAT_AREA] > STROKE_PX
    strokes[0] = False
    wide, high = sizes[:, cv2.CC_STAT_WIDTH] / ink.shape[1], sizes[:, cv2.CC_STAT_HEIGHT] / ink.shape[0]
    for number in np.flatnonzero(strokes & (np.minimum(wide, high) > NETWORK)):
        strokes[number] = _meshes(labels == number) < LEAST_MESHES
    mask = strokes[labels]
    if mask.mean() > MOST_INK:
        return np.zeros_like(mask)
    return cv2.dilate(mask.astype(np.uint8), np.ones((_MARGIN_PX, _MARGIN_PX), np.uint8)) > 0


def _meshes(piece: Bool[np.ndarray, "row column"]) -> int:
    """How many places a connected piece encloses."""
    return cv2.connectedComponents((~piece).astype(np.uint8), connectivity=4)[0] - 2


def _blur(image: Shade, sigma_px: float) -> Shade:
    """A Gaussian, by way of a shrunken picture: it is smooth anyhow."""
    small = cv2.resize(image, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    smooth = cv2.GaussianBlur(small, (0, 0), sigma_px / 4)
    return cv2.resize(smooth, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_LINEAR)


def clearest_channel(picture: Picture, lattice: Lattice) -> int:
    """The colour in which ink stands out most beside the grid: red for pink paper, green for green paper.

    Args:
        picture: the one, shrunken, in which the lattice was found.
        lattice: of the grid.
    """
    sample = np.flatnonzero(lattice.locked)[:: max(1, int(lattice.locked.sum()) // _SAMPLED_CELLS)]
    contrasts = []
    for channel in cv2.split(picture):
        shade = darkness_of(channel)
        ink = float(np.quantile(shade[::2, ::2], 1 - _INK_SHARE))
        grid = _height_of_lines(shade, lattice, sample)
        contrasts.append(ink / (grid + 0.02))
    return int(np.argmax(contrasts))


def _height_of_lines(shade: Shade, lattice: Lattice, sample: Int[np.ndarray, " n"]) -> float:
    cells = replace(lattice.cells, centres=lattice.cells.centres[sample])
    cells, each = replace(cells, windows=cells_at(shade, cells)), np.arange(len(sample))
    tones = [
        lock_in(cells, each, lattice.periods[sample, family], lattice.gradients[sample, family], HARMONICS)
        for family in (0, 1)
    ]
    return float(np.abs(np.concatenate(tones)).mean(axis=0).sum())
