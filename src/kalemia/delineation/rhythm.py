"""What of the rhythm bears on an estimate of potassium: fibrillation, wide complexes, a pacemaker."""

from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float, Int

from kalemia.delineation.beat import Beats
from kalemia.delineation.spikes import has_spike
from kalemia.runs import runs_of

FEWEST_CHANGES = 3
"""From one RR interval to the next, or to the one after it; with fewer, a rhythm is not judged."""
IRREGULAR = 0.06
"""Median change from one RR interval to the next, as a share, from which a rhythm without P is fibrillation: above it
lie 88 % of PTB-XL's records with atrial fibrillation, with most beats without P, and none of 643 normal ones."""
WIDE_QRS_S = 0.12
"""Surawicz et al. 2009 (doi:10.1161/CIRCULATIONAHA.108.191095): from here on, conduction is abnormal."""
PACED_SHARE = 0.5
"""Of the beats with a spike, from which a rhythm is paced."""

MOST_BEATS = 2000
"""Of more beats, every n-th is looked at for spikes."""

IRREGULAR_WITHOUT_P = "irregular without P waves"
WIDE_QRS = "wide QRS complexes"
PACED = "pacing spikes"


def rhythm_signs(beats: Beats, signal: Float[np.ndarray, " time"]) -> tuple[str, ...]:
    """Which of the signs that matter here a lead shows: none in most people.

    Args:
        beats: of the lead, where waves were found; without waves only pacing is looked for.
        signal: the lead as it was read, at the sampling rate of the beats: filters blunt spikes.
    """
    sample = replace(beats, beats=beats[:: -(-len(beats) // MOST_BEATS) or 1])
    signs = {
        IRREGULAR_WITHOUT_P: is_irregular(rr_intervals(beats.r_peaks, np.isfinite(signal)))
        and _share_with_p(beats) < 0.5,
        WIDE_QRS: _median_qrs_s(beats) >= WIDE_QRS_S,
        PACED: bool(len(beats)) and float(has_spike(sample, signal).mean()) >= PACED_SHARE,
    }
    return tuple(sign for sign, is_there in signs.items() if is_there)


def is_irregular(intervals: Float[np.ndarray, " interval"]) -> bool:
    """Whether RR intervals say little of the next, and of the one after it, as they do where every other beat is early.

    Args:
        intervals: from each R peak to the next, in whatever unit, NaN where a gap lies between; too few to tell are not
            irregular.
    """
    usual = np.nanmedian(intervals) if np.isfinite(intervals).any() else np.nan
    changes = (np.abs(intervals[lag:] - intervals[:-lag]) for lag in (1, 2))
    seen = [change[np.isfinite(change)] for change in changes]
    if min(len(change) for change in seen) < FEWEST_CHANGES:
        return False
    return bool(min(np.median(change) for change in seen) > IRREGULAR * usual)


def rr_intervals(r_peaks: Int[np.ndarray, " beat"], seen: Bool[np.ndarray, " time"]) -> Float[np.ndarray, " interval"]:
    """From each R peak to the next, in samples; NaN where a part between them was not seen."""
    gaps = runs_of(~seen)
    begun, ended = np.searchsorted(gaps[:, 0], r_peaks[1:], "right"), np.searchsorted(gaps[:, 1], r_peaks[:-1], "right")
    return np.where(begun == ended, np.diff(r_peaks), np.nan)


def _share_with_p(beats: Beats) -> float:
    """Of the beats, but for a first one whose P may lie before the recording; 1 where waves were not looked for."""
    if beats.method != "waves" or len(beats) < 2:
        return 1.0
    return float(np.mean([beat.p is not None for beat in beats[beats[0].p is None :]]))


def _median_qrs_s(beats: Beats) -> float:
    widths = [
        beat.qrs.offset - beat.qrs.onset for beat in beats if beat.qrs.onset is not None and beat.qrs.offset is not None
    ]
    return float(np.median(widths)) / beats.fs if widths else 0.0
