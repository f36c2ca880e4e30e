"""A real lead II taken apart: its own P and T wave, the place of both in each beat, and where the QRS complexes are.

P and T are the median beat's, smoothed, above the straight line between their ends, and fade to nothing at these ends.
Each beat has them in its own size and at its own time (fitted). So noise, baseline wander and what a beat has of its
own belong to no wave: whoever moves or scales a wave leaves them as they are.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy.lib.stride_tricks import sliding_window_view
from scipy import signal as dsp

from kalemia.cycles import AT_THE_EDGE, GAP, UNLIKE_THE_OTHERS
from kalemia.delineation.beat import Beat, Beats, Wave
from kalemia.errors import NoBeats
from kalemia.quality import Quality
from kalemia.simulation.beat import WINDOW_S

Window = Float[np.ndarray, " sample"]
Which = Bool[np.ndarray, " beat"]
Marks = tuple[float, float, float]

P_SMOOTHING_S, T_SMOOTHING_S = 0.040, 0.060
"""Windows of the parabolas that smooth the median beat: less than half of the narrowest P and T."""
P_MARGIN_S, QRS_MARGIN_S, T_MARGIN_S = 0.020, 0.012, 0.045
"""A wave goes on so far beyond its marks, which stand where the tangent at its steepest point meets the baseline."""
J_MARGIN_S = 0.020
"""Behind the QRS complex T may begin."""
FADE_SHARE = 0.2
"""Share of a wave's window over which it fades in, and out again."""
SIZE_LIMITS = (0.6, 1.5)
"""Sizes of a beat's wave beside the median one: breathing changes them by less; what goes beyond is noise."""
P_LAG_S, T_LAG_S = 0.016, 0.040
"""How much earlier or later than in the median beat a wave can come."""
LAG_COST = 0.1
"""Of the wave's energy, what the largest lag must gain: small waves in noise thus stay where they are."""
NEIGHBOUR_CORRELATION = 0.8
"""With the median beat's wave, that a wave must have where its QRS complex lies outside the recording."""
LEVEL_S = 0.016
"""The level of a beat is the mean over this time before QRS, as in `features`."""
SEEN = (None, AT_THE_EDGE, GAP)
"""Beats that are changed whatever they look like; a clipped or flat one is not."""
MOST_WIDTH = 1.3
"""QRS over that of the median beat, beyond which a beat unlike the others is taken for an ectopic one, and left."""
MOST_SHARE = 0.5
"""A wave that fewer of the usable beats have is not there."""


@dataclass(frozen=True)
class OwnWave:
    """A wave of the median beat.

    Attributes:
        mv: the wave in mV in samples of the beat's window, 0 outside the wave.
        onset_s, peak_s, offset_s: its marks in s from R.
        size: of this wave in each beat, as a factor; 0 where a beat has none.
        lag: how much later than in the median beat it comes in each beat, in samples.
    """

    mv: Window
    onset_s: float
    peak_s: float
    offset_s: float
    size: Float[np.ndarray, " beat"]
    lag: Int[np.ndarray, " beat"]

    @property
    def height_mv(self) -> float:
        """The wave at its peak; negative where it is inverted."""
        return float(self.mv[np.argmax(np.abs(self.mv))])


@dataclass(frozen=True)
class RealWaves:
    """What a real lead is made of.

    Attributes:
        r: samples of the R peaks of the beats to be changed, and of those expected just outside the recording.
        inside: which of these have their R peak in the recording.
        time_s: the window of a beat in s from R.
        qrs_span_s: onset and offset of the median QRS complex in s from R.
        qrs_mv: the median QRS complex above the line between its ends, in samples of the window.
        rr_s: median RR interval.
        p: `None` in a lead without P waves.
        t: the T wave.
    """

    r: Int[np.ndarray, " beat"]
    inside: Which
    time_s: Window
    qrs_span_s: tuple[float, float]
    qrs_mv: Window
    rr_s: float
    p: OwnWave | None
    t: OwnWave

    @property
    def first(self) -> int:
        """Where the window begins, in samples from R."""
        return round(self.time_s[0] / (self.time_s[1] - self.time_s[0]))


