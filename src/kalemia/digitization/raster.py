"""A picture of a page, read: grid, upright, rows, traces, text."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import ndimage

from kalemia.digitization.curve import Trace
from kalemia.digitization.digitization import Findings
from kalemia.digitization.grid import Grid, find_grid
from kalemia.digitization.page import Picture, Shade
from kalemia.digitization.printed_scales import lead_of, printed_scales
from kalemia.digitization.pulses import find_pulses
from kalemia.digitization.rows import Row, find_rows, strong, without_frames
from kalemia.digitization.sheet import Sheet, lay_flat
from kalemia.digitization.stages import OnStage, silent
from kalemia.digitization.text import Box, Text
from kalemia.digitization.text_reading import read_text
from kalemia.digitization.trace import follow
from kalemia.errors import NoTrace

LEAST_SPAN = 0.4
"""Length of a row beside the longest."""
LEAST_OF_GRID = 0.35
"""Length of the longest trace beside the width of the grid: shorter ones alone are remains of the grid."""
LEAST_PEN = 0.6
"""Width of the pen beside that of most rows: one pen drew all, and lines of a grid or a header are thinner."""
LEAST_DEFLECTION_MM = 1.2
"""A trace that never leaves its baseline by more is a ruled line."""
WIDEST_PEN_MM = 1.0
"""No pen is wider; the edge of a page on a dark desk is."""
ON_LINE_MM, LEAST_OFF_LINES = 0.15, 0.25
"""A curve is off the lines of the grid by more for more than this share of its length: real ones for half and more."""
LEAST_CONFIDENCE = 0.5
SAME_MM = 1.5
"""Two rows that lie no farther apart than this most of the time are one."""
SURE, LIKELY, SURE_MM = 0.8, 0.55, 3.0
"""Mean confidence over so much paper from which there is a trace for sure, and with which it goes on."""
WIDEST_GAP_MM = 10.0
"""A trace that stays away longer than this has ended; calibration pulses stand closer."""
BESIDE_MM = 4.0
_SURE_OF_WORDS = 2.0
"""Sum of the confidences of labels and scales from which a page is upright for sure."""
_LEAST_OF_WORDS = 1.0
"""The same where no other side up has more."""
CLEARLY_MORE = 1.2
MOST_WORDS = 0.4
"""Part of a row that may be words; the labels of a trace are a twentieth."""
_CLOCKWISE_DEG = (0.0, -90.0, 180.0, 90.0)
"""How far a page is turned clockwise by so many quarters anticlockwise."""


@dataclass(frozen=True, eq=False)
class _Page:
    """A picture, turned anticlockwise by some quarters, laid flat: its grid, the sheet, and what is on it.

    That is the grid's extent, the ink on the grid and all words.
    """

    picture: Picture
    turns: int
    grid: Grid
    sheet: Sheet
    box: Box
    ink: Shade
    texts: tuple[Text, ...]

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Where curves run to the right."""
        return find_rows(self.ink, self.sheet.px_per_mm, self.box[1], self.box[3])


def read_picture(findings: Findings, on_stage: OnStage = silent, *, by_hand: bool = False) -> tuple[Findings, str]:
    """Everything on a picture but what it means: its grid, its traces from the top and its words.

    Args:
        findings: with the picture.
        on_stage: told "grid" and "curves".
        by_hand: whether someone has said how the picture lies, so that it is not turned.

    Returns:
        The findings, with the picture turned upright, and what the grid is, in words.

    Raises:
        NoGrid: no millimetre grid.
        NoTrace: a grid, but no curve on it. Its attribute `findings` has what was seen.
    """
    on_stage("grid")
    page = _laid_flat(findings.picture)
    page, traces = (_as_it_lies if by_hand else _upright)(page, on_stage)
    found = replace(
        findings,
        picture=page.picture,
        warnings=_doubts_about_turn(page, traces) if by_hand else (),
        rotation_deg=findings.rotation_deg or _CLOCKWISE_DEG[page.turns % 4],
        map=page.sheet.map,
        grid_box=page.box,
        traces=traces,
        texts=page.texts,
    )
    if not traces:
        raise NoTrace(
            "a millimetre grid, but no curve on it. Give the page with the traces, scanned darker if they are faint",
            found,
        )
    return found, page.grid.evidence


def _as_it_lies(page: _Page, on_stage: OnStage) -> tuple[_Page, tuple[Trace, ...]]:
    on_stage("curves")
    return page, _traces(page)


def _doubts_about_turn(page: _Page, traces: tuple[Trace, ...]) -> tuple[str, ...]:
    """What a page says against how it was turned by hand."""
    turns = _turns_to_read(page)
    if turns is None:
        turns = 2 if _are_upside_down(traces) else 0
    lies = ("", "on its side", "upside down", "on its side")[turns]
    return (f"By its words or its pulses the page lies {lies}; it was read as it was turned.",) if lies else ()


