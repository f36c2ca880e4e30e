"""What was read, laid on the page it was read from, so that one can see whether it is right."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import numpy as np
from jaxtyping import Bool
from PIL import Image

from kalemia.digitization.canvas import Canvas, Colour, Tag, canvas_of
from kalemia.digitization.caption import caption_bar
from kalemia.digitization.curve import Trace
from kalemia.digitization.digitization import Findings
from kalemia.digitization.page import Picture
from kalemia.digitization.paper_map import Points
from kalemia.digitization.pulses import Pulse
from kalemia.digitization.segments import Segment
from kalemia.digitization.strips import strips_of
from kalemia.digitization.text import Box
from kalemia.errors import OutputError
from kalemia.writing import whole_or_nothing

# Okabe and Ito 2008: they tell apart for people who do not see red from green.
STRIP: Colour = (0, 90, 220)
OTHER: Colour = (0, 158, 115)
DOUBT: Colour = (230, 100, 0)
PULSE: Colour = (190, 80, 150)
GRID: Colour = (70, 150, 200)

_WIDTH, _OTHER_WIDTH = 0.6, 0.4
"""Of a curve beside the pen's: the ink shows on both sides of it, and if it does not lie in the middle, one sees it."""
_LEAST_PX, _OTHER_LEAST_PX = 2.0, 1.0
_DRAWN_PEN_MM = 0.3
"""How wide to draw a curve that a file has without width."""
_OPACITY = 0.85
_LARGE_MM, _SQUARE_MM = 25.0, 5.0
_TICK_MM = 1.5
_LINE_STEP_MM = 2.5
"""A grid line on bent paper is drawn with points this far apart."""
_FRAME_MARGIN_MM = 2.5
_TAG_BELOW_MM, _INSET_MM, _WHOLE_ROW_MM = 5.0, 2.0, 12.0
"""Where the middle of a tag stands: below the curve, from its beginning, and from the end of a whole row."""
_FORMATS: dict[str, tuple[str, dict[str, int]]] = {
    ".png": ("PNG", {"compress_level": 3}),  # a third of the time for a tenth more bytes
    ".jpg": ("JPEG", {"quality": 88}),
    ".jpeg": ("JPEG", {"quality": 88}),
}


def draw_overlay(findings: Findings, reason: str | None = None, notes: Sequence[str] = ()) -> Picture:
    """The page with everything that was found lying on it, and a caption below.

    The curve of lead II is thinner than the pen was, so that its ink is seen on both sides; a doubtful stretch has
    another colour. Lines of the grid every 25 mm and ticks every 5 mm show whether the grid was followed.

    Args:
        findings: as far as the reading got.
        reason: why the page was refused; `None` if it was not.
        notes: further warnings, one sentence each.

    Returns:
        A picture in RGB, at most 2200 px wide or high, caption aside.
    """
    canvas = canvas_of(findings.picture, findings.map)
    if findings.map is not None:
        if findings.grid_box is not None:
            draw_grid(canvas, findings.grid_box)
        _draw_pulses(canvas, findings)
        is_lead_missing = reason is not None and findings.chosen is None
        canvas.tags([*(_numbers if is_lead_missing else _names)(canvas, findings), *_heights(canvas, findings)])
        _draw_frame(canvas, findings)
        draw_traces(canvas, findings)
    title, lines = _words(findings, reason, notes)
    bar = caption_bar(canvas.pixels.shape[1], title, lines, _legend(findings), refused=reason is not None)
    return np.concatenate([canvas.pixels, bar])


def save_overlay(path: Path, picture: Picture) -> Path:
    """Write a picture as PNG or JPEG, as the suffix says.

    Raises:
        OutputError: another suffix, or it cannot be written there.
    """
    require_picture_name(path)
    with whole_or_nothing(path) as draft:
        draft.write_bytes(picture_to_bytes(picture, path.suffix.lower()))
    return path


def picture_to_bytes(picture: Picture, suffix: str) -> bytes:
    """A picture as a file of that suffix has it: `.png`, `.jpg` or `.jpeg`."""
    kind, options = _FORMATS[suffix]
    target = BytesIO()
    Image.fromarray(picture).save(target, kind, **options)
    return target.getvalue()


def require_picture_name(path: Path) -> None:
    """Refuse a name under which no overlay can be written, before there is one.

    Raises:
        OutputError: its suffix is neither of PNG nor of JPEG.
    """
    if path.suffix.lower() not in _FORMATS:
        raise OutputError(
            f'{path.name}: an overlay cannot be written as "{path.suffix}". Name it {", ".join(_FORMATS)}'
        )


