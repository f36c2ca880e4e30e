"""The part of the page with intervals and waves."""

import math
from typing import NamedTuple

from kalemia.features import Features
from kalemia.report.markup import rows

SHOWN = {
    "rr_ms": ("RR", "ms", 0),
    "pr_ms": ("PR", "ms", 0),
    "qrs_ms": ("QRS", "ms", 0),
    "qt_ms": ("QT", "ms", 0),
    "qtc_fridericia_ms": ("QTc (Fridericia)", "ms", 0),
    "qtc_bazett_ms": ("QTc (Bazett)", "ms", 0),
    "p_height_mv": ("P, height", "mV", 2),
    "r_height_mv": ("R, height", "mV", 2),
    "st_level_mv": ("ST, 60 ms behind QRS", "mV", 2),
    "t_height_mv": ("T, height", "mV", 2),
    "t_half_width_ms": ("T, width at half its height", "ms", 0),
    "t_downslope_mv_per_s": ("T, downslope", "mV/s", 1),
    "t_downslope_per_height": ("T, downslope over height", "1/s", 1),
    "t_symmetry": ("T, area before its peak over that behind", "", 2),
    "t_r_ratio": ("T over R", "", 2),
}
"""Of `kalemia.features.FEATURES`: label, unit, decimals."""


class Measure(NamedTuple):
    """One measure of a recording; NaN where no beat has the wave."""

    label: str
    value: float
    unit: str
    decimals: int


def measures_of(measured: Features) -> list[Measure]:
    """Heart rate, and the medians over the usable beats."""
    rate = Measure("Heart rate", measured.heart_rate_bpm, "beats per minute", 0)
    waves = (Measure(label, measured.median[name], unit, places) for name, (label, unit, places) in SHOWN.items())
    return [rate, *waves]


def as_table(measured: Features) -> str:
    """The same as a table; a dash where no beat has the wave."""
    return f"<table>\n{rows({measure.label: _number(measure) for measure in measures_of(measured)})}\n</table>"


def _number(measure: Measure) -> str:
    return "–" if math.isnan(measure.value) else f"{measure.value:.{measure.decimals}f} {measure.unit}".rstrip()