def _upright(page: _Page, on_stage: OnStage) -> tuple[_Page, tuple[Trace, ...]]:
    """The page turned so that its words can be read, or else so that its rows run to the right, pulses first."""
    turns = _turns_to_read(page)
    page = _turned_page(page, int(_lies_on_its_side(page)) if turns is None else turns)
    on_stage("curves")
    traces = _traces(page)
    if turns is None and _are_upside_down(traces):
        page = _turned_page(page, 2)
        traces = _traces(page)
    return page, traces


def _turned_page(page: _Page, turns: int) -> _Page:
    if turns == 0:
        return page
    return _laid_flat(np.ascontiguousarray(np.rot90(page.picture, turns)), page.turns + turns)


def _turns_to_read(page: _Page) -> int | None:
    """By how many quarters the page must be turned so that its words can be read, if it has words."""
    words = [_sure_words(page.texts)]
    if words[0] >= _SURE_OF_WORDS:
        return 0
    for turns in (1, 2, 3):
        ink = np.ascontiguousarray(np.rot90(page.sheet.ink, turns))
        words.append(_sure_words(read_text(ink, page.sheet.px_per_mm)))
    return int(np.argmax(words)) if max(words) >= _LEAST_OF_WORDS else None


def _laid_flat(picture: Picture, turns: int = 0) -> _Page:
    grid = find_grid(picture)
    sheet = lay_flat(picture, grid.channel, grid.map, grid.extent_mm, grid.cover)
    box = _grid_box(grid, sheet)
    ink = _in_box(without_frames(sheet.ink, sheet.px_per_mm), sheet.px_per_mm, box)
    return _Page(picture, turns, grid, sheet, box, ink, read_text(sheet.ink, sheet.px_per_mm))


def _traces(page: _Page) -> tuple[Trace, ...]:
    """The curves of a page from the top; none where all are short beside its grid."""
    traces = _without_words(_true_traces(page.ink, page.sheet.px_per_mm, page.rows), page.texts)
    longest = max((trace.right - trace.left for trace in traces), default=0.0)
    return traces if longest >= LEAST_OF_GRID * (page.box[2] - page.box[0]) else ()


def _without_words(traces: tuple[Trace, ...], texts: tuple[Text, ...]) -> tuple[Trace, ...]:
    """The traces that are none: a line of a header is level ink too, but most of its length are words."""

    def words_mm(trace: Trace) -> float:
        crossed = (text.box for text in texts if text.box[1] < -trace.baseline < text.box[3])
        return sum(max(0.0, min(box[2], trace.right) - max(box[0], trace.left)) for box in crossed)

    return tuple(trace for trace in traces if words_mm(trace) < MOST_WORDS * (trace.right - trace.left))


def _grid_box(grid: Grid, sheet: Sheet) -> Box:
    """Extent of the grid on the sheet."""
    left, top, right, bottom = grid.extent_mm
    corner = sheet.map.to_paper(grid.map.to_picture(np.array([left, top])))
    return float(corner[0]), float(corner[1]), float(corner[0]) + right - left, float(corner[1]) + bottom - top


def _in_box(ink: Shade, px_per_mm: int, box: Box) -> Shade:
    """The ink within the extent of the grid, and just beside it."""
    left, top = (max(0, round((edge - BESIDE_MM) * px_per_mm)) for edge in box[:2])
    right, bottom = (round((edge + BESIDE_MM) * px_per_mm) for edge in box[2:])
    kept = np.zeros_like(ink)
    kept[top:bottom, left:right] = ink[top:bottom, left:right]
    return kept


def _true_traces(ink: Shade, px_per_mm: int, rows: tuple[Row, ...]) -> tuple[Trace, ...]:
    """The curves of the rows that have one, from the top; the strongest where two are the same."""
    if not rows:
        return ()
    rows = strong(rows)
    longest = max(row.right - row.left for row in rows)
    left, right = min(row.left for row in rows), max(row.right for row in rows)
    kept: list[Trace] = []
    for row in sorted(rows, key=lambda row: -row.strength):
        if row.right - row.left < LEAST_SPAN * longest:
            continue
        # high complexes can hide where a row begins; those of one page begin and end together
        trace = _without_islands(follow(ink, px_per_mm, replace(row, left=left, right=right)))
        if _is_curve(trace) and not any(_are_same(trace, other) for other in kept):
            kept.append(trace)
    return tuple(sorted(_alike(kept), key=lambda trace: -trace.baseline))


