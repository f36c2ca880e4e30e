"""Calibration pulses: the rectangles of 1 mV at the ends of rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from kalemia.digitization.curve import Columns, Trace

SEARCHED_MM = 28.0
"""How far from either end of a row a pulse is looked for."""
WIDTH_MM, HEIGHT_MM = (1.6, 13.0), (3.8, 24.0)
"""What a pulse can measure: 5 to 20 mm high, 0.08 to 0.2 s wide at 25 or 50 mm/s."""
SQUARE, _NEARLY = 0.6, 0.85
"""Part of a pulse's width in which it has nearly its full height, and how nearly; a rounded QRS complex has less."""
STEEP_MM = 1.2
"""A pulse rises within this width, blur and tilt of the stylus included."""
FLAT_MM = 0.5
"""Its top is no less level: noise, blur, a slope of the paper."""
UPRIGHT = 0.8
"""Part of a pulse's height that its edges must have at least: a T wave slopes."""
SAME_BASE_MM = 1.0
"""The base line is level before and behind, but for a P wave that begins there."""
SAME_EDGE_MM = 1.5
"""Pulses of several rows stand above each other to this."""
MOST_OF_A_PULSE_MM = 3.0
"""A piece of this width is believed even on the only row."""
_STEP_MM = 0.1
_FOOT_MM, _FOOT_OFF_MM = 3.5, 0.12
"""How far behind a pulse its base line can go, and what ends it."""


@dataclass(frozen=True)
class Pulse:
    """A calibration pulse.

    Attributes:
        left: of its rising edge in mm from the left of the sheet; where it begins if its edge is cut off.
        right: of its falling edge.
        height_mm: above the base beside it.
        width_mm: between the edges; `None` where one of them is cut off.
        outer: the end of its base line away from the signal.
        inner: the end of its base line, where the signal begins or ends.
    """

    left: float
    right: float
    height_mm: float
    width_mm: float | None
    outer: float
    inner: float


Ends = tuple[Pulse | None, Pulse | None]
"""The pulses at the left and at the right of a row."""


def find_pulses(trace: Trace) -> Ends:
    """The pulses at the left and at the right end of a row."""
    if not trace.is_there:
        return None, None
    return _pulse_at_left(trace, mirrored=False), _pulse_at_left(trace.mirrored(), mirrored=True)


def believed(pulses: Sequence[Ends]) -> list[Ends]:
    """The pulses of a page's rows without pieces of pulses that may be none.

    A level stretch before a deep Q wave looks like the end of a pulse that the edge of the picture cuts. Pulses stand
    above each other, Q waves at the very beginning of several rows do not.
    """
    at_left, at_right = [ends[0] for ends in pulses], [ends[1] for ends in pulses]
    return list(zip(_sure(at_left, lambda pulse: pulse.right), _sure(at_right, lambda pulse: pulse.left), strict=True))


def _sure(pulses: Sequence[Pulse | None], inner_edge: Callable[[Pulse], float]) -> list[Pulse | None]:
    """The pulses at one side that are whole, or end where another does, or are the most of one on the only row."""

    def is_sure(pulse: Pulse) -> bool:
        if pulse.width_mm is not None:
            return True
        if len(pulses) == 1:
            return pulse.right - pulse.left >= MOST_OF_A_PULSE_MM
        others = (other for other in pulses if other is not None and other is not pulse)
        return any(abs(inner_edge(other) - inner_edge(pulse)) < SAME_EDGE_MM for other in others)

    return [pulse if pulse is not None and is_sure(pulse) else None for pulse in pulses]


def _pulse_at_left(trace: Trace, *, mirrored: bool) -> Pulse | None:
    start = trace.left
    x = np.arange(start - STEEP_MM, min(trace.right, start + SEARCHED_MM), _STEP_MM)
    if len(x) < WIDTH_MM[0] / _STEP_MM * 2:
        return None
    # the trace may begin at the very edge of the pulse
    height = trace.at(np.maximum(x, start))[0]
    candidates = [p for p in _rectangles(x, height) if HEIGHT_MM[0] <= p.height_mm <= HEIGHT_MM[1]]
    if not candidates:
        return None
    found = max(candidates, key=lambda p: (p.width_mm is not None, p.height_mm))
    foot = _foot(x, height, found)
    if not mirrored:
        return Pulse(found.left, found.right, found.height_mm, found.width_mm, start, foot)
    return Pulse(-found.right, -found.left, found.height_mm, found.width_mm, -start, -foot)


