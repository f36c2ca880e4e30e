"""How near the waves that were found come to the marks of cardiologists."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from kalemia.delineation.beat import Beat, Wave
from kalemia.delineation.network import FS_HZ, QRS, P, T
from kalemia.experiments.delineation.ludb import MarkedWave, Marks, marked_waves

NAMES = {P: "P", QRS: "QRS", T: "T"}
TOLERANCE_S = 0.150
"""How far the peak that was found may lie from the one that was marked (ANSI/AAMI EC57)."""

Points = Float[np.ndarray, "wave 3"]
"""Onset, peak and offset of waves in samples, NaN where there is none."""


@dataclass(frozen=True)
class Measures:
    """Of one kind of wave.

    Attributes:
        sensitivity: share of the marked waves that were found.
        predictive_value: share of the waves found between the first and the last mark that were marked.
        mean_ms, sd_ms: of found less marked: onset, peak and offset.
    """

    sensitivity: float
    predictive_value: float
    mean_ms: tuple[float, ...]
    sd_ms: tuple[float, ...]

    @property
    def f1(self) -> float:
        """Harmonic mean of sensitivity and predictive value."""
        return 2 * self.sensitivity * self.predictive_value / max(self.sensitivity + self.predictive_value, 1e-12)


def measure(found: Iterable[tuple[Marks, Sequence[Beat]]], kind: int) -> Measures:
    """Compare waves of one kind.

    Args:
        found: the marks of each lead, and the beats that were found in it.
        kind: class of the waves.
    """
    misses, wrong, errors = 0, 0, [np.empty((0, 3))]
    for marks, beats in found:
        marked = _points(wave for wave in marked_waves(marks) if wave.kind == kind)
        given = _points(waves_of(beats, kind))
        pairs = nearest_pairs(marked[:, 1], given[:, 1])
        errors.append((given[pairs[:, 1]] - marked[pairs[:, 0]]) / FS_HZ * 1e3)
        misses += len(marked) - len(pairs)
        unmatched = np.delete(given[:, 1], pairs[:, 1])
        if marks:
            wrong += int(np.sum((unmatched >= marks[0][0]) & (unmatched <= marks[-1][0])))
    errors_ms = np.concatenate(errors)
    hits = len(errors_ms)
    return Measures(
        sensitivity=hits / max(1, hits + misses),
        predictive_value=hits / max(1, hits + wrong),
        mean_ms=tuple(np.nanmean(errors_ms, axis=0).tolist()) if hits else (np.nan,) * 3,
        sd_ms=tuple(np.nanstd(errors_ms, axis=0).tolist()) if hits else (np.nan,) * 3,
    )


def waves_of(beats: Sequence[Beat], kind: int) -> list[Wave]:
    """The waves of one kind that some beats have."""
    waves = ({P: beat.p, QRS: beat.qrs, T: beat.t}[kind] for beat in beats)
    return [wave for wave in waves if wave]


def nearest_pairs(marked: Float[np.ndarray, " mark"], given: Float[np.ndarray, " wave"]) -> Int[np.ndarray, "pair 2"]:
    """Which peaks belong together: the nearest first, each only once, none beyond the tolerance."""
    distances = np.abs(marked[:, None] - given[None])
    pairs: list[tuple[int, int]] = []
    for index in np.argsort(distances, axis=None, kind="stable"):
        one, other = np.unravel_index(index, distances.shape)
        if distances[one, other] > TOLERANCE_S * FS_HZ:
            break
        if all(one != first and other != second for first, second in pairs):
            pairs.append((int(one), int(other)))
    return np.array(pairs, int).reshape(-1, 2)


def _points(waves: Iterable[Wave | MarkedWave]) -> Points:
    rows = [(wave.onset, wave.peak, wave.offset) for wave in waves]
    return np.array(rows, dtype=float).reshape(-1, 3)
