"""Where text may stand on a flat ECG page: ink in pieces of the size of letters, side by side.

It aims at missing no lead label. What it takes for text by mistake (pieces of a trace, ticks, remains of the grid), the
reader sorts out.
"""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, Int
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from kalemia.digitization.text import Box

Mask = Bool[np.ndarray, "row column"]
Boxes = Float[np.ndarray, "piece 4"]

WORKING_PX_PER_MM = 8.0
"""Enough to keep letters of 1.5 mm apart."""
INK = 0.4
"""Share of the darkness of full ink from which on a pixel is ink."""
DARK = 0.7
"""Likewise where so much passes for letters (`CROWDED` lines) that it must be the grid: letters are darker."""
CROWDED = 60
SAME_PLACE = 0.5
"""Two boxes of which the common part is a larger share of both together are one."""
FAINTEST = 0.15
HEIGHT_MM = (1.0, 6.5)
"""Of a letter; capitals on ECG pages are 1.5 to 5 mm high."""
CAPITAL_MM = 1.35
"""The tallest letter of a line is no lower."""
DOT_GAP_MM = 0.5
"""Dots of one letter are closer than this, dots of a grid lie 1 mm apart."""
LETTER_WIDTH = 1.6
"""Widest letter, in heights."""
LONGEST_MM = 60.0
SAME_LINE = 0.5
"""Share of the lower letter's height that two of a line have in common."""
HEIGHT_RATIO = 1.9
"""Of the tallest letter of a line to the lowest; a tick beside a label is longer."""
GAP = 1.1
"""Widest gap in a line, in heights. Some carts print `I I I`."""
MARK_GAP = 0.5
"""Likewise, to a full stop or a hyphen."""
MOST_PIECES = 3000
"""A page of text has some 2000 letters."""
MOST_LINES = 160
"""More than this is dirt; what has many letters is kept."""
FEW_DOTS = 20
HIDDEN_WIDTH = 2.2
"""Of a label, in heights."""
SHORTER, LONGER = 0.25, 1.4
"""What is shorter or longer than this is no stroke of a letter, in heights."""
FEWEST_STROKES = 0.8
"""Strokes side by side, in the mean over the height of a label; `II` has two."""
APART = 0.6
"""Two places are no closer than this, in sizes of a label."""
MOST_HIDDEN = 250


def find_text(darkness: Float32[np.ndarray, "row column"], px_per_mm: float) -> list[Box]:
    """Boxes around what may be a word or a line, in mm, in reading order; none where too much looks like letters.

    Args:
        darkness: the flat page, 0 is paper and about 1 is ink.
        px_per_mm: its scale.
    """
    found = _found(darkness, px_per_mm, MOST_LINES) or []
    if len(found) < CROWDED:
        return found
    darker = _found(darkness, px_per_mm, MOST_LINES, DARK) or []
    return found + [box for box in darker if not any(_are_same(box, other) for other in found)]


def _are_same(first: Box, second: Box) -> bool:
    """Whether two boxes are around the same letters."""
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    common = max(0.0, width) * max(0.0, height)
    both = sum((right - left) * (bottom - top) for left, top, right, bottom in (first, second)) - common
    return common > SAME_PLACE * both


def find_all_text(darkness: Float32[np.ndarray, "row column"], px_per_mm: float) -> list[Box] | None:
    """As `find_text`, but with every line; `None` where too much looks like letters to say where text stands.

    Args:
        darkness: as in `find_text`.
        px_per_mm: likewise.
    """
    return _found(darkness, px_per_mm, None)


