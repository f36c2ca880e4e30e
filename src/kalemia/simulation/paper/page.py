"""A recording as a printed page, with everything known about where it stands."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from kalemia.filtering import resample
from kalemia.recording import Recording
from kalemia.simulation.paper.composition import Composition, compose
from kalemia.simulation.paper.geometry import Segment, pulse_room_mm
from kalemia.simulation.paper.pixels import Image
from kalemia.simulation.paper.rendering import MM_PER_INCH, to_pdf, to_pixels
from kalemia.simulation.paper.style import PageStyle

REFERENCE_FS = 500.0
REFERENCE_LEAD = "II"
BEYOND_S = 1.0
"""How much behind the printed piece the filter may see when it resamples."""

Box = tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class PrintedPage:
    """An image of a printed page and the truth about it.

    Pixels are counted from the upper left corner of the first one, whose centre is (0.5, 0.5).

    Attributes:
        image: RGB.
        dpi: resolution that the file should state; `None` for a photograph, which has none.
        style: how it was printed.
        reference: mV at 500 Hz of the strip that a reader should take: the rhythm strip of lead II if there is one,
            else the short lead II; NaN in gaps.
        reference_lead: its lead, II unless a single strip shows another.
        reference_segment: the printed piece that it belongs to.
        segments: every printed piece of a lead.
        px_per_mm: of the page as printed, before anything happened to it.
        strip_box_px: left, top, right and bottom of the reference's row, with its calibration pulse, as printed.
        homography: from pixels of the page as printed to pixels of `image`.
        displacement_mm: on a lattice of 5 mm from the page's upper left corner, how far folds and curl moved each
            point (x, y) within the plane of the paper, before the homography; `None` where the paper lay flat.
    """

    image: Image
    dpi: float | None
    style: PageStyle
    reference: Float[np.ndarray, " time"]
    reference_lead: str
    reference_segment: Segment
    segments: tuple[Segment, ...]
    px_per_mm: float
    strip_box_px: Box
    homography: Float[np.ndarray, "3 3"]
    displacement_mm: Float[np.ndarray, "row column 2"] | None = None


def print_page(recording: Recording, style: PageStyle) -> PrintedPage:
    """Print a recording as an image.

    Args:
        recording: in mV; gaps leave the pen up.
        style: how to print it.

    Raises:
        MissingLead: the layout needs leads that the recording neither has nor gives.
        TooShort: no samples.
        ConfigError: the paper has no room.
    """
    composition = compose(recording, style)
    segment = _reference_segment(composition.segments)
    return PrintedPage(
        image=to_pixels(composition.drawing, style.dpi),
        dpi=style.dpi,
        style=style,
        reference=_reference(composition, segment, recording.fs),
        reference_lead=segment.lead,
        reference_segment=segment,
        segments=composition.segments,
        px_per_mm=style.dpi / MM_PER_INCH,
        strip_box_px=_strip_box(composition, segment, style),
        homography=np.eye(3),
    )


def print_pdf(recording: Recording, style: PageStyle) -> bytes:
    """Print a recording as a PDF of one page: a vertex for each sample, at the recording's own rate, and real text.

    Args:
        recording: in mV; gaps leave the pen up.
        style: how to print it; `dpi` has no meaning here.

    Raises:
        MissingLead, TooShort, ConfigError: as `print_page`.
    """
    return to_pdf(compose(recording, style).drawing)


def _reference_segment(segments: tuple[Segment, ...]) -> Segment:
    """The longest piece of lead II; rhythm strips come last and win."""
    candidates = [segment for segment in segments if segment.lead == REFERENCE_LEAD] or list(segments)
    return max(candidates, key=lambda segment: (segment.rhythm, segment.seconds))


def _reference(composition: Composition, segment: Segment, fs: float) -> Float[np.ndarray, " time"]:
    end = math.ceil((segment.start_s + segment.seconds + BEYOND_S) * fs)
    printed = Recording(composition.signals[segment.lead][None, :end], fs, (segment.lead,))
    signal = resample(printed, REFERENCE_FS).signal[0]
    first = round(segment.start_s * REFERENCE_FS)
    return signal[first : first + round(segment.seconds * REFERENCE_FS)].copy()


def _strip_box(composition: Composition, segment: Segment, style: PageStyle) -> Box:
    left, right = segment.x_mm, segment.x_mm + segment.seconds * style.speed_mm_per_s
    if style.pulse == "left" and segment.start_s == 0:
        left -= pulse_room_mm(style)
    if style.pulse == "right" and segment.rhythm:
        right += pulse_room_mm(style)
    half = composition.geometry.row_mm / 2
    scale = style.dpi / MM_PER_INCH
    left, top, right, bottom = (
        round(edge * scale) for edge in (left, segment.baseline_mm - half, right, segment.baseline_mm + half)
    )
    return left, top, right, bottom
