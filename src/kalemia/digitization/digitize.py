"""From a printed page to lead II."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float

from kalemia.digitization.calibration import Calibration, calibrate
from kalemia.digitization.choice import choose, doubts_about_choice
from kalemia.digitization.corrections import Corrections
from kalemia.digitization.curve import ENDS_MM, Trace
from kalemia.digitization.digitization import Digitization, Findings
from kalemia.digitization.drawn_page import read_drawn
from kalemia.digitization.layout import find_layout
from kalemia.digitization.lines import lines_of
from kalemia.digitization.page_source import PageSource
from kalemia.digitization.printed_scales import printed_scales
from kalemia.digitization.pulses import believed, find_pulses
from kalemia.digitization.raster import read_picture
from kalemia.digitization.segments import Layout, Line, Segment
from kalemia.digitization.source import open_pages
from kalemia.digitization.stages import OnStage, silent
from kalemia.digitization.strips import reach_of
from kalemia.digitization.turning import turned
from kalemia.errors import NoGrid, PageRefused, PageTooLarge
from kalemia.recording import Recording

FS = 500.0


@dataclass(frozen=True)
class _Wanted:
    """What was asked for: the lead, all others too or not, and what stands above what the page says."""

    lead: str
    all_leads: bool
    corrections: Corrections


def digitize(
    path: Path,
    page: int | None = None,
    *,
    lead: str = "II",
    all_leads: bool = False,
    speed_mm_per_s: float | None = None,
    gain_mm_per_mv: float | None = None,
    rotation_deg: float | None = None,
    strip: int | None = None,
    on_stage: OnStage | None = None,
) -> Digitization:
    """A lead of a printed ECG, lead II if you do not say another: of a photograph, a scan or a PDF.

    Args:
        path: the file.
        page: number of the page in the file from 1; by default the first with a millimetre grid.
        lead: standard name of the lead to take.
        all_leads: give every lead of the page, that one first.
        speed_mm_per_s: paper speed, where you know better than the page.
        gain_mm_per_mv: likewise the gain.
        rotation_deg: turn the picture clockwise by this, -180 to 180, before anything is looked for, and take it as it
            lies then. By default it is turned upright by its words and its pulses.
        strip: number of the stretch that is the lead whatever its label says, as
            `kalemia.digitization.strips.strips_of` lists them, also for a page that was refused.
        on_stage: told "grid", "curves", "leads" and "scales" when each begins; again for each page of a file.

    Raises:
        InputError: the file cannot be read as a page, see `kalemia.digitization.source.open_pages`; or a scale or a
            rotation that cannot be.
        PageRefused: a picture, but no ECG can be taken from it for sure. Its attribute `findings` has what was seen.
    """
    corrections = Corrections(page, rotation_deg, strip, speed_mm_per_s, gain_mm_per_mv)
    refusal: PageRefused | PageTooLarge | None = None
    for source in open_pages(Path(path), page):
        try:
            return _digitize_page(source, _Wanted(lead, all_leads, corrections), on_stage or silent)
        except (PageRefused, PageTooLarge) as error:
            if not (isinstance(error, NoGrid) or error is source.refusal):
                raise
            refusal = refusal or error
    raise refusal or NoGrid("no page. Give a file that has one")


def _digitize_page(source: PageSource, wanted: _Wanted, on_stage: OnStage) -> Digitization:
    """A lead of one page; what is refused carries what was seen."""
    rotation_deg = wanted.corrections.rotation_deg
    if rotation_deg:  # what is drawn is then read as a picture
        source = PageSource(source.number, turned(source.rgb, rotation_deg), source.warnings)
    findings = Findings(source.rgb, source.number, rotation_deg or 0.0)
    try:
        findings, grid = _read(findings, source, on_stage, by_hand=rotation_deg is not None)
        return _understood(findings, grid, source.warnings, wanted, on_stage)
    except PageRefused as error:
        error.findings = error.findings or findings
        raise


def _read(findings: Findings, source: PageSource, on_stage: OnStage, *, by_hand: bool) -> tuple[Findings, str]:
    drawing = source.drawing
    if drawing is not None and drawing.grid is not None:
        on_stage("grid")
        on_stage("curves")
        drawn = read_drawn(findings, source, drawing, drawing.grid)
        if drawn[0].traces:
            return drawn
    return read_picture(findings, on_stage, by_hand=by_hand)


def _understood(
    findings: Findings, grid: str, warnings: tuple[str, ...], wanted: _Wanted, on_stage: OnStage
) -> Digitization:
    """What traces and words mean."""
    on_stage("leads")
    pulses = believed([find_pulses(trace) for trace in findings.traces])
    lines = lines_of(findings.traces, pulses)
    layout = find_layout(lines, findings.texts)
    findings = replace(findings, pulses=tuple(pulses), layout=layout)
    try:
        chosen = choose(findings, layout, wanted.lead, wanted.corrections.strip)
        if wanted.corrections.strip is not None and not wanted.all_leads:
            layout = replace(layout, warnings=())  # they doubt what the user has said
        findings = replace(findings, layout=layout, chosen=chosen)
        on_stage("scales")
        calibration = calibrate(
            [pulse for ends in pulses for pulse in ends if pulse],
            printed_scales(findings.texts),
            own=[pulse for pulse in pulses[chosen.row] if pulse],
            column_mm=_column_mm(layout),
            given=wanted.corrections.scales,
        )
    except PageRefused as error:
        error.findings = findings
        raise
    found = _Found(replace(findings, calibration=calibration), layout, calibration, chosen, lines)
    return _sampled(found, grid, warnings, wanted)


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
    segments = [chosen, *_others(found.layout, chosen)] if wanted.all_leads else [chosen]
    start, end = min(segment.left for segment in segments), max(segment.right for segment in segments)
    samples = int((end - start + ENDS_MM) / calibration.speed_mm_per_s * FS) + 1
    x = start + np.arange(samples) / FS * calibration.speed_mm_per_s
    rows = [_lead(segment, found.lines[segment.row].trace, x, calibration) for segment in segments]
    signal, confidence = np.stack([row[0] for row in rows]), np.stack([row[1] for row in rows])
    doubts = (
        *warnings,
        *found.findings.warnings,
        *found.layout.warnings,
        *calibration.warnings,
        *doubts_about_choice(found.layout, calibration, chosen),
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


def _others(layout: Layout, chosen: Segment) -> list[Segment]:
    """The other leads, each where it is shown longest."""
    best: dict[str, Segment] = {}
    for segment in layout.segments:
        if segment.lead == chosen.lead or segment.overlaps(chosen):
            continue
        known = best.get(segment.lead)
        if known is None or (segment.is_strip, segment.right - segment.left) > (
            known.is_strip,
            known.right - known.left,
        ):
            best[segment.lead] = segment
    return list(best.values())


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


def _corners(findings: Findings, chosen: Segment, line: Line) -> Float[np.ndarray, "corner 2"]:
    """Where the chosen strip is in the picture."""
    top, bottom = reach_of(line, chosen.left, chosen.right)
    box = np.array([[chosen.left, top], [chosen.right, top], [chosen.right, bottom], [chosen.left, bottom]])
    return findings.map.to_picture(box) if findings.map is not None else box
