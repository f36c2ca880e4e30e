"""One row's curve: where the pen went, column by column, to a fraction of a pixel.

First the Viterbi path through the ink (`kalemia.digitization.viterbi`): going through ink costs next to nothing, over
bare paper much, so that steep strokes are followed and gaps are bridged straight. Then the pen's stroke is undone: the
upper edge of the ink is the curve dilated by the pen, the lower edge the curve eroded by it. Eroding the first gives
the curve exactly at peaks, dilating the second exactly at troughs (Serra 1982, Image Analysis and Mathematical
Morphology: closing and opening).
"""

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, Int
from scipy import ndimage

from kalemia.digitization.curve import Columns, Trace
from kalemia.digitization.rows import COARSE_PX_PER_MM, Row
from kalemia.digitization.viterbi import cheapest_path

Shade = Float32[np.ndarray, "row column"]

REACH_UP_MM, REACH_DOWN_MM = 45.0, 35.0
"""How far from its baseline a trace is looked for: 4.5 mV at 10 mm/mV."""
MARGIN_MM = 6.0
"""How far beyond the ends of a row the pen is looked for: pulses begin there."""
CLIMB_BARE, CLIMB_INK = 0.35, 0.004
AWAY_COST_PER_MM = 0.004
"""A weak wish to be near the baseline, so that a path does not stay in the row above."""
FAINT = 0.22
"""Ink on the path below which nothing was traced."""
_INK_FROM, _INK_FULL = 0.2, 0.55
"""Ink counts as whole from the second on, as none up to the first."""
_FAINTEST, _FAINT_RANGE = (0.08, 0.2), 0.35
"""A fast pen leaves less ink, so that it takes less to climb than to stay, where the paper is clean."""
_BESIDE_MM, _GROUND_SHARE = 12, 0.93
FAINT_STROKE_MM = 1.2
"""A faint stroke that goes on beyond the edge of the dark one for longer than this is part of the curve."""
_PALEST, _LEVEL_INK = 0.25, 0.03
_EDGE = 0.5
_HOLE_MM = 0.6
"""White that a copier leaves within a stroke."""
_RIDGE_MM = 0.4
_NARROW_MM = 0.25
_PEN_QUANTILE = 0.1


def follow(ink: Shade, px_per_mm: int, row: Row) -> Trace:
    """The curve of a row.

    Args:
        ink: of the sheet.
        px_per_mm: its resolution.
        row: where to look.
    """
    left = max(0, round((row.left - MARGIN_MM) * px_per_mm))
    right = min(ink.shape[1], round((row.right + MARGIN_MM) * px_per_mm))
    baseline = _baseline(row, px_per_mm, left, right)
    top = max(0, round(baseline.min() - REACH_UP_MM * px_per_mm))
    bottom = min(ink.shape[0], round(baseline.max() + REACH_DOWN_MM * px_per_mm))
    part = _normalised(np.ascontiguousarray(ink[top:bottom, left:right]), baseline - top, px_per_mm)
    ground = _ground(part, baseline - top, px_per_mm)
    path = _path(part, baseline - top, ground, px_per_mm)
    upper, lower, ridge = _edges(part, path, ground, px_per_mm)
    pen_px = _pen(upper, lower, ridge)
    curve = _without_pen(upper, lower, pen_px / 2, px_per_mm)
    confidence = np.clip(ridge, 0, 1)
    seen = _seen(ridge, px_per_mm)
    # pixel i covers i to i + 1, and its middle lies half a pixel further
    height = np.where(seen, -(curve + top + 0.5) / px_per_mm, np.nan)
    x = (np.arange(left, right) + 0.5) / px_per_mm
    return Trace(x, height, np.where(seen, confidence, 0), pen_px / px_per_mm)


def _baseline(row: Row, px_per_mm: int, left: int, right: int) -> Columns:
    """The row's baseline at each fine column, in px."""
    at = (np.arange(left, right) + 0.5) / px_per_mm * COARSE_PX_PER_MM - 0.5
    return np.interp(at, np.arange(len(row.baseline)), row.baseline) * px_per_mm


