"""From a printed page to lead II."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float

from kalemia.digitization.calibration import Calibration, Given, calibrate
from kalemia.digitization.curve import ENDS_MM, Trace
from kalemia.digitization.digitization import Digitization, Findings
from kalemia.digitization.drawn_page import read_drawn
from kalemia.digitization.layout import find_layout
from kalemia.digitization.page_source import PageSource
from kalemia.digitization.printed_scales import printed_scales
from kalemia.digitization.pulses import Ends, Pulse, believed, find_pulses
from kalemia.digitization.raster import read_picture
from kalemia.digitization.segments import Layout, Line, Segment
from kalemia.digitization.source import open_pages
from kalemia.errors import InputError, NoGrid, NoSuchStrip, PageRefused, PageTooLarge
from kalemia.recording import STANDARD_LEADS, Recording

FS = 500.0
_BOX_MM = 15.0
_GAP_MM = 0.15


@dataclass(frozen=True)
class _Wanted:
    """What was asked for: the lead, all others too or not, and scales that stand above the page's."""

    lead: str
    all_leads: bool
    given: Given


def digitize(
    path: Path,
    page: int | None = None,
    *,
    lead: str = "II",
    all_leads: bool = False,
    speed_mm_per_s: float | None = None,
    gain_mm_per_mv: float | None = None,
) -> Digitization:
    """A lead of a printed ECG, lead II if you do not say another: of a photograph, a scan or a PDF.

    Args:
        path: the file.
        page: number of the page in the file from 1; by default the first with a millimetre grid.
        lead: standard name of the lead to take.
        all_leads: give every lead of the page, that one first.
        speed_mm_per_s: paper speed, where you know better than the page.
        gain_mm_per_mv: likewise the gain.

    Raises:
        InputError: the file cannot be read as a page, see `kalemia.digitization.source.open_pages`; or a scale that is
            not positive.
        PageRefused: a picture, but no ECG can be taken from it for sure. Its attribute `findings` has what was seen.
    """
    given = Given(_positive("speed", speed_mm_per_s), _positive("gain", gain_mm_per_mv))
    refusal: PageRefused | PageTooLarge | None = None
    for source in open_pages(Path(path), page):
        try:
            return _digitize_page(source, _Wanted(lead, all_leads, given))
        except (PageRefused, PageTooLarge) as error:
            if not (isinstance(error, NoGrid) or error is source.refusal):
                raise
            refusal = refusal or error
    raise refusal or NoGrid("no page. Give a file that has one")


def _positive(name: str, value: float | None) -> float | None:
    if value is not None and not (np.isfinite(value) and value > 0):
        raise InputError(f"a {name} of {value:g} was given. Give a positive number")
    return value


def _digitize_page(source: PageSource, wanted: _Wanted) -> Digitization:
    """A lead of one page; what is refused carries what was seen."""
    findings = Findings(source.rgb, source.number)
    try:
        findings, grid = _read(findings, source)
        return _understood(findings, source, grid, wanted)
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


def _understood(findings: Findings, source: PageSource, grid: str, wanted: _Wanted) -> Digitization:
    """What traces and words mean."""
    pulses = believed([find_pulses(trace) for trace in findings.traces])
    lines = [_line(trace, *ends) for trace, ends in zip(findings.traces, pulses, strict=True)]
    lines = [_as_the_others(line, ends, pulses) for line, ends in zip(lines, pulses, strict=True)]
    layout = find_layout(lines, findings.texts)
    findings = replace(findings, pulses=tuple(pulses), layout=layout)
    try:
        chosen = _choose(layout, wanted.lead)
        findings = replace(findings, chosen=chosen)
        calibration = calibrate(
            [pulse for ends in pulses for pulse in ends if pulse],
            printed_scales(findings.texts),
            own=[pulse for pulse in pulses[chosen.row] if pulse],
            column_mm=_column_mm(layout),
            given=wanted.given,
        )
    except PageRefused as error:
        error.findings = findings
        raise
    found = _Found(replace(findings, calibration=calibration), layout, calibration, chosen, lines)
    return _sampled(found, grid, source.warnings, wanted)


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


