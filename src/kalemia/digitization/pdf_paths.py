"""The paths of a PDF's page as PDFium tells them, and where they lie on paper."""

import ctypes
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field

import pypdfium2
import pypdfium2.raw as pdfium

from kalemia.digitization.text import Box
from kalemia.errors import PageTooLarge

MM_PER_POINT = 25.4 / 72
Matrix = tuple[float, float, float, float, float, float]
"""a, b, c, d, e, f as PDF writes them: x' = a x + c y + e, y' = b x + d y + f."""

MAX_VERTICES = 500_000
"""Twelve leads of 10 s at 1000 Hz are 120,000 vertices, twice as many if each pair is an object of its own."""
_MAX_OBJECTS = 150_000
_MAX_DEPTH = 40
_MAX_CORNERS_OF_A_CLIP = 200
_NEARLY_WHITE = 250
_Inside = tuple[Callable[[object], int], Callable[[object, int], object]]
_IN_PAGE: _Inside = (pdfium.FPDFPage_CountObjects, pdfium.FPDFPage_GetObject)
_IN_FORM: _Inside = (pdfium.FPDFFormObj_CountObjects, pdfium.FPDFFormObj_GetObject)


@dataclass(eq=False)
class Paths:
    """Paths as plain columns, because a page may have 100,000 of them.

    Attributes:
        x: of each vertex, in the units of its path.
        y: of each vertex.
        kind: of each vertex: PDFium's line, Bezier or move.
        path: of each vertex, the number of its path.
        matrices: of each path, to mm on paper.
        clips: of each path, the box in mm outside which it is not seen.
        colours: of each path: red, green, blue.
        widths_mm: of each path.
        filled: of each path, whether it is filled and not stroked.
    """

    x: "array[float]" = field(default_factory=lambda: array("d"))
    y: "array[float]" = field(default_factory=lambda: array("d"))
    kind: "array[int]" = field(default_factory=lambda: array("b"))
    path: "array[int]" = field(default_factory=lambda: array("q"))
    matrices: list[Matrix] = field(default_factory=list)
    clips: list[Box] = field(default_factory=list)
    colours: list[tuple[int, int, int]] = field(default_factory=list)
    widths_mm: list[float] = field(default_factory=list)
    filled: list[bool] = field(default_factory=list)


def page_matrix(page: pypdfium2.PdfPage) -> tuple[Matrix, float, float]:
    """How to get from a page's points to mm on paper as it is displayed, turned and cropped; and its width and height.

    Returns:
        The matrix, the width and the height in mm.
    """
    box = pdfium.FS_RECTF()
    pdfium.FPDF_GetPageBoundingBox(page, box)
    k = MM_PER_POINT
    across, down = (box.right - box.left) * k, (box.top - box.bottom) * k
    turns: dict[int, tuple[Matrix, float, float]] = {
        0: ((k, 0, 0, -k, -k * box.left, k * box.top), across, down),
        90: ((0, k, k, 0, -k * box.bottom, -k * box.left), down, across),
        180: ((-k, 0, 0, k, k * box.right, -k * box.bottom), across, down),
        270: ((0, -k, -k, 0, k * box.top, k * box.right), down, across),
    }
    return turns[page.get_rotation()]


def read_paths(page: pypdfium2.PdfPage) -> Paths:
    """All paths of a page that leave ink, in the order of drawing, also those within form XObjects.

    Raises:
        PageTooLarge: more than 150,000 objects or 500,000 vertices.
    """
    to_mm, width_mm, height_mm = page_matrix(page)
    collector = _Collector()
    collector.collect(page, _IN_PAGE, to_mm, (0.0, 0.0, width_mm, height_mm), _MAX_DEPTH)
    return collector.paths


