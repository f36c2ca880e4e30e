"""The part of the page with intervals and waves."""

import math

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


def as_table(measured: Features) -> str:
    """Medians over the usable beats; a dash where no beat has the wave."""
    values = {"Heart rate": _number(measured.heart_rate_bpm, "beats per minute", 0)}
    values |= {label: _number(measured.median[name], unit, decimals) for name, (label, unit, decimals) in SHOWN.items()}
    return f"<table>\n{rows(values)}\n</table>"


def _number(value: float, unit: str, decimals: int) -> str:
    return "–" if math.isnan(value) else f"{value:.{decimals}f} {unit}".rstrip()
