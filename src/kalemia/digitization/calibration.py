"""Millivolts and seconds: what a millimetre of the paper stands for.

The calibration pulse is a rectangle of 1 mV and, on most carts, 0.2 s (AHA/ACC/HRS 2007,
doi:10.1161/CIRCULATIONAHA.106.180200). Its height in millimetres is the gain. What is printed says both.
Where the two contradict each other, or the pulse is of a height that no gain has, the grid was misread or the page is
no ECG: then there is no calibration.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kalemia.digitization.printed_scales import PrintedScales
from kalemia.digitization.pulses import Pulse
from kalemia.errors import ScalesDisagree

STANDARD_SPEED_MM_PER_S, STANDARD_GAIN_MM_PER_MV = 25.0, 10.0
SHORTEST_COLUMN_S = 1.7
"""A column of leads lasts 2.5 s or more, less what cameras and scissors cut off."""
PULSE_GAINS = (5.0, 10.0, 20.0)
PULSE_S = 0.2
TOLERANCE = 0.12
"""Part by which a pulse may differ from a standard gain: paper shrinks, photographs bend."""
LOOSE_TOLERANCE = 0.2
"""The same for pulses cut off, whose base line is only seen where a P wave may begin."""

Answer = tuple[float, str, tuple[str, ...]]
"""A scale, how it is known, and doubts."""


@dataclass(frozen=True)
class Calibration:
    """What a millimetre of the paper stands for, and how one knows.

    Attributes:
        speed_mm_per_s: of the paper.
        gain_mm_per_mv: of lead II and the other limb leads.
        chest_gain_mm_per_mv: of the chest leads.
        evidence: how `speed` and `gain` are known.
        warnings: doubts, one sentence each.
    """

    speed_mm_per_s: float
    gain_mm_per_mv: float
    chest_gain_mm_per_mv: float
    evidence: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Given:
    """Scales that the user knows better than the page."""

    speed_mm_per_s: float | None = None
    gain_mm_per_mv: float | None = None


NOTHING_GIVEN = Given()


def calibrate(
    pulses: Sequence[Pulse],
    printed: PrintedScales,
    *,
    own: Sequence[Pulse] = (),
    column_mm: float | None = None,
    given: Given = NOTHING_GIVEN,
) -> Calibration:
    """Speed and gain from pulses and print.

    Args:
        pulses: of all rows.
        printed: what words say.
        own: those of lead II's row.
        column_mm: width of a column of leads, where there are several.
        given: what stands above all that.

    Raises:
        ScalesDisagree: the pulses have no standard height, or contradict each other or what is printed; or nothing says
            the speed, and at the usual one the leads would be too short.
    """
    gain, of_gain, doubts = _gain(pulses, own, printed, given.gain_mm_per_mv)
    speed, of_speed, more = _speed(pulses, printed, column_mm, given.speed_mm_per_s)
    chest, usual = printed.chest_gain_mm_per_mv, printed.gain_mm_per_mv
    chest_gain = chest * gain / usual if chest is not None and usual is not None else gain
    evidence = (("speed", of_speed), ("gain", of_gain))
    return Calibration(speed, gain, chest_gain, evidence, (*printed.notes, *doubts, *more))


def _gain(pulses: Sequence[Pulse], own: Sequence[Pulse], printed: PrintedScales, given: float | None) -> Answer:
    stated, measured = printed.gain_mm_per_mv, _agreed_height(pulses)
    if given is not None:
        return given, "given", _overruled(given, measured, stated)
    if measured is None:
        if printed.gain_note:
            raise ScalesDisagree(f"{_clause(printed.gain_note)}, and no calibration pulse decides. Give it: --gain")
        if stated is not None:
            return stated, f"printed: {stated:g} mm/mV", ()
        warning = "No calibration pulse and no printed gain; 10 mm/mV was assumed."
        return STANDARD_GAIN_MM_PER_MV, "assumed", (warning,)
    standard = _standard(measured)
    is_whole = any(pulse.width_mm is not None for pulse in pulses)
    if abs(measured / standard - 1) > (TOLERANCE if is_whole else LOOSE_TOLERANCE):
        raise ScalesDisagree(
            f"by the grid the calibration pulse is {measured:.1f} mm high, but 5, 10 or 20 mm were needed. "
            "Scan the page flat and straight, with its grid"
        )
    _require_one_gain(measured, own, stated)
    text = f" and printed: {stated:g} mm/mV" if stated is not None else ""
    return standard, f"calibration pulse {measured:.1f} mm high{text}", ()


def _overruled(given: float, measured: float | None, stated: float | None) -> tuple[str, ...]:
    """What the page says against a gain that the user gave."""
    doubts = []
    if measured is not None and abs(measured / given - 1) > TOLERANCE:
        doubts.append(f"The calibration pulse is {measured:.1f} mm high, but {given:g} mm/mV was given.")
    if stated is not None and stated != given:
        doubts.append(f"{stated:g} mm/mV is printed, but {given:g} mm/mV was given.")
    return tuple(doubts)


def _require_one_gain(measured: float, own: Sequence[Pulse], stated: float | None) -> None:
    """Refuse where lead II's own pulse or the print is of another gain than most pulses."""
    choice = "Check which of them belongs to lead II, and give it: --gain"
    of_own = _agreed_height([pulse for pulse in own if pulse.width_mm is not None])
    if of_own is not None and _standard(of_own) != _standard(measured):
        raise ScalesDisagree(f"calibration pulses of {of_own:.1f} and {measured:.1f} mm. {choice}")
    if stated is not None and stated != _standard(measured):
        raise ScalesDisagree(
            f"{stated:g} mm/mV is printed, but the calibration pulse is {measured:.1f} mm high. {choice}"
        )


