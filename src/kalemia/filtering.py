"""From a raw recording to a clean one: resampling, baseline wander, drift, mains.

Every filter is linear in phase or zero-phase, works on single leads, and leaves NaN gaps where they were: a gap is
bridged by a straight line while the filter runs and blanked again afterwards.

The cut-offs follow Kligfield et al. 2007, recommendations of AHA, ACC and HRS for the standardisation of the
electrocardiogram, part I (doi:10.1161/CIRCULATIONAHA.106.180200): for diagnostic ECG 0.05 Hz, which zero-phase filters
may relax to 0.67 Hz at most. A higher one bends ST and flattens T, and T is what potassium is read from.
"""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cache

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage
from scipy import signal as dsp

from kalemia.errors import FlatSignal, SamplingRateTooLow
from kalemia.recording import Recording

Signal = Float[np.ndarray, "*lead time"]
Lead = Float[np.ndarray, " time"]
Gaps = Bool[np.ndarray, "*lead time"]
Sections = Float[np.ndarray, "section 6"]

CLEAN_FS = 500.0
MIN_FS_HZ = 100.0
"""Below this, a sampling interval is longer than the differences in QRS width that matter."""
BASELINE_HZ = 0.67
"""Where the estimate of the baseline is cut off: as high as the recommendations allow (see above)."""
QRS_MEDIAN_S, T_MEDIAN_S = 0.2, 0.6
"""Running medians that remove P and QRS, then T (de Chazal et al. 2004, doi:10.1109/TBME.2004.827359)."""
DRIFT_HZ = 0.05
END_S = 1.0
"""How far a signal is continued beyond its ends while a filter runs."""
MAINS_HZ = (50.0, 60.0)
MAINS_BAND_HZ = 2.0
"""Width of the band-stop: narrow, because a QRS complex has energy there too."""
MAINS_RATIO = 5.0
"""Power at the mains frequency over the power around it, from which it counts as hum. White noise stays below
(`tests/test_filtering.py`); hum that the eye sees lies above 10."""


def clean(recording: Recording) -> Recording:
    """The recording at 500 Hz without baseline wander, drift and mains hum.

    Args:
        recording: as read; NaN gaps are kept.

    Raises:
        SamplingRateTooLow: below 100 Hz.
        FlatSignal: no lead has anything but a constant or gaps.
    """
    return cleaning_steps(recording)[-1][1]


def cleaning_steps(recording: Recording) -> list[tuple[str, Recording]]:
    """The recording after each step of `clean`, with the step's name, the resampled raw signal first.

    Raises:
        SamplingRateTooLow, FlatSignal: as `clean`.
    """
    require_fs(recording.fs)
    _require_deflections(recording)
    hums = [find_mains(lead, recording.fs) for lead in recording.signal]
    steps: list[tuple[str, Recording]] = [("as read", resample(recording, CLEAN_FS))]
    filters: list[tuple[str, Callable[[Signal], Signal]]] = [
        ("baseline wander removed", lambda x: remove_baseline_wander(x, CLEAN_FS)),
        (f"high-pass {DRIFT_HZ} Hz", lambda x: high_pass(x, CLEAN_FS)),
    ]
    if any(hums):
        found = " and ".join(f"{hz:.0f}" for hz in sorted({hz for hz in hums if hz}))
        filters.append((f"band-stop {found} Hz", lambda x: _stop_hums(x, hums)))
    for name, apply in filters:
        previous = steps[-1][1]
        steps.append((name, replace(previous, signal=apply(previous.signal))))
    return steps


def require_fs(fs: float) -> None:
    """Refuse a recording that is too coarse in time.

    Raises:
        SamplingRateTooLow: below 100 Hz.
    """
    if fs < MIN_FS_HZ:
        raise SamplingRateTooLow(f"sampled at {fs:g} Hz; an ECG needs at least {MIN_FS_HZ:g} Hz")


def _require_deflections(recording: Recording) -> None:
    finite = np.isfinite(recording.signal)
    if not finite.any():
        raise FlatSignal("there is no signal, only gaps")
    high = np.where(finite, recording.signal, -np.inf).max(axis=1)
    low = np.where(finite, recording.signal, np.inf).min(axis=1)
    if not (high > low).any():
        raise FlatSignal(f"flat line in {', '.join(recording.leads)} for {recording.duration_s:.1f} s")


def resample(recording: Recording, fs: float) -> Recording:
    """The recording at another sampling rate, by polyphase filtering; gaps stay gaps."""
    if recording.fs == fs:
        return recording
    ratio = Fraction(fs / recording.fs).limit_denominator(10_000)  # 333.3 Hz needs 3333; 1000 would drift by 0.01 %
    up, down = ratio.numerator, ratio.denominator

    def polyphase(signal: Signal) -> Signal:
        return dsp.resample_poly(signal, up, down, axis=-1, padtype="line")

    def gaps_at_new_rate(gaps: Gaps, samples: int) -> Gaps:
        nearest = np.minimum(np.round(np.arange(samples) * down / up).astype(int), gaps.shape[-1] - 1)
        return gaps[..., nearest]

    return replace(recording, signal=_across_gaps(recording.signal, polyphase, gaps_at_new_rate), fs=fs)


