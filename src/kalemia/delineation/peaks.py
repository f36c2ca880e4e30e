"""Where waves have their peaks, on the signal itself. All waves of a lead are looked at at once."""

import numpy as np
from jaxtyping import Float, Int
from scipy import ndimage

from kalemia.delineation.network import FS_HZ
from kalemia.delineation.spikes import SPIKE_S, without_spikes

SMOOTH_S = 0.024
"""Over which a lead is averaged to find the peaks of P and T."""
COMPARABLE = 0.5
"""Share of the largest deflection of a QRS complex from which an earlier one is its R peak. Cardiologists have marked
R in complexes with a deeper S behind it; a Q before R is seldom so deep."""
SPIKE_SHARE = 0.3
"""Of the height of a complex, which a pacing spike must have to be mistaken for R. The tip of a narrow R stands out by
less."""
SPIKE_SAMPLES = round(SPIKE_S * FS_HZ)

Signal = Float[np.ndarray, " time"]
Spans = Int[np.ndarray, "wave 2"]
"""First and last sample of each wave."""
Heights = Float[np.ndarray, "wave sample"]


def peaks_within(signal: Signal, spans: Spans) -> Int[np.ndarray, " wave"]:
    """Where each P or T wave is furthest from the line between its ends.

    Args:
        signal: at 500 Hz.
        spans: of the waves, none of them empty.
    """
    if not len(spans):
        return np.empty(0, dtype=np.intp)
    return spans[:, 0] + np.abs(_heights(_smooth(signal), spans)).argmax(axis=1)


def r_peaks_within(signal: Signal, complexes: Spans) -> Int[np.ndarray, " beat"]:
    """Where each QRS complex goes furthest in the direction of most of them; an ectopic one against it, the other way.

    That direction is the one in which most complexes go further, or, if it is not much further, the one in which they
    go first: R comes before S.

    Args:
        signal: at 500 Hz.
        complexes: none of them empty.
    """
    if not len(complexes):
        return np.empty(0, dtype=np.intp)
    heights = _heights(_without_pacing(signal, complexes), complexes)
    up, down = heights.max(axis=1), -heights.min(axis=1)
    top, bottom = heights.argmax(axis=1), heights.argmin(axis=1)
    upward, downward, later = np.median([up, down, top - bottom], axis=1)
    if (upward < COMPARABLE * downward) if later < 0 else (downward >= COMPARABLE * upward):
        up, down, upward, top, bottom = down, up, downward, bottom, top
    is_ectopic = (up < upward / 2) & (down > 2 * up)
    return complexes[:, 0] + np.where(is_ectopic, bottom, top)


def _heights(signal: Signal, spans: Spans) -> Heights:
    """Each wave above the line between its ends, 0 behind its end."""
    onsets, lengths = spans[:, :1], spans[:, 1:] - spans[:, :1]
    since = np.arange(lengths.max() + 1)
    parts = signal[np.minimum(onsets + since, spans[:, 1:])]
    rise = (parts[:, -1:] - parts[:, :1]) / np.maximum(lengths, 1)
    return parts - parts[:, :1] - rise * np.minimum(since, lengths)


def _smooth(signal: Signal) -> Signal:
    """The mean of what is around each sample: noise on the flat top of a wave must not decide where its peak is."""
    smooth: Signal = ndimage.uniform_filter1d(signal, 2 * round(SMOOTH_S / 2 * FS_HZ) + 1, mode="nearest")
    return smooth


def _without_pacing(signal: Signal, complexes: Spans) -> Signal:
    """The signal without the spikes of a pacemaker in or beside its complexes."""
    first = np.maximum(complexes[:, 0] - SPIKE_SAMPLES, 0)
    behind = np.minimum(complexes[:, 1] + 1 + SPIKE_SAMPLES, len(signal))
    parts = signal[np.minimum(first[:, None] + np.arange((behind - first).max()), behind[:, None] - 1)]
    least = SPIKE_SHARE * np.ptp(parts, axis=1)
    calm = signal
    for place in np.flatnonzero(_tips(parts) > least):
        part = slice(first[place], behind[place])
        calm = signal.copy() if calm is signal else calm
        calm[part] = without_spikes(signal[part], FS_HZ, least[place])
    return calm


def _tips(parts: Heights) -> Float[np.ndarray, " wave"]:
    """How far each wave sticks out from what is before and behind, farther than half a spike: quick, but not exact."""
    reach = SPIKE_SAMPLES // 2 + 1
    inner = parts[:, reach:-reach]
    before, behind = inner - parts[:, : -2 * reach], inner - parts[:, 2 * reach :]
    return np.maximum(np.minimum(before, behind).max(axis=1), -np.maximum(before, behind).min(axis=1))