def _standard(height_mm: float) -> float:
    """The gain whose pulse is most nearly of that height."""
    return min(PULSE_GAINS, key=lambda gain: abs(np.log(height_mm / gain)))


def _agreed_height(pulses: Sequence[Pulse]) -> float | None:
    """Median height of the pulses; of those with both edges if there are any, of the larger group of alike ones."""
    whole = [pulse for pulse in pulses if pulse.width_mm is not None] or pulses
    heights = np.array([pulse.height_mm for pulse in whole])
    if not len(heights):
        return None
    alike = np.abs(np.log(heights[:, None] / heights)) < TOLERANCE
    return float(np.median(heights[alike[np.argmax(alike.sum(axis=1))]]))


def _speed(pulses: Sequence[Pulse], printed: PrintedScales, column_mm: float | None, given: float | None) -> Answer:
    stated, width = printed.speed_mm_per_s, _usual_width(pulses)
    by_pulse = _speed_of_width(width)
    if given is not None:
        doubt = f"{stated:g} mm/s is printed, but {given:g} mm/s was given." if stated not in (None, given) else ""
        return given, "given", (doubt,) if doubt else ()
    if stated is not None and by_pulse not in (None, stated):
        raise ScalesDisagree(
            f"{stated:g} mm/s is printed, but the calibration pulse is {width:.1f} mm wide. Give the speed: --speed"
        )
    if stated is not None:
        return stated, f"printed: {stated:g} mm/s", ()
    if by_pulse is not None:
        return by_pulse, f"calibration pulse {width:.1f} mm wide", ()
    if printed.speed_note:
        raise ScalesDisagree(f"{_clause(printed.speed_note)}, and no calibration pulse decides. Give it: --speed")
    if column_mm is not None and column_mm < SHORTEST_COLUMN_S * STANDARD_SPEED_MM_PER_S:
        raise ScalesDisagree(
            f"no printed speed, no calibration pulse, and at 25 mm/s each lead would last only {column_mm / 25:.1f} s. "
            "Give the speed: --speed"
        )
    warning = "No printed speed and no calibration pulse of known width; 25 mm/s was assumed."
    return STANDARD_SPEED_MM_PER_S, "assumed", (warning,)


def _usual_width(pulses: Sequence[Pulse]) -> float | None:
    widths = [pulse.width_mm for pulse in pulses if pulse.width_mm is not None]
    return float(np.median(widths)) if widths else None


def _speed_of_width(width_mm: float | None) -> float | None:
    if width_mm is None:
        return None
    fitting = [speed for speed in (25.0, 50.0) if abs(width_mm / (PULSE_S * speed) - 1) < TOLERANCE]
    return fitting[0] if fitting else None


def _clause(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:].rstrip(".")
