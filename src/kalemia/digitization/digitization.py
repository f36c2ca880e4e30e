"""What was found on a page."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from kalemia.digitization.calibration import Calibration
from kalemia.digitization.curve import Trace
from kalemia.digitization.page import Picture
from kalemia.digitization.paper_map import PaperMap
from kalemia.digitization.pulses import Ends
from kalemia.digitization.segments import Layout, Segment
from kalemia.digitization.text import Box, Text
from kalemia.recording import Recording


@dataclass(frozen=True, eq=False)
class Findings:
    """How far the reading of a page got; what is not known yet is `None`.

    Attributes:
        picture: the page, upright.
        number: of the page in its file, from 1.
        rotation_deg: how far the file's picture was turned clockwise, by hand or to read it.
        warnings: what speaks against how it was turned by hand, one sentence each.
        map: between the picture (px) and the sheet (mm of its grid).
        grid_box: extent of the grid in mm.
        traces: rows from the top.
        pulses: calibration pulses at both ends of each.
        texts: what is printed.
        layout: which lead is where.
        calibration: speed and gain.
        chosen: the segment that was taken.
    """

    picture: Picture
    number: int = 1
    rotation_deg: float = 0.0
    warnings: tuple[str, ...] = ()
    map: PaperMap | None = None
    grid_box: Box | None = None
    traces: tuple[Trace, ...] = ()
    pulses: tuple[Ends, ...] = ()
    texts: tuple[Text, ...] = ()
    layout: Layout | None = None
    calibration: Calibration | None = None
    chosen: Segment | None = None


@dataclass(frozen=True, eq=False)
class Digitization:
    """A page turned into a signal.

    Attributes:
        recording: the lead at 500 Hz in mV, or all leads of the page, that one first; NaN where nothing was traced. Its
            time begins with the first sample after the calibration pulse.
        confidence: 0 to 1 for each sample of `recording`.
        layout: such as `3x4+II`.
        speed_mm_per_s: of the paper.
        gain_mm_per_mv: of the paper.
        evidence: what each finding rests on: `grid`, `speed`, `gain`, `lead`.
        strip_box: corners of the strip in the picture in px, (x, y), from the top left clockwise.
        warnings: what a reader should know, one sentence each.
        findings: everything else, for pictures.
    """

    recording: Recording
    confidence: Float[np.ndarray, "lead time"]
    layout: str
    speed_mm_per_s: float
    gain_mm_per_mv: float
    evidence: dict[str, str]
    strip_box: Float[np.ndarray, "corner 2"]
    warnings: tuple[str, ...]
    findings: Findings

    @property
    def mean_confidence(self) -> float:
        """Of the first lead, over the samples that were traced; 0 to 1."""
        traced = np.isfinite(self.recording.signal[0])
        return float(self.confidence[0][traced].mean()) if traced.any() else 0.0

    def overlay(self) -> Picture:
        """The page with the trace lying on it, the grid, the rows and the chosen strip marked."""
        from kalemia.digitization.overlay import draw_overlay

        return draw_overlay(self.findings)
