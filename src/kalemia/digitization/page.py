"""The page as light and shade: illumination evened out, ink and grid told apart by colour where there is colour.

Ink is dark in every colour, a coloured grid only in some: the lightest channel shows the ink best, the darkest channel
the grid. Where all channels are alike (grey scans, copies) both show the same, and the lattice of the grid has to tell
them apart (`kalemia.digitization.sheet`).
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

Shade = Float32[np.ndarray, "row column"]
Picture = UInt8[np.ndarray, "row column 3"]

BACKGROUND_SHARE = 1 / 40
"""Size of the neighbourhood whose lightest part is taken for bare paper, as a share of the page's longer side: some
centimetres of shadow, more than the widest stroke of a pen or a letter."""
_SHRUNK = 8


@dataclass(frozen=True, eq=False)
class Darkness:
    """How dark a page is beside the bare paper around: 0 is paper, 1 is black.

    Attributes:
        ink: in the lightest channel.
        grid: in the darkest channel.
    """

    ink: Shade
    grid: Shade


def darkness(picture: Picture) -> Darkness:
    """Darkness of every pixel in the lightest and the darkest channel, shadows and tints of the paper taken out."""
    channels = [darkness_of(channel) for channel in cv2.split(picture)]
    ink = np.minimum(np.minimum(channels[0], channels[1]), channels[2])
    grid = np.maximum(np.maximum(channels[0], channels[1]), channels[2])
    return Darkness(ink, grid)


def darkness_of(channel: UInt8[np.ndarray, "row column"]) -> Shade:
    """How dark a channel is beside the paper around."""
    paper = background(channel)
    return np.clip(1 - channel / np.maximum(paper, 1), 0, 1, dtype=np.float32)


def background(channel: UInt8[np.ndarray, "row column"]) -> Shade:
    """The level of bare paper at every pixel: the local maximum of a shrunken picture, smoothed."""
    rows, columns = channel.shape
    size = max(3, round(max(rows, columns) * BACKGROUND_SHARE / _SHRUNK)) | 1
    light = cv2.dilate(channel, np.ones((3, 3), np.uint8))
    small = cv2.resize(
        light, (max(1, columns // _SHRUNK), max(1, rows // _SHRUNK)), interpolation=cv2.INTER_AREA
    ).astype(np.float32)
    paper = cv2.dilate(small, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    paper = cv2.GaussianBlur(paper, (0, 0), size / 2)
    return cv2.resize(paper, (columns, rows), interpolation=cv2.INTER_LINEAR)
