"""The ten seconds of a recording that are shown to people, as far through the stages as the signal goes."""

from dataclasses import dataclass, replace

import numpy as np

from kalemia.cycles import Cycles, extract_cycles
from kalemia.delineation import Beats, delineate
from kalemia.errors import SignalError
from kalemia.figures.strip import SHOWN_S
from kalemia.filtering import cleaning_steps
from kalemia.leads import take_lead
from kalemia.preprocessing import Preprocessing
from kalemia.recording import Recording

SEARCHED_EXCERPTS = 30
"""How far into a long recording is looked for an excerpt that has cycles."""


@dataclass(frozen=True, eq=False)
class Excerpt:
    """What is shown of a recording.

    Attributes:
        start_s: where in the recording it begins.
        steps: name and signal after each filter; the first is as it was read.
        beats: those of `strip`, in samples of it.
        cycles: those of `strip`; `None` where it has none.
    """

    start_s: float
    steps: tuple[tuple[str, Recording], ...]
    beats: Beats
    cycles: Cycles | None

    @property
    def as_read(self) -> Recording:
        """Before any filter, at the recording's own sampling rate."""
        return self.steps[0][1]

    @property
    def strip(self) -> Recording:
        """As clean as it got."""
        return self.steps[-1][1]


def excerpt_of(recording: Recording, preprocessing: Preprocessing) -> Excerpt:
    """The first stretch with cycles, of the length of a printed strip; the very first one where there is none.

    Args:
        recording: as read.
        preprocessing: which lead, and how cycles are made.

    Raises:
        MissingLead: nothing in the recording gives the lead.
    """
    lead = take_lead(recording, preprocessing.lead)
    starts_s = np.arange(0, max(lead.duration_s - SHOWN_S / 2, SHOWN_S / 2), SHOWN_S)[:SEARCHED_EXCERPTS]
    excerpts = (_stages(lead, start_s, preprocessing) for start_s in starts_s)
    first = next(excerpts)
    return first if first.cycles else next((excerpt for excerpt in excerpts if excerpt.cycles), first)


def _stages(lead: Recording, start_s: float, preprocessing: Preprocessing) -> Excerpt:
    """One stretch, as far through the stages as the signal goes."""
    start = round(start_s * lead.fs)
    raw = replace(lead, signal=lead.signal[:, start : start + round(SHOWN_S * lead.fs)])
    excerpt = Excerpt(float(start_s), (("as read", raw),), Beats((), raw.fs), None)
    try:
        excerpt = replace(excerpt, steps=tuple(cleaning_steps(raw)))
        excerpt = replace(excerpt, beats=delineate(excerpt.strip, preprocessing.lead))
        return replace(excerpt, cycles=extract_cycles(excerpt.strip, excerpt.beats, preprocessing.normalisation))
    except SignalError:
        return excerpt
