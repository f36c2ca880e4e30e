"""What can be trusted of a recording, and of each of its beats."""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kalemia.cycles import CYCLE_FS, R_INDEX, UNLIKE_THE_OTHERS, Cycles
from kalemia.delineation.beat import Beats
from kalemia.delineation.rhythm import IRREGULAR_WITHOUT_P, PACED, WIDE_QRS, rhythm_signs
from kalemia.delineation.search import Report
from kalemia.errors import NoBeats, SignalError
from kalemia.leads import take_lead
from kalemia.preprocessing import Prepared, Preprocessing, find_beats
from kalemia.recording import Recording

WIDE_S = 0.14
"""A QRS complex is rarely wider than this at half its height: 0.08 s and less in 99 % of LUDB and PTB-XL."""
WIDEST_S = 0.28
"""No QRS complex is wider; the sine wave of extreme hyperkalaemia comes near."""
LOW_SHARE = 0.3
"""Of the height of a cycle, the deflection at R has 0.4 and more in 99 % of LUDB and PTB-XL."""
REPOLARISATION = slice(R_INDEX + round(0.08 * CYCLE_FS), R_INDEX + round(0.4 * CYCLE_FS))
"""ST and T, where noise does the most harm to an estimate of potassium."""
NOISY, TOO_NOISY = 0.06, 0.04
"""Shares of the height of a cycle: noise of the single cycle that deserves a word (5 % of PTB-XL have more), and noise
of the median of all cycles from which nothing can be concluded. T is a quarter as high as the cycle, so the latter is a
sixth of T."""
FEW_ALIKE, TOO_FEW_ALIKE = 2 / 3, 1 / 3
"""Share of the whole beats that look like the others. Below 2/3 lie 4 % of PTB-XL, below 1/3 1 %: nobody knows there
which beat is the normal one."""
SAME_BEAT_S = 0.005
NOTHING_AROUND = "too few whole beats alike around it"

SIGNS = {
    IRREGULAR_WITHOUT_P: "the rhythm is irregular without P waves, as in atrial fibrillation",
    WIDE_QRS: "the QRS complexes are wide: ST and T follow their conduction, and potassium less",
    PACED: "there are pacing spikes: ST and T of paced beats say little of potassium",
}


@dataclass(frozen=True)
class Quality:
    """What can be trusted of one lead.

    Attributes:
        per_beat: why a beat cannot be used, `None` where it can.
        noise: what differs from one usable cycle to the next in ST and T, as a share of the height of the cycle; `None`
            without cycles.
        signs: what of the rhythm bears on potassium, see `kalemia.delineation.rhythm`.
        doubts: what a reader should know, one sentence each.
        reason: why nothing can be concluded from the lead; `None` where something can.
    """

    per_beat: tuple[str | None, ...] = ()
    noise: float | None = None
    signs: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    reason: str | None = None

    @property
    def verdict(self) -> Literal["good", "doubtful", "unusable"]:
        """The whole in a word."""
        return "unusable" if self.reason else "doubtful" if self.doubts else "good"

    @property
    def usable(self) -> int:
        """How many beats can be used."""
        return self.per_beat.count(None)

    @property
    def left_out(self) -> dict[str, int]:
        """How many beats cannot be used for each reason."""
        return dict(Counter(reason for reason in self.per_beat if reason))


def judge_quality(
    recording: Recording, lead: str = "II", beats: Beats | None = None, report: Report | None = None
) -> Quality:
    """What can be trusted of a lead, and why nothing can, where that is so.

    Args:
        recording: as it was read: what filters leave of clipping and pacing spikes cannot be recognised.
        lead: the lead to judge.
        beats: those of the lead, where they are known already, at any sampling rate.
        report: told of a long recording, block by block, how many samples are done.

    Raises:
        MissingLead: nothing in the recording gives that lead.
    """
    alone = take_lead(recording, lead)
    try:
        beats = find_beats(alone) if beats is None else beats.at(alone.fs)
        cycles = Preprocessing(lead=lead).prepare(alone, beats, report).cycles
    except SignalError as error:
        return Quality(per_beat=(NOTHING_AROUND,) * len(beats or ()), reason=str(error))
    return judge(alone, beats, cycles)


def prepare_and_judge(lead: Recording, preprocessing: Preprocessing) -> tuple[Prepared, Quality]:
    """The beats and cycles of a lead, and what can be trusted of them.

    Args:
        lead: as it was read, and no other.
        preprocessing: how cycles are made.

    Raises:
        SignalError: there are no cycles.
    """
    prepared = preprocessing.prepare(lead)
    return prepared, judge(lead, prepared.beats.at(lead.fs), prepared.cycles)


