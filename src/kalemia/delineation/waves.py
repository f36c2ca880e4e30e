"""From the network's probabilities to waves: physiological order, plausible lengths, and peaks on the signal itself."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Float32, Int

from kalemia.delineation.beat import Beat, Wave
from kalemia.delineation.network import FS_HZ, QRS, P, T
from kalemia.delineation.rhythm import is_irregular
from kalemia.delineation.spikes import SPIKE_S, without_spikes

SURE = 0.5
"""Probability from which a sample belongs to a wave; its boundaries are where the probability crosses this."""
SHORTEST_S = {P: 0.024, QRS: 0.024, T: 0.040}
"""What is shorter is a flicker between two classes."""
GAP_S = {P: 0.020, QRS: 0.030, T: 0.040}
"""Pieces of a wave that are no further apart belong together."""
REFRACTORY_S = 0.180
"""No ventricle is excited again sooner after its last excitation: 330 beats per minute."""
LONGEST_PR_S = 0.60
"""From the onset of P to that of QRS. A P wave before that was not conducted."""
LONGEST_QT_S = 0.85
SMOOTH_S = 0.024
"""Over which a lead is averaged to find the peaks of P and T."""
COMPARABLE = 0.5
"""Share of the largest deflection of a QRS complex from which an earlier one is its R peak. Cardiologists have marked
R in complexes with a deeper S behind it; a Q before R is seldom so deep."""
SPIKE_SHARE = 0.3
"""Of the height of a complex, which a pacing spike must have to be mistaken for R. The tip of a narrow R stands out by
less."""
SPIKE_SAMPLES = round(SPIKE_S * FS_HZ)
NEIGHBOURS = 8
"""Beats on each side by which the rhythm is judged."""

Signal = Float[np.ndarray, " time"]
Probabilities = Float32[np.ndarray, "4 time"]


@dataclass(frozen=True)
class Span:
    """A stretch of samples that the network takes for one wave.

    Attributes:
        onset, offset: its first and its last sample.
        evidence: its probabilities, added up.
    """

    onset: int
    offset: int
    evidence: float


def waves_from(probabilities: Probabilities, signal: Signal) -> tuple[Beat, ...]:
    """The beats that probabilities tell of, at 500 Hz.

    Args:
        probabilities: of none, P, QRS and T.
        signal: the lead, in whatever unit.
    """
    complexes = _apart(_spans(probabilities[QRS], QRS))
    between = list(zip([None, *complexes], [*complexes, None], strict=True))
    p_spans, t_spans = _spans(probabilities[P], P), _spans(probabilities[T], T)
    peaks, smooth = _r_peaks(signal, complexes), _smooth(signal)
    pairs = [_between(before, after, p_spans, t_spans) for before, after in between]
    beats = tuple(
        Beat(
            qrs=Wave(qrs.onset, peaks[index], qrs.offset),
            p=_wave(smooth, pairs[index][1]),
            t=_wave(smooth, pairs[index + 1][0]),
        )
        for index, qrs in enumerate(complexes)
    )
    return _without_stray_p(beats, np.array(peaks))


def _spans(probability: Float32[np.ndarray, " time"], kind: int) -> list[Span]:
    """Where a class is the likeliest, flickers left out and pieces joined."""
    edges = np.flatnonzero(np.diff(probability >= SURE, prepend=False, append=False))
    total = np.concatenate([[0.0], np.cumsum(probability, dtype=np.float64)])
    spans: list[Span] = []
    for start, stop in edges.reshape(-1, 2).tolist():
        if spans and start - spans[-1].offset - 1 <= GAP_S[kind] * FS_HZ:
            start = spans.pop().onset
        spans.append(Span(start, stop - 1, float(total[stop] - total[start])))
    return [span for span in spans if span.offset - span.onset + 1 >= SHORTEST_S[kind] * FS_HZ]


def _apart(complexes: list[Span]) -> list[Span]:
    """The complexes without those that follow another too soon; of two, the one with more evidence stays."""
    kept: list[Span] = []
    for span in complexes:
        if kept and span.onset - kept[-1].onset < REFRACTORY_S * FS_HZ:
            kept.append(max(kept.pop(), span, key=lambda each: each.evidence))
        else:
            kept.append(span)
    return kept


def _between(
    before: Span | None, after: Span | None, p_spans: list[Span], t_spans: list[Span]
) -> tuple[Span | None, Span | None]:
    """T of the complex before and P of the complex after, T first: the pair with the most evidence."""
    t_choices: list[Span | None] = [None]
    p_choices: list[Span | None] = [None]
    if before:
        latest = before.onset + LONGEST_QT_S * FS_HZ
        t_choices += [span for span in _inside(t_spans, before, after) if span.offset <= latest]
    if after:
        earliest = after.onset - LONGEST_PR_S * FS_HZ
        p_choices += [span for span in _inside(p_spans, before, after) if span.onset >= earliest]
    ordered = [(t, p) for t in t_choices for p in p_choices if t is None or p is None or t.offset < p.onset]
    return max(ordered, key=lambda pair: sum(span.evidence for span in pair if span))


def _inside(spans: list[Span], before: Span | None, after: Span | None) -> list[Span]:
    """The spans between two complexes."""
    first = bisect_right(spans, before.offset, key=lambda span: span.onset) if before else 0
    last = bisect_left(spans, after.onset, key=lambda span: span.offset) if after else len(spans)
    return spans[first:last]


def _wave(smooth: Signal, span: Span | None) -> Wave | None:
    """A P or T wave, its peak where it is furthest from the line between its ends."""
    if span is None:
        return None
    return Wave(
        span.onset,
        span.onset + int(np.abs(_above_its_ends(smooth[span.onset : span.offset + 1])).argmax()),
        span.offset,
    )


def _smooth(signal: Signal) -> Signal:
    """The mean of what is around each sample: noise on the flat top of a wave must not decide where its peak is."""
    half = round(SMOOTH_S / 2 * FS_HZ)
    total = np.cumsum(np.pad(signal, (half + 1, half), mode="edge"))
    return (total[2 * half + 1 :] - total[: -2 * half - 1]) / (2 * half + 1)


def _r_peaks(signal: Signal, complexes: list[Span]) -> list[int]:
    """Where each complex goes furthest in the direction of most of them; an ectopic one against it, the other way.

    That direction is the one in which most complexes go further, or, if it is not much further, the one in which they
    go first: R comes before S.
    """
    if not complexes:
        return []
    heights = [_above_its_ends(_without_pacing(signal, span)) for span in complexes]
    upward, downward = np.median([(height.max(), -height.min()) for height in heights], axis=0)
    up_first = np.median([height.argmax() - height.argmin() for height in heights]) < 0
    if (upward < COMPARABLE * downward) if up_first else (downward >= COMPARABLE * upward):
        heights = [-height for height in heights]
    usual = np.median([height.max() for height in heights])
    return [
        span.onset + int(height.argmin() if _is_ectopic(height, usual) else height.argmax())
        for span, height in zip(complexes, heights, strict=True)
    ]


def _without_pacing(signal: Signal, span: Span) -> Signal:
    """A complex without the spike of a pacemaker, at which its onset may lie."""
    before = min(SPIKE_SAMPLES, span.onset)
    part = signal[span.onset - before : span.offset + 1 + SPIKE_SAMPLES]
    least = SPIKE_SHARE * float(part.max() - part.min())
    if np.abs(part[1:] - part[:-1]).max() > least / 2:  # nothing that rises slowly is as narrow as a spike
        part = without_spikes(part, FS_HZ, least)
    return part[before : before + span.offset + 1 - span.onset]


def _is_ectopic(height: Signal, usual: float) -> bool:
    return bool(height.max() < usual / 2 and -height.min() > 2 * height.max())


def _above_its_ends(part: Signal) -> Signal:
    """A wave above the line between its ends."""
    slope = (part[-1] - part[0]) / max(1, len(part) - 1)
    return part - (part[0] + slope * np.arange(len(part)))


def _without_stray_p(beats: tuple[Beat, ...], peaks: Int[np.ndarray, " beat"]) -> tuple[Beat, ...]:
    """The beats without P waves where most beats around have none and the rhythm is irregular: it is fibrillation."""
    has_p = np.array([beat.p is not None for beat in beats])
    if has_p.all() or not has_p.any():
        return beats
    kept = list(beats)
    for index in np.flatnonzero(has_p):
        around = slice(max(0, index - NEIGHBOURS), index + NEIGHBOURS + 1)
        if has_p[around].mean() < 0.5 and is_irregular(peaks[around]):
            kept[index] = replace(beats[index], p=None)
    return tuple(kept)
