"""Every stretch of a page that could be the lead, numbered, so that one who sees the page can say which it is."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from kalemia.digitization.digitization import Findings
from kalemia.digitization.lines import lines_of
from kalemia.digitization.pulses import believed, find_pulses
from kalemia.digitization.segments import Line, Segment

_ABOVE_MM, _BELOW_MM = 45.0, 30.0
"""A box ends so far from the baseline at the most: what is beyond is another row's."""
_MARGIN_MM = 2.0
_SHORTEST_MM = 15.0
"""What is left of a row between named leads is no lead if it is shorter."""


@dataclass(frozen=True)
class Strip:
    """A stretch of a row, in mm of the paper.

    Attributes:
        number: from 1, rows from the top, each from left to right, a whole row after its parts.
        row: number of the row from the top, from 1.
        lead: which lead it is by the layout; `None` where the layout has none.
        left: where it begins.
        right: where it ends.
        top: above its curve, from the top of the sheet.
        bottom: below its curve.
        is_whole: whether it runs over the whole row.
        is_chosen: whether it was taken.
    """

    number: int
    row: int
    lead: str | None
    left: float
    right: float
    top: float
    bottom: float
    is_whole: bool
    is_chosen: bool

    @property
    def corners_mm(self) -> Float[np.ndarray, "corner 2"]:
        """Corners (x, y) on paper, from the top left clockwise; `Findings.map` knows where that is in the picture."""
        left, top, right, bottom = self.left, self.top, self.right, self.bottom
        return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def strips_of(findings: Findings) -> tuple[Strip, ...]:
    """The stretches of a page that could be the lead: those that the layout names, what they leave, and whole rows.

    Their numbers depend on the page and how it was turned, and on nothing else.

    Args:
        findings: also of a refused page; where it has no curves, there are no strips.
    """
    pulses = findings.pulses or believed([find_pulses(trace) for trace in findings.traces])
    lines = lines_of(findings.traces, pulses)
    stretches = [stretch for row, line in enumerate(lines) for stretch in _stretches(findings, row, line)]
    return tuple(
        _strip(number, lines[stretch.row], stretch, findings.chosen) for number, stretch in enumerate(stretches, 1)
    )


def _stretches(findings: Findings, row: int, line: Line) -> list[Segment]:
    """The stretches of a row on which there is a curve; those that nobody named have an empty name."""
    named = [segment for segment in findings.layout.segments if segment.row == row] if findings.layout else []
    whole = Segment("", row, 0, line.left, line.right, True, "")
    if any(segment.is_strip for segment in named):
        return named
    stretches = sorted([*named, *_between(named, whole)], key=lambda segment: segment.left) if named else []
    seen = [segment for segment in stretches if line.trace.between(segment.left, segment.right).is_there]
    return [*seen, whole]


def _between(named: list[Segment], whole: Segment) -> list[Segment]:
    """What the named stretches of a row leave of it, where that is long enough to be a lead."""
    begins = [whole.left, *(segment.right for segment in named)]
    ends = [*(segment.left for segment in named), whole.right]
    return [
        replace(whole, left=begin, right=end, is_strip=False)
        for begin, end in zip(begins, ends, strict=True)
        if end - begin > _SHORTEST_MM
    ]


def _strip(number: int, line: Line, stretch: Segment, chosen: Segment | None) -> Strip:
    top, bottom = reach_of(line, stretch.left, stretch.right)
    return Strip(
        number,
        stretch.row + 1,
        stretch.lead or None,
        stretch.left,
        stretch.right,
        top,
        bottom,
        stretch.is_strip,
        chosen is not None and _place(chosen) == _place(stretch),
    )


def _place(segment: Segment) -> tuple[int, float, float]:
    return segment.row, segment.left, segment.right


def reach_of(line: Line, left: float, right: float) -> tuple[float, float]:
    """Top and bottom of a box around the curve of a stretch of a row, in mm from the top of the sheet."""
    height = line.trace.between(left, right).height
    top, bottom = -float(np.nanmax(height)) - _MARGIN_MM, -float(np.nanmin(height)) + _MARGIN_MM
    return max(top, line.y - _ABOVE_MM), min(bottom, line.y + _BELOW_MM)
