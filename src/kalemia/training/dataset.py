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

Batch = tuple[Float[Tensor, "batch lead 512"], Float[Tensor, " batch"]]

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
        kept = np.flatnonzero(np.isin(self.rows, rows))
        parts = [self.signal[self.start[i] : self.start[i + 1]] for i in kept]
        wanted = set(map(int, rows))
        dropped = {row: reason for row, reason in self.dropped.items() if row in wanted}
        return CohortCycles(_joined(parts), _starts(parts), self.rows[kept], dropped)

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
    return CohortCycles(_joined(parts), _starts(parts), np.array(kept, dtype=np.int64), dropped)


class TrainingBatches:
    """Batches of cycles with their potassium, drawn anew for each epoch.

    Each recording gives the same number of cycles, chosen at random, so that recordings weigh equally. The draw and the
    order follow from the seed and the epoch alone: an interrupted run goes on exactly as an unbroken one.

    Args:
        cycles: the training recordings.
        potassium: of each recording in mEq/L.
        cycles_per_recording: how many cycles of each; those of a recording with fewer come more than once.
        batch_size: cycles per batch.
        seed: of the run.
        epoch: tells the current epoch; asked when its first batch is taken.
    """

    def __init__(
        self,
        cycles: CohortCycles,
        potassium: Float[np.ndarray, " recording"],
        cycles_per_recording: int,
        batch_size: int,
        seed: int,
        epoch: Callable[[], int],
    ) -> None:
        self._cycles = cycles
        self._potassium = potassium.astype(np.float32)
        self._per_recording = cycles_per_recording
        self._batch_size = batch_size
        self._seed = seed
        self._epoch = epoch

    def __len__(self) -> int:
        return -(-len(self._cycles) * self._per_recording // self._batch_size)

    def __iter__(self) -> Iterator[Batch]:
        recording, cycle = self._draw(np.random.default_rng([self._seed, self._epoch()]))
        for first in range(0, len(cycle), self._batch_size):
            batch = slice(first, first + self._batch_size)
            signal = self._cycles.signal[cycle[batch]]
            yield torch.from_numpy(signal), torch.from_numpy(self._potassium[recording[batch]])

    def _draw(self, rng: np.random.Generator) -> tuple[Int[np.ndarray, " draw"], Int[np.ndarray, " draw"]]:
        """Recording and cycle of each draw, in random order."""
        start = self._cycles.start
        cycle = np.concatenate(
            [first + np.resize(rng.permutation(last - first), self._per_recording) for first, last in pairwise(start)]
        )
        recording = np.repeat(np.arange(len(self._cycles)), self._per_recording)
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


def _joined(parts: list[Float32[np.ndarray, "cycle lead 512"]]) -> Float32[np.ndarray, "cycle lead 512"]:
    return np.concatenate(parts) if parts else np.zeros((0, 1, CYCLE_SAMPLES), np.float32)


def _starts(parts: list[Float32[np.ndarray, "cycle lead 512"]]) -> Int[np.ndarray, " recording+1"]:
    return np.cumsum([0, *map(len, parts)])