def take_apart(lead: Float[np.ndarray, " time"], beats: Beats, quality: Quality) -> RealWaves:
    """The waves of a lead.

    Args:
        lead: as it was read, in mV.
        beats: its beats, in samples of it.
        quality: of the lead and these beats. Ectopic beats, clipped and flat ones are left out.

    Raises:
        NoBeats: no usable beats, or most of them without the marks of QRS or T.
    """
    fs = beats.fs
    usable = [beat for beat, why in zip(beats, quality.per_beat, strict=True) if why is None]
    qrs, t = _median_marks(usable, lambda beat: beat.qrs, fs), _median_marks(usable, lambda beat: beat.t, fs)
    if qrs is None or t is None:
        raise NoBeats(f"{len(usable)} usable beats, most without QRS or T marks; both are needed to change a real beat")
    p = _median_marks(usable, lambda beat: beat.p, fs)
    judged = zip(beats, quality.per_beat, strict=True)
    changed = [beat for beat, why in judged if why in SEEN or (why == UNLIKE_THE_OTHERS and _is_narrow(beat, qrs, fs))]
    rr_s = float(np.median(np.diff(beats.r_peaks))) / fs if len(beats) > 1 else 1.0
    r, inside, has_p = _with_neighbours(changed, round(rr_s * fs), len(lead))
    seen = _Seen.of(lead, r, Beats(tuple(usable), fs), qrs[0])
    next_s = rr_s + (p or qrs)[0] - P_MARGIN_S
    first_s, last_s = WINDOW_S[0] + LEVEL_S, WINDOW_S[1] - LEVEL_S
    t_span_s = (qrs[2] + J_MARGIN_S, min(max(min(t[2] + T_MARGIN_S, next_s), t[2]), last_s))
    own_t = seen.wave(t, t_span_s, (T_SMOOTHING_S, T_LAG_S), inside)
    own_p = None
    if p is not None:
        p_span_s = (max(p[0] - P_MARGIN_S, first_s), min(p[2] + P_MARGIN_S, max(p[2], qrs[0] - QRS_MARGIN_S)))
        own_p = seen.wave(p, p_span_s, (P_SMOOTHING_S, P_LAG_S), inside)
        own_p.size[~has_p] = 0.0
    qrs_mv = above_chord(seen.median, seen.time_s, (qrs[0] - QRS_MARGIN_S, qrs[2] + QRS_MARGIN_S), QRS_MARGIN_S)
    return RealWaves(r, inside, seen.time_s, (qrs[0], qrs[2]), qrs_mv, rr_s, own_p, own_t)


@dataclass(frozen=True)
class _Seen:
    """What a lead shows around each R peak, and in the median beat, in mV."""

    windows: Float[np.ndarray, "beat sample"]
    median: Window
    time_s: Window

    @classmethod
    def of(
        cls, lead: Float[np.ndarray, " time"], r: Int[np.ndarray, " beat"], usable: Beats, onset_s: float
    ) -> "_Seen":
        """Of the beats at `r`; the median is that of the usable ones, above the level just before QRS."""
        time_s = np.arange(round(WINDOW_S[0] * usable.fs), round(WINDOW_S[1] * usable.fs) + 1) / usable.fs
        first = round(WINDOW_S[0] * usable.fs)
        windows = _windows(lead, r + first, len(time_s))
        before = (time_s >= onset_s - LEVEL_S) & (time_s <= onset_s)
        level = windows[:, before].mean(axis=1, keepdims=True)
        return cls(windows, _median_beat((windows - level)[np.isin(r, usable.r_peaks)]), time_s)

    def wave(
        self, marks: Marks, span_s: tuple[float, float], smoothing_and_lag_s: tuple[float, float], inside: Which
    ) -> OwnWave:
        """A wave of the median beat, and how each beat has it."""
        smoothing_s, lag_s = smoothing_and_lag_s
        fs = 1 / (self.time_s[1] - self.time_s[0])
        smooth = dsp.savgol_filter(self.median, max(round(smoothing_s * fs) | 1, 5), 2, mode="nearest")
        mv = above_chord(smooth, self.time_s, span_s, FADE_SHARE * (span_s[1] - span_s[0]))
        place = np.flatnonzero((self.time_s >= span_s[0]) & (self.time_s <= span_s[1]))
        size, lag = _fit(self.windows, mv, place, round(lag_s * fs))
        for beat in np.flatnonzero(~inside):
            size[beat] *= _is_seen(self.windows[beat, np.clip(place + lag[beat], 0, len(mv) - 1)], mv[place])
        return OwnWave(mv, marks[0], float(self.time_s[np.argmax(np.abs(mv))]), marks[2], size, lag)


def above_chord(
    mv: Float[np.ndarray, "*beat sample"], time_s: Window, span_s: tuple[float, float], fade_s: float
) -> Float[np.ndarray, "*beat sample"]:
    """What lies above the straight line between the ends of a span, fading to 0 there; 0 outside the span.

    Args:
        mv: windows of beats.
        time_s: times of their samples in s from R.
        span_s: the span in s from R.
        fade_s: how long it fades at either end.
    """
    start, stop = span_s
    ends = [np.flatnonzero(np.abs(time_s - at) <= 0.006)[None] for at in span_s]
    first, last = (mv[..., place[0]].mean(axis=-1, keepdims=True) for place in ends)
    chord = first + (last - first) * (time_s - start) / (stop - start)
    edge = np.clip(np.minimum(time_s - start, stop - time_s) / fade_s, 0, 1)
    return np.where(edge > 0, (mv - chord) * (0.5 - 0.5 * np.cos(np.pi * edge)), 0.0)


