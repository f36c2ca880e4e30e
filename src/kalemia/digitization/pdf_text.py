"""The text layer of a PDF's page: words and lines with their places on paper."""

import ctypes
import math
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium

from kalemia.digitization.pdf_paths import Matrix, page_matrix
from kalemia.digitization.text import Box, Text

_MAX_CHARACTERS = 20_000
_UPRIGHT_RAD = 0.2
_MAX_GAP = 1.2
"""Width in heights of a letter from which a gap parts two texts; the spaces of a line are narrower."""
_SAME_LINE = 0.4
"""How far letters of one line stand above each other, in heights of a letter."""


@dataclass(frozen=True)
class _Letter:
    """A sign, or the space before the next; `cell` is the room it takes in its line, `ink` what it covers."""

    sign: str
    cell: Box
    ink: Box


def read_texts(page: pypdfium2.PdfPage) -> tuple[Text, ...]:
    """What stands on a page, upright as displayed: a text ends where a gap is wider than its letters are high.

    Text that lies on its side is left out: its letters, one by one, would look like names of leads.
    """
    textpage = page.get_textpage()
    try:
        return tuple(_grouped(_letters(textpage, page)))
    finally:
        textpage.close()


def _letters(textpage: pypdfium2.PdfTextPage, page: pypdfium2.PdfPage) -> Iterator[_Letter]:
    to_mm, width_mm, height_mm = page_matrix(page)
    turn = math.radians(page.get_rotation())
    loose = pdfium.FS_RECTF()
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    for index in range(min(_MAX_CHARACTERS, pdfium.FPDFText_CountChars(textpage))):
        sign = chr(min(pdfium.FPDFText_GetUnicode(textpage, index), 0x10FFFF))
        angle = pdfium.FPDFText_GetCharAngle(textpage, index) + turn
        if not sign.isspace() and (not sign.isprintable() or abs(math.remainder(angle, math.tau)) > _UPRIGHT_RAD):
            continue
        pdfium.FPDFText_GetLooseCharBox(textpage, index, loose)
        pdfium.FPDFText_GetCharBox(textpage, index, left, right, bottom, top)
        cell = _box(to_mm, (loose.left, loose.bottom, loose.right, loose.top))
        if sign.isspace() or (cell[2] > 0 and cell[3] > 0 and cell[0] < width_mm and cell[1] < height_mm):
            yield _Letter(sign, cell, _box(to_mm, (left.value, bottom.value, right.value, top.value)))


def _box(to_mm: Matrix, corners: Box) -> Box:
    a, b, c, d, e, f = to_mm
    xs = [a * x + c * y + e for x, y in (corners[:2], corners[2:])]
    ys = [b * x + d * y + f for x, y in (corners[:2], corners[2:])]
    return min(xs), min(ys), max(xs), max(ys)


def _grouped(letters: Iterator[_Letter]) -> Iterator[Text]:
    run: list[_Letter] = []
    for letter in letters:
        if letter.sign in "\r\n" or not _continues(run, letter):
            yield from _text(run)
            run = []
        run.append(letter)
    yield from _text(run)


def _continues(run: list[_Letter], letter: _Letter) -> bool:
    """Whether a letter stands in line with those before it, and near."""
    last = next((one for one in reversed(run) if not one.sign.isspace()), None)
    if last is None or letter.sign.isspace():
        return True
    before, after = last.cell, letter.cell
    height = max(before[3] - before[1], after[3] - after[1])
    rise = abs((before[1] + before[3]) - (after[1] + after[3])) / 2
    return rise <= _SAME_LINE * height and -_MAX_GAP * height <= after[0] - before[2] <= _MAX_GAP * height


def _text(run: list[_Letter]) -> Iterator[Text]:
    """The letters as one text; none if there is nothing but space."""
    words = " ".join("".join(letter.sign for letter in run).split())
    if words:
        left, top, right, bottom = zip(*(letter.ink for letter in run if not letter.sign.isspace()), strict=True)
        yield Text(words, (min(left), min(top), max(right), max(bottom)))
