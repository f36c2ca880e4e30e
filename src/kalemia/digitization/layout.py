"""Which lead stands where on a page: by its labels, by where they are expected, and by curves that repeat each other.

A page has a block of short leads, consecutive in time from left to right, and below it long rhythm strips. The order of
the block is one of a few (Kligfield et al. 2007, doi:10.1161/CIRCULATIONAHA.106.180200); a rhythm strip shows over its
whole length a lead that the block shows in part, so that the two curves are the same there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kalemia.digitization.curve import Trace
from kalemia.digitization.printed_scales import lead_of
from kalemia.digitization.text import Text
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
ALIKE = 0.8
"""Correlation from which a rhythm strip shows the same lead as a short one beside it in time."""
_CLEARLY_LIKER = 0.1
_MORE_EXACT, _MORE_EXACT_II = 3.0, 1.5
"""How many times the variance not shared with the next lead must be that which is not shared with the twin; most
strips are lead II."""
_LABEL_REACH = 0.7
"""How far from a row its label can stand, as a part of the distance of rows."""
_LABEL_BEFORE_MM = 6.0
_LAG_MM = 2.0
_STEP_MM = 0.2
_INSET_MM, _BORDER_REACH_MM = 0.4, 3.0
"""Where one lead gives way to the next there is a gap, a tick, or a jump."""
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


@dataclass(frozen=True, eq=False)
class Line:
    """A row of the page: its trace without the calibration pulse."""

    trace: Trace
    left: float
    right: float

    @property
    def y(self) -> float:
        """Its baseline in mm from the top of the sheet."""
        return -self.trace.between(self.left, self.right).baseline


@dataclass(frozen=True)
class Segment:
    """A stretch of a row that shows one lead.

    Attributes:
        lead: standard name.
        row: number of the row from the top, from 0.
        column: of the block; 0 for a rhythm strip.
        left: where it begins in mm from the left of the sheet.
        right: where it ends.
        is_strip: whether it runs over the whole row.
        evidence: how one knows which lead it is.
    """

    lead: str
    row: int
    column: int
    left: float
    right: float
    is_strip: bool
    evidence: str


@dataclass(frozen=True)
class Layout:
    """The leads of a page.

    Attributes:
        name: such as `3x4+II`; `unknown` where the labels fit no known order.
        segments: rows from the top, columns from the left.
        warnings: doubts, one sentence each.
    """

    name: str
    segments: tuple[Segment, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Label:
    lead: str
    row: int
    x: float


@dataclass(frozen=True)
class _Block:
    rows: int
    columns: int
    order: tuple[str, ...]

    def lead(self, row: int, column: int) -> str:
        return self.order[column * self.rows + row]


def find_layout(lines: Sequence[Line], texts: Sequence[Text]) -> Layout:
    """The leads of a page.

    Args:
        lines: its rows from the top.
        texts: what is printed on it.
    """
    labels = _labels_of_rows(lines, texts)
    if len(lines) == 1 and len({label.lead for label in labels}) <= 1:
        return _single(lines[0], labels)
    block = _block_of(lines, labels)
    if block is None:
        return _by_labels_alone(lines, labels)
    return _filled(block, lines, labels)


def _labels_of_rows(lines: Sequence[Line], texts: Sequence[Text]) -> tuple[_Label, ...]:
    """Labels with the row that each belongs to: the nearest, once it is clear whether labels stand above or below."""
    named = [(lead, text.box) for text in texts if (lead := lead_of(text.words)) is not None]
    if not named or not lines:
        return ()
    heights = np.array([line.y for line in lines])
    spacing = float(np.median(np.diff(heights))) if len(heights) > 1 else 40.0
    middles = np.array([(box[1] + box[3]) / 2 for _, box in named])
    usual = float(np.median([middle - heights[np.argmin(np.abs(heights - middle))] for middle in middles]))
    labels = []
    for (lead, box), middle in zip(named, middles, strict=True):
        away = np.abs(middle - usual - heights)
        row = int(np.argmin(away))
        if away[row] <= _LABEL_REACH * spacing and box[0] <= lines[row].right:
            labels.append(_Label(lead, row, box[0]))
    return tuple(sorted(labels, key=lambda label: (label.row, label.x)))


def _single(line: Line, labels: Sequence[_Label]) -> Layout:
    if labels:
        return Layout("1", (Segment(labels[0].lead, 0, 0, line.left, line.right, True, "label"),))
    warning = "The only strip does not say which lead it is; it was taken as lead II."
    segment = Segment("II", 0, 0, line.left, line.right, True, "the only strip on the page")
    return Layout("1", (segment,), (warning,))


def _block_of(lines: Sequence[Line], labels: Sequence[_Label]) -> _Block | None:
    """The block whose expected labels stand where labels were read; without labels the one that its rows suggest."""
    candidates = [
        _Block(rows, columns, order[: rows * columns])
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


def _block_by_rows(lines: Sequence[Line]) -> _Block | None:
    """Where no label could be read: the block whose first column obeys Einthoven, and whose strips repeat its leads."""
    best, found = LEAST_EXPLAINED, None
    for rows, columns in ((3, 4), (6, 2), (12, 1)):
        for order in (STANDARD_LEADS, CABRERA_LEADS):
            block = _Block(rows, columns, order)
            strips = range(rows, len(lines))
            if len(lines) < rows or any(max(_likeness(block, lines, row).values()) < ALIKE for row in strips):
                continue
            # more rows that agree are worth more than a little less of agreement
            explained = _explained(block, lines) + 0.01 * rows
            if explained > best:
                best, found = explained, block
    return found


def _explained(block: _Block, lines: Sequence[Line]) -> float:
    """How much of the limb leads in the first column two leads account for, as Einthoven has it; 0 to 1."""
    leads = [lead for row in range(block.rows) if (lead := block.lead(row, 0)) in LIMB_LEADS]
    if len(leads) < _LEAST_LIMB_LEADS:
        return 0.0
    places = [_short(block, lines[row], row, 0, ()) for row in range(len(leads))]
    left, right = max(place.left for place in places), min(place.right for place in places)
    x = np.arange(left, right, _STEP_MM)
    heights = np.array([lines[row].trace.at(x)[0] for row in range(len(leads))])
    heights = heights[:, np.isfinite(heights).all(axis=0)]
    if heights.shape[1] < _LEAST_POINTS:
        return 0.0
    heights = heights - np.median(heights, axis=1, keepdims=True)
    weights = np.array([LIMB_LEADS[lead] for lead in leads])
    fitted = weights @ np.linalg.lstsq(weights, heights, rcond=None)[0]
    return 1 - float(((heights - fitted) ** 2).sum() / max((heights**2).sum(), 1e-9))


def _hits(block: _Block, lines: Sequence[Line], labels: Sequence[_Label]) -> float:
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


def _second_names(block: _Block, labels: Sequence[_Label]) -> int:
    """How many labels call what would be a strip by another name than its first."""
    first: dict[int, str] = {}
    below = (label for label in labels if label.row >= block.rows and label.lead != "I")
    return sum(first.setdefault(label.row, label.lead) != label.lead for label in below)


def _is_hit(block: _Block, lines: Sequence[Line], label: _Label) -> bool:
    return label.lead == block.lead(label.row, _column(block, lines[label.row], label.x))


def _is_believable(block: _Block, lines: Sequence[Line], labels: Sequence[_Label]) -> bool:
    """Whether enough labels were read, or else the limb leads obey Einthoven where the block has them.

    Rows that show one lead each from end to end are believed by Einthoven alone: the first labels of a larger block
    stand at the same places. And of a larger block, other labels than the first ones must have been read.
    """
    hits = [label for label in labels if label.row < block.rows and _is_hit(block, lines, label)]
    is_whole = block.rows == len(STANDARD_LEADS) or any(_column(block, lines[hit.row], hit.x) > 0 for hit in hits)
    if is_whole and len(hits) >= _READ_SHARE * block.rows * block.columns:
        return True
    return _explained(block, lines) >= LEAST_EXPLAINED


def _column(block: _Block, line: Line, x: float) -> int:
    """The column of a label, which stands at the beginning of its lead."""
    width = (line.right - line.left) / block.columns
    return int(np.clip((x - line.left + _LABEL_BEFORE_MM) / width, 0, block.columns - 1))


def _filled(block: _Block, lines: Sequence[Line], labels: Sequence[_Label]) -> Layout:
    """All segments of a page with that block."""
    segments = [
        _short(block, lines[row], row, column, labels) for row in range(block.rows) for column in range(block.columns)
    ]
    warnings: list[str] = []
    names = []
    for row in range(block.rows, len(lines)):
        segment, doubts = _strip(block, lines, row, labels)
        warnings += doubts
        names.append(segment.lead if segment else "?")
        segments += [segment] if segment else []
    if not labels:
        warnings.append("No lead label could be read; the leads were named by their usual order.")
    return Layout("+".join([f"{block.rows}x{block.columns}", *names]), tuple(segments), tuple(warnings))


def _short(block: _Block, line: Line, row: int, column: int, labels: Sequence[_Label]) -> Segment:
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


def _strip(
    block: _Block, lines: Sequence[Line], row: int, labels: Sequence[_Label]
) -> tuple[Segment | None, list[str]]:
    """A rhythm strip: which lead its label names, and which short lead it repeats."""
    line = lines[row]
    own = [label.lead for label in (*labels, *_strays(block, lines, row, labels)) if label.row == row]
    likeness = _likeness(block, lines, row)
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


def _strays(block: _Block, lines: Sequence[Line], row: int, labels: Sequence[_Label]) -> list[_Label]:
    """Labels at the beginning of the row above that name none of its leads: they stand over this one."""
    above = lines[row - 1]
    return [
        replace(label, row=row)
        for label in labels
        if label.row == row - 1 == block.rows - 1
        and label.x < above.left + (above.right - above.left) / 8
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


def _likeness(block: _Block, lines: Sequence[Line], row: int) -> dict[str, float]:
    """How well a strip repeats each of the short leads: correlation."""
    likeness = {}
    for r in range(min(block.rows, len(lines))):
        for c in range(block.columns):
            short = _short(block, lines[r], r, c, ())
            likeness[short.lead] = correlation(lines[row].trace, lines[r].trace, short.left, short.right)
    return likeness


def correlation(first: Trace, second: Trace, left: float, right: float) -> float:
    """Likeness of two curves over a stretch of paper, at the best lag of some millimetres; -1 to 1."""
    x = np.arange(left + _LAG_MM, right - _LAG_MM, _STEP_MM)
    if len(x) < 20:
        return 0.0
    fixed = second.at(x)[0]
    best = 0.0
    for lag in np.arange(-_LAG_MM, _LAG_MM + _STEP_MM / 2, _STEP_MM):
        moved = first.at(x + lag)[0]
        both = np.isfinite(fixed) & np.isfinite(moved)
        if both.mean() > 0.8 and fixed[both].std() > 0 and moved[both].std() > 0:
            best = max(best, float(np.corrcoef(fixed[both], moved[both])[0, 1]))
    return best


def _by_labels_alone(lines: Sequence[Line], labels: Sequence[_Label]) -> Layout:
    """Where no known order fits: each label names what follows it, up to the next label or the end of the row."""
    segments = []
    for row, line in enumerate(lines):
        own = [label for label in labels if label.row == row]
        if not own:
            continue
        ends = [*(max(line.left, label.x) for label in own[1:]), line.right]
        for column, (label, end) in enumerate(zip(own, ends, strict=True)):
            whole = len(own) == 1 and label.x - line.left < (line.right - line.left) / 8
            left = line.left if whole else max(line.left, label.x)
            segments.append(Segment(label.lead, row, column, left, end, whole, "label"))
    return Layout("unknown", tuple(segments))