def remove_baseline_wander(signal: Signal, fs: float) -> Signal:
    """The signal minus its baseline, estimated by running medians and smoothed to below 0.67 Hz.

    The medians take out the waves, so that the estimate does not bend towards a tall T; the low-pass keeps what the
    medians leave of T at fast rates from being subtracted.

    Args:
        signal: mV, with time last.
        fs: sampling rate in Hz.
    """
    smooth = _butterworth(2, BASELINE_HZ, "lowpass", fs)

    def baseline(lead: Lead) -> Lead:
        # lead by lead: SciPy's median in two dimensions is two orders of magnitude slower
        for window_s in (QRS_MEDIAN_S, T_MEDIAN_S):
            lead = ndimage.median_filter(lead, size=int(window_s * fs) | 1, mode="mirror")
        return _zero_phase(smooth, lead, fs)

    return _across_gaps(signal, lambda x: x - np.apply_along_axis(baseline, -1, x))


def high_pass(signal: Signal, fs: float, cutoff_hz: float = DRIFT_HZ) -> Signal:
    """The signal without its constant part and slow drift; first-order Butterworth, forward and backward.

    Args:
        signal: mV, with time last.
        fs: sampling rate in Hz.
        cutoff_hz: where the power falls to a quarter.
    """
    sections = _butterworth(1, cutoff_hz, "highpass", fs)
    return _across_gaps(signal, lambda x: _zero_phase(sections, x, fs))


def band_stop(signal: Signal, fs: float, mains_hz: float) -> Signal:
    """The signal without mains hum; second-order Butterworth, 2 Hz wide, forward and backward.

    Args:
        signal: mV, with time last.
        fs: sampling rate in Hz.
        mains_hz: 50 or 60.
    """
    edges = (mains_hz - MAINS_BAND_HZ / 2, mains_hz + MAINS_BAND_HZ / 2)
    sections = _butterworth(2, edges, "bandstop", fs)
    return _across_gaps(signal, lambda x: _zero_phase(sections, x, fs))


def _stop_hums(signal: Float[np.ndarray, "lead time"], hums: list[float | None]) -> Float[np.ndarray, "lead time"]:
    """Each lead without its own hum; those without any as they are."""
    return np.stack(
        [lead if hz is None else band_stop(lead, CLEAN_FS, hz) for lead, hz in zip(signal, hums, strict=True)]
    )


def find_mains(signal: Lead, fs: float) -> float | None:
    """The mains frequency whose hum stands out in the spectrum of a lead: 50, 60, or `None`.

    Args:
        signal: one lead in mV; shorter than 2 s, it is not looked at.
        fs: sampling rate in Hz.
    """
    window = round(2 * fs)
    if len(signal) < window:
        return None
    # as scipy.signal.welch without overlap, which spends six times as long on a strip of 10 s
    windows = _bridge(signal)[: len(signal) // window * window].reshape(-1, window)
    spectra = np.fft.rfft((windows - windows.mean(axis=1, keepdims=True)) * np.hanning(window))
    frequencies, power = np.fft.rfftfreq(window, 1 / fs), (np.abs(spectra) ** 2).mean(axis=0)
    ratios = {hz: _hum_ratio(frequencies, power, hz) for hz in MAINS_HZ if hz + 6 <= fs / 2}
    return max((hz for hz in ratios if ratios[hz] >= MAINS_RATIO), key=lambda hz: ratios[hz], default=None)


def _hum_ratio(
    frequencies_hz: Float[np.ndarray, " frequency"], power: Float[np.ndarray, " frequency"], mains_hz: float
) -> float:
    """Power at the mains frequency over the median power around it."""
    away_hz = np.abs(frequencies_hz - mains_hz)
    floor = float(np.median(power[(away_hz >= 2) & (away_hz <= 6)]))
    return float(power[away_hz <= 0.5].max()) / floor if floor > 0 else 0.0


@cache
def _butterworth(order: int, cutoff_hz: float | tuple[float, float], kind: str, fs: float) -> Sections:
    return dsp.butter(order, cutoff_hz, kind, fs=fs, output="sos")


def _zero_phase(sections: Sections, signal: Signal, fs: float) -> Signal:
    """Forward and backward. Beyond its ends the signal is mirrored: a strip cut on a T wave must not begin a slope."""
    padding = min(round(END_S * fs), signal.shape[-1] - 1)
    return dsp.sosfiltfilt(sections, signal, axis=-1, padtype="even", padlen=padding)


def _across_gaps(
    signal: Signal,
    apply: Callable[[Signal], Signal],
    move_gaps: Callable[[Gaps, int], Gaps] = lambda gaps, _: gaps,
) -> Signal:
    """Apply a filter as if gaps were straight lines, and blank them again."""
    gaps = ~np.isfinite(signal)
    if not gaps.any():
        return apply(signal)
    result = apply(_bridge(signal))
    return np.where(move_gaps(gaps, result.shape[-1]), np.nan, result)


def _bridge(signal: Signal) -> Signal:
    """Gaps filled by straight lines, by the nearest sample at the ends, and by zero where a lead is all gap."""
    if np.isfinite(signal).all():
        return signal

    def fill(lead: Lead) -> Lead:
        seen = np.flatnonzero(np.isfinite(lead))
        if len(seen) in (0, len(lead)):
            return np.nan_to_num(lead)
        return np.interp(np.arange(len(lead)), seen, lead[seen])

    return np.apply_along_axis(fill, -1, signal)
