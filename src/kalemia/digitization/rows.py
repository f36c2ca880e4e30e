"""Rows of traces: where on the sheet a curve runs from left to right, and how its baseline wanders."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, Int

from kalemia.digitization.viterbi import cheapest_path

Shade = Float32[np.ndarray, "row column"]

COARSE_PX_PER_MM = 2
FLAT_MM = 2.0
"""Length over which ink is averaged to the right: a trace is mostly level, letters are not."""
SLOPE_COST = 0.4
MOST_ROWS = 16
LEAST_STRENGTH = 0.55
"""Ink on a row's baseline beside the best row."""
ROOM, MOST_ROOM_MM = 0.6, 60.0
"""How far baselines wander, as a part of the distance to the next row, and beside no other row."""
ASTRAY_COST = 1.0
"""What it costs to be so far from where the row mostly lies, beside 1 for a stretch without ink."""
_BLOCKED_MM = 4.0
_SETTLING, _SAME_MM = 2, 1.0
LEAST_COVERAGE = 0.25
"""Share of a stretch of a row that has ink on or near the baseline for it to be a trace."""
LEAST_LENGTH_MM = 50.0
_STRETCH_MM = 10.0
LONGEST_GAP_MM = 25.0
"""High complexes can keep a trace off its baseline for that long."""
RULED_MM, UPRIGHT_MM = 100.0, 45.0
"""A straight line of this length is a frame: 100 mm are 4 s, in which every heart beats; no QRS is 45 mm high and
straight."""


@dataclass(frozen=True, eq=False)
class Row:
    """A trace from its left to its right end.

    Attributes:
        baseline: where it is level, in mm from the top of the sheet, one value per coarse column.
        left: where it begins, in mm.
        right: where it ends, in mm.
        strength: mean ink on the baseline.
    """

    baseline: Float[np.ndarray, " column"]
    left: float
    right: float
    strength: float

    @property
    def middle(self) -> float:
        """Median height of the baseline between the ends, in mm from the top."""
        first, last = (round(x * COARSE_PX_PER_MM) for x in (self.left, self.right))
        return float(np.median(self.baseline[first : last + 1]))


def without_frames(ink: Shade, px_per_mm: int) -> Shade:
    """The ink without long straight lines."""
    solid = (ink > 0.4).astype(np.uint8)
    level = cv2.morphologyEx(solid, cv2.MORPH_OPEN, np.ones((1, round(RULED_MM * px_per_mm)), np.uint8))
    upright = cv2.morphologyEx(solid, cv2.MORPH_OPEN, np.ones((round(UPRIGHT_MM * px_per_mm), 1), np.uint8))
    frames = cv2.dilate(np.maximum(level, upright), np.ones((3, 3), np.uint8))
    return np.where(frames > 0, np.float32(0), ink) if frames.any() else ink


def find_rows(ink: Shade, px_per_mm: int, top_mm: float, bottom_mm: float) -> tuple[Row, ...]:
    """The rows of a sheet from top to bottom.

    Args:
        ink: of the sheet, without frames.
        px_per_mm: its resolution.
        top_mm: where the grid begins; what is above is no trace.
        bottom_mm: where the grid ends.
    """
    level = _level_ink(ink, px_per_mm)
    level[: round(top_mm * COARSE_PX_PER_MM)] = 0
    level[round(bottom_mm * COARSE_PX_PER_MM) :] = 0
    left = level.copy()
    rows: list[Row] = []
    for _ in range(MOST_ROWS):
        path = _level_path(left)
        row = _row_of(path, left)
        if row is None:
            break
        rows.append(row)
        _block(left, path)
    rows = sorted(rows, key=lambda row: row.middle)
    for _ in range(_SETTLING):
        before, rows = rows, sorted(_kept_apart(rows, level), key=lambda row: row.middle)
        if all(abs(row.middle - old.middle) < _SAME_MM for row, old in zip(rows, before, strict=True)):
            break
    return tuple(rows)


