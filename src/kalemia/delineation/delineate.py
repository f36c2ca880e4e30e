"""The beats of a recording."""

from kalemia.delineation.beat import Beat, Wave
from kalemia.delineation.r_peaks import detect_r_peaks
from kalemia.recording import Recording


def delineate(recording: Recording, lead: str = "II") -> tuple[Beat, ...]:
    """The beats of one lead, R peak by R peak.

    Only the R peaks are found so far: `p` and `t` of each beat are `None`, and so are the onset and the offset of QRS.
    This is the fallback of the Wonju study, cropping R peak by R peak.

    Args:
        recording: cleaned (`kalemia.clean`), at 100 Hz or more.
        lead: the lead to look at.

    Returns:
        One `Beat` per QRS complex, in order, with points in samples of `recording`.

    Raises:
        MissingLead: the recording has no such lead.
        SamplingRateTooLow, TooShort, NoBeats: as `detect_r_peaks`.
    """
    peaks = detect_r_peaks(recording.lead(lead), recording.fs)
    return tuple(Beat(qrs=Wave(onset=None, peak=int(peak), offset=None)) for peak in peaks)