def _found(
    darkness: Float32[np.ndarray, "row column"], px_per_mm: float, most_lines: int | None, share: float = INK
) -> list[Box] | None:
    ink, scale = _ink(darkness, px_per_mm, share)
    pieces, labels = _pieces(ink)
    small = np.maximum(*_sizes(pieces)) < HEIGHT_MM[0] * scale
    letters = _letters(pieces, ink, scale)
    if small.sum() > FEW_DOTS:
        dotted, _ = _pieces(_closed(np.append(False, small)[labels], scale))
        letters = np.concatenate([letters, _letters(dotted, ink, scale)])
    if len(letters) > MOST_PIECES:
        return None
    lines = _with_marks(_lines(letters, CAPITAL_MM * scale, most_lines), pieces[small])
    order = np.lexsort((lines[:, 0], np.round(lines[:, 1] / scale)))
    return [(float(x0), float(y0), float(x1), float(y1)) for x0, y0, x1, y1 in lines[order] / scale]


def _ink(darkness: Float32[np.ndarray, "row column"], px_per_mm: float, share: float = INK) -> tuple[Mask, float]:
    """Where ink is, at a scale that is fast enough, and that scale."""
    shrink = min(1.0, WORKING_PX_PER_MM / px_per_mm)
    size = max(1, round(darkness.shape[1] * shrink)), max(1, round(darkness.shape[0] * shrink))
    page = cv2.resize(darkness, size, interpolation=cv2.INTER_AREA) if shrink < 1 else darkness
    full = float(np.percentile(page[::4, ::4], 99.5))
    return page > share * max(full, FAINTEST), px_per_mm * shrink


