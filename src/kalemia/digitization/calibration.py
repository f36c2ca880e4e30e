"""Millivolts and seconds: what a millimetre of the paper stands for.

The calibration pulse is a rectangle of 1 mV and, on most carts, 0.2 s (AHA/ACC/HRS 2007,
doi:10.1161/CIRCULATIONAHA.106.180200). Its height in millimetres is the gain. What is printed says both.
Where the two contradict each other, or the pulse is of a height that no gain has, the grid was misread or the page is
no ECG: then there is no calibration.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from kalemia.digitization.curve import Columns, Trace
from kalemia.digitization.printed_scales import PrintedScales
from kalemia.errors import ScalesDisagree

STANDARD_SPEED_MM_PER_S, STANDARD_GAIN_MM_PER_MV = 25.0, 10.0
SHORTEST_COLUMN_S = 1.7
"""A column of leads lasts 2.5 s or more, less what cameras and scissors cut off."""
PULSE_GAINS = (5.0, 10.0, 20.0)
PULSE_S = 0.2
SEARCHED_MM = 28.0
"""How far from either end of a row a pulse is looked for."""
WIDTH_MM, HEIGHT_MM = (1.6, 13.0), (3.8, 24.0)
"""What a pulse can measure: 5 to 20 mm high, 0.08 to 0.2 s wide at 25 or 50 mm/s."""
SQUARE = 0.6
"""Part of a pulse's width in which it has nearly its full height; a rounded QRS complex has less."""
STEEP_MM = 1.2
"""A pulse rises within this width, blur and tilt of the stylus included."""
FLAT_MM = 0.5
UPRIGHT = 0.8
"""Part of a pulse's height that its edges must have at least: a T wave slopes."""
SAME_BASE_MM = 1.0
SAME_EDGE_MM = 1.5
MOST_OF_A_PULSE_MM = 3.0
TOLERANCE = 0.12
"""Part by which a pulse may differ from a standard gain: paper shrinks, photographs bend."""
LOOSE_TOLERANCE = 0.2
"""The same for pulses cut off, whose base line is only seen where a P wave may begin."""
_STEP_MM = 0.1
_NEARLY = 0.85
_FOOT_MM, _FOOT_OFF_MM = 3.5, 0.12


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


@dataclass(frozen=True)
class Calibration:
    """What a millimetre of the paper stands for, and how one knows."""

    speed_mm_per_s: float
    gain_mm_per_mv: float
    evidence: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]


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


def calibrate(pulses: list[Pulse], printed: PrintedScales, column_mm: float | None = None) -> Calibration:
    """Speed and gain from pulses and print.

    Args:
        pulses: of all rows.
        printed: what words say.
        column_mm: width of a column of leads, where there are several.

    Raises:
        ScalesDisagree: the pulses have no standard height, or contradict what is printed; or nothing says the speed,
            and at the usual one the leads would be too short.
    """
    gain, of_gain, doubts = _gain(pulses, printed)
    speed, of_speed, more = _speed(pulses, printed, column_mm)
    evidence = (("speed", of_speed), ("gain", of_gain))
    return Calibration(speed, gain, evidence, (*printed.notes, *doubts, *more))


def _gain(pulses: list[Pulse], printed: PrintedScales) -> tuple[float, str, tuple[str, ...]]:
    stated = printed.gain_mm_per_mv
    measured = _agreed_height(pulses)
    if measured is None:
        if stated is not None:
            return stated, f"printed: {_words(printed)}", ()
        warning = "No calibration pulse and no printed gain; 10 mm/mV was assumed."
        return STANDARD_GAIN_MM_PER_MV, "assumed", (warning,)
    standard = min(PULSE_GAINS, key=lambda gain: abs(np.log(measured / gain)))
    is_whole = any(pulse.width_mm is not None for pulse in pulses)
    if abs(measured / standard - 1) > (TOLERANCE if is_whole else LOOSE_TOLERANCE):
        raise ScalesDisagree(
            f"by the grid the calibration pulse is {measured:.1f} mm high, but 5, 10 or 20 mm were needed. "
            "Scan the page flat and straight, with its grid"
        )
    if stated is not None and stated != standard:
        raise ScalesDisagree(
            f"{stated:g} mm/mV is printed, but the calibration pulse is {measured:.1f} mm high. "
            "Check which of them belongs to lead II, and give it: --gain"
        )
    text = f" and printed: {_words(printed)}" if stated is not None else ""
    return standard, f"calibration pulse {measured:.1f} mm high{text}", ()


def _agreed_height(pulses: list[Pulse]) -> float | None:
    """Median height of the pulses; of those with both edges if there are any, of the larger group of alike ones."""
    whole = [pulse for pulse in pulses if pulse.width_mm is not None] or pulses
    heights = np.array([pulse.height_mm for pulse in whole])
    if not len(heights):
        return None
    alike = np.abs(np.log(heights[:, None] / heights)) < TOLERANCE
    return float(np.median(heights[alike[np.argmax(alike.sum(axis=1))]]))


def _speed(pulses: list[Pulse], printed: PrintedScales, column_mm: float | None) -> tuple[float, str, tuple[str, ...]]:
    stated = printed.speed_mm_per_s
    widths = [pulse.width_mm for pulse in pulses if pulse.width_mm is not None]
    width = float(np.median(widths)) if widths else None
    by_pulse = _speed_of_width(width)
    if stated is not None:
        if by_pulse is not None and {by_pulse, stated} == {25.0, 50.0}:
            raise ScalesDisagree(
                f"{stated:g} mm/s is printed, but the calibration pulse is {width:.1f} mm wide. Give the speed: --speed"
            )
        return stated, f"printed: {_words(printed)}", ()
    if by_pulse is not None:
        return by_pulse, f"calibration pulse {width:.1f} mm wide", ()
    if column_mm is not None and column_mm < SHORTEST_COLUMN_S * STANDARD_SPEED_MM_PER_S:
        raise ScalesDisagree(
            f"no printed speed, no calibration pulse, and at 25 mm/s each lead would last only {column_mm / 25:.1f} s. "
            "Give the speed: --speed"
        )
    warning = "No printed speed and no calibration pulse of known width; 25 mm/s was assumed."
    return STANDARD_SPEED_MM_PER_S, "assumed", (warning,)


def _speed_of_width(width_mm: float | None) -> float | None:
    if width_mm is None:
        return None
    fitting = [speed for speed in (25.0, 50.0) if abs(width_mm / (PULSE_S * speed) - 1) < TOLERANCE]
    return fitting[0] if fitting else None


def _words(printed: PrintedScales) -> str:
    return "; ".join(printed.evidence)
