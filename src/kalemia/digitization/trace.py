"""One row's curve: where the pen went, column by column, to a fraction of a pixel.

First the Viterbi path through the ink (`kalemia.digitization.viterbi`): going through ink costs next to nothing, over
bare paper much, so that steep strokes are followed and gaps are bridged straight. Then the upper and lower edge of the
stroke give a first guess: the upper edge is the curve dilated by the pen, the lower edge the curve eroded by it, and
eroding the first gives the curve at peaks, dilating the second at troughs (Serra 1982, Image Analysis and Mathematical
Morphology: closing and opening). At last the curve whose stroke looks like the ink (`kalemia.digitization.stroke`).
"""

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, Int
from scipy import ndimage

from kalemia.digitization.curve import Columns, Trace
from kalemia.digitization.rows import COARSE_PX_PER_MM, Row
from kalemia.digitization.stroke import fit_stroke
from kalemia.digitization.viterbi import cheapest_path

Shade = Float32[np.ndarray, "row column"]
Rows = Int[np.ndarray, " column"]

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
_WITHIN = 0.25
"""A stroke goes on through ink of this darkness, but does not end in it: loops of a fast pen, rests of the grid."""
_SPECK_MM, _HOLE_MM = 0.25, 0.6
"""White that a copier leaves across a stroke, and within one."""
_THIN_SHARE, _LEVEL_SHARE = 0.8, 0.2
"""Level ink thinner than the first, beside the pen, is a copier's dash. The pen is as thick as a level stroke, which at
least the second of any curve is."""
_RIDGE_MM = 0.4
_NARROW_MM = 0.25
_PEN_QUANTILE = 0.1
_TRACE_MM = 10
"""A trace is within this distance of its baseline in most columns, even where it is all waves."""
_AREA_MM, _AREA_INK = 8.0, 0.2
"""No strokes fill such a square, however close they stand: it is a desk, or the shadow of an edge."""
_UPRIGHT_MM, _BESIDE_UPRIGHT_MM, _UNBROKEN_MM = 1.0, 0.5, 0.5
_SPINE_MM, _SPINE_SHARE = 0.25, 0.6
"""The blur beside a stroke is no stroke: it is fainter than this share of what is next to it."""
_TALL_MM, _PASSED_BY_MM, _PASSING_COST = 2.0, (3.0, 0.4), 2.0
"""So near (down, to the side) a tall upright stroke bare paper costs more: the pen has gone along the stroke."""
_RULED_TIMES = 3.0
_PAPER_SHARE, _OUTSTANDING, _LEAST_UPRIGHT = 0.9, 2.0, 0.06
"""An upright stroke stands out that many times more than nine tenths of the paper; strokes fill less than a tenth."""
_MISFIT, _BEYOND_MM = (0.4, 1.4), (0.3, 1.5)
"""What any raster and noise leave, and what is so much that the curve is not to be believed."""


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
    part = _without_areas(np.ascontiguousarray(ink[top:bottom, left:right]), px_per_mm)
    part = _normalised(part, baseline - top, px_per_mm)
    ground = _ground(part, baseline - top, px_per_mm)
    path = _path(part, baseline - top, ground, px_per_mm)
    upper, lower, ridge = _edges(part, path, ground, px_per_mm)
    radius = _pen(upper, lower, ridge) / 2
    fit = fit_stroke(part, _without_pen(upper, lower, radius, px_per_mm), radius)
    seen = _seen(ridge, px_per_mm)
    # pixel i covers i to i + 1, and its middle lies half a pixel further
    height = np.where(seen, -(fit.curve + top + 0.5) / px_per_mm, np.nan)
    x = (np.arange(left, right) + 0.5) / px_per_mm
    beyond_mm = _beyond(upper, lower, fit.curve, fit.pen.radius) / px_per_mm
    confidence = np.where(seen, _confidence(ridge, fit.misfit, beyond_mm, px_per_mm), 0)
    return Trace(x, height, confidence, 2 * fit.pen.radius / px_per_mm)


