"""Which lead stands where on a page: by its labels, by where they are expected, and by curves that repeat each other.

A page has a block of short leads, consecutive in time from left to right, and below it long rhythm strips. The order of
the block is one of a few (Kligfield et al. 2007, doi:10.1161/CIRCULATIONAHA.106.180200); a rhythm strip shows over its
whole length a lead that the block shows in part, so that the two curves are the same there.
"""

from collections.abc import Sequence

from kalemia.digitization.lead_block import block_of
from kalemia.digitization.lead_labels import Label, labels_of_rows
from kalemia.digitization.rhythm_strips import AT_THE_START, rhythm_strip
from kalemia.digitization.segments import Layout, Line, Segment
from kalemia.digitization.short_leads import Block, short_segment
from kalemia.digitization.text import Text


def find_layout(lines: Sequence[Line], texts: Sequence[Text]) -> Layout:
    """The leads of a page.

    Args:
        lines: its rows from the top.
        texts: what is printed on it.
    """
    labels = labels_of_rows(lines, texts)
    if len(lines) == 1 and len({label.lead for label in labels}) <= 1:
        return _single(lines[0], labels)
    block = block_of(lines, labels)
    if block is None:
        return _by_labels_alone(lines, labels)
    return _filled(block, lines, labels)


def _single(line: Line, labels: Sequence[Label]) -> Layout:
    if labels:
        return Layout("1", (Segment(labels[0].lead, 0, 0, line.left, line.right, True, "label"),))
    warning = "The only strip does not say which lead it is; it was taken as lead II."
    segment = Segment("II", 0, 0, line.left, line.right, True, "the only strip on the page")
    return Layout("1", (segment,), (warning,))


def _filled(block: Block, lines: Sequence[Line], labels: Sequence[Label]) -> Layout:
    """All segments of a page with that block."""
    segments = [
        short_segment(block, lines[row], row, column, labels)
        for row in range(block.rows)
        for column in range(block.columns)
    ]
    warnings: list[str] = []
    names = []
    for row in range(block.rows, len(lines)):
        segment, doubts = rhythm_strip(block, lines, row, labels)
        warnings += doubts
        names.append(segment.lead if segment else "?")
        segments += [segment] if segment else []
    if not labels:
        warnings.append("No lead label could be read; the leads were named by their usual order.")
    return Layout("+".join([f"{block.rows}x{block.columns}", *names]), tuple(segments), tuple(warnings))


def _by_labels_alone(lines: Sequence[Line], labels: Sequence[Label]) -> Layout:
    """Where no known order fits: each label names what follows it, up to the next label or the end of the row."""
    segments = []
    for row, line in enumerate(lines):
        own = [label for label in labels if label.row == row]
        if not own:
            continue
        ends = [*(max(line.left, label.x) for label in own[1:]), line.right]
        for column, (label, end) in enumerate(zip(own, ends, strict=True)):
            whole = len(own) == 1 and label.x - line.left < AT_THE_START * (line.right - line.left)
            left = line.left if whole else max(line.left, label.x)
            segments.append(Segment(label.lead, row, column, left, end, whole, "label"))
    return Layout("unknown", tuple(segments))