def strip_frame(findings: Findings) -> Box | None:
    """Left, top, right and bottom of the chosen strip on paper, with a margin; `None` where none was chosen."""
    if findings.chosen is None:
        return None
    part = _part(findings, findings.chosen)
    if not part.is_there:
        return None
    top, bottom = -float(np.nanmax(part.height)), -float(np.nanmin(part.height))
    return part.left, top - _FRAME_MARGIN_MM, part.right, bottom + _FRAME_MARGIN_MM


def _part(findings: Findings, segment: Segment) -> Trace:
    return findings.traces[segment.row].between(segment.left, segment.right)


def draw_grid(canvas: Canvas, box: Box) -> None:
    """Draw lines every 25 mm, and the edges of the grid with a tick every 5 mm."""
    left, top, right, bottom = box
    xs, ys = np.arange(left, right + 0.1, _LARGE_MM), np.arange(top, bottom + 0.1, _LARGE_MM)
    lines = [_straight((x, top), (x, bottom)) for x in xs] + [_straight((left, y), (right, y)) for y in ys]
    canvas.curves(lines, GRID, 1, 0.55)
    canvas.curves([*_sides(box), *_ticks(box)], GRID, 2, 0.8)


def _ticks(box: Box) -> Iterator[Points]:
    """A tick at each large square along the edges of the grid."""
    left, top, right, bottom = box
    for x in np.arange(left, right + 0.1, _SQUARE_MM):
        yield np.array([[x, top], [x, top + _TICK_MM]])
        yield np.array([[x, bottom], [x, bottom - _TICK_MM]])
    for y in np.arange(top, bottom + 0.1, _SQUARE_MM):
        yield np.array([[left, y], [left + _TICK_MM, y]])
        yield np.array([[right, y], [right - _TICK_MM, y]])


def _straight(start: tuple[float, float], end: tuple[float, float]) -> Points:
    """A line that is straight on paper, with points enough to bend with it in the picture."""
    count = max(2, round(float(np.hypot(end[0] - start[0], end[1] - start[1])) / _LINE_STEP_MM))
    return np.linspace(start, end, count)


def _sides(box: Box) -> list[Points]:
    left, top, right, bottom = box
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    return [_straight(start, end) for start, end in pairwise(corners)]


def _draw_pulses(canvas: Canvas, findings: Findings) -> None:
    canvas.areas([np.concatenate(_sides(box)) for _, box in _pulses(findings)], PULSE, 0.45)


def _pulses(findings: Findings) -> list[tuple[Pulse, Box]]:
    """Calibration pulses, with where each one stands above its base."""
    found = []
    for trace, ends in zip(findings.traces, findings.pulses, strict=False):  # a page without a layout has no pulses
        for pulse in ends:
            if pulse is not None:
                plateau = float(np.nanmedian(trace.between(pulse.left, pulse.right).height))
                found.append((pulse, (pulse.left, -plateau, pulse.right, pulse.height_mm - plateau)))
    return found


def draw_traces(canvas: Canvas, findings: Findings) -> None:
    """Draw all curves, the chosen strip last."""
    chosen = findings.chosen
    for row, trace in enumerate(findings.traces):
        if chosen is not None and row == chosen.row:
            _draw_other(canvas, trace.between(-np.inf, chosen.left))
            _draw_other(canvas, trace.between(chosen.right, np.inf))
        else:
            _draw_other(canvas, trace)
    if chosen is not None and (part := _part(findings, chosen)).is_there:
        _draw_trace(canvas, part, STRIP, max(_LEAST_PX, _WIDTH * _pen_px(canvas, part)))


def _draw_other(canvas: Canvas, trace: Trace) -> None:
    if trace.is_there:
        _draw_trace(canvas, trace, OTHER, max(_OTHER_LEAST_PX, _OTHER_WIDTH * _pen_px(canvas, trace)))


def _draw_trace(canvas: Canvas, trace: Trace, colour: Colour, width_px: float) -> None:
    canvas.curves(list(_pieces(trace, ~trace.doubtful)), colour, width_px, _OPACITY)
    canvas.curves(list(_pieces(trace, trace.doubtful)), DOUBT, width_px, _OPACITY)


def _pen_px(canvas: Canvas, trace: Trace) -> float:
    ends = canvas.place(np.array([[trace.left, -trace.baseline], [trace.right, -trace.baseline]]))
    px_per_mm = float(np.hypot(*(ends[1] - ends[0]))) / max(trace.right - trace.left, 1e-6)
    return (trace.pen_mm or _DRAWN_PEN_MM) * px_per_mm


def _pieces(trace: Trace, wanted: Bool[np.ndarray, " column"]) -> Iterator[Points]:
    """What is wanted of a curve, piece by piece, each with the first point after it so that no gap shows."""
    seen = np.isfinite(trace.height)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (seen & wanted).astype(np.int8), [0]])))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        reach = slice(start, end + 1 if end < len(seen) and seen[end] else end)
        yield np.column_stack([trace.x[reach], -trace.height[reach]])