def _baseline(row: Row, px_per_mm: int, left: int, right: int) -> Columns:
    """The row's baseline at each fine column, in px."""
    at = (np.arange(left, right) + 0.5) / px_per_mm * COARSE_PX_PER_MM - 0.5
    return np.interp(at, np.arange(len(row.baseline)), row.baseline) * px_per_mm


def _without_areas(ink: Shade, px_per_mm: int) -> Shade:
    """The ink without what is dark all over."""
    side = round(_AREA_MM * px_per_mm)
    grey = (cv2.blur(ink, (px_per_mm, px_per_mm)) > _AREA_INK).astype(np.uint8)
    # beyond the edge it goes on as it is at the edge
    padded = cv2.copyMakeBorder(grey, side, side, side, side, cv2.BORDER_REPLICATE)
    area = cv2.morphologyEx(padded, cv2.MORPH_OPEN, np.ones((side, side), np.uint8))[side:-side, side:-side]
    return np.where(area > 0, np.float32(0), ink) if area.any() else ink


def _normalised(ink: Shade, baseline: Columns, px_per_mm: int) -> Shade:
    """The ink scaled so that this row's trace is 1: a thin trace is paler than letters."""
    reach = np.arange(-_TRACE_MM * px_per_mm, _TRACE_MM * px_per_mm + 1)[:, None]
    near = np.clip(np.round(baseline).astype(np.intp) + reach, 0, ink.shape[0] - 1)
    darkest = ink[near, np.arange(ink.shape[1])].max(axis=0)
    there = darkest > _PALEST
    level = float(np.median(darkest[there])) if there.any() else 1.0
    return np.clip(ink / level, 0, 1) if level < 1 else ink


def _ground(ink: Shade, baseline: Columns, px_per_mm: int) -> float:
    """How dark the paper beside the trace is: rests of the grid, dirt. Fainter strokes than that cannot be seen."""
    rows = np.round(baseline).astype(np.intp) + np.arange(-_BESIDE_MM * px_per_mm, _BESIDE_MM * px_per_mm, 3)[:, None]
    beside = ink[np.clip(rows, 0, ink.shape[0] - 1), np.arange(ink.shape[1])]
    return float(np.quantile(beside, _GROUND_SHARE))


def _path(ink: Shade, baseline: Columns, ground: float, px_per_mm: int) -> Rows:
    heights = np.arange(ink.shape[0], dtype=np.float32)[:, None]
    away = np.abs(heights - baseline.astype(np.float32)) * np.float32(AWAY_COST_PER_MM / px_per_mm)
    thick = _without_dashes(ink, baseline, px_per_mm)
    bare = 1 - np.clip((thick - _INK_FROM) / (_INK_FULL - _INK_FROM), 0, 1)
    unbroken = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((round(_SPECK_MM * px_per_mm) | 1, 1), np.uint8))
    steep = 1 - np.clip((unbroken - np.clip(ground, *_FAINTEST)) / _FAINT_RANGE, 0, 1)
    upright = _upright(ink, px_per_mm)
    bare *= 1 + _PASSING_COST * _passed_by(upright, px_per_mm)
    return cheapest_path(bare + away, CLIMB_BARE * steep * (1 - upright) + CLIMB_INK)


def _passed_by(upright: Shade, px_per_mm: int) -> Shade:
    """Where one would leave out a tall upright stroke, 0 to 1."""
    tall = cv2.erode(upright, np.ones((round(_TALL_MM * px_per_mm), 1), np.uint8))
    return cv2.dilate(tall, np.ones([2 * round(reach * px_per_mm) + 1 for reach in _PASSED_BY_MM], np.uint8))


