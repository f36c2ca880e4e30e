"""A page as a picture, and what a picture may measure."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

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
MAX_SIDE_KEPT = 32_000
"""Likewise of its longer side: OpenCV counts pixels in 16 bits where it bends a picture."""
MIN_SIDE = 200
LONGEST = MAX_SIDE_KEPT // MIN_SIDE
"""Ratio of the sides up to which the shorter one has so many pixels once the longer one is reduced."""
MAX_PAGES_SEARCHED = 20


@dataclass(frozen=True, eq=False)
class PageSource:
    """One page of a file.

    Attributes:
        number: of the page in its file, from 1.
        content: the picture, or why this page cannot be read although others of the file may be.
        warnings: what was noticed while reading, one sentence each.
        drawing: the curves of a PDF's page, where it is drawn and not a picture.
    """

    number: int
    content: Rgb | PageRefused | PageTooLarge
    warnings: tuple[str, ...] = ()
    drawing: Drawing | None = None

    @property
    def rgb(self) -> Rgb:
        """The upright picture, rows downwards. Read-only.

        Raises:
            PageRefused: it is too small.
            PageTooLarge: it is too large.
        """
        if self.refusal is not None:
            raise self.refusal
        rgb = np.asarray(self.content).view()
        rgb.setflags(write=False)
        return rgb

    @property
    def refusal(self) -> PageRefused | PageTooLarge | None:
        """What `rgb` raises; `None` where it gives a picture."""
        return self.content if isinstance(self.content, PageRefused | PageTooLarge) else None


def page_or_refusal(number: int, read: Callable[[], PageSource]) -> PageSource:
    """A page, also where it is refused for its size: that does not end the search in the other pages.

    Args:
        number: of the page.
        read: gives the page, or raises.
    """
    try:
        return read()
    except (PageRefused, PageTooLarge) as error:
        return PageSource(number, error.with_traceback(None))


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


def require_kept_shape(width: int, height: int) -> None:
    """Refuse a picture that is so long that it would be too thin once its longer side is reduced.

    Args:
        width: in pixels.
        height: in pixels.

    Raises:
        PageTooLarge: its sides have such a ratio.
    """
    if max(width, height) > LONGEST * min(width, height):
        raise PageTooLarge(
            f"{width} x {height} pixels, too long to be read: at most {LONGEST} times the width. Scan it in parts"
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
