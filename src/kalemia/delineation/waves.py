"""From the network's probabilities to waves: physiological order, plausible lengths, and peaks on the signal itself."""

from bisect import bisect_left
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32, Int

from kalemia.delineation.beat import Beat, Wave
from kalemia.delineation.network import FS_HZ, QRS, P, T
from kalemia.delineation.peaks import peaks_within, r_peaks_within
from kalemia.delineation.rhythm import is_irregular
from kalemia.runs import runs_of

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
NEIGHBOURS = 8
"""Beats on each side by which the rhythm is judged."""

Signal = Float[np.ndarray, " time"]
Probabilities = Float32[np.ndarray, "4 time"]


class Span(NamedTuple):
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
    p_spans, t_spans = _spans(probabilities[P], P), _spans(probabilities[T], T)
    pairs = [_between(*around, p_spans, t_spans) for around in pairwise([None, *complexes, None])]
    waves = _waves(signal, [*(p for _, p in pairs[:-1]), *(t for t, _ in pairs[1:])])
    p_waves, t_waves = waves[: len(complexes)], waves[len(complexes) :]
    r_peaks = r_peaks_within(signal, _ends(complexes))
    last = len(signal) - 1
    beats = tuple(
        Beat(_wave(qrs, peak, last), p, t)
        for qrs, peak, p, t in zip(complexes, r_peaks.tolist(), p_waves, t_waves, strict=True)
    )
    return _without_stray_p(beats, r_peaks)


def _waves(signal: Signal, spans: list[Span | None]) -> list[Wave | None]:
    """The spans with their peaks."""
    peaks = iter(peaks_within(signal, _ends([span for span in spans if span])).tolist())
    return [_wave(span, next(peaks), len(signal) - 1) if span else None for span in spans]


def _wave(span: Span, peak: int, last: int) -> Wave:
    """A wave that the signal cuts off has no boundary there."""
    return Wave(span.onset if span.onset > 0 else None, peak, span.offset if span.offset < last else None)


def _ends(spans: list[Span]) -> Int[np.ndarray, "wave 2"]:
    return np.array([(span.onset, span.offset) for span in spans], dtype=np.intp).reshape(-1, 2)


def _spans(probability: Float32[np.ndarray, " time"], kind: int) -> list[Span]:
    """Where a class is the likeliest, flickers left out and pieces joined."""
    runs = runs_of(probability >= SURE)
    if not len(runs):
        return []
    apart = runs[1:, 0] - runs[:-1, 1] > GAP_S[kind] * FS_HZ
    joined = np.column_stack([runs[np.append(True, apart), 0], runs[np.append(apart, True), 1]])
    evidence = np.add.reduceat(np.append(probability, np.float32(0)), joined.ravel(), dtype=np.float64)[::2]
    return [
        Span(start, stop - 1, seen)
        for (start, stop), seen in zip(joined.tolist(), evidence.tolist(), strict=True)
        if stop - start >= SHORTEST_S[kind] * FS_HZ
    ]


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
    """The spans between two complexes; spans are in order and apart from each other."""
    first = bisect_left(spans, Span(before.offset + 1, -1, 0.0)) if before else 0
    last = bisect_left(spans, Span(after.onset, -1, 0.0)) if after else len(spans)
    if after and last > first and spans[last - 1].offset >= after.onset:
        last -= 1
    return spans[first:last]


def _without_stray_p(beats: tuple[Beat, ...], r_peaks: Int[np.ndarray, " beat"]) -> tuple[Beat, ...]:
    """The beats without P waves where most beats around have none and the rhythm is irregular: it is fibrillation."""
    has_p = np.array([beat.p is not None for beat in beats], dtype=bool)
    places = np.arange(len(beats))
    first, last = np.maximum(places - NEIGHBOURS, 0), np.minimum(places + NEIGHBOURS + 1, len(beats))
    before = np.concatenate([[0], np.cumsum(has_p)])
    share = (before[last] - before[first]) / np.maximum(last - first, 1)
    kept = list(beats)
    for place in np.flatnonzero(has_p & (share < 0.5)):
        if is_irregular(np.diff(r_peaks[first[place] : last[place]])):
            kept[place] = replace(beats[place], p=None)
    return tuple(kept)
