"""Pictures of text lines as they come from paper: pens, blur, noise, photocopies, dots, and what runs through them.

Everything is darkness: 0 is paper, 1 is ink.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Float32, UInt8
from PIL import Image, ImageDraw

from kalemia.digitization.line_reader import HEIGHT_PX, line_image
from kalemia.digitization.text_lines import find_text
from kalemia.digitization.text_reading import cut
from kalemia.digitization.text_reading import views as views_of
from kalemia.experiments.text_reader.clutter import add_clutter, page_without_text
from kalemia.experiments.text_reader.fonts import open_font
from kalemia.experiments.text_reader.words import words

Ink = Float32[np.ndarray, "row column"]

HARD = 0.85
"""Share of lines that are degraded, or have something running through."""
CAPITAL_PX = (6.5, 26.0)
"""Height of a capital in the pixels of the source."""
CAPITAL_MM = (1.3, 4.5)
EMPTY_PAGES = 0.08
"""A page gives several pictures, so that a quarter of all is without text."""
SPACED = ("I", "II", "III", "aVR", "aVL", "aVF")
MAX_WIDTH_PX = 448


@dataclass(frozen=True)
class Picture:
    """A line of text as the reader gets it, in 256 steps, and what stands there."""

    image: UInt8[np.ndarray, "24 column"]
    words: str


def pictures(rng: np.random.Generator, fonts: tuple[Path, ...], count: int, hard: float = HARD) -> list[Picture]:
    """Random lines, and what a finder of lines takes for one.

    Args:
        rng: a seeded generator.
        fonts: font files to render with.
        count: how many.
        hard: share of the lines that are degraded, or have something running through.
    """
    result: list[Picture] = []
    while len(result) < count:
        if rng.random() < EMPTY_PAGES:
            crops = [(crop, "") for crop in _mistakes(rng)]
        else:
            text = words(rng)
            crop = _line(rng, text, fonts[rng.integers(len(fonts))], degraded=rng.random() < hard)
            crops = [] if crop is None else [(crop, " ".join(text.split()))]
        images = [(line_image(crop), text) for crop, text in crops]
        result += [
            Picture(np.round(image * 255).astype(np.uint8), text)
            for image, text in images
            if image.shape[1] <= MAX_WIDTH_PX
        ]
    return result[:count]


def _mistakes(rng: np.random.Generator) -> list[Ink]:
    """Crops of a page without text: what is found there, and places on the trace."""
    px_per_mm = float(rng.uniform(6, 12))
    page = _printed(rng, page_without_text(rng, px_per_mm))
    boxes = find_text(page, px_per_mm)
    boxes = [boxes[index] for index in rng.permutation(len(boxes))[:4]]
    rows, columns = np.nonzero(page >= 0.5 * page.max())
    for index in rng.integers(0, len(rows), 2):
        height = rng.uniform(*CAPITAL_MM)
        middle = rows[index] / px_per_mm + rng.uniform(-0.5, 0.5) * height
        left = columns[index] / px_per_mm - rng.uniform(0, 1.5) * height
        boxes.append((left, middle - height / 2, left + rng.uniform(0.5, 2.5) * height, middle + height / 2))
    views = [views_of(box) for box in boxes]
    return [cut(page, px_per_mm, some[rng.integers(len(some))]) for some in views]


def _line(rng: np.random.Generator, text: str, font: Path, *, degraded: bool) -> Ink | None:
    ink = _rendered(rng, text, font)
    if ink is None:
        return None
    ink = _pen(rng, _bent(rng, ink))
    capital_px = float(np.exp(rng.uniform(*np.log(CAPITAL_PX))))
    scale = capital_px / (0.72 * 36)
    ink = _resized(ink, scale)
    if degraded and rng.random() < 0.12:
        ink = _dots(rng, ink, capital_px)
    if ink.max() < 0.2:
        return None  # a thin pen and few dots leave nothing of a full stop
    top, bottom, left, right = _extent(ink)
    around = round(1.8 * capital_px)
    page = np.pad(ink, around)
    px_per_mm = capital_px / float(np.exp(rng.uniform(*np.log(CAPITAL_MM))))
    box = np.array([top, bottom, left, right]) + around
    if degraded:
        page = _printed(rng, add_clutter(rng, page, px_per_mm, (int(box[0]), int(box[1]), int(box[2]), int(box[3]))))
    return _cut(rng, page, box, capital_px, short=len(text) <= 4)


def _rendered(rng: np.random.Generator, text: str, path: Path) -> Ink | None:
    """Text at 36 px, with the letters set wider or the numeral of `V1` set lower at times."""
    font = open_font(path)
    canvas = Image.new("L", (int(font.getlength(text)) + 60 + 14 * len(text), 72))
    draw = ImageDraw.Draw(canvas)
    spacing = float(rng.uniform(0.5, 14)) if text in SPACED and rng.random() < 0.3 else float(rng.uniform(0, 3))
    if rng.random() < 0.6:
        draw.text((20, 14), text, fill=255, font=font)
    else:
        x = 20.0
        for position, letter in enumerate(text):
            lowered = 7 if position == 1 and len(text) == 2 and text[0] == "V" and spacing > 2 else 0
            draw.text((x, 14 + lowered), letter, fill=255, font=font)
            x += font.getlength(letter) + spacing
    ink = np.asarray(canvas, np.float32) / 255
    if not ink.any():
        return None
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _bent(rng: np.random.Generator, ink: Ink) -> Ink:
    """Turned by up to 3 degrees, slanted, stretched."""
    height, width = ink.shape
    turn = np.radians(rng.uniform(-3, 3)) if rng.random() < 0.6 else 0.0
    if width > 8 * height:
        turn /= 3  # a long line is level to the page, or it would not be found as one
    slant = rng.uniform(-0.1, 0.3) if rng.random() < 0.25 else 0.0
    stretch = float(np.exp(rng.uniform(-0.35, 0.3)))
    shape = np.array([[stretch, -slant], [0, 1]])
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ shape
    corners = matrix @ np.array([[0, width, 0, width], [0, 0, height, height]])
    low = corners.min(axis=1)
    size = np.ceil(corners.max(axis=1) - low).astype(int) + 4
    affine = np.column_stack([matrix, 2 - low])
    return cv2.warpAffine(ink, affine, (int(size[0]), int(size[1])), flags=cv2.INTER_LINEAR)


def _pen(rng: np.random.Generator, ink: Ink) -> Ink:
    """Thinner or bolder."""
    choice = rng.random()
    if choice < 0.15:
        return cv2.erode(ink, np.ones((2, 2), np.uint8))
    if choice < 0.35:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3) if rng.random() < 0.8 else (4, 4))
        return cv2.dilate(np.pad(ink, 2), kernel)
    return ink


def _resized(ink: Ink, scale: float) -> Ink:
    size = max(2, round(ink.shape[1] * scale)), max(4, round(ink.shape[0] * scale))
    return cv2.resize(ink, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)


def _dots(rng: np.random.Generator, ink: Ink, capital_px: float) -> Ink:
    """As a thermal or dot-matrix printer sets it: 8 to 16 dots to a capital."""
    pitch = capital_px / rng.uniform(8, 16)
    if pitch < 0.8:
        return ink
    cells = _resized(ink, 1 / pitch) > 0.35
    fine = 6
    y, x = np.mgrid[:fine, :fine] - (fine - 1) / 2
    disc = (x**2 + y**2 < (fine * rng.uniform(0.33, 0.6)) ** 2).astype(np.float32)
    drawn = np.kron(cells.astype(np.float32), disc)
    return cv2.resize(drawn, (ink.shape[1], ink.shape[0]), interpolation=cv2.INTER_AREA)


def _extent(ink: Ink) -> tuple[int, int, int, int]:
    seen = ink > 0.3 * ink.max()
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _printed(rng: np.random.Generator, page: Ink) -> Ink:
    """Blurred, noisy, pale, compressed or photocopied."""
    if rng.random() < 0.5:
        page = cv2.GaussianBlur(page, (0, 0), float(rng.uniform(0.3, 1.3)))
    page = page * np.float32(rng.uniform(0.35, 1.0))
    if rng.random() < 0.5:
        grain = rng.standard_normal(page.shape, dtype=np.float32) * np.float32(rng.uniform(0.01, 0.12))
        page = page + (cv2.GaussianBlur(grain, (0, 0), 0.8) * 1.5 if rng.random() < 0.5 else grain)
    if rng.random() < 0.12:
        page = (page > rng.uniform(0.3, 0.6) * page.max()).astype(np.float32)
        page = cv2.GaussianBlur(page, (0, 0), float(rng.uniform(0.2, 0.7)))
    if rng.random() < 0.15:
        page = _compressed(rng, page)
    return np.clip(page, 0, 1)


def _compressed(rng: np.random.Generator, page: Ink) -> Ink:
    levels = (255 * (1 - np.clip(page, 0, 1))).astype(np.uint8)
    _, data = cv2.imencode(".jpg", levels, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 85))])
    return 1 - np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.float32) / 255


def _cut(rng: np.random.Generator, page: Ink, box: np.ndarray, capital_px: float, *, short: bool) -> Ink:
    """The box with margins as a finder of lines leaves them, sometimes too tight, sometimes too wide."""
    height = box[1] - box[0]
    vertical = height * (rng.uniform(0.1, 0.6, 2) if rng.random() < 0.25 else rng.uniform(-0.04, 0.22, 2))
    horizontal = capital_px * rng.uniform(0.05, 0.5, 2)
    if short and rng.random() < 0.5:  # `views` of a label look beyond its box
        horizontal[rng.integers(2)] = capital_px * rng.uniform(0.5, 1.7)
    top, bottom = max(0, round(box[0] - vertical[0])), min(page.shape[0], round(box[1] + vertical[1]))
    left, right = max(0, round(box[2] - horizontal[0])), min(page.shape[1], round(box[3] + horizontal[1]))
    return page[top : max(bottom, top + 4), left : max(right, left + 3)]


def padded(images: list[UInt8[np.ndarray, "24 column"]]) -> Float32[np.ndarray, "line 1 24 column"]:
    """Images as one array, with paper to the right of the narrower ones."""
    width = max(image.shape[1] for image in images)
    batch = np.zeros((len(images), 1, HEIGHT_PX, width), np.float32)
    for row, image in enumerate(images):
        batch[row, 0, :, : image.shape[1]] = image.astype(np.float32) / 255
    return batch
