"""The short leads of a block: where each begins and ends, and which of them a long strip repeats."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kalemia.digitization.curve import Trace
from kalemia.digitization.lead_labels import Label
from kalemia.digitization.segments import Line, Segment

LABEL_BEFORE_MM = 6.0
"""So much may a label stand before its lead."""
LAG_MM, STEP_MM = 2.0, 0.2
"""How far aside two curves are compared, and how finely."""
SHORTEST_MM = 4.0
"""Over less paper, curves are not compared."""
MOSTLY = 0.8
"""Share of the paper on which both curves must have been traced."""
_INSET_MM, _BORDER_REACH_MM = 0.4, 3.0
"""Where one lead gives way to the next there is a gap, a tick, or a jump."""


@dataclass(frozen=True)
class Block:
    """A block of short leads: its rows and columns, and the leads column by column."""

    rows: int
    columns: int
    order: tuple[str, ...]

    def lead(self, row: int, column: int) -> str:
        """Which lead stands there."""
        return self.order[column * self.rows + row]


def column_at(block: Block, line: Line, x: float) -> int:
    """The column of a label, which stands at the beginning of its lead."""
    width = (line.right - line.left) / block.columns
    return int(np.clip((x - line.left + LABEL_BEFORE_MM) / width, 0, block.columns - 1))


def short_segment(block: Block, line: Line, row: int, column: int, labels: Sequence[Label]) -> Segment:
    """The lead at a row and a column of a block, from border to border."""
    lead = block.lead(row, column)
    width = (line.right - line.left) / block.columns
    read = any(label.lead == lead and label.row == row for label in labels)
    left = line.left if column == 0 else _border(line, line.left + column * width)[1]
    right = line.right if column == block.columns - 1 else _border(line, line.left + (column + 1) * width)[0]
    evidence = "label" if read else "its place in the usual order"
    return Segment(lead, row, column, left, right, block.columns == 1, evidence)


def _border(line: Line, x: float) -> tuple[float, float]:
    """Where one lead ends and the next begins: at a gap of the curve near the place, or just beside a tick there."""
    trace = line.trace
    gaps = np.flatnonzero(np.isnan(trace.height) & (np.abs(trace.x - x) < _BORDER_REACH_MM))
    if not len(gaps):
        return x - _INSET_MM, x + _INSET_MM
    seen = np.flatnonzero(np.isfinite(trace.height))
    before, after = seen[seen < gaps[0]], seen[seen > gaps[-1]]
    return (
        float(trace.x[before[-1]]) if len(before) else x - _INSET_MM,
        float(trace.x[after[0]]) if len(after) else x + _INSET_MM,
    )


def likeness_of(block: Block, lines: Sequence[Line], row: int) -> dict[str, float]:
    """How well a strip repeats each of the short leads: correlation."""
    likeness = {}
    for r in range(min(block.rows, len(lines))):
        for c in range(block.columns):
            short = short_segment(block, lines[r], r, c, ())
            likeness[short.lead] = correlation(lines[row].trace, lines[r].trace, short.left, short.right)
    return likeness


def correlation(first: Trace, second: Trace, left: float, right: float) -> float:
    """Likeness of two curves over a stretch of paper, at the best lag of some millimetres; -1 to 1."""
    x = np.arange(left + LAG_MM, right - LAG_MM, STEP_MM)
    if len(x) < SHORTEST_MM / STEP_MM:
        return 0.0
    fixed = second.at(x)[0]
    best = 0.0
    for lag in np.arange(-LAG_MM, LAG_MM + STEP_MM / 2, STEP_MM):
        moved = first.at(x + lag)[0]
        both = np.isfinite(fixed) & np.isfinite(moved)
        if both.mean() > MOSTLY and fixed[both].std() > 0 and moved[both].std() > 0:
            best = max(best, float(np.corrcoef(fixed[both], moved[both])[0, 1]))
    return best
