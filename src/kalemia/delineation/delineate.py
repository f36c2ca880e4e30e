"""The beats of a recording."""

from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

from kalemia.delineation.beat import Beat, Beats, Wave
from kalemia.delineation.r_peaks import detect_r_peaks, require_stretch
from kalemia.delineation.search import Report, find_waves
from kalemia.errors import NoBeats
from kalemia.recording import Recording

SLOWEST_RR_S = 4.0
"""Complexes that come more rarely are no rhythm that a heart lives by, but what noise happens to look like."""
RUN = 3
"""In a long recording, so many complexes must follow each other as in a rhythm."""
RESTLESS = 0.15
"""Share of the time between waves from which nothing beats: all but 4 of 1469 strips of PTB-XL have less, and those are
noise or wander. Of fibrillation made up of five sines nearly all has more."""
SHORTEST_REST_S = 0.02
MOST_BEATS = 2000
CALM = 0.75
"""Share of the time between R peaks that a lead spends within..."""
CALM_HEIGHT = 0.25
"""...this share of their height. 90 % of the strips of PTB-XL do; ventricular fibrillation and noise seldom."""
ALIKE = 0.9
"""Correlation of a QRS complex with the median one."""
HALF_QRS_S = 0.1


def delineate(recording: Recording, lead: str = "II", report: Report | None = None) -> Beats:
    """The beats of one lead with onset, peak and offset of P, QRS and T.

    A small network finds the waves; it has learned from cardiologists' marks (its card lies in
    `delineation/wave_network`). A wave that is absent is `None`. Where it sees no waves at all, beats are known by
    their R peaks alone, as the Wonju study crops them then: `Beats.method` tells.

    Args:
        recording: at 100 Hz or more, cleaned (`kalemia.clean`) or as it was read.
        lead: the lead to look at.
        report: told how many samples are done, after every five minutes of the recording.

    Returns:
        One `Beat` per QRS complex, in order, with points in samples of `recording`.

    Raises:
        MissingLead: the recording has no such lead.
        SamplingRateTooLow: the recording is below 100 Hz.
        TooShort: no uninterrupted stretch of 2 s.
        NoBeats: nothing in it looks like a heartbeat: a flat line, noise, ventricular fibrillation.
        ModelInvalid: the network's file is missing or damaged.
    """
    signal, fs = recording.lead(lead), recording.fs
    require_stretch(signal, fs)
    beats = Beats(find_waves(signal, fs, report=report), fs)
    if len(beats) and _are_a_rhythm(beats.r_peaks, signal, fs) and _are_heartbeats(beats, signal):
        return beats
    return _by_r_peaks(signal, fs)


def _are_heartbeats(beats: Beats, signal: Float[np.ndarray, " time"]) -> bool:
    """Whether most have P, QRS and T, which no fibrillation looks like, or the lead rests between them."""
    whole = sum(beat.p is not None and beat.t is not None for beat in beats)
    return 2 * whole >= len(beats) or restlessness(beats, signal) <= RESTLESS


def restlessness(beats: Beats, signal: Float[np.ndarray, " time"]) -> float:
    """Share of the time between beats in which a lead strays from its mean by more than a quarter of a QRS complex.

    Nothing is left between the waves of a heart that beats; a fibrillating one never rests.

    Args:
        beats: where waves were found; of many, the first 2000 are looked at.
        signal: the lead, at the sampling rate of the beats.
    """
    some = beats[:MOST_BEATS]
    gaps = np.array([_rest(*pair) for pair in pairwise(some)]).reshape(-1, 2)
    gaps = gaps[gaps[:, 1] - gaps[:, 0] >= SHORTEST_REST_S * beats.fs]
    if not len(gaps):
        return 0.0
    rest, first, lengths = _pieces(signal, gaps)
    means = np.add.reduceat(rest, first) / lengths
    complexes, begins, _ = _pieces(signal, np.array([_span(beat) for beat in some]))
    heights = np.maximum.reduceat(complexes, begins) - np.minimum.reduceat(complexes, begins)
    strays = np.abs(rest - np.repeat(means, lengths)) > CALM_HEIGHT * np.median(heights)
    return float(np.count_nonzero(strays)) / len(strays)