def _choose(layout: Layout, lead: str) -> Segment:
    """The longest strip of a lead, or else the short one.

    Raises:
        NoSuchStrip: it is not on the page.
    """
    fitting = [segment for segment in layout.segments if segment.lead == lead]
    if fitting and layout.name == "unknown":  # one misread label is enough to name a wrong curve
        raise NoSuchStrip(
            f"the labels fit no known order of leads, so lead {lead} is not sure. Scan the page flat and whole"
        )
    if not fitting:
        names = [name for name in STANDARD_LEADS if any(segment.lead == name for segment in layout.segments)]
        seen = ", ".join(names) or "curves without a readable label"
        raise NoSuchStrip(
            f"no lead {lead} on this page; seen: {seen}. Give a page that shows lead {lead}, labels included"
        )
    return max(fitting, key=lambda segment: (segment.is_strip, segment.right - segment.left))


def _column_mm(layout: Layout) -> float | None:
    """Width of a column of leads, if there are columns."""
    widths = [segment.right - segment.left for segment in layout.segments if not segment.is_strip]
    return float(np.median(widths)) if widths else None


@dataclass(frozen=True, eq=False)
class _Found:
    """A page that has been understood."""

    findings: Findings
    layout: Layout
    calibration: Calibration
    chosen: Segment
    lines: Sequence[Line]


def _sampled(found: _Found, grid: str, warnings: tuple[str, ...], wanted: _Wanted) -> Digitization:
    """The signal of the chosen segment, and of the others if they are wanted, on one clock."""
    chosen, calibration = found.chosen, found.calibration
    segments = [chosen, *_others(found.layout, chosen.lead)] if wanted.all_leads else [chosen]
    start, end = min(segment.left for segment in segments), max(segment.right for segment in segments)
    samples = int((end - start + ENDS_MM) / calibration.speed_mm_per_s * FS) + 1
    x = start + np.arange(samples) / FS * calibration.speed_mm_per_s
    rows = [_lead(segment, found.lines[segment.row].trace, x, calibration) for segment in segments]
    signal, confidence = np.stack([row[0] for row in rows]), np.stack([row[1] for row in rows])
    doubts = (
        *warnings,
        *found.layout.warnings,
        *calibration.warnings,
        *_short_strip(found.layout, calibration, chosen),
    )
    recording = Recording(signal, FS, tuple(segment.lead for segment in segments), doubts)
    return Digitization(
        recording,
        confidence,
        found.layout.name,
        calibration.speed_mm_per_s,
        calibration.gain_mm_per_mv,
        {"grid": grid, **dict(calibration.evidence), "lead": chosen.evidence},
        _corners(found.findings, chosen, found.lines[chosen.row]),
        doubts,
        found.findings,
    )


def _others(layout: Layout, chosen: str) -> list[Segment]:
    """The other leads, each where it is shown longest."""
    best: dict[str, Segment] = {}
    for segment in layout.segments:
        known = best.get(segment.lead)
        if known is None or (segment.is_strip, segment.right - segment.left) > (
            known.is_strip,
            known.right - known.left,
        ):
            best[segment.lead] = segment
    return [segment for lead, segment in best.items() if lead != chosen]


def _lead(
    segment: Segment, trace: Trace, x: Float[np.ndarray, " time"], calibration: Calibration
) -> tuple[Float[np.ndarray, " time"], Float[np.ndarray, " time"]]:
    """Samples of a segment in mV around its median, with their confidence; NaN outside."""
    height, confidence = trace.at(x)
    inside = (x >= segment.left - ENDS_MM) & (x <= segment.right + ENDS_MM)
    height, confidence = np.where(inside, height, np.nan), np.where(inside, confidence, 0)
    middle = np.nanmedian(height) if np.isfinite(height).any() else 0.0
    gain = calibration.chest_gain_mm_per_mv if segment.lead.startswith("V") else calibration.gain_mm_per_mv
    return (height - middle) / gain, confidence


def _short_strip(layout: Layout, calibration: Calibration, chosen: Segment) -> tuple[str, ...]:
    if chosen.is_strip:
        return ()
    seconds = (chosen.right - chosen.left) / calibration.speed_mm_per_s
    doubt = "is no long strip that is lead {} for sure" if "?" in layout.name else "is no long strip of lead {}"
    return (f"There {doubt.format(chosen.lead)}; its short segment of {seconds:.1f} s was taken.",)


def _corners(findings: Findings, chosen: Segment, line: Line) -> Float[np.ndarray, "corner 2"]:
    heights = line.trace.at(np.linspace(chosen.left, chosen.right, 500))[0]
    top = max(-np.nanmax(heights) - 2.0, line.y - 3 * _BOX_MM)
    bottom = min(-np.nanmin(heights) + 2.0, line.y + 2 * _BOX_MM)
    box = np.array([[chosen.left, top], [chosen.right, top], [chosen.right, bottom], [chosen.left, bottom]])
    return findings.map.to_picture(box) if findings.map is not None else box