def _alike(traces: list[Trace]) -> list[Trace]:
    """The traces as long as most, and drawn with the pen of most."""
    longest = max((trace.right - trace.left for trace in traces), default=0.0)
    whole = [trace for trace in traces if trace.right - trace.left >= LEAST_SPAN * longest]
    pen_mm = float(np.median([trace.pen_mm for trace in whole])) if whole else 0.0
    return [trace for trace in whole if trace.pen_mm >= LEAST_PEN * pen_mm]


def _without_islands(trace: Trace) -> Trace:
    """The longest part of a trace without a wide gap: what lies beyond one is no part of it."""
    seen = np.flatnonzero(np.isfinite(trace.height))
    if not len(seen):
        return trace
    trace = _without_doubtful_ends(trace, seen)
    seen = np.flatnonzero(np.isfinite(trace.height))
    parts = np.split(seen, np.flatnonzero(np.diff(trace.x[seen]) > WIDEST_GAP_MM) + 1)
    main = max(parts, key=len)
    return trace.between(float(trace.x[main[0]]), float(trace.x[main[-1]]))


def _without_doubtful_ends(trace: Trace, seen: np.ndarray) -> Trace:
    """The trace without what a path follows beyond its ends: lines of the grid, borders of the page."""
    step = float(np.median(np.diff(trace.x)))
    width = max(1, round(SURE_MM / step))
    sure = ndimage.uniform_filter1d(trace.confidence, width) > SURE
    if not sure.any():
        return trace.between(float(trace.x[seen[0]]), float(trace.x[seen[-1]]))
    likely = ndimage.uniform_filter1d(trace.confidence, max(1, width // 2)) > LIKELY
    # a calibration pulse is likely rather than sure, with its steep edges; it goes with the trace that it touches
    whole = ndimage.binary_propagation(sure, mask=likely | sure)
    first, last = np.flatnonzero(whole)[[0, -1]]
    reach = SURE_MM / 4
    part = trace.between(float(trace.x[first]) - reach, float(trace.x[last]) + reach)
    believed = np.flatnonzero(np.isfinite(part.height) & (part.confidence >= LEAST_CONFIDENCE))
    return part.between(float(part.x[believed[0]]), float(part.x[believed[-1]])) if len(believed) else part


def _is_curve(trace: Trace) -> bool:
    if not trace.is_there or trace.pen_mm > WIDEST_PEN_MM:
        return False
    low, high = np.nanquantile(trace.height, (0.005, 0.995))
    is_sure = float(trace.confidence.mean()) > LEAST_CONFIDENCE
    return high - low > LEAST_DEFLECTION_MM and is_sure and not _follows_lines(trace)


def _follows_lines(trace: Trace) -> bool:
    """Whether a trace is remains of the grid, whose lines lie on whole mm of the sheet."""
    height = trace.height[np.isfinite(trace.height)]
    return float(np.mean(np.abs(height - np.round(height)) > ON_LINE_MM)) < LEAST_OFF_LINES


def _are_same(first: Trace, second: Trace) -> bool:
    other = second.at(first.x)[0]
    return float(np.mean(np.abs(first.height - other) < SAME_MM)) > 0.3


def _lies_on_its_side(page: _Page) -> bool:
    """Whether more level ink is seen when the sheet is turned by a quarter."""
    turned = np.ascontiguousarray(np.rot90(page.ink))
    width = page.sheet.size_mm[0]
    return _level_ink(find_rows(turned, page.sheet.px_per_mm, 0.0, width)) > CLEARLY_MORE * _level_ink(page.rows)


def _level_ink(rows: tuple[Row, ...]) -> float:
    """Length of the rows, each as much as it has ink."""
    return sum(row.strength * (row.right - row.left) for row in strong(rows))


def _sure_words(texts: tuple[Text, ...]) -> float:
    """Confidence of all lead labels that read alike one way only, and of printed scales."""
    labels = sum(text.confidence for text in texts if (lead_of(text.words) or "I").strip("I"))
    scales = printed_scales(texts)
    return labels + (scales.speed_mm_per_s is not None) + (scales.gain_mm_per_mv is not None)


def _are_upside_down(traces: tuple[Trace, ...]) -> bool:
    return _pulses(tuple(_turned(trace) for trace in traces)) > _pulses(traces)


def _turned(trace: Trace) -> Trace:
    return Trace(-trace.x[::-1], -trace.height[::-1], trace.confidence[::-1], trace.pen_mm)


def _pulses(traces: tuple[Trace, ...]) -> int:
    """How many whole pulses there are: turned upside down, the foot of one looks like a piece of another."""
    found = (pulse for trace in traces for pulse in find_pulses(trace))
    return sum(pulse is not None and pulse.width_mm is not None for pulse in found)
