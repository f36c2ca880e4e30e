"""From a recording to the cycles that a model reads: the one chain that training and estimation share."""

from collections.abc import Iterator
from dataclasses import replace

from pydantic import BaseModel, ConfigDict

from kalemia.cycles import Cycle, Cycles, Normalisation, Rejection, extract_cycles
from kalemia.delineation import beats_at_r_peaks
from kalemia.errors import SignalError
from kalemia.filtering import clean, require_fs
from kalemia.leads import take_lead
from kalemia.recording import Recording

BLOCK_S = 120.0
"""Longer recordings are worked on block by block, so that memory stays bounded and the template follows the day."""
MARGIN_S = 2.0
"""How far a block looks beyond its ends, so that no beat is lost to a filter's edge."""


class Preprocessing(BaseModel):
    """How cycles are made of a recording; stored with every model.

    Attributes:
        lead: the lead that is read.
        normalisation: of each cycle, see `kalemia.cycles.extract_cycles`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    lead: str = "II"
    normalisation: Normalisation = "robust"

    def cycles(self, recording: Recording) -> Cycles:
        """Clean the lead, find its beats and cut its cycles.

        Raises:
            MissingLead: the recording does not have the lead.
            SignalError: one of its kinds, where nothing can be concluded from the signal.
        """
        lead = take_lead(recording, self.lead)
        require_fs(lead.fs)
        if lead.duration_s <= BLOCK_S + 2 * MARGIN_S:
            return self._cycles_of_block(lead)
        return self._join(lead)

    def _cycles_of_block(self, block: Recording) -> Cycles:
        cleaned = clean(block)
        return extract_cycles(cleaned, beats_at_r_peaks(cleaned, self.lead), self.normalisation)

    def _join(self, lead: Recording) -> Cycles:
        accepted: list[Cycle] = []
        rejected: list[Rejection] = []
        failure: SignalError | None = None
        unusable_s = 0.0
        for start_s, keep_from_s, keep_to_s, block in _blocks(lead):
            try:
                cycles = self._cycles_of_block(block)
            except SignalError as error:
                failure = failure or error
                unusable_s += keep_to_s - keep_from_s
                continue
            kept = (replace(c, r_s=start_s + c.r_s) for c in cycles.accepted)
            left = (replace(r, r_s=start_s + r.r_s) for r in cycles.rejected)
            accepted.extend(c for c in kept if keep_from_s <= c.r_s < keep_to_s)
            rejected.extend(r for r in left if keep_from_s <= r.r_s < keep_to_s)
        if failure is not None and not accepted:
            raise failure
        return Cycles(tuple(accepted), tuple(rejected), self.normalisation, unusable_s)


def _blocks(lead: Recording) -> Iterator[tuple[float, float, float, Recording]]:
    """Start of each block, the span of its own beats (all in s of the recording), and the block with its margins."""
    at_s = 0.0
    while at_s < lead.duration_s:
        end_s = at_s + BLOCK_S
        if lead.duration_s - end_s < BLOCK_S / 2:  # the last block takes the remainder: none is too short to judge
            end_s = lead.duration_s
        first = max(0, round((at_s - MARGIN_S) * lead.fs))
        last = round((end_s + MARGIN_S) * lead.fs)
        yield first / lead.fs, at_s, end_s, replace(lead, signal=lead.signal[:, first:last])
        at_s = end_s
