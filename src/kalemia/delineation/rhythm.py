"""What of the rhythm bears on an estimate of potassium: fibrillation, wide complexes, a pacemaker."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float, Int

from kalemia.delineation.beat import Beats
from kalemia.delineation.spikes import has_spike

FEWEST_INTERVALS = 4
"""RR intervals without which a rhythm is not judged."""
IRREGULAR = 0.06
"""Median change from one RR interval to the next, as a share, from which a rhythm without P is fibrillation: above it
lie 91 % of PTB-XL's records with atrial fibrillation, with most beats without P, and 0.3 % of the normal ones."""
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
        IRREGULAR_WITHOUT_P: is_irregular(beats.r_peaks) and _share_with_p(beats) < 0.5,
        WIDE_QRS: _median_qrs_s(beats) >= WIDE_QRS_S,
        PACED: bool(len(beats)) and float(has_spike(sample, signal).mean()) >= PACED_SHARE,
    }
    return tuple(sign for sign, is_there in signs.items() if is_there)


def is_irregular(r_peaks: Int[np.ndarray, " beat"]) -> bool:
    """Whether one RR interval says little of the next; no, where there are too few to tell."""
    intervals = np.diff(r_peaks)
    if len(intervals) < FEWEST_INTERVALS:
        return False
    return float(np.median(np.abs(np.diff(intervals))) / np.median(intervals)) > IRREGULAR


def _share_with_p(beats: Beats) -> float:
    """Of the beats but the first, whose P wave may lie before the recording; 1 where waves were not looked for."""
    if beats.method != "waves" or len(beats) < 2:
        return 1.0
    return float(np.mean([beat.p is not None for beat in beats[1:]]))


def _median_qrs_s(beats: Beats) -> float:
    widths = [
        beat.qrs.offset - beat.qrs.onset for beat in beats if beat.qrs.onset is not None and beat.qrs.offset is not None
    ]
    return float(np.median(widths)) / beats.fs if widths else 0.0
