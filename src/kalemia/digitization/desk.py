"""What lies around the paper: the desk of a photograph, the dark lid of a scanner."""

from collections.abc import Callable

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, UInt8
from scipy import ndimage

from kalemia.digitization.paper_map import PaperMap

Mask = Bool[np.ndarray, "row column"]
Cover = Callable[[Float[np.ndarray, "*point 2"]], Bool[np.ndarray, "*point"]]

WIDEST_INK_MM = 4
"""Writing and curves are narrower; what is dark over more is no paper."""
PAPER_LEVEL = 0.8
"""Brightness beside that of the grid nearby below which a place is no paper."""
LIGHT_MM = 30.0
"""Light and shadow change little over this."""
SURE_MM = 12
"""So far inside the grid all is paper, a shadow too; the cells in which the grid is seen are nearly that large."""
RIM_MM = 1
"""Of the paper's rim, which is bent and has a shadow."""


def desk(flat: UInt8[np.ndarray, "row column"], outside: Mask, paper: PaperMap, cover: Cover, px_per_mm: int) -> Mask:
    """Where a sheet laid flat is no paper: places darker than the grid nearby, coming in from beyond the picture.

    Args:
        flat: the sheet in the colour in which the grid is faintest.
        outside: where it reaches beyond the picture.
        paper: between the picture and the sheet.
        cover: whether points of the picture lie on the grid.
        px_per_mm: resolution.
    """
    size = (max(1, flat.shape[1] // px_per_mm), max(1, flat.shape[0] // px_per_mm))
    light = cv2.resize(flat, size, interpolation=cv2.INTER_AREA)
    light = cv2.morphologyEx(light, cv2.MORPH_CLOSE, np.ones((WIDEST_INK_MM, WIDEST_INK_MM), np.uint8))
    beyond = cv2.resize(outside.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    covered = _covered(size, paper, cover) & ~beyond
    sure = ndimage.binary_erosion(covered, iterations=SURE_MM, border_value=1)
    dark = (light < PAPER_LEVEL * _light_of_paper(light, sure if sure.any() else covered)) & ~sure
    found = ndimage.binary_propagation(_rim(beyond) & dark, structure=np.ones((3, 3)), mask=dark)
    reach = 2 * RIM_MM + 1
    found = cv2.dilate(found.astype(np.uint8), np.ones((reach, reach), np.uint8))
    return cv2.resize(found, flat.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0


def _covered(size: tuple[int, int], paper: PaperMap, cover: Cover) -> Mask:
    """Which square millimetres of a sheet show the grid."""
    x, y = np.meshgrid(np.arange(size[0]) + 0.5, np.arange(size[1]) + 0.5)
    return cover(paper.to_picture(np.stack([x, y], axis=-1)))


def _light_of_paper(light: UInt8[np.ndarray, "row column"], paper: Mask) -> Float32[np.ndarray, "row column"]:
    """Brightness that paper has, or would have, everywhere: the mean of that nearby."""
    weight = paper.astype(np.float32)
    near = cv2.GaussianBlur(weight, (0, 0), LIGHT_MM)
    mean = cv2.GaussianBlur(weight * light, (0, 0), LIGHT_MM) / np.maximum(near, 1e-6)
    overall = float(light[paper].mean()) if paper.any() else 255.0
    return np.where(near > 1e-3, mean, np.float32(overall))


def _rim(beyond: Mask) -> Mask:
    """The places beside those beyond the picture."""
    framed = np.pad(beyond, 1, mode="constant", constant_values=True)
    return ndimage.binary_dilation(framed, iterations=WIDEST_INK_MM)[1:-1, 1:-1]
