"""Windows of 2 s in place of single cycles, as in Urtnasan et al. 2022 (doi:10.2196/34724).

A window shows the beats as they came, rate and rhythm included, and no R peak stands at a certain place. It has as many
samples as a cycle, so that the same networks read it: 512, at 256 Hz. Windows follow each other without overlap from
the beginning of the recording; what is left at its end, shorter than 2 s, is in none.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float

from kalemia.artefacts import Artefacts
from kalemia.cycles import (
    CLIPPED,
    CYCLE_FS,
    CYCLE_SAMPLES,
    FLAT,
    GAP,
    NO_ARTEFACTS,
    Cycle,
    Cycles,
    Normalisation,
    Rejection,
)
from kalemia.delineation.beat import Beat
from kalemia.errors import ConfigError, TooFewCycles
from kalemia.filtering import resample
from kalemia.recording import Recording

WINDOW_S = 2.0
WINDOW_FS = CYCLE_SAMPLES / WINDOW_S
NO_BEAT = "no beat in it"
NORMALISATIONS = ("mv", "zscore")
"""`robust` divides by the height of the median cycle; windows are not aligned, so their median is nothing."""

PerWindow = Bool[np.ndarray, " window"]
Windows = Float[np.ndarray, "window lead sample"]


def extract_windows(
    recording: Recording,
    beats: Sequence[Beat],
    normalisation: Normalisation = "mv",
    artefacts: Artefacts | None = None,
) -> Cycles:
    """The windows of a recording, normalised.

    A window is left out where it has a gap, where a part of it is flat or clipped, or where no R peak lies in it. A
    single one is enough: there is no telling from its shape whether it is like the others.

    Args:
        recording: cleaned, at 500 Hz.
        beats: its beats, as `kalemia.delineate` finds them.
        normalisation: of every window, lead by lead. `mv`: minus its median, in mV. `zscore`: mean 0, standard
            deviation 1.
        artefacts: of the recording before it was cleaned (`kalemia.artefacts`); none if not given.

    Raises:
        TooFewCycles: no window is left.
        ConfigError: the normalisation is not one of windows.
        ValueError: the recording is not at 500 Hz.
    """
    require_normalisation(normalisation)
    if recording.fs != CYCLE_FS:
        raise ValueError(f"windows are cut at {CYCLE_FS:g} Hz, the recording has {recording.fs:g} Hz: clean it first")
    count = int(recording.signal.shape[1] // (WINDOW_S * CYCLE_FS))
    reasons = _reasons_to_reject(recording.signal, count, beats, artefacts or NO_ARTEFACTS)
    middles_s = (np.arange(count) + 0.5) * WINDOW_S
    rejected = tuple(Rejection(float(at), why) for at, why in zip(middles_s, reasons, strict=True) if why is not None)
    if len(rejected) == count:
        raise TooFewCycles(_complaint(count, rejected))
    accepted = np.array([reason is None for reason in reasons], dtype=bool)
    windows = _cut(resample(recording, WINDOW_FS).signal, count, WINDOW_FS)[accepted]
    signals = _normalise(windows, normalisation).astype(np.float32)
    kept = (Cycle(signal, np.nan, float(at)) for signal, at in zip(signals, middles_s[accepted], strict=True))
    return Cycles(tuple(kept), rejected, normalisation)


def require_normalisation(normalisation: Normalisation) -> None:
    """Refuse a normalisation that needs single cycles.

    Raises:
        ConfigError: it does.
    """
    if normalisation not in NORMALISATIONS:
        raise ConfigError(
            f'normalisation = "{normalisation}": needs single cycles, and span = "2 s" has none. '
            f"Use {' or '.join(NORMALISATIONS)}."
        )


def _reasons_to_reject(
    signal: Float[np.ndarray, "lead time"], count: int, beats: Sequence[Beat], artefacts: Artefacts
) -> list[str | None]:
    gap = ~np.isfinite(_cut(signal, count, CYCLE_FS)).all(axis=(1, 2))
    flat, clipped = (_touched(count, spans_s) for spans_s in (artefacts.flat_s, artefacts.clipped_s))
    peaks = np.array([beat.qrs.peak for beat in beats if beat.qrs.peak is not None], dtype=np.intp)
    without = ~np.isin(np.arange(count), peaks // (WINDOW_S * CYCLE_FS))
    causes = {GAP: gap, FLAT: flat, CLIPPED: clipped, NO_BEAT: without}
    return [next((cause for cause, hit in causes.items() if hit[window]), None) for window in range(count)]


def _touched(count: int, spans_s: Float[np.ndarray, "span 2"]) -> PerWindow:
    """Which windows have a part of a span in them."""
    touched = np.zeros(count, dtype=bool)
    for start_s, stop_s in spans_s:
        touched[int(start_s // WINDOW_S) : int(np.ceil(stop_s / WINDOW_S))] = True
    return touched


def _cut(signal: Float[np.ndarray, "lead time"], count: int, fs: float) -> Windows:
    """The first windows of a signal."""
    samples = round(WINDOW_S * fs)
    return signal[:, : count * samples].reshape(len(signal), count, samples).swapaxes(0, 1)


def _normalise(windows: Windows, normalisation: Normalisation) -> Windows:
    if normalisation == "mv":
        return windows - np.median(windows, axis=-1, keepdims=True)
    spread = windows.std(axis=-1, keepdims=True)
    return (windows - windows.mean(axis=-1, keepdims=True)) / np.where(spread > 0, spread, 1)


def _complaint(count: int, rejected: tuple[Rejection, ...]) -> str:
    counts = ", ".join(f"{n} {why}" for why, n in Counter(rejection.reason for rejection in rejected).items())
    return f"{count} windows of {WINDOW_S:g} s, none of them usable ({counts or 'too short'}); an estimate needs one"
