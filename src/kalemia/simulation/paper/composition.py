"""From a recording to the lines and words of its page."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from kalemia.errors import MissingLead
from kalemia.leads import listed, take_lead
from kalemia.recording import Recording
from kalemia.simulation.paper.drawing import Drawing, Lines, Points, Words, straight
from kalemia.simulation.paper.geometry import (
    PULSE_FLAT_MM,
    PULSE_MV,
    PULSE_S,
    Geometry,
    Segment,
    column_gap_mm,
    line_mm,
    measure,
    row_end_mm,
    segments_of,
)
from kalemia.simulation.paper.grid import grid_lines
from kalemia.simulation.paper.inks import GRID_INKS, PEN_INKS
from kalemia.simulation.paper.layout import SINGLE, Layout
from kalemia.simulation.paper.style import PageStyle

LABEL_ABOVE_MM, LABEL_BELOW_MM, LABEL_RIGHT_MM = 7.5, 5.0, 1.0
LABEL_ROW_SHARE = 0.3
"""A label is no farther from its baseline than this share of a row, or it would stand between two."""
TICK_MM, BAR_FROM_MM, BAR_TO_MM = 2.5, 2.0, 5.0
"""Half a separating tick; the near and the far end of each of a pair of bars, from the baseline."""
SEPARATOR_PEN_MM, BAR_PEN_MM, DASHES_MM = 0.2, 0.6, (1.5, 1.0)

Lead = Float[np.ndarray, " time"]


@dataclass(frozen=True, eq=False)
class Composition:
    """A page before it is drawn.

    Attributes:
        drawing: what to draw.
        geometry: sizes in mm.
        segments: every printed piece of a lead.
        signals: mV at the recording's sampling rate, by the name of the lead, whole.
    """

    drawing: Drawing
    geometry: Geometry
    segments: tuple[Segment, ...]
    signals: dict[str, Lead]


def compose(recording: Recording, style: PageStyle) -> Composition:
    """The lines and words of a page.

    Raises:
        MissingLead: the layout needs leads that the recording neither has nor gives.
        TooShort: no samples.
        ConfigError: the paper has no room.
    """
    geometry = measure(style, recording.duration_s)
    if style.layout == SINGLE:
        geometry = replace(geometry, layout=Layout(0, 0, (_single_lead(recording),)))
    block = geometry.layout.block_leads(style.cabrera)
    signals = _leads(recording, (*block, *geometry.layout.rhythm), style.layout)
    segments = segments_of(style, geometry, block, recording.fs)
    ink = GRID_INKS[style.grid_colour]
    drawing = Drawing(
        width_mm=geometry.width_mm,
        height_mm=geometry.height_mm,
        paper_colour=ink.paper if style.tinted else "#ffffff",
        text_colour=PEN_INKS[style.pen_colour],
        font=style.font,
        lines=(
            *grid_lines(style, geometry),
            *_separators(style, geometry),
            *_pulses(style, geometry),
            *(_trace(segment, signals[segment.lead], style, recording.fs) for segment in segments),
        ),
        words=(*_labels(style, geometry, segments), *_header_and_footer(style, geometry)),
    )
    return Composition(drawing, geometry, segments, signals)


def _single_lead(recording: Recording) -> str:
    """Lead II, or the first there is."""
    if not recording.leads:
        raise MissingLead("a recording without leads; there is nothing to print")
    return "II" if _lead(recording, "II") is not None else recording.leads[0]


def _leads(recording: Recording, names: tuple[str, ...], layout: str) -> dict[str, Lead]:
    found = {name: _lead(recording, name) for name in names}
    missing = [name for name, signal in found.items() if signal is None]
    if missing:
        raise MissingLead(
            f"layout {layout} needs {', '.join(missing)}; the recording has {listed(recording.leads)}."
            f" Print it with layout {SINGLE}, or give all leads"
        )
    return {name: signal for name, signal in found.items() if signal is not None}


def _lead(recording: Recording, name: str) -> Lead | None:
    """A lead of the recording, derived or turned upside down if need be."""
    if name in recording.leads:
        return recording.lead(name)
    if name.startswith("-"):
        upright = _lead(recording, name[1:])
        return None if upright is None else -upright
    if len(recording.leads) == 1:  # one nameless signal would stand for any lead
        return None
    try:
        return take_lead(recording, name).signal[0]
    except MissingLead:
        return None


def _trace(segment: Segment, signal_mv: Lead, style: PageStyle, fs: float) -> Lines:
    first = round(segment.start_s * fs)
    piece = signal_mv[first : first + round(segment.seconds * fs)]
    x = segment.x_mm + np.arange(len(piece)) * style.speed_mm_per_s / fs
    y = segment.baseline_mm - piece * style.gain_mm_per_mv
    return Lines(_pen_down(np.column_stack([x, y])), style.pen_mm, PEN_INKS[style.pen_colour])


def _pen_down(points: Points) -> tuple[Points, ...]:
    """The runs between gaps."""
    seen = np.isfinite(points).all(axis=1)
    edges = np.flatnonzero(np.diff(seen)) + 1
    return tuple(run for run in np.split(points, edges) if np.isfinite(run[:1]).all() and len(run))


def _pulses(style: PageStyle, geometry: Geometry) -> tuple[Lines, ...]:
    if style.pulse == "none":
        return ()
    layout = geometry.layout
    runs = []
    for row in range(layout.lines):
        end = row_end_mm(style, geometry, rhythm=row >= layout.rows)
        start = geometry.left_mm if style.pulse == "left" else end
        runs.append(_pulse(start, geometry.baseline_mm(row), style))
    return (Lines(tuple(runs), style.pen_mm, PEN_INKS[style.pen_colour]),)


def _pulse(left: float, baseline: float, style: PageStyle) -> Points:
    rise = left + PULSE_FLAT_MM
    fall = rise + PULSE_S * style.speed_mm_per_s
    top = baseline - PULSE_MV * style.gain_mm_per_mv
    return np.array(
        [
            (left, baseline),
            (rise, baseline),
            (rise, top),
            (fall, top),
            (fall, baseline),
            (fall + PULSE_FLAT_MM, baseline),
        ]
    )


def _separators(style: PageStyle, geometry: Geometry) -> tuple[Lines, ...]:
    layout = geometry.layout
    if style.separator in ("none", "gap") or layout.columns < 2:
        return ()
    column_mm = geometry.seconds / layout.columns * style.speed_mm_per_s + column_gap_mm(style)
    places = [geometry.signal_mm + column * column_mm for column in range(1, layout.columns)]
    colour = PEN_INKS[style.pen_colour]
    if style.separator == "dashed":
        bottom = geometry.rows_top_mm + layout.rows * geometry.row_mm
        runs = tuple(straight(x, geometry.rows_top_mm, x, bottom) for x in places)
        return (Lines(runs, SEPARATOR_PEN_MM, colour, DASHES_MM),)
    baselines = [geometry.baseline_mm(row) for row in range(layout.rows)]
    if style.separator == "ticks":
        runs = tuple(straight(x, y - TICK_MM, x, y + TICK_MM) for x in places for y in baselines)
        return (Lines(runs, SEPARATOR_PEN_MM, colour),)
    ends = [(side * BAR_FROM_MM, side * BAR_TO_MM) for side in (-1, 1)]
    runs = tuple(straight(x, y + near, x, y + far) for x in places for y in baselines for near, far in ends)
    return (Lines(runs, BAR_PEN_MM, colour),)


def _labels(style: PageStyle, geometry: Geometry, segments: tuple[Segment, ...]) -> tuple[Words, ...]:
    if style.labels == "none":
        return ()
    above = style.labels == "above"
    nearest = LABEL_ROW_SHARE * geometry.row_mm
    away = -min(LABEL_ABOVE_MM, nearest) if above else min(LABEL_BELOW_MM, nearest)
    return tuple(
        Words(s.lead, s.x_mm + LABEL_RIGHT_MM, s.baseline_mm + away, style.text_mm, "bottom" if above else "top")
        for s in segments
    )


def _header_and_footer(style: PageStyle, geometry: Geometry) -> tuple[Words, ...]:
    left, step = geometry.left_mm, line_mm(style)
    header = (
        Words(text, left, style.margin_mm + number * step, style.text_mm, "top")
        for number, text in enumerate(style.header)
    )
    footer = style.footer_text()
    bottom = geometry.height_mm - style.margin_mm
    return (*header, *((Words(footer, left, bottom, style.text_mm, "bottom"),) if footer else ()))
