"""What is measured of the T wave of a pseudo-ECG."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

BASELINE_MS = -5.0
"""When the level is read that amplitudes count from."""
EARLIEST_T_MS, T_AFTER_ACTIVATION_MS = 100.0, 30.0
"""The T wave is searched from the later of these, the second after the last cell's activation."""
FALL_WITHIN_MS, RISE_WITHIN_MS = 150.0, 120.0
"""How far from the peak the steepest slopes are searched."""


@dataclass(frozen=True)
class TWave:
    """What is measured of a T wave; times in ms from the stimulus; NaN where something is not there.

    Attributes:
        t_amplitude: in the unit of the pseudo-ECG, negative if inverted.
        t_peak_ms: when.
        t_fwhm_ms: full width at half maximum.
        slope_over_amplitude_per_s: steepest return to the baseline, in amplitudes per s.
        qt10_ms: when T has fallen to a tenth.
        qt_tangent_ms: when the tangent at the steepest return meets the baseline.
        rise_over_fall: steepest rise / steepest return.
    """

    t_amplitude: float
    t_peak_ms: float
    t_fwhm_ms: float
    slope_over_amplitude_per_s: float
    qt10_ms: float
    qt_tangent_ms: float
    rise_over_fall: float


def without_baseline(
    time_ms: Float[np.ndarray, " sample"], phi: Float[np.ndarray, "*strand sample"]
) -> Float[np.ndarray, "*strand sample"]:
    """The pseudo-ECG from its level shortly before the stimulus."""
    return phi - phi[..., [np.searchsorted(time_ms, BASELINE_MS)]]


def transmural_ms(activation_ms: Float[np.ndarray, "*strand node"]) -> Float[np.ndarray, "*strand"]:
    """From the activation of the first node to that of the last."""
    return activation_ms[..., -1] - activation_ms[..., 0]


def measure_t_wave(
    time_ms: Float[np.ndarray, " sample"], level: Float[np.ndarray, " sample"], last_activation_ms: float = 0.0
) -> TWave:
    """Measure the T wave of a beat, the largest deflection once the wall is activated.

    Args:
        time_ms: evenly spaced.
        level: pseudo-ECG without its baseline.
        last_activation_ms: of any node.
    """
    step_ms = time_ms[1] - time_ms[0]
    first = np.searchsorted(time_ms, max(EARLIEST_T_MS, last_activation_ms + T_AFTER_ACTIVATION_MS))
    peak = int(first + np.abs(level[first:]).argmax())
    amplitude = float(level[peak])
    upright = level * np.sign(amplitude)
    slope = np.gradient(upright, time_ms)
    steepest = int(peak + slope[peak : peak + round(FALL_WITHIN_MS / step_ms)].argmin())
    rise = slope[max(peak - round(RISE_WITHIN_MS / step_ms), 0) : peak + 1].max()
    return TWave(
        t_amplitude=amplitude,
        t_peak_ms=float(time_ms[peak]),
        t_fwhm_ms=_width_ms(time_ms, upright, peak),
        slope_over_amplitude_per_s=float(-slope[steepest] / abs(amplitude) * 1000),
        qt10_ms=falling_through(time_ms, upright, 0.1 * abs(amplitude), peak),
        qt_tangent_ms=float(time_ms[steepest] - upright[steepest] / slope[steepest]),
        rise_over_fall=float(-rise / slope[steepest]),
    )


def falling_through(
    time_ms: Float[np.ndarray, " sample"], values: Float[np.ndarray, " sample"], level: float, start: int
) -> float:
    """When a curve falls through a level for the first time after sample `start`, interpolated; NaN if it does not."""
    below = np.flatnonzero(values[start:] <= level)
    if not below.size or not below[0]:
        return np.nan
    second = start + below[0]
    first = second - 1
    share = (values[first] - level) / (values[first] - values[second])
    return float(time_ms[first] + share * (time_ms[second] - time_ms[first]))


def _width_ms(time_ms: Float[np.ndarray, " sample"], upright: Float[np.ndarray, " sample"], peak: int) -> float:
    half = upright[peak] / 2
    fall = falling_through(time_ms, upright, half, peak)
    rise = falling_through(-time_ms[::-1], upright[::-1], half, len(upright) - 1 - peak)
    return fall + rise
