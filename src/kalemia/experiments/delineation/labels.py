"""What the network is taught of a lead: a class for each sample, and where there is none to teach."""

import numpy as np
from jaxtyping import Int8

from kalemia.delineation.network import NONE
from kalemia.experiments.delineation.ludb import Marks, marked_waves

UNKNOWN = -1
"""Label of a sample that the loss leaves out."""


def labels(marks: Marks, samples: int) -> Int8[np.ndarray, " time"]:
    """The class of each sample of a lead, or `UNKNOWN`.

    The waves before the first mark and behind the last one were not marked, which does not mean that there are none.
    Where a wave lacks a boundary, what lies between its peak and the neighbouring mark may belong to it or not.

    Args:
        marks: of one lead.
        samples: in the lead.
    """
    taught = np.full(samples, UNKNOWN, np.int8)
    if not marks:
        return taught
    places = [sample for sample, _ in marks]
    taught[places[0] : places[-1] + 1] = NONE
    for wave in marked_waves(marks):
        before = max((place for place in places if place < wave.peak), default=-1)
        after = min((place for place in places if place > wave.peak), default=samples)
        if wave.onset is None:
            taught[before + 1 : wave.peak] = UNKNOWN
        if wave.offset is None:
            taught[wave.peak + 1 : after] = UNKNOWN
        first = wave.peak if wave.onset is None else wave.onset
        last = wave.peak if wave.offset is None else wave.offset
        taught[first : last + 1] = wave.kind
    return taught
