"""Where on the paper everything stands, in mm from the top left of the page."""

import math
from dataclasses import dataclass

from kalemia.errors import ConfigError, TooShort
from kalemia.simulation.paper.layout import Layout, parse_layout
from kalemia.simulation.paper.style import PAPERS_MM, PageStyle

PULSE_S, PULSE_MV = 0.2, 1.0
PULSE_FLAT_MM = 2.0
"""Baseline drawn before and behind the calibration pulse."""
INSET_MM = 2.0
"""Between the margin and the first ink of a row."""
GAP_MM = 3.0
"""Between columns, where the separator is a gap."""
MAX_ROW_MM, STRIP_ROW_MM = 40.0, 50.0
LONGEST_STRIP_MM = 1000.0
LINE_SPACING = 1.3
GRID_MM = 5.0


@dataclass(frozen=True)
class Segment:
    """One printed piece of a lead.

    Attributes:
        lead: its name as printed.
        row: counted from the top of the page.
        start_s: its first sample's time in the recording.
        seconds: its length.
        x_mm: of its first sample.
        baseline_mm: y of 0 mV, downwards.
        rhythm: whether it is a rhythm strip.
    """

    lead: str
    row: int
    start_s: float
    seconds: float
    x_mm: float
    baseline_mm: float
    rhythm: bool


@dataclass(frozen=True)
class Geometry:
    """Sizes of a page that follow from its style and the length of the recording, in mm.

    Attributes:
        width_mm: of the paper.
        height_mm: of the paper.
        row_mm: from baseline to baseline.
        rows_top_mm: upper edge of the first row's band.
        left_mm: x of the first ink of each row.
        signal_mm: x of the first sample of each row.
        seconds: that are printed.
        layout: the style's.
    """

    width_mm: float
    height_mm: float
    row_mm: float
    rows_top_mm: float
    left_mm: float
    signal_mm: float
    seconds: float
    layout: Layout

    def baseline_mm(self, row: int) -> float:
        """The y of 0 mV in a row."""
        return self.rows_top_mm + (row + 0.5) * self.row_mm

    @property
    def rows_bottom_mm(self) -> float:
        """Lower edge of the last row's band."""
        return self.rows_top_mm + self.layout.lines * self.row_mm


def measure(style: PageStyle, duration_s: float) -> Geometry:
    """The geometry of a page.

    What does not fit on the paper is not printed; then whole half seconds are.

    Raises:
        ConfigError: the paper has no room for half a second.
        TooShort: the recording has no samples.
    """
    if duration_s <= 0:
        raise TooShort("a recording without samples; there is nothing to print")
    layout = parse_layout(style.layout)
    top, bottom = _header_mm(style), _footer_mm(style)
    seconds = _printed_seconds(style, layout, duration_s)
    width, height = PAPERS_MM[style.paper] or _strip_size(style, layout, seconds)
    room = height - top - bottom
    row = style.row_spacing_mm or min(MAX_ROW_MM if style.paper != "strip" else STRIP_ROW_MM, room / layout.lines)
    left = style.margin_mm + INSET_MM
    return Geometry(
        width_mm=width,
        height_mm=height,
        row_mm=row,
        rows_top_mm=top + (room - layout.lines * row) / 2,
        left_mm=left,
        signal_mm=left + (pulse_room_mm(style) if style.pulse == "left" else 0),
        seconds=seconds,
        layout=layout,
    )


def segments_of(style: PageStyle, geometry: Geometry, block: tuple[str, ...], fs: float) -> tuple[Segment, ...]:
    """Every printed piece of a lead; columns begin on whole samples.

    Args:
        style: of the page.
        geometry: of the page.
        block: leads of the block, column by column.
        fs: sampling rate in Hz.
    """
    layout = geometry.layout
    samples = round(geometry.seconds * fs)
    starts = [round(column * samples / max(layout.columns, 1)) for column in range(layout.columns + 1)]
    pieces = []
    for place, lead in enumerate(block):
        column, row = divmod(place, layout.rows)
        start_s = starts[column] / fs
        x = geometry.signal_mm + start_s * style.speed_mm_per_s + column * column_gap_mm(style)
        seconds = (starts[column + 1] - starts[column]) / fs
        pieces.append(Segment(lead, row, start_s, seconds, x, geometry.baseline_mm(row), rhythm=False))
    for row, lead in enumerate(layout.rhythm, start=layout.rows):
        y = geometry.baseline_mm(row)
        pieces.append(Segment(lead, row, 0.0, samples / fs, geometry.signal_mm, y, rhythm=True))
    return tuple(pieces)


def pulse_room_mm(style: PageStyle) -> float:
    """Width of the calibration pulse with the flat parts beside it; 0 without one."""
    return 0.0 if style.pulse == "none" else 2 * PULSE_FLAT_MM + PULSE_S * style.speed_mm_per_s


def column_gap_mm(style: PageStyle) -> float:
    """White between two columns."""
    return GAP_MM if style.separator == "gap" else 0.0


def row_end_mm(style: PageStyle, geometry: Geometry, rhythm: bool) -> float:
    """Where the signal of a row ends."""
    gaps = 0 if rhythm else max(geometry.layout.columns - 1, 0)
    return geometry.signal_mm + geometry.seconds * style.speed_mm_per_s + gaps * column_gap_mm(style)


def line_mm(style: PageStyle) -> float:
    """Distance of two lines of text."""
    return style.text_mm * LINE_SPACING


def _header_mm(style: PageStyle) -> float:
    return style.margin_mm + (len(style.header) * line_mm(style) + 2 if style.header else 0)


def _footer_mm(style: PageStyle) -> float:
    return style.margin_mm + (line_mm(style) + 2 if style.footer else 0)


def _around_the_signal_mm(style: PageStyle, layout: Layout) -> float:
    gaps = max(layout.columns - 1, 0) * column_gap_mm(style)
    return 2 * (style.margin_mm + INSET_MM) + pulse_room_mm(style) + gaps


def _printed_seconds(style: PageStyle, layout: Layout, duration_s: float) -> float:
    size = PAPERS_MM[style.paper]
    room_mm = (size[0] if size else LONGEST_STRIP_MM) - _around_the_signal_mm(style, layout)
    room_s = room_mm / style.speed_mm_per_s
    seconds = duration_s if duration_s <= room_s else math.floor(2 * room_s) / 2
    if seconds <= 0:
        raise ConfigError(f"{style.paper} has no room for a curve at {style.speed_mm_per_s:g} mm/s")
    return seconds


def _strip_size(style: PageStyle, layout: Layout, seconds: float) -> tuple[float, float]:
    row = style.row_spacing_mm or STRIP_ROW_MM
    width = seconds * style.speed_mm_per_s + _around_the_signal_mm(style, layout)
    return width, layout.lines * row + _header_mm(style) + _footer_mm(style)
