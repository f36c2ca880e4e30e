"""The spikes of a pacemaker: narrower than anything that a heart makes."""

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage

from kalemia.delineation.beat import Beats

SPIKE_S = 0.014
"""A pacing spike is gone from a running median of this length: it is half as long at most. No R peak is."""
SPIKE_HEIGHT = 0.15
"""Of the height of the lead around its complexes..."""
SPIKE_OVER_NOISE = 10.0
"""...and over the median of what else is as narrow."""
SPIKE_BEFORE_S, SPIKE_BEHIND_S = 0.05, 0.016
"""Where a spike is looked for: around the onset of QRS."""
COMPLEX_S = 0.2
"""From the onset on, a complex and its ST: what heights are compared with."""

Signal = Float[np.ndarray, " time"]


def without_spikes(signal: Signal, fs: float, least: float) -> Signal:
    """The signal with a running median in the place of what is narrow and sticks out of it.

    Args:
        signal: in whatever unit, without gaps.
        fs: sampling rate in Hz.
        least: how far a spike sticks out at least, in that unit.
    """
    smooth = _without_narrow(signal, fs)
    return np.where(np.abs(signal - smooth) > least, smooth, signal)


def has_spike(beats: Beats, signal: Signal) -> Bool[np.ndarray, " beat"]:
    """Which beats have a narrow spike at the onset of their QRS complex.

    Args:
        beats: with or without waves.
        signal: the lead as it was read, at the sampling rate of the beats.
    """
    if not len(beats):
        return np.empty(0, dtype=bool)
    fs, margin = beats.fs, round(SPIKE_S * beats.fs)
    before, behind, last = (round(edge_s * fs) for edge_s in (SPIKE_BEFORE_S, SPIKE_BEHIND_S, COMPLEX_S))
    onsets = np.array([beat.qrs.peak if beat.qrs.onset is None else beat.qrs.onset for beat in beats])
    places = onsets[:, None] + np.arange(-before - margin, last + margin)
    complexes = np.nan_to_num(signal[np.clip(places, 0, len(signal) - 1)])
    smooth = _without_narrow(complexes.ravel(), fs).reshape(complexes.shape)  # margins keep neighbours apart
    narrow = np.abs(complexes - smooth)[:, margin:-margin]
    height = float(np.median(np.ptp(complexes, axis=1)))
    least = max(SPIKE_OVER_NOISE * float(np.median(narrow)), SPIKE_HEIGHT * height)
    sticks_out: Bool[np.ndarray, " beat"] = narrow[:, : before + behind + 1].max(axis=1) > least
    return sticks_out


def _without_narrow(signal: Signal, fs: float) -> Signal:
    smooth: Signal = ndimage.median_filter(signal, size=round(SPIKE_S * fs) | 1, mode="nearest")
    return smooth
