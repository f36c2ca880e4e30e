"""A page as a picture, and what a picture may measure."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from kalemia.digitization.text import Text
from kalemia.digitization.vector import Drawing
from kalemia.errors import InputError, PageRefused, PageTooLarge

Rgb = UInt8[np.ndarray, "row column 3"]

MAX_FILE_BYTES = 256_000_000
MAX_PIXELS = 120_000_000
"""Of a picture as stored: A3 scanned at 600 dpi has 70 million."""
MAX_PIXELS_KEPT = 16_000_000
"""Of a picture as given on: A4 at 300 dpi has 9 million. Larger ones are reduced to `REDUCED_PIXELS`."""
REDUCED_PIXELS = 12_500_000
"""A4 with a long side of 4200: 14 pixels to the millimetre, of which a pen's line is 3 to 5 wide."""
MIN_SIDE = 200
MAX_PAGES_SEARCHED = 20


@dataclass(frozen=True, eq=False)
class PageSource:
    """One page of a file.

    Attributes:
        number: of the page in its file, from 1.
        rgb: the upright picture, rows downwards. Read-only.
        dpi: pixels of `rgb` to an inch of paper; `None` where the file does not know.
        warnings: what was noticed while reading, one sentence each.
        drawing: the curves of a PDF's page, where it is drawn and not a picture.
        texts: what stands in a PDF's text layer, drawn page or not, in mm on paper.
    """

    number: int
    rgb: Rgb
    dpi: float | None = None
    warnings: tuple[str, ...] = ()
    drawing: Drawing | None = None
    texts: tuple[Text, ...] = ()

    def __post_init__(self) -> None:
        rgb = self.rgb.view()
        rgb.setflags(write=False)
        object.__setattr__(self, "rgb", rgb)


def require_readable_size(width: int, height: int, limit: int = MAX_PIXELS) -> None:
    """Refuse a picture by its header, before anything is decoded.

    Args:
        width: in pixels.
        height: in pixels.
        limit: how many pixels are allowed.

    Raises:
        PageTooLarge: more pixels than that.
        PageRefused: less than 200 pixels on a side.
    """
    if width * height > limit:
        raise PageTooLarge(
            f"{width} x {height} pixels, at most {limit // 1_000_000} million can be read. Scan it at 300 dpi"
        )
    if min(width, height) < MIN_SIDE:
        raise PageRefused(
            f"{width} x {height} pixels, at least {MIN_SIDE} on each side are needed. Scan the page at 300 dpi"
        )


def require_page(page: int | None, pages: int) -> None:
    """Refuse the number of a page that the file does not have.

    Args:
        page: as the caller asks for it, from 1.
        pages: how many the file has.

    Raises:
        InputError: there is no such page.
    """
    if page is not None and not 1 <= page <= pages:
        raise InputError(f"page {page} was asked for, but there {_are(pages)}. Choose another with --page")


def none_of_the_first(pages: str) -> PageTooLarge:
    """What to raise when the first pages are used up and there are more.

    Args:
        pages: how many the file has, such as "300 pages".
    """
    return PageTooLarge(
        f"{pages}, and no ECG on the first {MAX_PAGES_SEARCHED}. Name the page that has one with --page"
    )


def _are(pages: int) -> str:
    return "is 1 page" if pages == 1 else f"are {pages} pages"