def _is_narrow(beat: Beat, qrs: Marks, fs: float) -> bool:
    """Whether a beat unlike the others is a disturbed one of theirs: it has their waves, and is no wider."""
    if beat.t is None or beat.qrs.onset is None or beat.qrs.offset is None:
        return False
    return (beat.qrs.offset - beat.qrs.onset) / fs <= MOST_WIDTH * (qrs[2] - qrs[0])


def _median_marks(beats: list[Beat], wave_of: Callable[[Beat], Wave | None], fs: float) -> Marks | None:
    """Onset, peak and offset in s from R, where most beats have them."""
    found = []
    for beat in beats:
        wave = wave_of(beat)
        if wave is not None and beat.qrs.peak is not None:
            points = (wave.onset, wave.peak, wave.offset)
            if None not in points:
                found.append([(point or 0) - beat.qrs.peak for point in points])
    if len(found) <= MOST_SHARE * len(beats):
        return None
    onset, peak, offset = np.median(found, axis=0) / fs
    return float(onset), float(peak), float(offset)


def _with_neighbours(beats: list[Beat], rr: int, samples: int) -> tuple[Int[np.ndarray, " beat"], Which, Which]:
    """R peaks, and those expected just outside the recording; which of them were seen, and which have a P wave."""
    r = np.array([beat.qrs.peak for beat in beats], dtype=np.intp)
    around = np.concatenate([[r[0] - rr], r, [r[-1] + rr]])
    inside = np.pad(np.ones(len(r), dtype=bool), 1)
    has_p = np.pad(np.array([beat.p is not None for beat in beats]), 1, constant_values=True)
    kept = inside | (around < 0) | (around >= samples)
    return around[kept], inside[kept], has_p[kept]


def _windows(
    lead: Float[np.ndarray, " time"], starts: Int[np.ndarray, " beat"], samples: int
) -> Float[np.ndarray, "beat sample"]:
    """Windows of a lead, NaN beyond its ends."""
    pad = samples + int(max(0, -starts.min(), starts.max() - len(lead)))
    padded = np.pad(lead.astype(np.float64), pad, constant_values=np.nan)
    return sliding_window_view(padded, samples)[starts + pad]


def _median_beat(windows: Float[np.ndarray, "beat sample"]) -> Window:
    """The median of what was seen; 0 where nothing was."""
    unseen = ~np.isfinite(windows).any(axis=0)
    return np.nanmedian(np.where(unseen, 0.0, windows), axis=0)


def _fit(
    windows: Float[np.ndarray, "beat sample"], mv: Window, place: Int[np.ndarray, " span"], most_lag: int
) -> tuple[Float[np.ndarray, " beat"], Int[np.ndarray, " beat"]]:
    """Size and lag of the wave in each beat, by least squares beside a straight line; 1 and 0 where it is not whole."""
    sizes, lags = np.ones(len(windows)), np.zeros(len(windows), dtype=np.intp)
    most_lag = min(most_lag, place[0], len(mv) - 1 - place[-1])
    line = np.linalg.qr(np.stack([np.ones(len(place)), np.linspace(-1, 1, len(place))], axis=1))[0]
    wave = mv[place] - line @ (line.T @ mv[place])
    energy = float(wave @ wave)
    if energy == 0:
        return sizes, lags
    shifts = np.arange(-most_lag, most_lag + 1)
    cost = LAG_COST * energy * (shifts / max(most_lag, 1)) ** 2
    for beat, window in enumerate(windows):
        seen = sliding_window_view(window, len(place))[place[0] + shifts]
        if np.isfinite(seen).all():
            product = seen @ wave
            size = np.clip(product / energy, *SIZE_LIMITS)
            missed = (seen**2).sum(axis=1) - ((seen @ line) ** 2).sum(axis=1) - 2 * size * product + size**2 * energy
            best = int(np.argmin(missed + cost))
            sizes[beat], lags[beat] = size[best], shifts[best]
    return sizes, lags


def _is_seen(seen: Window, wave: Window) -> bool:
    """Whether a wave whose QRS complex was not seen is in the recording for the most part, and looks like itself."""
    here = np.isfinite(seen)
    if here.sum() < len(wave) / 2 or np.ptp(seen[here]) == 0 or np.ptp(wave[here]) == 0:
        return False
    return float(np.corrcoef(seen[here], wave[here])[0, 1]) >= NEIGHBOUR_CORRELATION
