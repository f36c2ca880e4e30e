"""The cycles of a cohort in memory, and the batches that an epoch draws from them."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Float, Float32, Int
from torch import Tensor

from kalemia.cohorts import Cohort
from kalemia.cycles import CYCLE_SAMPLES
from kalemia.errors import KalemiaError, MissingLead, SignalError
from kalemia.pooling import pool
from kalemia.preprocessing import Preprocessing
from kalemia.progress import Progress
from kalemia.training.augmentation import augment
from kalemia.training.config import TrainingConfig
from kalemia.training.processes import ALONE, Place

Batch = tuple[Float[Tensor, "batch lead 512"], Float[Tensor, " batch"], Float[Tensor, " batch"]]
"""Cycles, the potassium of each, and how much each counts."""

FORWARD_BATCH = 256
"""Cycles at once where nothing is learned."""


@dataclass(frozen=True)
class CohortCycles:
    """All cycles of some recordings of a cohort: 2 KB each with one lead, so 100,000 ECGs of 10 s take about 2 GB.

    Attributes:
        signal: cycles, those of one recording in a row.
        start: cycles `start[i]` to `start[i + 1]` belong to recording i.
        rows: which row of the cohort each recording is.
        dropped: row and reason of the recordings that gave no cycles.
    """

    signal: Float32[np.ndarray, "cycle lead 512"]
    start: Int[np.ndarray, " recording+1"]
    rows: Int[np.ndarray, " recording"]
    dropped: dict[int, str]

    def __len__(self) -> int:
        return len(self.rows)

    def only(self, rows: Sequence[int] | Int[np.ndarray, " row"]) -> "CohortCycles":
        """The same for some rows of the cohort."""
        wanted = set(map(int, rows))
        dropped = {row: reason for row, reason in self.dropped.items() if row in wanted}
        return self._at(np.flatnonzero(np.isin(self.rows, rows)), dropped)

    def share(self, place: Place) -> "CohortCycles":
        """The same for the recordings that one of several processes has to do with."""
        return self._at(place.share(np.arange(len(self))), {})

    def _at(self, kept: Int[np.ndarray, " recording"], dropped: dict[int, str]) -> "CohortCycles":
        parts = [self.signal[self.start[i] : self.start[i + 1]] for i in kept]
        return CohortCycles(joined(parts), _starts(parts), self.rows[kept], dropped)

    def pooled(self, estimates: Float[np.ndarray, " cycle"]) -> Float[np.ndarray, " recording"]:
        """From an estimate per cycle to one per recording, by `kalemia.pooling.pool`."""
        return np.array([pool(estimates[first:last]) for first, last in pairwise(self.start)], dtype=float)

    def summary_of_dropped(self) -> str:
        """How many recordings gave no cycles, by reason."""
        counts = Counter(reason.partition(":")[0] for reason in self.dropped.values())
        total = len(self) + len(self.dropped)
        reasons = ", ".join(f"{reason} {count}" for reason, count in counts.most_common())
        return f"{len(self.dropped)} of {total} recordings left out ({reasons})"


def prepare(
    cohort: Cohort, rows: Int[np.ndarray, " row"], preprocessing: Preprocessing, progress: Progress
) -> CohortCycles:
    """Read recordings and cut their cycles.

    A recording that cannot be read, from which nothing can be concluded, or without the lead, is dropped with its
    reason.

    Args:
        cohort: where the recordings come from.
        rows: which of them.
        preprocessing: how cycles are made.
        progress: told of each recording.
    """
    kept: list[int] = []
    parts: list[Float32[np.ndarray, "cycle lead 512"]] = []
    dropped: dict[int, str] = {}

    def drop(row: int, error: KalemiaError) -> None:
        dropped[row] = f"{type(error).__name__}: {error}"

    for row, recording in progress.over(cohort.recordings(rows, drop), "Preparing recordings", len(rows)):
        try:
            cycles = preprocessing.cycles(recording)
        except (SignalError, MissingLead) as error:
            drop(row, error)
            continue
        kept.append(row)
        parts.append(cycles.signal)
    return CohortCycles(joined(parts), _starts(parts), np.array(kept, dtype=np.int64), dropped)


@dataclass(frozen=True)
class TrainingBatches:
    """Batches of cycles with their potassium, drawn anew for each epoch.

    Each recording gives the same number of cycles, chosen at random. Everything that is drawn follows from the seed and
    the epoch alone: an interrupted run goes on exactly as an unbroken one, and several processes draw the same batches,
    of which each takes its share. Shares are equal, so that the mean of their gradients is that of the batch: a batch
    is cut to a multiple of the processes, and so is the epoch, by a few cycles drawn at random.

    Attributes:
        cycles: the training recordings.
        potassium: of each recording in mEq/L.
        weights: how much each recording counts.
        config: cycles per recording and per batch, the seed, whether cycles are augmented.
        epoch: tells the current epoch; asked when its first batch is taken.
        place: of the process that takes the batches.
    """

    cycles: CohortCycles
    potassium: Float[np.ndarray, " recording"]
    weights: Float[np.ndarray, " recording"]
    config: TrainingConfig
    epoch: Callable[[], int]
    place: Place = ALONE

    def __len__(self) -> int:
        return -(-self._cut(len(self.cycles) * self.config.cycles_per_recording) // self._cut(self.config.batch_size))

    def __iter__(self) -> Iterator[Batch]:
        rng = np.random.default_rng([self.config.seed, self.epoch()])
        recording, cycle = self._draw(rng)
        end, size = self._cut(len(cycle)), self._cut(self.config.batch_size)
        for first in range(0, end, size):
            batch = slice(first, min(first + size, end))
            signal = self.cycles.signal[cycle[batch]]
            if self.config.augment:
                signal = augment(signal, self.config.normalisation, rng, self.config.preprocessing.fs)
            own = self.place.share(recording[batch])
            potassium, weights = (
                torch.from_numpy(values[own].astype(np.float32)) for values in (self.potassium, self.weights)
            )
            yield torch.from_numpy(np.ascontiguousarray(self.place.share(signal))), potassium, weights

    def _cut(self, count: int) -> int:
        """Down to a multiple of the processes."""
        return count - count % self.place.processes

    def _draw(self, rng: np.random.Generator) -> tuple[Int[np.ndarray, " draw"], Int[np.ndarray, " draw"]]:
        """Recording and cycle of each draw, in random order."""
        each = self.config.cycles_per_recording
        cycle = np.concatenate(
            [first + np.resize(rng.permutation(last - first), each) for first, last in pairwise(self.cycles.start)]
        )
        recording = np.repeat(np.arange(len(self.cycles)), each)
        order = rng.permutation(len(cycle))
        return recording[order], cycle[order]


class ValidationBatches:
    """All cycles of the validation recordings, in order."""

    def __init__(self, cycles: CohortCycles) -> None:
        self._batches = torch.split(torch.from_numpy(cycles.signal), FORWARD_BATCH)

    def __len__(self) -> int:
        return len(self._batches)

    def __iter__(self) -> Iterator[Float[Tensor, "batch lead 512"]]:
        return iter(self._batches)


def joined(parts: Sequence[Float32[np.ndarray, "cycle lead 512"]]) -> Float32[np.ndarray, "cycle lead 512"]:
    """The cycles of several recordings in a row, also of none."""
    return np.concatenate(parts) if parts else np.zeros((0, 1, CYCLE_SAMPLES), np.float32)


def _starts(parts: list[Float32[np.ndarray, "cycle lead 512"]]) -> Int[np.ndarray, " recording+1"]:
    return np.cumsum([0, *map(len, parts)])
