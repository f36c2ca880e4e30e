"""The pages of a PDF."""

import ctypes
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from kalemia.digitization.page_source import (
    LONGEST,
    MAX_PAGES_SEARCHED,
    MAX_PIXELS,
    MAX_PIXELS_KEPT,
    MAX_SIDE_KEPT,
    MIN_SIDE,
    PageSource,
    Rgb,
    none_of_the_first,
    page_or_refusal,
    require_page,
    require_readable_size,
)
from kalemia.digitization.pdf_paths import MM_PER_POINT
from kalemia.digitization.vector import read_drawing
from kalemia.errors import CorruptFile, EmptyFile, KalemiaError, PageLocked, PageRefused, PageTooLarge

_POINTS_PER_INCH = 72
_DPI = 300.0
_MAX_OBJECTS_OF_A_SCAN = 2000
_SCAN_COVERS = 0.5
"""Share of the page that pictures cover, from which it counts as scanned."""
_PDFIUM = threading.RLock()
"""PDFium is not safe to use from two threads, not even with two documents."""


def pdf_pages(path: Path, page: int | None) -> Iterator[PageSource]:
    """The pages of a PDF at 300 dpi or, where the page is a scan, at its own resolution if that is higher.

    Args:
        path: the file.
        page: only this one, from 1; the first 20 in turn if `None`.

    Raises:
        PageLocked: it asks for a password.
        CorruptFile: truncated or damaged.
        EmptyFile: no pages.
        PageTooLarge: more than 20 pages. For a page larger than paper is, its `rgb` raises it, and `PageRefused` for
            one smaller than 17 mm.
        InputError: there is no such page.
    """
    with _PDFIUM:
        document = _opened(path)
    try:
        with _PDFIUM:
            pages = len(document)
        if not pages:
            raise EmptyFile("a PDF without pages. Export it again")
        require_page(page, pages)
        wanted = range(1, min(pages, MAX_PAGES_SEARCHED) + 1) if page is None else [page]
        for number in wanted:
            yield page_or_refusal(number, partial(_read, document, number))
        if page is None and pages > MAX_PAGES_SEARCHED:
            raise none_of_the_first(f"{pages} pages")
    finally:
        with _PDFIUM:
            document.close()


def _opened(path: Path) -> pypdfium2.PdfDocument:
    _require_end(path)
    try:
        return pypdfium2.PdfDocument(path.resolve())
    except pypdfium2.PdfiumError as error:
        if error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
            raise PageLocked("the PDF is locked with a password. Save a copy without it, or print it to PDF") from None
        raise _damaged() from None
    except Exception:  # whatever a library does with a damaged file
        raise _damaged() from None


def _require_end(path: Path) -> None:
    """PDFium would repair a truncated file, and a page would lack a part without a word."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 65536))
        tail = file.read().rstrip(b"\0 \r\n\t")
    if b"%%EOF" not in tail[-1024:]:
        raise CorruptFile("a truncated PDF: its end is missing. Copy or export it again")


def _damaged() -> CorruptFile:
    return CorruptFile("a damaged PDF. Copy or export it again")


def _read(document: pypdfium2.PdfDocument, number: int) -> PageSource:
    with _PDFIUM:
        try:
            page = document[number - 1]
        except pypdfium2.PdfiumError:
            raise _damaged() from None
        try:
            return _page_source(page, number)
        except KalemiaError:
            raise
        except MemoryError:
            raise PageTooLarge("a page unpacks to more than paper can hold. Print the ECG alone to a PDF") from None
        except pypdfium2.PdfiumError:
            raise _damaged() from None
        finally:
            page.close()


def _page_source(page: pypdfium2.PdfPage, number: int) -> PageSource:
    width_pt, height_pt = page.get_size()
    _require_paper_size(width_pt, height_pt)
    dpi = min(
        max(_DPI, _scanned_dpi(page, width_pt * height_pt)),
        _POINTS_PER_INCH * (MAX_PIXELS_KEPT / (width_pt * height_pt)) ** 0.5,
        _POINTS_PER_INCH * MAX_SIDE_KEPT / max(width_pt, height_pt),
    )
    drawing = read_drawing(page)
    return PageSource(number, _rendered(page, dpi), drawing=drawing)


def _require_paper_size(width_pt: float, height_pt: float) -> None:
    found = f"a page of {width_pt * MM_PER_POINT:.0f} x {height_pt * MM_PER_POINT:.0f} mm"
    if not width_pt * height_pt * (_DPI / _POINTS_PER_INCH) ** 2 <= MAX_PIXELS:
        raise PageTooLarge(f"{found}, larger than any printed ECG. Print it to A4")
    if max(width_pt, height_pt) > LONGEST * min(width_pt, height_pt) > 0:
        raise PageTooLarge(f"{found}, longer than any printed ECG. Print it to A4")
    if not min(width_pt, height_pt) * _DPI / _POINTS_PER_INCH >= MIN_SIDE:
        raise PageRefused(f"{found}, too small to be read. Print it to A4")


def _scanned_dpi(page: pypdfium2.PdfPage, page_area: float) -> float:
    """Resolution of the pictures that cover the page, from pixels and area; 0 if they cover little of it.

    Raises:
        PageTooLarge: a picture has too many pixels.
    """
    if pdfium.FPDFPage_CountObjects(page) > _MAX_OBJECTS_OF_A_SCAN:
        return 0.0
    pixels, area = 0.0, 0.0
    for picture in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        across, down = ctypes.c_uint(), ctypes.c_uint()
        if not pdfium.FPDFImageObj_GetImagePixelSize(picture, across, down):
            continue
        require_readable_size(max(across.value, MIN_SIDE), max(down.value, MIN_SIDE))
        left, bottom, right, top = picture.get_bounds()
        pixels += across.value * down.value
        area += (right - left) * (top - bottom)
    return _POINTS_PER_INCH * (pixels / area) ** 0.5 if area > _SCAN_COVERS * page_area else 0.0


def _rendered(page: pypdfium2.PdfPage, dpi: float) -> Rgb:
    bitmap = page.render(scale=dpi / _POINTS_PER_INCH, rev_byteorder=True)
    try:
        return np.array(bitmap.to_numpy()[:, :, :3])  # a copy: the bitmap's memory goes with it
    finally:
        bitmap.close()