def _pieces(ink: Mask) -> tuple[Boxes, Int[np.ndarray, "row column"]]:
    """Boxes around connected ink, and the number of its piece, from 1, for each pixel."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink.view(np.uint8), connectivity=8)
    corners = stats[1:, :2].astype(np.float64)
    return np.hstack([corners, corners + stats[1:, 2:4]]), labels


def _sizes(boxes: Boxes) -> tuple[Float[np.ndarray, " piece"], Float[np.ndarray, " piece"]]:
    """Widths and heights."""
    return boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]


def _closed(ink: Mask, scale: float) -> Mask:
    """The ink with gaps between dots filled."""
    size = round(DOT_GAP_MM * scale) | 1
    return cv2.morphologyEx(ink.view(np.uint8), cv2.MORPH_CLOSE, np.ones((size, size), np.uint8)).astype(bool)


def _letters(pieces: Boxes, ink: Mask, scale: float) -> Boxes:
    """Pieces as high as letters that are no wider, or that cross a level often enough for several in a row."""
    width, height = _sizes(pieces)
    low, high = HEIGHT_MM
    sized = pieces[(height >= low * scale) & (height <= high * scale) & (width <= LONGEST_MM * scale)]
    width, height = _sizes(sized)
    single = width <= LETTER_WIDTH * height
    kept = [alone or _reads_as_joined(ink, box) for alone, box in zip(single, sized, strict=True)]
    return sized[np.array(kept, dtype=bool)]


def _reads_as_joined(ink: Mask, box: Float[np.ndarray, "4"]) -> bool:
    """Whether the middle of a wide piece is crossed by strokes all along, as letters that touch are."""
    left, top, right, bottom = box.astype(int)
    height = bottom - top
    middle = ink[top + height // 4 : bottom - height // 4, left:right]
    strokes = (middle[:, 1:] & ~middle[:, :-1]).sum(axis=1)
    return bool(np.median(strokes) >= 0.7 * (right - left) / height)


def _lines(boxes: Boxes, capital_px: float, most: int | None) -> Boxes:
    """Boxes of letters that stand side by side, joined; those of the most letters if there are more than `most`."""
    pairs = np.concatenate([np.zeros((2, 0), int), *_neighbours(boxes)], axis=1)
    size = len(boxes), len(boxes)
    _, line = connected_components(coo_array((np.ones(pairs.shape[1], bool), tuple(pairs)), size), directed=False)
    groups = np.split(boxes[np.argsort(line, kind="stable")], np.cumsum(np.bincount(line))[:-1])
    tall = [group for group in groups if np.max(group[:, 3] - group[:, 1], initial=0) >= capital_px]
    return np.array([_around(group) for group in sorted(tall, key=len, reverse=True)[:most]]).reshape(-1, 4)


def _neighbours(boxes: Boxes) -> Iterator[Int[np.ndarray, "2 pair"]]:
    """For each box the pairs with those beside it on one line, each pair once.

    From the top down, a box is compared only with those that begin before it ends: tables of all pairs would take
    hundreds of megabytes where dirt looks like thousands of letters.
    """
    order = np.argsort(boxes[:, 1], kind="stable")
    x0, y0, x1, y1 = boxes[order].T
    height = y1 - y0
    ends = np.searchsorted(y0, y1)
    for one, end in enumerate(ends):
        others = slice(one + 1, end)
        lower, taller = np.minimum(height[others], height[one]), np.maximum(height[others], height[one])
        common = np.minimum(y1[others], y1[one]) - y0[others]
        gap = np.maximum(x0[others], x0[one]) - np.minimum(x1[others], x1[one])
        near = (common >= SAME_LINE * lower) & (taller <= HEIGHT_RATIO * lower) & (gap <= GAP * taller)
        beside = order[others][near]
        yield np.stack([np.full(len(beside), order[one]), beside])


def _around(boxes: Boxes) -> Float[np.ndarray, "4"]:
    return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])


def _with_marks(lines: Boxes, marks: Boxes) -> Boxes:
    """Lines with the full stops, commas and hyphens that stand beside or between their letters."""
    result = []
    for line in lines:
        reach = MARK_GAP * (line[3] - line[1])
        middle = (marks[:, 1] + marks[:, 3]) / 2
        beside = (marks[:, 0] <= line[2] + reach) & (marks[:, 2] >= line[0] - reach)
        result.append(_around(np.vstack([line, marks[beside & (middle > line[1]) & (middle <= line[3] + reach / 2)]])))
    return np.array(result).reshape(-1, 4)


def find_hidden_labels(
    darkness: Float32[np.ndarray, "row column"], px_per_mm: float, height_mm: float, seen: Sequence[Box]
) -> list[Box]:
    """Boxes where a label may touch the trace: more strokes side by side than a trace has, none longer than a letter.

    Args:
        darkness: as in `find_text`.
        px_per_mm: likewise.
        height_mm: of the page's other labels.
        seen: boxes of text that is known already.
    """
    ink, scale = _ink(darkness, px_per_mm)
    height = max(3, round(height_mm * scale))
    window = round(HIDDEN_WIDTH * height)
    strokes = _strokes(ink, height)
    for left, top, right, bottom in np.round(np.reshape(seen, (-1, 4)) * scale).astype(int):
        strokes[max(0, top) : bottom, max(0, left) : right] = 0
    sums = cv2.boxFilter(strokes, cv2.CV_32F, (window, height), normalize=False)
    density = cv2.GaussianBlur(sums, (0, 0), height / 6) / height  # smooth: a plateau would have many maxima
    around = cv2.dilate(density, np.ones((round(APART * height), round(APART * window)), np.uint8))
    rows, columns = np.nonzero((density >= around) & (density >= FEWEST_STROKES))
    most = np.argsort(-density[rows, columns])[:MOST_HIDDEN]
    half_width, half_height = window / 2 / scale, height / 2 / scale
    centers = zip(columns[most] / scale, rows[most] / scale, strict=True)
    return [
        (float(x - half_width), float(y - half_height), float(x + half_width), float(y + half_height))
        for x, y in centers
    ]


def _strokes(ink: Mask, height: int) -> Float32[np.ndarray, "row column"]:
    """Where upright ink begins from the left, but for lines longer than a letter."""
    upright = cv2.morphologyEx(
        ink.view(np.uint8), cv2.MORPH_OPEN, np.ones((max(2, round(SHORTER * height)), 1), np.uint8)
    )
    long = cv2.morphologyEx(upright, cv2.MORPH_OPEN, np.ones((round(LONGER * height), 1), np.uint8))
    edges = np.zeros(ink.shape, np.float32)
    edges[:, 1:] = (upright[:, 1:] > upright[:, :-1]) & (cv2.dilate(long, np.ones((1, 3), np.uint8))[:, 1:] == 0)
    return edges
