"""Where the signal of each row begins and ends: a row without its calibration pulses."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from kalemia.digitization.curve import Trace
from kalemia.digitization.pulses import Ends, Pulse
from kalemia.digitization.segments import Line

_GAP_MM = 0.15


def lines_of(traces: Sequence[Trace], pulses: Sequence[Ends]) -> list[Line]:
    """The rows of a page without their pulses.

    Args:
        traces: rows from the top.
        pulses: those at both ends of each.
    """
    lines = [_line(trace, *ends) for trace, ends in zip(traces, pulses, strict=True)]
    return [_as_the_others(line, ends, pulses) for line, ends in zip(lines, pulses, strict=True)]


def _line(trace: Trace, at_left: Pulse | None, at_right: Pulse | None) -> Line:
    seen = np.flatnonzero(np.isfinite(trace.height))
    first = _behind_gap(trace, at_left.right, at_left.inner) if at_left else trace.left
    last = -_behind_gap(trace.mirrored(), -at_right.left, -at_right.inner) if at_right else trace.right
    inside = trace.x[seen][(trace.x[seen] >= first) & (trace.x[seen] <= last)]
    return Line(trace, float(inside[0]), float(inside[-1])) if len(inside) else Line(trace, trace.left, trace.right)


def _as_the_others(line: Line, own: Ends, pulses: Sequence[Ends]) -> Line:
    """A row whose own pulse was not made out ends where the pulses of most other rows stand."""
    at_left, at_right = ([pulse.inner for pulse in side if pulse] for side in zip(*pulses, strict=True))
    left, right = line.left, line.right
    if own[0] is None and 2 * len(at_left) > len(pulses):
        left = max(left, float(np.median(at_left)))
    if own[1] is None and 2 * len(at_right) > len(pulses):
        right = min(right, float(np.median(at_right)))
    return replace(line, left=left, right=right) if right > left else line


def _behind_gap(trace: Trace, pulse_ends: float, signal_begins: float) -> float:
    """Where the signal begins to a point: behind the gap, if there is one where the pulse's base line ends."""
    gaps = np.flatnonzero(np.isnan(trace.height) & (trace.x > pulse_ends) & (trace.x < signal_begins + _GAP_MM))
    seen = np.flatnonzero(np.isfinite(trace.height))
    behind = seen[seen > gaps[-1]] if len(gaps) else seen[:0]
    return float(trace.x[behind[0]]) if len(behind) else signal_begins
