"""The bar below an overlay: what was found and how one knows, or why a page was refused."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from kalemia.digitization.canvas import Colour, font
from kalemia.digitization.page import Picture

Legend = Sequence[tuple[str, Colour]]

_PAPER, _INK, _SOFT = (255, 255, 255), (38, 38, 38), (95, 95, 95)
_REFUSAL_PAPER, _REFUSAL_INK = (122, 30, 18), (255, 255, 255)
_TEXT_SHARE = 1 / 80
"""Size of letters as a share of the width."""
_SMALLEST_TEXT_PX = 14.0
_LINE_HEIGHT = 1.45


def caption_bar(width_px: int, title: str, lines: Sequence[str], legend: Legend, *, refused: bool) -> Picture:
    """A bar as wide as a picture and as high as its words need.

    Args:
        width_px: of the picture.
        title: the first line, in bold.
        lines: what follows; long ones are broken.
        legend: words and the colour that each explains.
        refused: whether to make it look like a stop sign.
    """
    size = max(_SMALLEST_TEXT_PX, width_px * _TEXT_SHARE)
    margin, step = size, size * _LINE_HEIGHT
    room = width_px - 2 * margin
    bold, plain = font(size * 1.15, bold=True), font(size)
    broken = [(part, bold) for part in _broken(title, bold, room)]
    broken += [(part, plain) for line in lines for part in _broken(line, plain, room)]
    rows = _legend_rows(legend, plain, room)
    image = Image.new(
        "RGB",
        (width_px, round(2 * margin + step * (len(broken) + len(rows)))),
        _REFUSAL_PAPER if refused else _PAPER,
    )
    draw = ImageDraw.Draw(image)
    y = margin
    for number, (part, letters) in enumerate(broken):
        ink = _REFUSAL_INK if refused else _SOFT if number and letters is plain else _INK
        draw.text((margin, y + step / 2), part, ink, letters, "lm")
        y += step
    for row in rows:
        _draw_legend(draw, row, margin, y + step / 2, plain, _REFUSAL_INK if refused else _SOFT)
        y += step
    return np.asarray(image).copy()


def _broken(text: str, letters: ImageFont.FreeTypeFont, room: float) -> list[str]:
    """The text in lines that fit."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and letters.getlength(longer) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _legend_rows(legend: Legend, letters: ImageFont.FreeTypeFont, room: float) -> list[Legend]:
    rows: list[list[tuple[str, Colour]]] = []
    used = room
    for words, colour in legend:
        needed = _entry_px(words, letters)
        if used + needed > room:
            rows.append([])
            used = 0.0
        rows[-1].append((words, colour))
        used += needed
    return [tuple(row) for row in rows]


def _entry_px(words: str, letters: ImageFont.FreeTypeFont) -> float:
    return letters.getlength(words) + 4.5 * letters.size


def _draw_legend(
    draw: ImageDraw.ImageDraw, row: Legend, x: float, y: float, letters: ImageFont.FreeTypeFont, ink: Colour
) -> None:
    for words, colour in row:
        draw.line((x, y, x + 1.8 * letters.size, y), colour, max(2, round(letters.size / 4)))
        draw.text((x + 2.4 * letters.size, y), words, ink, letters, "lm")
        x += _entry_px(words, letters)
