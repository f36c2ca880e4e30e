"""From a recording to the cycles that a model reads: the one chain that training and estimation share."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import BaseModel, ConfigDict

from kalemia.artefacts import find_artefacts
from kalemia.cycles import CYCLE_FS, Cycles, Normalisation, extract_cycles
from kalemia.delineation.beat import Beats, Method
from kalemia.delineation.delineate import delineate
from kalemia.delineation.search import Report
from kalemia.errors import SignalError
from kalemia.filtering import clean, require_fs
from kalemia.leads import take_lead
from kalemia.recording import Recording
from kalemia.windows import WINDOW_FS, extract_windows

Span = Literal["cycle", "2 s"]
"""What a model reads at once."""

BLOCK_S = 120.0
"""Longer recordings are worked on block by block, so that memory stays bounded and the template follows the day."""
LONGEST_S = 1.5 * BLOCK_S
"""The last block takes the remainder, so that none is too short to judge; what is shorter than this is one block."""
MARGIN_S = 2.0
"""How far a block looks beyond its ends, so that no beat is lost to a filter's edge."""


@dataclass(frozen=True)
class Block:
    """A part of a long recording, with its margins.

    Attributes:
        recording: the part, margins and all.
        start_s: where it begins, in s of the whole.
        own_s: the span of the whole that it answers for.
    """

    recording: Recording
    start_s: float
    own_s: tuple[float, float]

    def owns(self, time_s: float) -> bool:
        """Whether it answers for a time of the whole."""
        return self.own_s[0] <= time_s < self.own_s[1]

    def share_of(self, beats: Beats) -> Beats:
        """The beats of the whole that lie in the part, in samples of the part; both at one sampling rate."""
        return beats.within(round(self.start_s * beats.fs), self.recording.signal.shape[1])


@dataclass(frozen=True)
class Prepared:
    """A lead as far as a model reads it.

    Attributes:
        beats: at 500 Hz.
        cycles: those that were cut around them, or windows.
    """

    beats: Beats
    cycles: Cycles


class Preprocessing(BaseModel):
    """How cycles are made of a recording; stored with every model.

    Attributes:
        lead: the lead that is read.
        normalisation: of each cycle, see `kalemia.cycles.extract_cycles`.
        span: `cycle`: single cycles. `2 s`: windows of that length in their place, see `kalemia.windows`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    lead: str = "II"
    normalisation: Normalisation = "mv"
    span: Span = "cycle"

    @property
    def fs(self) -> float:
        """Samples per second of what a model reads."""
        return CYCLE_FS if self.span == "cycle" else WINDOW_FS

    def cycles(self, recording: Recording) -> Cycles:
        """Clean the lead, find its beats and cut its cycles.

        Raises:
            MissingLead: the recording does not have the lead.
            SignalError: one of its kinds, where nothing can be concluded from the signal.
            ConfigError: the normalisation is not one of windows.
        """
        return self.prepare(recording).cycles

    def prepare(self, recording: Recording, beats: Beats | None = None, report: Report | None = None) -> Prepared:
        """The cycles, and the beats they were cut around.

        Args:
            recording: as it was read.
            beats: those of the lead in samples of the recording, where they are known already.
            report: told of a long recording, block by block, how many samples are done.

        Raises:
            MissingLead, SignalError, ConfigError: as `cycles`.
        """
        lead = take_lead(recording, self.lead)
        require_fs(lead.fs)
        parts: list[Prepared] = []
        failure: SignalError | None = None
        unusable_s = 0.0
        for block in blocks(lead):
            known = None if beats is None else block.share_of(beats)
            try:
                parts.append(_own_part(self._prepare_block(block.recording, known), block))
            except SignalError as error:
                failure = failure or error
                unusable_s += block.own_s[1] - block.own_s[0]
            if report is not None:
                report(round(block.own_s[1] * lead.fs))
        cycles = Cycles(
            tuple(cycle for part in parts for cycle in part.cycles.accepted),
            tuple(rejection for part in parts for rejection in part.cycles.rejected),
            self.normalisation,
            unusable_s,
        )
        if failure is not None and not len(cycles):
            raise failure
        return Prepared(joined([part.beats for part in parts], CYCLE_FS), cycles)

    def _prepare_block(self, block: Recording, known: Beats | None) -> Prepared:
        cleaned = clean(block)
        beats = delineate(cleaned, self.lead) if known is None else known.at(CYCLE_FS)
        artefacts = find_artefacts(block.signal[0], block.fs)
        cut = extract_cycles if self.span == "cycle" else extract_windows
        return Prepared(beats, cut(cleaned, beats, self.normalisation, artefacts))


def find_beats(lead: Recording, report: Report | None = None) -> Beats:
    """The beats of a lead, as those that cycles are cut around are found: in the cleaned lead, block by block.

    Args:
        lead: one lead, as it was read.
        report: told of a long recording, block by block, how many samples are done.

    Returns:
        Beats in samples of the lead.

    Raises:
        SignalError: one of its kinds, as `kalemia.clean` and `kalemia.delineate`, where no block has beats.
    """
    require_fs(lead.fs)
    parts: list[Beats] = []
    failure: SignalError | None = None
    for block in blocks(lead):
        try:
            beats = delineate(clean(block.recording), lead.leads[0])
        except SignalError as error:
            failure = failure or error
        else:
            own = [beat for beat in beats if block.owns(block.start_s + (beat.qrs.peak or 0) / beats.fs)]
            parts.append(replace(beats, beats=tuple(own)).at(lead.fs).moved(round(block.start_s * lead.fs)))
        if report is not None:
            report(round(block.own_s[1] * lead.fs))
    if failure is not None and not parts:
        raise failure
    return joined(parts, lead.fs)


def joined(parts: Sequence[Beats], fs: float) -> Beats:
    """The beats of the parts of a recording, in order; by R peaks only if all of them are."""
    method: Method = "R peaks" if parts and all(part.method == "R peaks" for part in parts) else "waves"
    return Beats(tuple(beat for part in parts for beat in part), fs, method)


def _own_part(prepared: Prepared, block: Block) -> Prepared:
    """What a block has to say of its own span, at the times of the recording."""
    accepted = (replace(cycle, r_s=block.start_s + cycle.r_s) for cycle in prepared.cycles.accepted)
    rejected = (replace(rejection, r_s=block.start_s + rejection.r_s) for rejection in prepared.cycles.rejected)
    beats = prepared.beats.moved(round(block.start_s * CYCLE_FS))
    cycles = replace(
        prepared.cycles,
        accepted=tuple(cycle for cycle in accepted if block.owns(cycle.r_s)),
        rejected=tuple(rejection for rejection in rejected if block.owns(rejection.r_s)),
    )
    own = tuple(beat for beat in beats if block.owns((beat.qrs.peak or 0) / CYCLE_FS))
    return Prepared(replace(beats, beats=own), cycles)


def blocks(recording: Recording) -> Iterator[Block]:
    """The recording block by block; a short one is one block."""
    at_s, duration_s = 0.0, recording.duration_s
    while True:
        end_s = at_s + BLOCK_S if duration_s - at_s >= LONGEST_S else duration_s
        first = max(0, round((at_s - MARGIN_S) * recording.fs))
        last = round((end_s + MARGIN_S) * recording.fs)
        part = replace(recording, signal=recording.signal[:, first:last])
        yield Block(part, first / recording.fs, (at_s, end_s))
        if end_s == duration_s:
            return
        at_s = end_s