def strong(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows with not much less ink than the best: lines of the grid that were left over are fainter."""
    strongest = max((row.strength for row in rows), default=0.0)
    return tuple(row for row in rows if row.strength >= LEAST_STRENGTH * strongest)


def _kept_apart(rows: Sequence[Row], level: Shade) -> list[Row]:
    """The rows, each looked for again around where it mostly lies.

    What was found first may have gone over to a box, a word or another row, where beats left its own baseline bare.
    """
    middles = [row.middle for row in strong(rows)]
    return [_within(row, level, *_room(row.middle, middles)) if row.middle in middles else row for row in rows]


def _room(middle: float, middles: list[float]) -> tuple[float, float]:
    """How far a row may go up and down, in mm from the top of the sheet."""
    above = [middle - other for other in middles if other < middle]
    below = [other - middle for other in middles if other > middle]
    up, down = min(above or below or [MOST_ROOM_MM]), min(below or above or [MOST_ROOM_MM])
    return middle - ROOM * up, middle + ROOM * down


def _within(row: Row, level: Shade, top_mm: float, bottom_mm: float) -> Row:
    """The row as it runs between two heights."""
    at_mm = np.arange(len(level), dtype=np.float32)[:, None] / COARSE_PX_PER_MM - np.float32(row.middle)
    astray = at_mm / np.where(at_mm < 0, top_mm - row.middle, bottom_mm - row.middle).astype(np.float32)
    room = np.where(astray < 1, level, np.float32(0))
    return _row_of(_level_path(room - ASTRAY_COST * astray**2), room) or row


def _level_path(level: Shade) -> Int[np.ndarray, " column"]:
    return cheapest_path(1 - level, np.full_like(level, SLOPE_COST))


def _level_ink(ink: Shade, px_per_mm: int) -> Shade:
    """Ink at coarse resolution where it runs to the right."""
    step = px_per_mm / COARSE_PX_PER_MM
    size = (round(ink.shape[1] / step), round(ink.shape[0] / step))
    along = cv2.blur(ink, (round(FLAT_MM * px_per_mm), 1))
    thick = cv2.dilate(along, np.ones((max(1, round(step)), 1), np.uint8))
    return np.clip(cv2.resize(thick, size, interpolation=cv2.INTER_AREA) * 1.5, 0, 1)


def _row_of(path: Int[np.ndarray, " column"], level: Shade) -> Row | None:
    """The longest stretch of a path that has ink."""
    here = np.take_along_axis(level, path[None], axis=0)[0]
    width = round(_STRETCH_MM * COARSE_PX_PER_MM)
    dense = np.convolve(here, np.ones(width) / width, "same") > LEAST_COVERAGE
    first, last = _longest_run(_bridged(dense, round(LONGEST_GAP_MM * COARSE_PX_PER_MM)))
    if last - first < LEAST_LENGTH_MM * COARSE_PX_PER_MM:
        return None
    baseline = path.astype(np.float64) / COARSE_PX_PER_MM
    left, right = first / COARSE_PX_PER_MM, (last - 1) / COARSE_PX_PER_MM
    return Row(baseline, left, right, float(here[first:last].mean()))


def _bridged(mask: Bool[np.ndarray, " column"], gap: int) -> Bool[np.ndarray, " column"]:
    """The mask with gaps up to that length closed."""
    padded = np.pad(mask.astype(np.uint8), gap)[None]
    return cv2.morphologyEx(padded, cv2.MORPH_CLOSE, np.ones((1, gap + 1), np.uint8))[0, gap:-gap] > 0


def _longest_run(mask: Bool[np.ndarray, " column"]) -> tuple[int, int]:
    """First and one past the last element of the longest run of true ones."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    if not len(edges):
        return 0, 0
    starts, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - starts))
    return int(starts[longest]), int(ends[longest])


def _block(level: Shade, path: Int[np.ndarray, " column"]) -> None:
    """Take away the ink around a path that has been found."""
    reach = round(_BLOCKED_MM * COARSE_PX_PER_MM)
    heights = np.arange(level.shape[0])[:, None]
    level[np.abs(heights - path) <= reach] = 0