def _normalised(ink: Shade, baseline: Columns, px_per_mm: int) -> Shade:
    """The ink scaled so that this row's trace is 1: a thin trace is paler than letters."""
    reach = np.arange(-px_per_mm, px_per_mm + 1)[:, None]
    near = np.clip(np.round(baseline).astype(np.intp) + reach, 0, ink.shape[0] - 1)
    level = float(np.median(ink[near, np.arange(ink.shape[1])].max(axis=0)))
    return np.clip(ink / max(level, _PALEST), 0, 1) if level < 1 else ink


def _ground(ink: Shade, baseline: Columns, px_per_mm: int) -> float:
    """How dark the paper beside the trace is: rests of the grid, dirt. Fainter strokes than that cannot be seen."""
    rows = np.round(baseline).astype(np.intp) + np.arange(-_BESIDE_MM * px_per_mm, _BESIDE_MM * px_per_mm, 3)[:, None]
    beside = ink[np.clip(rows, 0, ink.shape[0] - 1), np.arange(ink.shape[1])]
    return float(np.quantile(beside, _GROUND_SHARE))


def _path(ink: Shade, baseline: Columns, ground: float, px_per_mm: int) -> Int[np.ndarray, " column"]:
    heights = np.arange(ink.shape[0], dtype=np.float32)[:, None]
    away = np.abs(heights - baseline.astype(np.float32)) * np.float32(AWAY_COST_PER_MM / px_per_mm)
    bare = 1 - np.clip((ink - _INK_FROM) / (_INK_FULL - _INK_FROM), 0, 1)
    faintest = np.clip(ground, *_FAINTEST)
    steep = 1 - np.clip((ink - faintest) / _FAINT_RANGE, 0, 1)
    return cheapest_path(bare + away, CLIMB_BARE * steep + CLIMB_INK)


def _edges(
    ink: Shade, path: Int[np.ndarray, " column"], ground: float, px_per_mm: int
) -> tuple[Columns, Columns, Columns]:
    """Upper and lower edge of the stroke that the path runs in, in px, and how dark it is."""
    columns = np.arange(ink.shape[1])
    near = cv2.dilate(ink, np.ones((3, 1), np.uint8))[path, columns]
    size = round(_RIDGE_MM * px_per_mm) | 1
    ridge = ndimage.median_filter(near.astype(np.float64), size)
    start = _darkest_near(ink, path)
    dark = _run(ink, start, np.maximum(_EDGE * np.minimum(ridge, near), 0.15), px_per_mm)
    # beside a stroke there is its blur, which is as faint; only where the ink is darkest from left to right is a stroke
    spine = np.where(ink >= cv2.dilate(ink, np.ones((1, 5), np.uint8)) - _LEVEL_INK, ink, np.float32(0))
    faint = _run(spine, start, np.full(len(path), max(_FAINTEST[1], 1.5 * ground)), px_per_mm)
    reach = FAINT_STROKE_MM * px_per_mm
    upper = np.where(dark[0] - faint[0] > reach, faint[0], dark[0])
    lower = np.where(faint[1] - dark[1] > reach, faint[1], dark[1])
    return upper, lower, near.astype(np.float64)


def _run(ink: Shade, start: Int[np.ndarray, " column"], threshold: Columns, px_per_mm: int) -> tuple[Columns, Columns]:
    """Upper and lower end of the ink around a start in every column."""
    solid = _filled(ink >= threshold, _HOLE_MM * px_per_mm)
    return _crossing(ink, solid, start, threshold, -1), _crossing(ink, solid, start, threshold, 1)


def _filled(solid: Bool[np.ndarray, "row column"], largest_px: float) -> Bool[np.ndarray, "row column"]:
    """The stroke without the white specks that a copier leaves in it: what has ink near on all four sides."""
    size = round(largest_px) | 1
    ink = solid.astype(np.uint8)
    upright = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((size, 1), np.uint8)) > 0
    level = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((1, size), np.uint8)) > 0
    return upright & level


