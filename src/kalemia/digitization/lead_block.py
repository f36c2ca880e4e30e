"""Which block of leads a page has: by its labels, or by curves that belong together as those of one heart do."""

from collections.abc import Sequence

import numpy as np

from kalemia.digitization.lead_labels import Label
from kalemia.digitization.segments import Line
from kalemia.digitization.short_leads import STEP_MM, Block, column_at, likeness_of, short_segment
from kalemia.recording import STANDARD_LEADS

BLOCKS = ((3, 4), (6, 2), (12, 1), (3, 2), (6, 1), (3, 1), (2, 6))
"""Rows and columns of the blocks in use."""
CABRERA_LEADS = ("aVL", "I", "-aVR", "II", "aVF", "III", *STANDARD_LEADS[6:])
LIMB_LEADS = {
    "I": (1.0, 0.0),
    "II": (0.0, 1.0),
    "III": (-1.0, 1.0),
    "aVR": (-0.5, -0.5),
    "-aVR": (0.5, 0.5),
    "aVL": (1.0, -0.5),
    "aVF": (-0.5, 1.0),
}
"""Limb leads as sums of I and II (Einthoven, Goldberger)."""
LEAST_EXPLAINED = 0.93
"""Part of the power of the limb leads that I and II must account for."""
MORE_ROWS = 0.01
"""What a further row that agrees is worth, as a part of the power."""
ALIKE = 0.8
"""Correlation from which a rhythm strip shows the same lead as a short one beside it in time."""
_LEAST_LABELS = 2
_LEAST_LIMB_LEADS = 3
"""Two leads account for any two."""
_MOST_MISSED = 0.9
"""What it costs a block that none of its labels was read."""
_NAMELESS = 0.1
"""What it costs that a strip below the block has no label."""
_READ_SHARE = 0.25
"""Part of a block's labels from which they are believed without a look at the curves."""
_LEAST_POINTS = 50


def block_of(lines: Sequence[Line], labels: Sequence[Label]) -> Block | None:
    """The block whose expected labels stand where labels were read; without labels the one that its rows suggest."""
    candidates = [
        Block(rows, columns, order[: rows * columns])
        for rows, columns in BLOCKS
        for order in (STANDARD_LEADS, CABRERA_LEADS)
        if rows <= len(lines)
    ]
    if not candidates:
        return None
    if labels:
        scored = sorted(((_hits(block, lines, labels), block) for block in candidates), key=lambda pair: -pair[0])
        needed = min(_LEAST_LABELS, len(labels)) - _MOST_MISSED
        for score, block in scored:
            if score >= needed and _is_believable(block, lines, labels):
                return block
    if len(labels) > _LEAST_LABELS:
        return None
    return _block_by_rows(lines)


def _block_by_rows(lines: Sequence[Line]) -> Block | None:
    """Where no label could be read: the block whose first column obeys Einthoven, and whose strips repeat its leads."""
    best, found = LEAST_EXPLAINED, None
    for rows, columns in ((3, 4), (6, 2), (12, 1)):
        for order in (STANDARD_LEADS, CABRERA_LEADS):
            block = Block(rows, columns, order)
            strips = range(rows, len(lines))
            if len(lines) < rows or any(max(likeness_of(block, lines, row).values()) < ALIKE for row in strips):
                continue
            # more rows that agree are worth more than a little less of agreement
            explained = _explained(block, lines) + MORE_ROWS * rows
            if explained > best:
                best, found = explained, block
    return found


def _explained(block: Block, lines: Sequence[Line]) -> float:
    """How much of the limb leads in the first column two leads account for, as Einthoven has it; 0 to 1."""
    leads = [lead for row in range(block.rows) if (lead := block.lead(row, 0)) in LIMB_LEADS]
    if len(leads) < _LEAST_LIMB_LEADS:
        return 0.0
    places = [short_segment(block, lines[row], row, 0, ()) for row in range(len(leads))]
    left, right = max(place.left for place in places), min(place.right for place in places)
    x = np.arange(left, right, STEP_MM)
    heights = np.array([lines[row].trace.at(x)[0] for row in range(len(leads))])
    heights = heights[:, np.isfinite(heights).all(axis=0)]
    if heights.shape[1] < _LEAST_POINTS:
        return 0.0
    heights = heights - np.median(heights, axis=1, keepdims=True)
    weights = np.array([LIMB_LEADS[lead] for lead in leads])
    fitted = weights @ np.linalg.lstsq(weights, heights, rcond=None)[0]
    return 1 - float(((heights - fitted) ** 2).sum() / max((heights**2).sum(), 1e-9))


def _hits(block: Block, lines: Sequence[Line], labels: Sequence[Label]) -> float:
    """How many labels stand where the block expects them, less those that stand where it expects none or another.

    Many a stroke looks like an `I`, so that one in a wrong place says nothing.
    """
    expected = block.rows * block.columns
    own = [(label, _is_hit(block, lines, label)) for label in labels if label.row < block.rows]
    hits = sum(hit for _, hit in own)
    wrong = sum(not hit and label.lead != "I" for label, hit in own)
    nameless = len(lines) - block.rows - len({label.row for label in labels if label.row >= block.rows})
    against = wrong + _second_names(block, labels) + _NAMELESS * nameless
    return hits - against - _MOST_MISSED * (expected - hits) / expected


def _second_names(block: Block, labels: Sequence[Label]) -> int:
    """How many labels call what would be a strip by another name than its first."""
    first: dict[int, str] = {}
    below = (label for label in labels if label.row >= block.rows and label.lead != "I")
    return sum(first.setdefault(label.row, label.lead) != label.lead for label in below)


def _is_hit(block: Block, lines: Sequence[Line], label: Label) -> bool:
    return label.lead == block.lead(label.row, column_at(block, lines[label.row], label.x))


def _is_believable(block: Block, lines: Sequence[Line], labels: Sequence[Label]) -> bool:
    """Whether enough labels were read, or else the limb leads obey Einthoven where the block has them.

    Rows that show one lead each from end to end are believed by Einthoven alone: the first labels of a larger block
    stand at the same places. And of a larger block, other labels than the first ones must have been read.
    """
    hits = [label for label in labels if label.row < block.rows and _is_hit(block, lines, label)]
    is_whole = block.rows == len(STANDARD_LEADS) or any(column_at(block, lines[hit.row], hit.x) > 0 for hit in hits)
    if is_whole and len(hits) >= _READ_SHARE * block.rows * block.columns:
        return True
    return _explained(block, lines) >= LEAST_EXPLAINED
