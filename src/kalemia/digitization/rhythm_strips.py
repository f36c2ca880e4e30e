"""Which lead a rhythm strip shows: the one that its label names, and that the block shows in part."""

from collections.abc import Sequence
from dataclasses import replace

from kalemia.digitization.lead_block import ALIKE
from kalemia.digitization.lead_labels import Label
from kalemia.digitization.segments import Line, Segment
from kalemia.digitization.short_leads import Block, likeness_of

AT_THE_START = 1 / 8
"""A label in this first part of a row stands at its beginning."""
_CLEARLY_LIKER = 0.1
_MORE_EXACT, _MORE_EXACT_II = 3.0, 1.5
"""How many times the variance not shared with the next lead must be that which is not shared with the twin; most
strips are lead II."""


def rhythm_strip(
    block: Block, lines: Sequence[Line], row: int, labels: Sequence[Label]
) -> tuple[Segment | None, list[str]]:
    """A rhythm strip: which lead its label names, and which short lead it repeats."""
    line = lines[row]
    own = [label.lead for label in (*labels, *_strays(block, lines, row, labels)) if label.row == row]
    likeness = likeness_of(block, lines, row)
    twin = max(likeness, key=lambda lead: likeness[lead])
    named = own[0] if own else None
    strip = Segment(named or twin, row, 0, line.left, line.right, True, "label")
    alike = f"it repeats the short lead {twin} (r = {likeness[twin]:.2f})"
    if likeness[twin] < ALIKE:
        return (strip, []) if named else (None, [])
    if named is None and not _stands_out(twin, likeness):
        return None, []
    if named is None or _is_misread(named, twin, likeness):
        return replace(strip, lead=twin, evidence=alike), []
    if named == twin:
        return replace(strip, evidence=f"label; {alike}"), []
    return strip, [f"The rhythm strip is labelled {named}, but looks like lead {twin} (r = {likeness[twin]:.2f})."]


def _strays(block: Block, lines: Sequence[Line], row: int, labels: Sequence[Label]) -> list[Label]:
    """Labels at the beginning of the row above that name none of its leads: they stand over this one."""
    above = lines[row - 1]
    return [
        replace(label, row=row)
        for label in labels
        if label.row == row - 1 == block.rows - 1
        and label.x < above.left + AT_THE_START * (above.right - above.left)
        and label.lead != block.lead(row - 1, 0)
    ]


def _stands_out(twin: str, likeness: dict[str, float]) -> bool:
    """Whether a strip repeats one lead much more exactly than any other: inferior leads may look alike."""
    second = max((value for lead, value in likeness.items() if lead != twin), default=0.0)
    return 1 - second > (_MORE_EXACT_II if twin == "II" else _MORE_EXACT) * (1 - likeness[twin])


def _is_misread(named: str, twin: str, likeness: dict[str, float]) -> bool:
    """Whether a label lost or gained a stroke: `I` for `II`, where the curve is that of II for sure."""
    numerals = {"I", "II", "III"}
    return named != twin and {named, twin} <= numerals and likeness[twin] - likeness.get(named, 0.0) > _CLEARLY_LIKER