def _upright(ink: Shade, px_per_mm: int) -> Shade:
    """Where a stroke goes up or down, 0 to 1: of a fast pen's little ink only its length tells it from dirt."""
    along = cv2.blur(ink, (1, round(_UPRIGHT_MM * px_per_mm)))
    step = round(_BESIDE_UPRIGHT_MM * px_per_mm)
    padded = np.pad(along, ((0, 0), (step, step)), mode="edge")
    out = along - np.minimum(padded[:, : -2 * step], padded[:, 2 * step :])
    # what stands out along most of a column is a rest of the grid
    ruled = cv2.dilate(np.median(out[::4], axis=0, keepdims=True), np.ones((1, 3), np.uint8))
    out = out - _RULED_TIMES * ruled
    least = max(_LEAST_UPRIGHT, _OUTSTANDING * float(np.quantile(out[::3, ::3], _PAPER_SHARE)))
    side = cv2.dilate(along, np.ones((1, 2 * round(_SPINE_MM * px_per_mm) + 1), np.uint8))
    # dots of the grid that stand above each other are no stroke
    unbroken = cv2.erode(cv2.blur(ink, (3, 3)), np.ones((round(_UNBROKEN_MM * px_per_mm), 1), np.uint8))
    is_stroke = (along > _SPINE_SHARE * side) & (unbroken > _LEAST_UPRIGHT)
    return np.where(is_stroke, np.clip(2 * (out / least - 1), 0, 1), np.float32(0))


def _without_dashes(ink: Shade, baseline: Columns, px_per_mm: int) -> Shade:
    """The ink without level dashes thinner than the pen: they bridge the two strokes of a peak below its top."""
    first = max(0, round(baseline.min()) - px_per_mm * _TRACE_MM)
    part = ink[first : round(baseline.max()) + px_per_mm * _TRACE_MM]
    depth = cv2.distanceTransform((part > _EDGE).astype(np.uint8), cv2.DIST_L2, 3)
    middle = np.argmax(depth, axis=0)
    there = depth[middle, np.arange(ink.shape[1])] > 0
    if not there.any():
        return ink
    upper, lower = _ends(part, part >= _EDGE, middle, np.full(len(middle), _EDGE))
    size = int(_THIN_SHARE * np.quantile((lower - upper)[there], _LEVEL_SHARE))
    return cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((size, 1), np.uint8)) if size > 1 else ink


def _edges(ink: Shade, path: Rows, ground: float, px_per_mm: int) -> tuple[Columns, Columns, Columns]:
    """Upper and lower edge of the stroke that the path runs in, in px, and how dark it is."""
    columns = np.arange(ink.shape[1])
    near = cv2.dilate(ink, np.ones((3, 1), np.uint8))[path, columns].astype(np.float64)
    ridge = ndimage.median_filter(near, round(_RIDGE_MM * px_per_mm) | 1)
    start = _darkest_near(ink, path)
    edge = np.maximum(_EDGE * np.minimum(ridge, near), 0.15)
    within = np.minimum(np.maximum(_WITHIN / _EDGE * edge, max(0.1, 1.5 * ground)), edge)
    dark = _ends(ink, _filled(ink >= within, px_per_mm), start, edge)
    # beside a stroke there is its blur, which is as faint; only where the ink is darkest from left to right is a stroke
    spine = np.where(ink >= cv2.dilate(ink, np.ones((1, 5), np.uint8)) - _LEVEL_INK, ink, np.float32(0))
    least = max(_FAINTEST[1], 1.5 * ground)
    faint = _ends(spine, _filled(spine >= least, px_per_mm), start, np.full(len(path), least))
    reach = FAINT_STROKE_MM * px_per_mm
    upper = np.where(dark[0] - faint[0] > reach, faint[0], dark[0])
    lower = np.where(faint[1] - dark[1] > reach, faint[1], dark[1])
    return upper, lower, near


def _filled(solid: Bool[np.ndarray, "row column"], px_per_mm: int) -> Bool[np.ndarray, "row column"]:
    """The stroke without the white specks that a copier leaves in it.

    A speck has ink just above and below, or near on all four sides.
    """
    hole, speck = (round(size * px_per_mm) | 1 for size in (_HOLE_MM, _SPECK_MM))
    ink = solid.astype(np.uint8)
    upright, level, short = (
        cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones(size, np.uint8)) > 0
        for size in ((hole, 1), (1, hole), (speck, 1))
    )
    return (upright & level) | short


def _darkest_near(ink: Shade, path: Rows) -> Rows:
    """The darkest of the pixel on the path and its neighbours above and below."""
    columns = np.arange(ink.shape[1])
    candidates = np.clip(path + np.array([[0], [-1], [1]]), 0, ink.shape[0] - 1)
    return candidates[np.argmax(ink[candidates, columns], axis=0), columns]