def _draw_frame(canvas: Canvas, findings: Findings) -> None:
    frame = strip_frame(findings)
    if frame is not None:
        canvas.curves(_sides(frame), STRIP, 2, 0.9)


def _names(canvas: Canvas, findings: Findings) -> Iterator[Tag]:
    """Names of leads below the beginning of each; where the chosen strip has another name, that one."""
    chosen = findings.chosen
    named = findings.layout.segments if findings.layout else ()
    others = [segment for segment in named if chosen is None or not segment.overlaps(chosen)]
    for segment in [*others, chosen] if chosen is not None else others:
        part = _part(findings, segment)
        if part.is_there:
            yield _below(canvas, segment.lead, part.left + _INSET_MM, part, STRIP if segment is chosen else OTHER)


def _numbers(canvas: Canvas, findings: Findings) -> Iterator[Tag]:
    """The number by which one can say that a stretch is the lead, and its name; of a whole row at its end."""
    for strip in strips_of(findings):
        part = findings.traces[strip.row - 1].between(strip.left, strip.right)
        is_nameless_row = strip.lead is None and strip.is_whole
        x = strip.right - _WHOLE_ROW_MM if is_nameless_row else strip.left + _INSET_MM
        name = "whole row" if is_nameless_row else strip.lead or "?"
        yield _below(canvas, f"{strip.number}: {name}", x, part, STRIP)


def _heights(canvas: Canvas, findings: Findings) -> Iterator[Tag]:
    """Heights of pulses above them."""
    for pulse, (left, top, right, _) in _pulses(findings):
        x, y = canvas.place(np.array([(left + right) / 2, top - 2.5]))
        yield Tag(f"{pulse.height_mm:.1f} mm", float(x), float(y), PULSE)


def _below(canvas: Canvas, words: str, x_mm: float, part: Trace, colour: Colour) -> Tag:
    """A tag below a curve."""
    x, y = canvas.place(np.array([x_mm, _TAG_BELOW_MM - part.baseline]))
    return Tag(words, float(x), float(y), colour)


def _words(findings: Findings, reason: str | None, notes: Sequence[str]) -> tuple[str, list[str]]:
    """First line and the other lines of the caption."""
    layout, calibration, chosen = findings.layout, findings.calibration, findings.chosen
    found = []
    if chosen is not None and calibration is not None:
        found.append(f"Lead {chosen.lead}: {(chosen.right - chosen.left) / calibration.speed_mm_per_s:.2f} s")
    elif chosen is not None:
        found.append(f"Lead {chosen.lead}")
    found += [f"layout {layout.name}"] if layout is not None else []
    found += [f"page {findings.number}"] if findings.number > 1 else []
    warnings = [
        *findings.warnings,
        *(layout.warnings if layout else ()),
        *(calibration.warnings if calibration else ()),
        *notes,
    ]
    lines = [*_evidence(findings), *(f"Warning: {warning}" for warning in warnings)]
    seen = ", ".join(found) or seen_so_far(findings)
    return (f"REFUSED: {reason}", [f"Seen: {seen}", *lines]) if reason is not None else (seen, lines)


def seen_so_far(findings: Findings) -> str:
    """What is known of a page that was not understood."""
    if findings.map is None:
        return "no millimetre grid"
    rows = len(findings.traces)
    return f"a grid, and {rows} {'row' if rows == 1 else 'rows'} with a curve"


def _evidence(findings: Findings) -> Iterator[str]:
    calibration = findings.calibration
    if findings.chosen is not None:
        yield f"Lead known by: {findings.chosen.evidence}"
    if calibration is not None:
        known = dict(calibration.evidence)
        speed = f"{calibration.speed_mm_per_s:g} mm/s ({known['speed']})"
        yield f"{speed}, {calibration.gain_mm_per_mv:g} mm/mV ({known['gain']})"


def _legend(findings: Findings) -> list[tuple[str, Colour]]:
    """Only what is on the picture."""
    if findings.map is None:
        return []
    entries = [(f"lead {findings.chosen.lead}", STRIP)] if findings.chosen is not None else []
    entries += [("other curves", OTHER)] if len(findings.traces) > len(entries) else []
    if any((trace.doubtful & np.isfinite(trace.height)).any() for trace in findings.traces):
        entries.append(("uncertain", DOUBT))
    entries += [("calibration pulse", PULSE)] if _pulses(findings) else []
    return [*entries, ("the grid, every 25 mm", GRID)] if findings.grid_box is not None else entries
