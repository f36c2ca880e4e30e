"""A page made paler, to draw on: curves and areas in millimetres of the paper, and words."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import matplotlib as mpl
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from kalemia.digitization.page import Picture
from kalemia.digitization.paper_map import PaperMap, Points

Colour = tuple[int, int, int]

SMALLEST_PX, LARGEST_PX = 1600, 2200
"""Length of the longer side: a curve 0.3 mm wide is then 1.5 to 2 px wide on A4."""
_COLOUR_LEFT, _GREY, _LIGHT = 0.3, 0.5, 0.2
"""What a pixel is mixed from: ink stays dark enough that one sees where a curve misses it."""
_SUBPIXEL_BITS = 4
_FAR_PX = 1e5
_STRAIGHT_PX = 0.15
"""Points this close to the line between others are left out: many short antialiased strokes in a row get fat."""
_TAG_OPACITY = 170


@dataclass(frozen=True)
class Tag:
    """A word on the page, with its middle in px of the canvas."""

    words: str
    x: float
    y: float
    colour: Colour


@dataclass(eq=False)
class Canvas:
    """A page made paler.

    Attributes:
        pixels: what was drawn so far.
        scale: px of the canvas for one of the picture.
        map: of the picture; `None` where no grid is known, and then nothing in mm can be drawn.
    """

    pixels: Picture
    scale: float
    map: PaperMap | None

    @property
    def text_px(self) -> float:
        """Size of letters."""
        return max(self.pixels.shape[:2]) / 95

    def place(self, mm: Points) -> Points:
        """Where points of the paper are on the canvas, in px; the centre of the first pixel is (0, 0).

        Raises:
            ValueError: there is no map.
        """
        if self.map is None:
            raise ValueError("a canvas without a map has no millimetres")
        xy = (self.map.to_picture(mm) + 0.5) * self.scale - 0.5
        return np.clip(np.nan_to_num(xy, nan=_FAR_PX), -_FAR_PX, _FAR_PX)

    def curves(self, curves: Sequence[Points], colour: Colour, width_px: float, opacity: float) -> None:
        """Draw curves given in mm."""
        layer = self.pixels.copy()
        for curve in curves:
            simple = cv2.approxPolyDP(self.place(curve).astype(np.float32), _STRAIGHT_PX, closed=False)
            cv2.polylines(
                layer, [_fixed_point(simple)], False, colour, max(1, round(width_px)), cv2.LINE_AA, _SUBPIXEL_BITS
            )
        self._lay(layer, opacity)

    def areas(self, outlines: Sequence[Points], colour: Colour, opacity: float) -> None:
        """Fill outlines given in mm."""
        layer = self.pixels.copy()
        for outline in outlines:
            cv2.fillPoly(layer, [_fixed_point(self.place(outline))], colour, cv2.LINE_AA, _SUBPIXEL_BITS)
        self._lay(layer, opacity)

    def tags(self, tags: Sequence[Tag]) -> None:
        """Write words, each on a pale ground and within the picture."""
        image = Image.fromarray(self.pixels)
        draw = ImageDraw.Draw(image, "RGBA")
        letters = font(self.text_px, bold=True)
        for tag in tags:
            wide, high, margin = letters.getlength(tag.words) / 2, self.text_px / 2, self.text_px / 5
            x = _within(tag.x, wide + margin, image.width)
            y = _within(tag.y, high + margin, image.height)
            ground = (x - wide - margin, y - high - margin, x + wide + margin, y + high + margin)
            draw.rounded_rectangle(ground, margin, (255, 255, 255, _TAG_OPACITY))
            draw.text((x, y), tag.words, (*tag.colour, 255), letters, "mm")
        self.pixels = np.asarray(image).copy()

    def _lay(self, layer: Picture, opacity: float) -> None:
        self.pixels = np.asarray(cv2.addWeighted(layer, opacity, self.pixels, 1 - opacity, 0))


def canvas_of(picture: Picture, paper: PaperMap | None) -> Canvas:
    """A page, paler and of a size that a screen shows well."""
    longest = max(picture.shape[:2])
    scale = float(np.clip(longest, SMALLEST_PX, LARGEST_PX)) / longest
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    resized = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    grey = cv2.cvtColor(cv2.cvtColor(resized, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    paler = cv2.addWeighted(resized, _COLOUR_LEFT, grey, _GREY, _LIGHT * 255)
    return Canvas(np.asarray(paler), scale, paper)


@cache
def font(size_px: float, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """Letters of the font that comes with Matplotlib."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(Path(mpl.get_data_path()) / "fonts" / "ttf" / name, size_px)


def _within(middle: float, half: float, length: int) -> float:
    return max(half, min(middle, length - half))


def _fixed_point(xy: Points) -> np.ndarray:
    """Points as OpenCV takes them: whole numbers of sixteenths of a pixel."""
    return np.asarray(np.round(xy.reshape(-1, 2) * 2**_SUBPIXEL_BITS), np.int32)