def _ends(ink: Shade, solid: Bool[np.ndarray, "row column"], start: Rows, edge: Columns) -> tuple[Columns, Columns]:
    """Upper and lower end of the solid run around a start: where its ink last crosses the edge, to parts of a pixel."""
    rows, columns = ink.shape[0], np.arange(ink.shape[1])
    numbers = np.arange(rows, dtype=np.int16)[:, None]
    bare_above = np.maximum.accumulate(np.where(solid, np.int16(-1), numbers), axis=0)[start, columns]
    bare_below = np.minimum.accumulate(np.where(solid, np.int16(rows), numbers)[::-1], axis=0)[::-1][start, columns]
    dark = (ink >= edge.astype(np.float32)) & (numbers > bare_above) & (numbers < bare_below)
    dark[start, columns] = True
    top, bottom = np.argmax(dark, axis=0), rows - 1 - np.argmax(dark[::-1], axis=0)
    return _crossing(ink, top, -1, edge), _crossing(ink, bottom, 1, edge)


def _crossing(ink: Shade, inner: Rows, direction: int, edge: Columns) -> Columns:
    """Where between a pixel and the next, upwards (-1) or downwards (1), the ink falls below the edge."""
    columns = np.arange(ink.shape[1])
    inside, outside = ink[inner, columns], ink[np.clip(inner + direction, 0, ink.shape[0] - 1), columns]
    return inner + direction * np.clip((inside - edge) / np.maximum(inside - outside, 1e-6), 0, 1)


def _pen(upper: Columns, lower: Columns, ridge: Columns) -> float:
    """Width of the stroke in px: its height where the curve is about level, its slope allowed for."""
    slope = np.gradient((upper + lower) / 2)
    level = (np.abs(slope) < 1) & (ridge > FAINT)
    thick = ((lower - upper) / np.sqrt(1 + slope**2))[level]
    return float(np.quantile(thick, _PEN_QUANTILE)) if len(thick) else 1.0


def _without_pen(upper: Columns, lower: Columns, radius: float, px_per_mm: int) -> Columns:
    """The curve (px, downwards) whose stroke has these edges, where strokes do not run into each other."""
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


def _beyond(upper: Columns, lower: Columns, curve: Columns, radius: float) -> Columns:
    """How far ink goes on above and below the stroke of a curve, in px."""
    # beside a steep stroke a pixel to the side is a long way up
    radius = radius + 1
    offsets = np.linspace(-radius, radius, 2 * int(np.ceil(2 * radius)) + 1)
    bow = np.sqrt(np.maximum(radius**2 - offsets**2, 0))[:, None]
    around = _shifted(curve, offsets)
    above, below = np.min(around - bow, axis=0) - upper, lower - np.max(around + bow, axis=0)
    return np.maximum(above, 0) + np.maximum(below, 0)


def _confidence(ridge: Columns, misfit: Columns, beyond_mm: Columns, px_per_mm: int) -> Columns:
    """How sure the curve is: the ink is dark, what is drawn from the curve looks like it, and nothing is left over."""
    size = round(_RIDGE_MM * px_per_mm) | 1
    agreement = [
        np.clip((worst - ndimage.median_filter(off, size)) / (worst - free), 0, 1)
        for off, (free, worst) in ((misfit, _MISFIT), (beyond_mm, _BEYOND_MM))
    ]
    return np.clip(ridge, 0, 1) * agreement[0] * agreement[1]


def _seen(ridge: Columns, px_per_mm: int) -> Bool[np.ndarray, " column"]:
    """Where the pen was on the paper; gaps of less than half a millimetre are bridged."""
    dark = (ridge > FAINT).astype(np.uint8)[None]
    size = max(1, px_per_mm // 2) | 1
    kernel = np.ones((1, size), np.uint8)
    closed = cv2.morphologyEx(np.pad(dark, ((0, 0), (size, size))), cv2.MORPH_CLOSE, kernel)
    return cv2.morphologyEx(closed, cv2.MORPH_OPEN, kernel)[0, size:-size] > 0