def _rectangles(x: Columns, height: Columns) -> list[Pulse]:
    """Flat stretches with a steep edge at both ends; at the very beginning the first edge may be cut off."""
    rises, falls = _edges(x, height)
    begins = [*rises, float(x[0]) + STEEP_MM]
    found = []
    for fall in falls:
        for number, rise in enumerate(begins):
            cut_off = number == len(rises)
            if WIDTH_MM[0] <= fall - rise <= WIDTH_MM[1] and (
                pulse := _rectangle(x, height, rise, fall, cut_off=cut_off)
            ):
                found.append(pulse)
    return found


def _edges(x: Columns, height: Columns) -> tuple[list[float], list[float]]:
    """Middles of the places where the curve rises or falls steeply."""
    reach = round(STEEP_MM / 2 / _STEP_MM)
    step = np.full(len(height), np.nan)
    step[reach:-reach] = height[2 * reach :] - height[: -2 * reach]
    edges = []
    for sign in (1, -1):
        steep = np.nan_to_num(sign * step) > HEIGHT_MM[0] * 0.6
        bounds = np.flatnonzero(np.diff(np.concatenate([[0], steep.astype(int), [0]])))
        edges.append([float((x[a] + x[b - 1]) / 2) for a, b in zip(bounds[::2], bounds[1::2], strict=True)])
    return edges[0], edges[1]


def _rectangle(x: Columns, height: Columns, rise: float, fall: float, *, cut_off: bool) -> Pulse | None:
    edge = min(STEEP_MM / 2, (fall - rise) / 4)
    outer_edge = min(STEEP_MM, (fall - rise) / 4) if cut_off else edge
    top = height[(x > rise + outer_edge) & (x < fall - edge)]
    if len(top) < 0.8 / _STEP_MM or np.isnan(top).any() or np.ptp(top) > FLAT_MM:
        return None
    plateau = float(np.median(top))
    after = _level(x, height, fall + STEEP_MM / 2, fall + STEEP_MM / 2 + 1.5)
    before = None if cut_off else _level(x, height, rise - STEEP_MM / 2 - 1.0, rise - STEEP_MM / 2)
    if after is None or (before is not None and plateau - before < UPRIGHT * (plateau - after)):
        return None
    inside = height[(x >= rise) & (x <= fall)]
    if not cut_off and np.mean(inside > after + _NEARLY * (plateau - after)) < SQUARE:
        return None
    # before the pulse there may be nothing, or the edge of the page
    bases = [level for level in (before, after) if level is not None and abs(level - after) < SAME_BASE_MM]
    return Pulse(rise, fall, plateau - float(np.mean(bases)), None if cut_off else fall - rise, rise, fall)


def _level(x: Columns, height: Columns, left: float, right: float) -> float | None:
    part = height[(x >= left) & (x <= right)]
    part = part[np.isfinite(part)]
    return float(np.median(part)) if len(part) else None


def _foot(x: Columns, height: Columns, pulse: Pulse) -> float:
    """Where the base line after a pulse ends: at a gap or a step, at the latest after some millimetres."""
    begin = pulse.right + STEEP_MM / 2
    part = (x >= begin) & (x <= pulse.right + _FOOT_MM)
    xs, heights = x[part], height[part]
    if not len(xs) or np.isnan(heights[0]):
        return begin
    base = float(np.nanmedian(heights[: max(1, round(0.8 / _STEP_MM))]))
    off = np.flatnonzero(np.isnan(heights) | (np.abs(heights - base) > _FOOT_OFF_MM))
    return float(xs[off[0]]) if len(off) else begin