def _pieces(
    signal: Float[np.ndarray, " time"], spans: Int[np.ndarray, "span 2"]
) -> tuple[Float[np.ndarray, " sample"], Int[np.ndarray, " span"], Int[np.ndarray, " span"]]:
    """Parts of a signal one behind the other, where each begins there, and how long it is."""
    lengths = spans[:, 1] - spans[:, 0]
    first = np.cumsum(lengths) - lengths
    return signal[np.repeat(spans[:, 0] - first, lengths) + np.arange(lengths.sum())], first, lengths


def _span(beat: Beat) -> tuple[int, int]:
    """First sample of a QRS complex, and the one behind what is known of it."""
    peak = beat.qrs.peak or 0
    onset = peak if beat.qrs.onset is None else beat.qrs.onset
    return onset, max(peak if beat.qrs.offset is None else beat.qrs.offset, onset) + 1


def _rest(beat: Beat, after: Beat) -> tuple[int, int]:
    """From the end of the last wave of a beat to the onset of the first of the next."""
    ends = [wave.offset for wave in (beat.qrs, beat.t) if wave and wave.offset is not None]
    onsets = [wave.onset for wave in (after.p, after.qrs) if wave and wave.onset is not None]
    return max(ends, default=beat.qrs.peak or 0), min(onsets, default=after.qrs.peak or 0)


def _by_r_peaks(signal: Float[np.ndarray, " time"], fs: float) -> Beats:
    """R peaks where they stand out of a calm lead and look alike.

    Raises:
        NoBeats: they do not.
    """
    peaks = detect_r_peaks(signal, fs)
    if not (_are_a_rhythm(peaks, signal, fs) and _stand_out(peaks, signal) and _are_alike(peaks, signal, fs)):
        seen = f"{len(signal) / fs:.1f} s"
        raise NoBeats(f"no QRS complexes in {seen}: noise, ventricular tachycardia or fibrillation, or not an ECG")
    return Beats(tuple(Beat(Wave(None, int(peak), None)) for peak in peaks), fs, method="R peaks")


def _are_a_rhythm(peaks: Int[np.ndarray, " beat"], signal: Float[np.ndarray, " time"], fs: float) -> bool:
    """Whether complexes follow each other as slowly as hearts beat at the slowest, at least for a while."""
    seen_s = np.isfinite(signal).sum() / fs
    if seen_s <= RUN * SLOWEST_RR_S:
        return len(peaks) >= seen_s / SLOWEST_RR_S
    return bool((peaks[RUN - 1 :] - peaks[: 1 - RUN] <= (RUN - 1) * SLOWEST_RR_S * fs).any())


def _stand_out(peaks: Int[np.ndarray, " beat"], signal: Float[np.ndarray, " time"]) -> bool:
    """Whether the lead is calm most of the time, as it is between complexes."""
    height = np.abs(signal - np.nanmedian(signal))
    return float(np.nanmean(height < CALM_HEIGHT * np.median(height[peaks]))) >= CALM


def _are_alike(peaks: Int[np.ndarray, " beat"], signal: Float[np.ndarray, " time"], fs: float) -> bool:
    """Whether most complexes look like the median one."""
    half = round(HALF_QRS_S * fs)
    padded = np.pad(signal, half, mode="edge")
    complexes = padded[peaks[:, None] + np.arange(2 * half + 1)]
    complexes = complexes - np.nanmean(complexes, axis=1, keepdims=True)
    template = np.nanmedian(complexes, axis=0)
    norm = np.sqrt(np.nansum(complexes**2, axis=1) * np.nansum(template**2))
    return float(np.mean(np.nansum(complexes * template, axis=1) >= ALIKE * norm)) > 0.5
