"""A real lead II taken apart: its own P and T wave, the place of both in each beat, and where the QRS complexes are.

P and T are the median beat's, smoothed, above the straight line between their ends, and fade to nothing at these ends.
Each beat has them in its own size and at its own time (fitted). So noise, baseline wander and what a beat has of its
own belong to no wave: whoever moves or scales a wave leaves them as they are.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy.lib.stride_tricks import sliding_window_view
from scipy import signal as dsp

from kalemia.cycles import AT_THE_EDGE, GAP
from kalemia.delineation.beat import Beat, Beats, Wave
from kalemia.errors import NoBeats
from kalemia.quality import Quality
from kalemia.simulation.beat import WINDOW_S

Window = Float[np.ndarray, " sample"]

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
NEIGHBOUR_FIT = 0.6
"""Share of the variance that a wave must explain where its QRS complex lies outside the recording."""
MOST_SHARE = 0.5
"""A wave that fewer of the usable beats have is not there."""


@dataclass(frozen=True)
class OwnWave:
    """A wave of the median beat.

    Attributes:
        mv: the wave in mV in samples of the beat's window, 0 outside the wave.
        onset_s, peak_s, offset_s: its marks in s from R.
        span_s: where the wave begins and ends to be, in s from R: a little beyond its marks.
        size: of this wave in each beat, as a factor; 0 where a beat has none.
        lag: how much later than in the median beat it comes in each beat, in samples.
    """

    mv: Window
    onset_s: float
    peak_s: float
    offset_s: float
    span_s: tuple[float, float]
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
        r: samples of the R peaks of the beats to be changed, with one expected beat before and behind the recording.
        inside: which of these have their R peak in the recording.
        time_s: the window of a beat in s from R.
        qrs_span_s: onset and offset of the median QRS complex in s from R.
        qrs_mv: the median QRS complex above the line between its ends, in samples of the window.
        rr_s: median RR interval.
        p: `None` in a lead without P waves.
        t: the T wave.
    """

    r: Int[np.ndarray, " beat"]
    inside: np.ndarray
    time_s: Window
    qrs_span_s: tuple[float, float]
    qrs_mv: Window
    rr_s: float
    p: OwnWave | None
    t: OwnWave


def take_apart(lead: Float[np.ndarray, " time"], beats: Beats, quality: Quality) -> RealWaves:
    """The waves of a lead.

    Args:
        lead: as it was read, in mV.
        beats: its beats, in samples of it.
        quality: of the lead and these beats. Beats that are not like the others, clipped or flat, are not looked at.

    Raises:
        NoBeats: no usable beats, or most of them without the marks of QRS or T.
    """
    fs = beats.fs
    usable = [beat for beat, why in zip(beats, quality.per_beat, strict=True) if why is None]
    changed = [
        beat for beat, why in zip(beats, quality.per_beat, strict=True) if why is None or why in (AT_THE_EDGE, GAP)
    ]
    qrs, t = _median_marks(usable, lambda beat: beat.qrs, fs), _median_marks(usable, lambda beat: beat.t, fs)
    if qrs is None or t is None:
        raise NoBeats(f"{len(usable)} usable beats, most without QRS or T marks; both are needed to change a real beat")
    p = _median_marks(usable, lambda beat: beat.p, fs)
    rr_s = float(np.median(np.diff(beats.r_peaks))) / fs if len(beats) > 1 else 1.0
    r, inside, has_p = _with_neighbours(changed, rr_s, fs)
    time_s = np.arange(round(WINDOW_S[0] * fs), round(WINDOW_S[1] * fs) + 1) / fs
    windows = _windows(lead, r, time_s, fs)
    level = _level(windows, time_s, qrs[0])
    counted = np.isin(r, [beat.qrs.peak for beat in usable])
    median = np.nanmedian((windows - level)[counted], axis=0)
    next_p_s = rr_s + (p[0] if p else qrs[0]) - P_MARGIN_S
    t_span = (qrs[2] + J_MARGIN_S, max(min(t[2] + T_MARGIN_S, next_p_s), t[2]))
    own_t = _own_wave(windows, median, time_s, t, t_span, (T_SMOOTHING_S, T_LAG_S))
    own_p = None
    if p is not None:
        p_span = (p[0] - P_MARGIN_S, min(p[2] + P_MARGIN_S, max(p[2], qrs[0] - QRS_MARGIN_S)))
        own_p = _own_wave(windows, median, time_s, p, p_span, (P_SMOOTHING_S, P_LAG_S))
        own_p.size[~has_p] = 0.0
    qrs_mv = above_chord(median, time_s, (qrs[0] - QRS_MARGIN_S, qrs[2] + QRS_MARGIN_S), QRS_MARGIN_S)
    for wave in (own_t, own_p):
        if wave is not None:
            _forget_unseen_neighbours(wave, inside, windows, time_s)
    return RealWaves(r, inside, time_s, (qrs[0], qrs[2]), qrs_mv, rr_s, own_p, own_t)


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
    return (mv - chord) * (0.5 - 0.5 * np.cos(np.pi * edge))


def _median_marks(
    beats: list[Beat], wave_of: Callable[[Beat], Wave | None], fs: float
) -> tuple[float, float, float] | None:
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


