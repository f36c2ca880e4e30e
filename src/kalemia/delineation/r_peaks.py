"""R peaks, whichever way the QRS complexes point."""

from collections.abc import Iterator
from functools import cache

import numpy as np
import sleepecg
from jaxtyping import Float, Int
from scipy import signal as dsp

from kalemia.errors import NoBeats, TooShort
from kalemia.filtering import require_fs
from kalemia.runs import runs_of

MIN_DURATION_S = 2.0
QRS_BAND_HZ = (5.0, 30.0)
"""Where a QRS complex has most of its energy (Pan & Tompkins 1985, doi:10.1109/TBME.1985.325532)."""
WINDOW_S = 20.0
"""The detector learns its thresholds in the first 2 s of what it sees. A burst of noise there can silence it for good,
so a long recording is searched window by window."""
SEARCH_S = 0.08
"""How far the summit of a QRS complex may lie from where the detector fired: about half a wide complex."""


def detect_r_peaks(signal: Float[np.ndarray, " time"], fs: float) -> Int[np.ndarray, " beat"]:
    """Sample indices of the R peaks of one lead.

    Polarity-blind: a lead whose QRS complexes point down is found as well as one whose point up, and turning a
    recording upside down moves no peak. The detector is sleepecg's variant of Pan & Tompkins.

    Args:
        signal: one lead in mV; NaN marks what was not seen and splits the search.
        fs: sampling rate in Hz, at least 100.

    Raises:
        SamplingRateTooLow: `fs` is below 100 Hz.
        TooShort: no uninterrupted stretch of 2 s.
        NoBeats: nothing in it looks like a QRS complex.
    """
    stretches = require_stretch(signal, fs)
    peaks = np.concatenate([_search(signal[stretch], fs) + stretch.start for stretch in stretches])
    if not len(peaks):
        raise NoBeats(f"no QRS complex found in {len(signal) / fs:.1f} s of signal")
    return peaks


def require_stretch(signal: Float[np.ndarray, " time"], fs: float) -> list[slice]:
    """The parts of a signal between its gaps that are long enough to look at.

    Raises:
        SamplingRateTooLow: `fs` is below 100 Hz.
        TooShort: no uninterrupted stretch of 2 s.
    """
    require_fs(fs)
    stretches = [s for s in finite_stretches(signal) if s.stop - s.start >= MIN_DURATION_S * fs]
    if not stretches:
        raise TooShort(f"no uninterrupted {MIN_DURATION_S:g} s of signal in {len(signal) / fs:.1f} s")
    return stretches


def finite_stretches(signal: Float[np.ndarray, " time"]) -> Iterator[slice]:
    """The parts of a signal between its gaps."""
    for start, stop in runs_of(np.isfinite(signal)):
        yield slice(start, stop)


def _search(signal: Float[np.ndarray, " time"], fs: float) -> Int[np.ndarray, " beat"]:
    if np.ptp(signal) == 0:
        return np.empty(0, dtype=np.intp)
    upright = signal * _polarity(signal, fs)
    fired = np.concatenate([_fire(upright, start, fs) for start in range(0, len(signal), round(WINDOW_S * fs))])
    if not len(fired):
        return fired
    return np.unique(_summits(upright, fired, round(SEARCH_S * fs)))


def _fire(signal: Float[np.ndarray, " time"], start: int, fs: float) -> Int[np.ndarray, " beat"]:
    """Where the detector fires within one window; it sees a margin on both sides."""
    end, margin = start + round(WINDOW_S * fs), round(MIN_DURATION_S * fs)
    first = max(0, start - margin)
    seen = signal[first : end + margin]
    if np.ptp(seen) == 0:
        return np.empty(0, dtype=np.intp)
    fired = sleepecg.detect_heartbeats(seen, fs) + first
    return fired[(fired >= start) & (fired < end)]


def _polarity(signal: Float[np.ndarray, " time"], fs: float) -> float:
    """1 where the sharp deflections point mostly up, -1 where they point mostly down."""
    sharp = dsp.sosfiltfilt(_qrs_band(fs), signal)
    skewness = (sharp * sharp) @ sharp  # ten times faster than a third power
    return 1.0 if skewness >= 0 else -1.0


@cache
def _qrs_band(fs: float) -> Float[np.ndarray, "section 6"]:
    return dsp.butter(2, QRS_BAND_HZ, "bandpass", fs=fs, output="sos")


def _summits(
    signal: Float[np.ndarray, " time"], fired: Int[np.ndarray, " beat"], reach: int
) -> Int[np.ndarray, " beat"]:
    """Where each beat goes furthest in the direction of most beats; in an ectopic beat against it, the other way."""
    around = np.pad(signal, reach, mode="edge")[fired[:, None] + np.arange(2 * reach + 1)]
    around = around - np.median(around, axis=1, keepdims=True)
    if np.median(-around.min(axis=1)) > np.median(around.max(axis=1)):
        around = -around
    along, against = around.max(axis=1), -around.min(axis=1)
    ectopic = (along < np.median(along) / 2) & (against > 2 * along)
    place = np.where(ectopic, around.argmin(axis=1), around.argmax(axis=1))
    return np.clip(fired + place - reach, 0, len(signal) - 1)