def prepare_usable(lead: Recording, preprocessing: Preprocessing) -> tuple[Prepared, Quality]:
    """The same where something can be concluded from the lead.

    Raises:
        SignalError: nothing can; the message is the reason.
    """
    prepared, quality = prepare_and_judge(lead, preprocessing)
    if quality.reason is not None:
        raise NoBeats(quality.reason)
    return prepared, quality


def judge(lead: Recording, beats: Beats, cycles: Cycles) -> Quality:
    """What can be trusted of a lead whose cycles are cut.

    Args:
        lead: as it was read, and no other.
        beats: its beats, in samples of it.
        cycles: its cycles.
    """
    signs = rhythm_signs(beats, lead.signal[0])
    reason, doubts = None, [SIGNS[sign] for sign in signs]
    if beats.method == "R peaks":
        doubts.append("no waves could be told apart; cycles were cut by their R peaks alone")
    noise, alike = noise_share(cycles), _share_alike(cycles)
    try:
        doubts += require_heartbeats(cycles)
    except NoBeats as error:
        reason = str(error)
    if noise / np.sqrt(len(cycles)) > TOO_NOISY:
        reason = reason or f"noise in ST and T is {noise:.0%} of the height of a cycle, in {len(cycles)} usable cycles"
    elif noise > NOISY:
        doubts.append(f"noise in ST and T is {noise:.0%} of the height of a cycle")
    if alike < TOO_FEW_ALIKE:
        reason = (
            reason or f"only {alike:.0%} of its beats look like the others: which are the normal ones, is not known"
        )
    elif alike < FEW_ALIKE:
        doubts.append(f"only {alike:.0%} of its beats look like the others")
    return Quality(_per_beat(beats, cycles), noise, signs, tuple(doubts), reason)


def noise_share(cycles: Cycles) -> float:
    """What differs from cycle to cycle in ST and T, as a share of the height of the median cycle (first lead).

    It is the root mean square of the median cycle's difference to the others.
    """
    template = cycles.median[0]
    residual = (cycles.some[:, 0] - template)[:, REPOLARISATION]
    return float(np.median(np.sqrt((residual**2).mean(axis=1))) / np.ptp(template))


def _share_alike(cycles: Cycles) -> float:
    unlike = cycles.rejection_counts.get(UNLIKE_THE_OTHERS, 0)
    return len(cycles) / (len(cycles) + unlike)


def _per_beat(beats: Beats, cycles: Cycles) -> tuple[str | None, ...]:
    """Of each beat the reason why it gave no cycle."""
    judged: list[tuple[float, str | None]] = [(cycle.r_s, None) for cycle in cycles]
    judged += [(rejection.r_s, rejection.reason) for rejection in cycles.rejected]
    judged.sort(key=lambda pair: pair[0])
    times_s = np.array([time_s for time_s, _ in judged])
    reasons = []
    for r_s in beats.r_peaks / beats.fs:
        place = min(int(np.searchsorted(times_s, r_s - SAME_BEAT_S)), len(judged) - 1)
        reasons.append(judged[place][1] if abs(times_s[place] - r_s) <= SAME_BEAT_S else NOTHING_AROUND)
    return tuple(reasons)


def qrs_half_width_s(cycles: Cycles) -> float:
    """Width of the deflection at R at half its height over the median level, in s, of the first lead's median cycle."""
    cycle = cycles.median[0]
    deflection = cycle - np.median(cycle)
    low = np.flatnonzero(deflection * np.sign(deflection[R_INDEX]) <= abs(deflection[R_INDEX]) / 2)
    before, after = low[low < R_INDEX], low[low > R_INDEX]
    start = before[-1] if len(before) else -1
    end = after[0] if len(after) else len(cycle)
    return float(end - start - 1) / CYCLE_FS


def qrs_share_of_height(cycles: Cycles) -> float:
    """Height of the deflection at R over the peak-to-peak height, of the first lead's median cycle."""
    cycle = cycles.median[0]
    return float(abs(cycle[R_INDEX] - np.median(cycle)) / np.ptp(cycle))


def require_heartbeats(cycles: Cycles) -> tuple[str, ...]:
    """Refuse cycles that no heart makes: a pulse wave, breathing, a sine.

    Returns:
        Warnings where they are only doubtful.

    Raises:
        NoBeats: what repeats is too wide for a QRS complex.
    """
    width_s = qrs_half_width_s(cycles)
    if width_s > WIDEST_S:
        raise NoBeats(
            f"what repeats in it is {1e3 * width_s:.0f} ms wide at half its height, too wide for a QRS complex "
            f"(at most {1e3 * WIDEST_S:.0f} ms)"
        )
    doubts = []
    if width_s > WIDE_S:
        doubts.append(f"the QRS complex is {1e3 * width_s:.0f} ms wide at half its height: very wide, or not an ECG")
    if qrs_share_of_height(cycles) < LOW_SHARE:
        doubts.append("its cycles are highest away from R: R peaks may be misplaced, or it is not an ECG")
    return tuple(doubts)