def _darkest_near(ink: Shade, path: Int[np.ndarray, " column"]) -> Int[np.ndarray, " column"]:
    """The darkest of the pixel on the path and its neighbours above and below."""
    columns = np.arange(ink.shape[1])
    candidates = np.clip(path + np.array([[0], [-1], [1]]), 0, ink.shape[0] - 1)
    return candidates[np.argmax(ink[candidates, columns], axis=0), columns]


def _crossing(
    ink: Shade,
    solid: Bool[np.ndarray, "row column"],
    start: Int[np.ndarray, " column"],
    threshold: Columns,
    direction: int,
) -> Columns:
    """Where the ink falls below the threshold, going up (-1) or down (1) from the start; linear between pixels."""
    rows, columns = ink.shape
    numbers = np.arange(rows)[:, None]
    if direction < 0:
        last_bare = np.maximum.accumulate(np.where(solid, -1, numbers), axis=0)[start, np.arange(columns)]
        inner = last_bare + 1
    else:
        first_bare = np.minimum.accumulate(np.where(solid, rows, numbers)[::-1], axis=0)[::-1][
            start, np.arange(columns)
        ]
        inner = first_bare - 1
    inner = np.clip(np.where(solid[start, np.arange(columns)], inner, start), 0, rows - 1)
    outer = np.clip(inner + direction, 0, rows - 1)
    inside, outside = ink[inner, np.arange(columns)], ink[outer, np.arange(columns)]
    fraction = np.clip((inside - threshold) / np.maximum(inside - outside, 1e-6), 0, 1)
    return inner + direction * fraction


def _pen(upper: Columns, lower: Columns, ridge: Columns) -> float:
    """Width of the stroke in px: its height where the curve is about level, its slope allowed for."""
    slope = np.gradient((upper + lower) / 2)
    level = (np.abs(slope) < 1) & (ridge > FAINT)
    thick = ((lower - upper) / np.sqrt(1 + slope**2))[level]
    return float(np.quantile(thick, _PEN_QUANTILE)) if len(thick) else 1.0


def _without_pen(upper: Columns, lower: Columns, radius: float, px_per_mm: int) -> Columns:
    """The curve (px, downwards) whose stroke has these edges."""
    offsets = np.linspace(-radius, radius, 2 * int(np.ceil(2 * radius)) + 1)
    bow = np.sqrt(np.maximum(radius**2 - offsets**2, 0))
    # in px downwards the upper edge is the curve minus the pen, so the erosion is a maximum
    high = np.max(_shifted(upper, offsets) + bow[:, None], axis=0)
    low = np.min(_shifted(lower, offsets) - bow[:, None], axis=0)
    middle = (high + low) / 2
    level = ndimage.gaussian_filter1d(middle, _NARROW_MM * px_per_mm)
    chosen = np.where(level - high > low - level, high, low)
    weight = np.clip(np.abs(high - low) / max(radius, 1.0) - 0.25, 0, 1)
    return middle * (1 - weight) + chosen * weight


def _shifted(edge: Columns, offsets: Float[np.ndarray, " k"]) -> Float[np.ndarray, "k column"]:
    columns = np.arange(len(edge))
    return np.stack([np.interp(columns + offset, columns, edge) for offset in offsets])


def _seen(ridge: Columns, px_per_mm: int) -> Bool[np.ndarray, " column"]:
    """Where the pen was on the paper; gaps of less than half a millimetre are bridged."""
    dark = (ridge > FAINT).astype(np.uint8)[None]
    size = max(1, px_per_mm // 2) | 1
    kernel = np.ones((1, size), np.uint8)
    closed = cv2.morphologyEx(np.pad(dark, ((0, 0), (size, size))), cv2.MORPH_CLOSE, kernel)
    return cv2.morphologyEx(closed, cv2.MORPH_OPEN, kernel)[0, size:-size] > 0