def _with_neighbours(
    beats: list[Beat], rr_s: float, fs: float
) -> tuple[Int[np.ndarray, " beat"], np.ndarray, np.ndarray]:
    """R peaks with one expected before and behind, which of them were seen, and which have a P wave."""
    r = np.array([beat.qrs.peak for beat in beats], dtype=np.intp)
    rr = round(rr_s * fs)
    around = np.concatenate([[r[0] - rr], r, [r[-1] + rr]])
    inside = np.pad(np.ones(len(r), dtype=bool), 1)
    has_p = np.pad(np.array([beat.p is not None for beat in beats]), 1, constant_values=True)
    return around, inside, has_p


def _windows(
    lead: Float[np.ndarray, " time"], r: Int[np.ndarray, " beat"], time_s: Window, fs: float
) -> Float[np.ndarray, "beat sample"]:
    """Each beat's window, NaN beyond the ends of the recording."""
    first = round(time_s[0] * fs)
    pad = len(time_s) + int(max(0, -r.min(), r.max() - len(lead)))
    padded = np.pad(lead.astype(np.float64), pad, constant_values=np.nan)
    return sliding_window_view(padded, len(time_s))[r + first + pad]


def _level(
    windows: Float[np.ndarray, "beat sample"], time_s: Window, qrs_onset_s: float
) -> Float[np.ndarray, "beat 1"]:
    """The level just before each QRS complex."""
    before = (time_s >= qrs_onset_s - 0.016) & (time_s <= qrs_onset_s)
    return windows[:, before].mean(axis=1, keepdims=True)


def _own_wave(
    windows: Float[np.ndarray, "beat sample"],
    median: Window,
    time_s: Window,
    marks: tuple[float, float, float],
    span_s: tuple[float, float],
    smoothing_and_lag_s: tuple[float, float],
) -> OwnWave:
    smoothing_s, lag_s = smoothing_and_lag_s
    fs = 1 / (time_s[1] - time_s[0])
    smooth = dsp.savgol_filter(median, max(round(smoothing_s * fs) | 1, 5), 2, mode="nearest")
    mv = above_chord(smooth, time_s, span_s, FADE_SHARE * (span_s[1] - span_s[0]))
    mv = np.nan_to_num(mv)
    size, lag = _fit(windows, mv, time_s, span_s, round(lag_s * fs))
    peak_s = float(time_s[np.argmax(np.abs(mv))])
    return OwnWave(mv, marks[0], peak_s, marks[2], span_s, size, lag)


def _fit(
    windows: Float[np.ndarray, "beat sample"], mv: Window, time_s: Window, span_s: tuple[float, float], most_lag: int
) -> tuple[Float[np.ndarray, " beat"], Int[np.ndarray, " beat"]]:
    """Size and lag of the wave in each beat, by least squares beside a straight line; 1 and 0 where it is not whole."""
    place = np.flatnonzero((time_s >= span_s[0]) & (time_s <= span_s[1]))
    most_lag = min(most_lag, place[0], len(time_s) - 1 - place[-1])
    line = np.stack([np.ones(len(place)), np.linspace(-1, 1, len(place))])
    wave = mv[place] - np.linalg.lstsq(line.T, mv[place], rcond=None)[0] @ line
    energy = float(wave @ wave)
    sizes, lags = np.ones(len(windows)), np.zeros(len(windows), dtype=np.intp)
    if energy == 0:
        return sizes, lags
    shifts = np.arange(-most_lag, most_lag + 1)
    cost = LAG_COST * energy * (shifts / max(most_lag, 1)) ** 2
    for beat, window in enumerate(windows):
        seen = sliding_window_view(window, len(place))[place[0] + shifts]
        if np.isfinite(seen).all():
            size = np.clip(seen @ wave / energy, *SIZE_LIMITS)
            gain = 2 * size * (seen @ wave) - size**2 * energy  # what the wave takes from the sum of squares
            gain -= _constant(seen, line)
            best = int(np.argmax(gain - cost))
            sizes[beat], lags[beat] = size[best], shifts[best]
    return sizes, lags


def _constant(seen: Float[np.ndarray, "shift sample"], line: Float[np.ndarray, "2 sample"]) -> Window:
    """Sum of squares about a straight line."""
    rest = seen - np.linalg.lstsq(line.T, seen.T, rcond=None)[0].T @ line
    return (rest**2).sum(axis=1)


def _forget_unseen_neighbours(
    wave: OwnWave, inside: np.ndarray, windows: Float[np.ndarray, "beat sample"], time_s: Window
) -> None:
    """A beat whose QRS complex was not seen has the wave only where the signal shows it."""
    place = np.flatnonzero((time_s >= wave.span_s[0]) & (time_s <= wave.span_s[1]))
    for beat in np.flatnonzero(~inside):
        seen = windows[beat, np.clip(place + wave.lag[beat], 0, len(time_s) - 1)]
        here = np.isfinite(seen)
        if here.sum() < len(place) / 2 or _explained(seen[here], wave.mv[place][here]) < NEIGHBOUR_FIT:
            wave.size[beat] = 0.0


def _explained(seen: Window, wave: Window) -> float:
    """Share of the variance of what is seen that a wave explains, if it has the right sign."""
    if np.ptp(seen) == 0 or np.ptp(wave) == 0:
        return 0.0
    correlation = float(np.corrcoef(seen, wave)[0, 1])
    return max(correlation, 0.0) ** 2