class _Collector:
    """Walks through objects. What PDFium answers goes into the same few variables each time, which is faster."""

    def __init__(self) -> None:
        self.paths = Paths()
        self._objects = 0
        self._x, self._y, self._width = ctypes.c_float(), ctypes.c_float(), ctypes.c_float()
        self._fill, self._stroke = ctypes.c_int(), ctypes.c_int()
        self._colour = tuple(ctypes.c_uint() for _ in range(4))
        self._matrix = pdfium.FS_MATRIX()

    def collect(self, holder: object, inside: _Inside, to_mm: Matrix, clip: Box, depth: int) -> None:
        """Add the paths of a page or of a form, whose matrix and clip hold for all that is in it."""
        count_of, get_object = inside
        for index in range(count_of(holder)):
            self._objects += 1
            require_drawable(self._objects, _MAX_OBJECTS)
            item = get_object(holder, index)
            kind = pdfium.FPDFPageObj_GetType(item)
            if kind == pdfium.FPDF_PAGEOBJ_PATH:
                self._add_path(item, to_mm, clip)
            elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth:
                form_to_mm = _then(self._matrix_of(item), to_mm)
                self.collect(item, _IN_FORM, form_to_mm, self._clip_of(item, to_mm, clip), depth - 1)

    def _add_path(self, path: object, to_mm: Matrix, clip: Box) -> None:
        """Add a path to the columns, unless it leaves no visible ink."""
        pdfium.FPDFPath_GetDrawMode(path, self._fill, self._stroke)
        stroked = bool(self._stroke.value)
        colour = self._colour_of(path, stroked)
        if not (self._fill.value or stroked) or colour is None:
            return
        self._add_vertices(path)
        pdfium.FPDFPageObj_GetStrokeWidth(path, self._width)
        matrix = _then(self._matrix_of(path), to_mm)
        self.paths.matrices.append(matrix)
        self.paths.clips.append(self._clip_of(path, to_mm, clip))
        self.paths.colours.append(colour)
        self.paths.widths_mm.append(self._width.value * abs(matrix[0] * matrix[3] - matrix[1] * matrix[2]) ** 0.5)
        self.paths.filled.append(not stroked)

    def _add_vertices(self, path: object) -> None:
        paths, x, y = self.paths, self._x, self._y
        count = pdfium.FPDFPath_CountSegments(path)
        require_drawable(len(paths.x) + count, MAX_VERTICES)
        number = len(paths.matrices)
        for index in range(count):
            segment = pdfium.FPDFPath_GetPathSegment(path, index)
            pdfium.FPDFPathSegment_GetPoint(segment, x, y)
            paths.x.append(x.value)
            paths.y.append(y.value)
            paths.kind.append(pdfium.FPDFPathSegment_GetType(segment))
            paths.path.append(number)

    def _colour_of(self, path: object, stroked: bool) -> tuple[int, int, int] | None:
        """The ink's colour; `None` if it cannot be seen on white. A pattern, whose colour is not known, is black."""
        get = pdfium.FPDFPageObj_GetStrokeColor if stroked else pdfium.FPDFPageObj_GetFillColor
        if not get(path, *self._colour):
            return 0, 0, 0
        red, green, blue, alpha = (part.value for part in self._colour)
        return None if alpha == 0 or min(red, green, blue) >= _NEARLY_WHITE else (red, green, blue)

    def _matrix_of(self, item: object) -> Matrix:
        m = self._matrix
        pdfium.FPDFPageObj_GetMatrix(item, m)
        return m.a, m.b, m.c, m.d, m.e, m.f

    def _clip_of(self, item: object, to_mm: Matrix, outer: Box) -> Box:
        """The box that clips an object: that of the form around it, and the boxes of its own clipping paths."""
        clip = pdfium.FPDFPageObj_GetClipPath(item)
        left, top, right, bottom = outer
        for path in range(max(0, pdfium.FPDFClipPath_CountPaths(clip))):
            count = pdfium.FPDFClipPath_CountPathSegments(clip, path)
            if not 0 < count <= _MAX_CORNERS_OF_A_CLIP:
                continue
            corners = [self._point(pdfium.FPDFClipPath_GetPathSegment(clip, path, i), to_mm) for i in range(count)]
            xs, ys = zip(*corners, strict=True)
            left, top, right, bottom = max(left, min(xs)), max(top, min(ys)), min(right, max(xs)), min(bottom, max(ys))
        return left, top, right, bottom

    def _point(self, segment: object, to_mm: Matrix) -> tuple[float, float]:
        pdfium.FPDFPathSegment_GetPoint(segment, self._x, self._y)
        a, b, c, d, e, f = to_mm
        x, y = self._x.value, self._y.value
        return a * x + c * y + e, b * x + d * y + f


def require_drawable(count: int, limit: int) -> None:
    """Refuse a page that has more of something than a drawn ECG.

    Args:
        count: of objects or vertices so far.
        limit: how many there may be.

    Raises:
        PageTooLarge: there are more.
    """
    if count > limit:
        raise PageTooLarge(f"more than {limit} lines are drawn on the page, which no ECG has. Print it to a picture")


def _then(first: Matrix, second: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    p, q, r, s, t, u = second
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u
