"""What is measured of a strand's pseudo-ECG."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from kalemia.simulation.pacing import falling_through

BASELINE_MS = -5.0
"""When the level is read that amplitudes count from."""
EARLIEST_T_MS, T_AFTER_ACTIVATION_MS = 100.0, 30.0
"""The T wave is searched from the later of these, the second after the last cell's activation."""
FALL_WITHIN_MS, RISE_WITHIN_MS = 150.0, 120.0
"""How far from the peak the steepest slopes are searched."""


@dataclass(frozen=True)
class StrandFeatures:
    """Features of one beat; times in ms from the stimulus; NaN where something is not there.

    Attributes:
        t_amplitude: in the unit of the pseudo-ECG, negative if inverted.
        t_peak_ms: when.
        t_fwhm_ms: full width at half maximum.
        slope_over_amplitude_per_s: steepest return to the baseline, in amplitudes per s.
        qt10_ms: when T has fallen to a tenth.
        qt_tangent_ms: when the tangent at the steepest return meets the baseline.
        rise_over_fall: steepest rise / steepest return.
        transmural_ms: from the activation of the first node to that of the last.
    """

    t_amplitude: float
    t_peak_ms: float
    t_fwhm_ms: float
    slope_over_amplitude_per_s: float
    qt10_ms: float
    qt_tangent_ms: float
    rise_over_fall: float
    transmural_ms: float


def measure_strand(
    time_ms: Float[np.ndarray, " sample"],
    phi: Float[np.ndarray, " sample"],
    activation_ms: Float[np.ndarray, " node"],
) -> StrandFeatures:
    """Measure a beat sampled every ms."""
    level = phi - phi[np.searchsorted(time_ms, BASELINE_MS)]
    first = np.searchsorted(time_ms, max(EARLIEST_T_MS, np.nanmax(activation_ms) + T_AFTER_ACTIVATION_MS))
    peak = int(first + np.abs(level[first:]).argmax())
    amplitude = float(level[peak])
    upright = level * np.sign(amplitude)
    slope = np.gradient(upright, time_ms)
    steepest = int(peak + slope[peak : peak + round(FALL_WITHIN_MS)].argmin())
    rise = slope[max(peak - round(RISE_WITHIN_MS), 0) : peak + 1].max()
    return StrandFeatures(
        t_amplitude=amplitude,
        t_peak_ms=float(time_ms[peak]),
        t_fwhm_ms=_width_ms(time_ms, upright, peak),
        slope_over_amplitude_per_s=float(-slope[steepest] / abs(amplitude) * 1000),
        qt10_ms=falling_through(time_ms, upright, 0.1 * abs(amplitude), peak),
        qt_tangent_ms=float(time_ms[steepest] - upright[steepest] / slope[steepest]),
        rise_over_fall=float(-rise / slope[steepest]),
        transmural_ms=float(activation_ms[-1] - activation_ms[0]),
    )


def _width_ms(time_ms: Float[np.ndarray, " sample"], upright: Float[np.ndarray, " sample"], peak: int) -> float:
    half = upright[peak] / 2
    fall = falling_through(time_ms, upright, half, peak)
    rise = falling_through(-time_ms[::-1], upright[::-1], half, len(upright) - 1 - peak)
    return fall + rise
