"""From a printed page to lead II."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Float

from kalemia.digitization.calibration import Calibration, Ends, Pulse, believed, calibrate, find_pulses
from kalemia.digitization.curve import ENDS_MM, Trace
from kalemia.digitization.digitization import Digitization, Findings
from kalemia.digitization.drawn_page import read_drawn
from kalemia.digitization.layout import Layout, Line, Segment, find_layout
from kalemia.digitization.page_source import PageSource
from kalemia.digitization.printed_scales import PrintedScales, printed_scales
from kalemia.digitization.raster import read_picture
from kalemia.digitization.source import open_pages
from kalemia.errors import NoGrid, NoSuchStrip, PageRefused
from kalemia.recording import STANDARD_LEADS, Recording

FS = 500.0
LEAD = "II"
_BOX_MM = 15.0
_GAP_MM = 0.15


def digitize(
    path: Path,
    page: int | None = None,
    *,
    all_leads: bool = False,
    speed_mm_per_s: float | None = None,
    gain_mm_per_mv: float | None = None,
) -> Digitization:
    """Lead II of a printed ECG: a photograph, a scan or a PDF.

    Args:
        path: the file.
        page: number of the page in the file from 1; by default the first with a millimetre grid.
        all_leads: give every lead of the page, lead II first.
        speed_mm_per_s: paper speed, where you know better than the page.
        gain_mm_per_mv: likewise the gain.

    Raises:
        InputError: the file cannot be read as a page; see `kalemia.digitization.source.open_pages`.
        PageRefused: a picture, but no ECG can be taken from it for sure. Its attribute `findings` has what was seen.
    """
    refusal: PageRefused | None = None
    for source in open_pages(Path(path), page):
        try:
            return digitize_page(
                source, all_leads=all_leads, speed_mm_per_s=speed_mm_per_s, gain_mm_per_mv=gain_mm_per_mv
            )
        except NoGrid as error:
            refusal = refusal or error
    raise refusal or NoGrid("no page. Give a file that has one")


def digitize_page(
    source: PageSource,
    *,
    all_leads: bool = False,
    speed_mm_per_s: float | None = None,
    gain_mm_per_mv: float | None = None,
) -> Digitization:
    """Lead II of one page.

    Raises:
        PageRefused: see `digitize`.
    """
    findings = Findings(source.rgb, source.number)
    try:
        findings, grid = _read(findings, source)
        return _understood(findings, source, grid, all_leads, speed_mm_per_s, gain_mm_per_mv)
    except PageRefused as error:
        error.findings = error.findings or findings
        raise


def _read(findings: Findings, source: PageSource) -> tuple[Findings, str]:
    drawing = source.drawing
    if drawing is not None and drawing.grid is not None:
        drawn = read_drawn(findings, source, drawing, drawing.grid)
        if drawn[0].traces:
            return drawn
    return read_picture(findings)


def _understood(
    findings: Findings,
    source: PageSource,
    grid: str,
    all_leads: bool,
    speed_mm_per_s: float | None,
    gain_mm_per_mv: float | None,
) -> Digitization:
    """What traces and words mean."""
    pulses = believed([find_pulses(trace) for trace in findings.traces])
    lines = [_line(trace, *ends) for trace, ends in zip(findings.traces, pulses, strict=True)]
    lines = [_as_the_others(line, ends, pulses) for line, ends in zip(lines, pulses, strict=True)]
    layout = find_layout(lines, findings.texts)
    findings = replace(findings, layout=layout)
    try:
        chosen = _choose(layout)
        findings = replace(findings, chosen=chosen)
        printed = _with_given(printed_scales(findings.texts), speed_mm_per_s, gain_mm_per_mv)
        calibration = calibrate([pulse for pair in pulses for pulse in pair if pulse], printed, _column_mm(layout))
    except PageRefused as error:
        error.findings = findings
        raise
    findings = replace(findings, calibration=calibration)
    return _sampled(findings, layout, calibration, chosen, lines, grid, source.warnings, all_leads)


def _line(trace: Trace, at_left: Pulse | None, at_right: Pulse | None) -> Line:
    """A row without its pulses."""
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


def _with_given(printed: PrintedScales, speed_mm_per_s: float | None, gain_mm_per_mv: float | None) -> PrintedScales:
    """What the caller states stands above what is printed."""
    if speed_mm_per_s is not None:
        printed = replace(printed, speed_mm_per_s=speed_mm_per_s, evidence=("given",))
    if gain_mm_per_mv is not None:
        printed = replace(printed, gain_mm_per_mv=gain_mm_per_mv, evidence=("given",))
    return printed


def _choose(layout: Layout) -> Segment:
    """Lead II: the longest strip of it, or else the short one.

    Raises:
        NoSuchStrip: it is not on the page.
    """
    fitting = [segment for segment in layout.segments if segment.lead == LEAD]
    if fitting and layout.name == "unknown":  # one misread label is enough to name a wrong curve
        raise NoSuchStrip(
            "the labels fit no known order of leads, so lead II is not sure. Scan the page flat and whole"
        )
    if not fitting:
        names = [lead for lead in STANDARD_LEADS if any(segment.lead == lead for segment in layout.segments)]
        seen = ", ".join(names) or "curves without a readable label"
        raise NoSuchStrip(f"no lead II on this page; seen: {seen}. Give a page that shows lead II, labels included")
    return max(fitting, key=lambda segment: (segment.is_strip, segment.right - segment.left))


def _column_mm(layout: Layout) -> float | None:
    """Width of a column of leads, if there are columns."""
    widths = [segment.right - segment.left for segment in layout.segments if not segment.is_strip]
    return float(np.median(widths)) if widths else None


def _sampled(
    findings: Findings,
    layout: Layout,
    calibration: Calibration,
    chosen: Segment,
    lines: Sequence[Line],
    grid: str,
    warnings: tuple[str, ...],
    all_leads: bool,
) -> Digitization:
    segments = [chosen, *_others(layout)] if all_leads else [chosen]
    start = chosen.left if not all_leads else min(chosen.left, *(segment.left for segment in segments))
    end = chosen.right if not all_leads else max(segment.right for segment in segments)
    samples = int((end - start + ENDS_MM) / calibration.speed_mm_per_s * FS) + 1
    x = start + np.arange(samples) / FS * calibration.speed_mm_per_s
    rows = [_lead(segment, lines[segment.row].trace, x, calibration.gain_mm_per_mv) for segment in segments]
    signal, confidence = np.stack([row[0] for row in rows]), np.stack([row[1] for row in rows])
    doubts = (*warnings, *layout.warnings, *calibration.warnings, *_short_strip(layout, calibration, chosen))
    recording = Recording(signal, FS, tuple(segment.lead for segment in segments), doubts)
    return Digitization(
        recording,
        confidence,
        layout.name,
        calibration.speed_mm_per_s,
        calibration.gain_mm_per_mv,
        {"grid": grid, **dict(calibration.evidence), "lead": chosen.evidence},
        _corners(findings, chosen, lines[chosen.row]),
        doubts,
        findings,
    )


def _others(layout: Layout) -> list[Segment]:
    """The other leads, each where it is shown longest."""
    best: dict[str, Segment] = {}
    for segment in layout.segments:
        known = best.get(segment.lead)
        if known is None or (segment.is_strip, segment.right - segment.left) > (
            known.is_strip,
            known.right - known.left,
        ):
            best[segment.lead] = segment
    return [segment for lead, segment in best.items() if lead != LEAD]


def _lead(
    segment: Segment, trace: Trace, x: Float[np.ndarray, " time"], gain: float
) -> tuple[Float[np.ndarray, " time"], Float[np.ndarray, " time"]]:
    """Samples of a segment in mV around its median, with their confidence; NaN outside."""
    height, confidence = trace.at(x)
    inside = (x >= segment.left - ENDS_MM) & (x <= segment.right + ENDS_MM)
    height, confidence = np.where(inside, height, np.nan), np.where(inside, confidence, 0)
    middle = np.nanmedian(height) if np.isfinite(height).any() else 0.0
    return (height - middle) / gain, confidence


def _short_strip(layout: Layout, calibration: Calibration, chosen: Segment) -> tuple[str, ...]:
    if chosen.is_strip:
        return ()
    seconds = (chosen.right - chosen.left) / calibration.speed_mm_per_s
    missing = "No long strip is lead II for sure" if "?" in layout.name else "There is no long strip of lead II"
    return (f"{missing}; its short segment of {seconds:.1f} s was taken.",)


def _corners(findings: Findings, chosen: Segment, line: Line) -> Float[np.ndarray, "corner 2"]:
    heights = line.trace.at(np.linspace(chosen.left, chosen.right, 500))[0]
    top = max(-np.nanmax(heights) - 2.0, line.y - 3 * _BOX_MM)
    bottom = min(-np.nanmin(heights) + 2.0, line.y + 2 * _BOX_MM)
    box = np.array([[chosen.left, top], [chosen.right, top], [chosen.right, bottom], [chosen.left, bottom]])
    return findings.map.to_picture(box) if findings.map is not None else box
