"""The beats of a recording."""

from collections.abc import Sequence

import numpy as np

from kalemia.delineation.beat import Beat, Wave
from kalemia.delineation.r_peaks import detect_r_peaks
from kalemia.delineation.search import find_waves
from kalemia.recording import Recording

SAME_BEAT_S = 0.1
"""An R peak and a QRS complex that lie no farther apart are of one beat."""


def delineate(recording: Recording, lead: str = "II") -> tuple[Beat, ...]:
    """The beats of one lead with onset, peak and offset of P, QRS and T.

    Beats are counted by their R peaks. The waves around each are what a small network found that has learned from
    cardiologists' marks (its card lies in `delineation/wave_network`). A wave that is absent is `None`; a beat in which
    the network saw no QRS complex has its R peak alone.

    Args:
        recording: at 100 Hz or more, cleaned (`kalemia.clean`) or as it was read.
        lead: the lead to look at.

    Returns:
        One `Beat` per QRS complex, in order, with points in samples of `recording`.

    Raises:
        MissingLead: the recording has no such lead.
        SamplingRateTooLow, TooShort, NoBeats: as `detect_r_peaks`.
        ModelInvalid: the network's file is missing or damaged.
    """
    beats = beats_at_r_peaks(recording, lead)
    return _with_waves(beats, find_waves(recording.lead(lead), recording.fs), round(SAME_BEAT_S * recording.fs))


def beats_at_r_peaks(recording: Recording, lead: str = "II") -> tuple[Beat, ...]:
    """The beats of one lead by their R peaks alone, as the Wonju study crops them: all that cycles need.

    Raises:
        MissingLead: the recording has no such lead.
        SamplingRateTooLow, TooShort, NoBeats: as `detect_r_peaks`.
    """
    peaks = detect_r_peaks(recording.lead(lead), recording.fs)
    return tuple(Beat(qrs=Wave(onset=None, peak=int(peak), offset=None)) for peak in peaks)


def _with_waves(beats: Sequence[Beat], seen: Sequence[Beat], reach: int) -> tuple[Beat, ...]:
    """The beats with the waves of those that were seen at the same places."""
    if not seen:
        return tuple(beats)
    places = np.array([beat.qrs.peak for beat in seen])
    found = []
    for beat in beats:
        peak = beat.qrs.peak or 0
        after = int(np.searchsorted(places, peak))
        near = min((max(after - 1, 0), min(after, len(places) - 1)), key=lambda index: abs(places[index] - peak))
        twin = seen[near]
        is_same = abs(places[near] - peak) <= reach
        found.append(Beat(Wave(twin.qrs.onset, peak, twin.qrs.offset), twin.p, twin.t) if is_same else beat)
    return tuple(found)
