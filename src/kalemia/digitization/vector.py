"""The drawing in a PDF, read exactly: its curves, its grid and its texts, without a raster in between."""

from dataclasses import dataclass

import pypdfium2

from kalemia.digitization.curves import find_curves, is_trace
from kalemia.digitization.drawn_grid import DrawnGrid, find_drawn_grid
from kalemia.digitization.pdf_paths import page_matrix
from kalemia.digitization.pdf_text import read_texts
from kalemia.digitization.strokes import Points, read_strokes
from kalemia.digitization.text import Text

__all__ = ["Drawing", "DrawnGrid", "read_drawing"]


@dataclass(frozen=True, eq=False)
class Drawing:
    """What is drawn on a page, in mm on paper as it is displayed: x right and y down from its top left corner.

    A millimetre is that of the page, 72 / 25.4 points; the grid's squares say what it is worth.

    Attributes:
        curves: polylines (vertex, 2) from left to right, pen by pen: traces, calibration pulses, and whatever else is
            stroked and is neither grid, frame, straight line nor tick.
        grid: `None` if none is drawn.
        texts: what stands in the text layer.
        width_mm: of the page.
        height_mm: of the page.
    """

    curves: tuple[Points, ...]
    grid: DrawnGrid | None
    texts: tuple[Text, ...]
    width_mm: float
    height_mm: float


def read_drawing(page: pypdfium2.PdfPage) -> Drawing | None:
    """The drawing on a page, or `None` if there is no curve on it that could be a lead.

    A lead is a curve of at least 100 vertices and 15 mm that runs from left to right.

    Args:
        page: open, of an open document.

    Raises:
        PageTooLarge: more objects than any drawn ECG has.
    """
    strokes = read_strokes(page)
    grid, belongs = find_drawn_grid(strokes)
    curves = find_curves(strokes, ~belongs)
    if not any(is_trace(curve) for curve in curves):
        return None
    _, width_mm, height_mm = page_matrix(page)
    return Drawing(curves, grid, read_texts(page), width_mm, height_mm)
