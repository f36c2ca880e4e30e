"""Single cardiac cycles: fixed windows around each R peak.

A window is 512 samples at 500 Hz (1.024 s), in real time, without warping. R stands at sample 170, so a window shows
0.34 s before R and 0.68 s after it: room for a P wave with a PR interval of 300 ms before, and for the end of a T wave
at a QT of 500 ms, with most of a U wave, after. At fast rates the window also holds parts of the neighbouring beats;
they are left in, because cutting them would tell the model the rate by an edge instead of by the beats.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy.lib.stride_tricks import sliding_window_view

from kalemia.artefacts import Artefacts
from kalemia.delineation.beat import Beat
from kalemia.delineation.rhythm import rr_intervals
from kalemia.errors import TooFewCycles
from kalemia.filtering import CLEAN_FS
from kalemia.recording import Recording

CYCLE_FS = CLEAN_FS
CYCLE_SAMPLES = 512
R_INDEX = 170

MIN_CYCLES = 2
"""A cycle is trusted because another one looks like it."""
MIN_CORRELATION = 0.9
"""With the template. `benchmarks/real_recordings.py` tells how many beats of real recordings lie below."""
MOST_FOR_SHAPE = 2000
"""More cycles do not make a median more certain, but take memory."""
COMPARED = slice(R_INDEX - round(0.1 * CYCLE_FS), R_INDEX + round(0.3 * CYCLE_FS))
"""What is compared with the template: QRS, ST and the most of T. Further out, the rate decides what is seen."""

AT_THE_EDGE = "cut off by the start or end of the recording"
GAP = "gap in the signal"
FLAT = "flat: the lead was off"
CLIPPED = "cut off at the end of the recorder's range"
UNLIKE_THE_OTHERS = "unlike the other cycles"

NO_ARTEFACTS = Artefacts(flat_s=np.empty((0, 2)), clipped_s=np.empty((0, 2)))

Normalisation = Literal["zscore", "robust", "mv"]
Windows = Float[np.ndarray, "beat lead 512"]


@dataclass(frozen=True, eq=False)
class Cycle:
    """One cycle, or one window of `kalemia.windows`.

    Attributes:
        signal: float32, normalised as `extract_cycles` was asked to.
        rr_s: time from the previous R peak in seconds; NaN for the first beat, where a gap lies between, and of
            a window.
        r_s: time of the R peak in the recording in seconds; of a window, its middle.
    """

    signal: Float[np.ndarray, "lead 512"]
    rr_s: float
    r_s: float


@dataclass(frozen=True)
class Rejection:
    """A beat that gave no cycle, and why; or a window."""

    r_s: float
    reason: str


@dataclass(frozen=True, eq=False)
class Cycles:
    """The cycles of one recording, or its windows, with what was left out and why.

    Attributes:
        accepted: in order of time.
        rejected: likewise.
        normalisation: of the accepted ones.
        unusable_s: how much of a long recording gave no cycles at all, in seconds.
    """

    accepted: tuple[Cycle, ...]
    rejected: tuple[Rejection, ...]
    normalisation: Normalisation
    unusable_s: float = 0.0

    def __len__(self) -> int:
        return len(self.accepted)

    def __iter__(self) -> Iterator[Cycle]:
        return iter(self.accepted)

    @cached_property
    def signal(self) -> Float[np.ndarray, "cycle lead 512"]:
        """All accepted cycles in one array."""
        return np.stack([cycle.signal for cycle in self.accepted])

    @cached_property
    def some(self) -> Float[np.ndarray, "cycle lead 512"]:
        """All of them, or of a day-long recording every n-th, from which the shape of all can be told."""
        return np.stack([cycle.signal for cycle in self.accepted[:: -(-len(self) // MOST_FOR_SHAPE)]])

    @cached_property
    def median(self) -> Float[np.ndarray, "lead 512"]:
        """The median cycle (of `some`), sample by sample."""
        return np.median(self.some, axis=0)

    @property
    def rejection_counts(self) -> dict[str, int]:
        """How many beats were left out for each reason."""
        return dict(Counter(rejection.reason for rejection in self.rejected))


def extract_cycles(
    recording: Recording,
    beats: Sequence[Beat],
    normalisation: Normalisation = "mv",
    artefacts: Artefacts | None = None,
) -> Cycles:
    """The single cycles of a recording, R-aligned and normalised, without those unlike the rest.

    A beat gives no cycle where its window reaches over an end of the recording, where the window has a gap, where its
    QRS, ST or T is flat or clipped, or where these do not correlate with the recording's own template, the median
    cycle: an ectopic beat, or a disturbed one.

    Args:
        recording: cleaned, at 500 Hz.
        beats: its beats, as `kalemia.delineate` finds them.
        normalisation: of every cycle, lead by lead. `mv`: minus its median, in mV. `robust`: divided by the
            peak-to-peak height of the recording's template besides, so that neighbouring beats in the window do not
            change the scale. `zscore`: mean 0, standard deviation 1.
        artefacts: of the recording before it was cleaned (`kalemia.artefacts`); none if not given.

    Raises:
        TooFewCycles: fewer than two beats are whole and alike.
        ValueError: the recording is not at 500 Hz.
    """
    if recording.fs != CYCLE_FS:
        raise ValueError(f"cycles are cut at {CYCLE_FS:g} Hz, the recording has {recording.fs:g} Hz: clean it first")
    peaks = np.array([beat.qrs.peak for beat in beats if beat.qrs.peak is not None], dtype=np.intp)
    windows = _cut(recording.signal, peaks)
    reasons = _reasons_to_reject(windows, peaks, recording.signal.shape[1], artefacts or NO_ARTEFACTS)
    accepted = np.array([reason is None for reason in reasons], dtype=bool)
    times_s = peaks / CYCLE_FS
    rejected = tuple(Rejection(float(at), why) for at, why in zip(times_s, reasons, strict=True) if why is not None)
    if accepted.sum() < MIN_CYCLES:
        raise TooFewCycles(_complaint(len(peaks), int(accepted.sum()), rejected))
    normalised = _normalise(windows[accepted], normalisation).astype(np.float32)
    rr = rr_intervals(peaks, np.isfinite(recording.signal).all(axis=0))
    rr_s = np.concatenate([[np.nan], rr])[accepted] / CYCLE_FS
    return Cycles(
        tuple(Cycle(*cycle) for cycle in zip(normalised, rr_s.tolist(), times_s[accepted].tolist(), strict=True)),
        rejected,
        normalisation,
    )


def _cut(signal: Float[np.ndarray, "lead time"], peaks: Int[np.ndarray, " beat"]) -> Windows:
    """The window of every beat, NaN beyond the ends of the recording."""
    padded = np.pad(signal, ((0, 0), (R_INDEX, CYCLE_SAMPLES - R_INDEX)), constant_values=np.nan)
    return sliding_window_view(padded, CYCLE_SAMPLES, axis=1)[:, peaks].swapaxes(0, 1)


def _reasons_to_reject(
    windows: Windows, peaks: Int[np.ndarray, " beat"], samples: int, artefacts: Artefacts
) -> list[str | None]:
    at_the_edge = (peaks < R_INDEX) | (peaks + CYCLE_SAMPLES - R_INDEX > samples)
    gap = ~np.isfinite(windows).all(axis=(1, 2)) & ~at_the_edge
    flat, clipped = (_touched(peaks, spans_s) for spans_s in (artefacts.flat_s, artefacts.clipped_s))
    whole = ~(at_the_edge | gap | flat | clipped)
    unlike = np.zeros(len(peaks), dtype=bool)
    unlike[whole] = ~_like_the_others(windows[whole][..., COMPARED])
    causes = {AT_THE_EDGE: at_the_edge, GAP: gap, FLAT: flat, CLIPPED: clipped, UNLIKE_THE_OTHERS: unlike}
    return [next((cause for cause, hit in causes.items() if hit[beat]), None) for beat in range(len(peaks))]


def _touched(peaks: Int[np.ndarray, " beat"], spans_s: Float[np.ndarray, "span 2"]) -> Bool[np.ndarray, " beat"]:
    """Which beats have a part of a span in what is compared of them."""
    starts, stops = ((peaks + edge - R_INDEX) / CYCLE_FS for edge in (COMPARED.start, COMPARED.stop))
    behind = np.searchsorted(np.sort(spans_s[:, 0]), stops)  # spans do not overlap, so their ends are in order as well
    before = np.searchsorted(np.sort(spans_s[:, 1]), starts)
    touched: Bool[np.ndarray, " beat"] = behind > before
    return touched


def _like_the_others(windows: Float[np.ndarray, "beat lead sample"]) -> Bool[np.ndarray, " beat"]:
    """Which windows correlate with the median of all; two are compared with each other, not with their own mean."""
    if len(windows) < MIN_CYCLES:
        return np.zeros(len(windows), dtype=bool)
    windows = windows - windows.mean(axis=-1, keepdims=True)
    template = windows[::-1] if len(windows) == 2 else np.median(windows, axis=0, keepdims=True)
    template = template - template.mean(axis=-1, keepdims=True)
    product = (windows * template).sum(axis=(1, 2))
    norm = np.sqrt((windows**2).sum(axis=(1, 2)) * (template**2).sum(axis=(1, 2)))
    return product >= MIN_CORRELATION * np.where(norm > 0, norm, np.inf)


def _normalise(windows: Windows, normalisation: Normalisation) -> Windows:
    if normalisation == "zscore":
        spread = windows.std(axis=-1, keepdims=True)
        return (windows - windows.mean(axis=-1, keepdims=True)) / np.where(spread > 0, spread, 1)
    centred = windows - np.median(windows, axis=-1, keepdims=True)
    if normalisation == "mv":
        return centred
    height = np.ptp(np.median(windows, axis=0), axis=-1)[:, None]
    return centred / np.where(height > 0, height, 1)


def _complaint(beats: int, accepted: int, rejected: tuple[Rejection, ...]) -> str:
    counts = ", ".join(f"{n} {why}" for why, n in Counter(rejection.reason for rejection in rejected).items())
    return f"{beats} beats found, {accepted} of them whole and alike ({counts}); an estimate needs {MIN_CYCLES}"
