"""What the contestants read, made once: cycles, and intervals and waves of each recording.

Recordings are prepared in parts of some hundred, each written whole, under a name that says of what and how it was
made: a study that was killed goes on with the parts that are missing, and another cohort or way to prepare never meets
them.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from jaxtyping import Float, Float32, Int, Shaped

from kalemia import __version__
from kalemia.cohorts import Cohort
from kalemia.cohorts.ecg_files import fingerprint
from kalemia.cycles import CYCLE_SAMPLES
from kalemia.errors import InputError, MissingLead, SignalError
from kalemia.features import FEATURES, measure_features
from kalemia.leads import take_lead
from kalemia.personal import waves_of
from kalemia.preprocessing import Preprocessing
from kalemia.processes import done_in_any_order
from kalemia.progress import Progress
from kalemia.quality import prepare_usable
from kalemia.recording import Recording
from kalemia.training.dataset import CohortCycles, joined
from kalemia.writing import whole_or_nothing

PART = 128
"""Recordings prepared in one go: some seconds of work."""

Rows = Int[np.ndarray, " row"]


@dataclass(frozen=True, eq=False)
class Part:
    """Some recordings as one way of preparing makes them.

    Attributes:
        signal: cycles, those of one recording in a row.
        count: how many of them each recording has; none where it is left out.
        reason: why it is left out; empty where it is not.
        waves: what `kalemia.personal.waves_of` takes from its features; NaN where something was not seen.
        verdict: on its quality.
        digest: of its samples: two recordings have the same only if they are the same ECG.
    """

    signal: Float32[np.ndarray, "cycle lead 512"]
    count: Int[np.ndarray, " recording"]
    reason: Shaped[np.ndarray, " recording"]
    waves: Float[np.ndarray, "recording feature"]
    verdict: Shaped[np.ndarray, " recording"]
    digest: Shaped[np.ndarray, " recording"]


@dataclass(frozen=True, eq=False)
class Inputs:
    """Recordings of a cohort, ready to be learned from.

    Attributes:
        rows: which of the cohort they are.
        part: what was made of them, in the same order.
    """

    rows: Rows
    part: Part

    @property
    def usable(self) -> Rows:
        """The rows of the recordings that can be learned from and estimated."""
        return self.rows[self.part.reason == ""]

    @property
    def left_out(self) -> dict[int, str]:
        """Row and reason of the others."""
        return {int(row): str(why) for row, why in zip(self.rows, self.part.reason, strict=True) if why}

    def cycles(self) -> CohortCycles:
        """The cycles of the usable recordings, as training takes them."""
        start = np.cumsum([0, *self.part.count])
        kept = [slice(*ends) for ends, reason in zip(pairwise(start), self.part.reason, strict=True) if not reason]
        count = self.part.count[self.part.reason == ""]
        signal = self.part.signal if len(kept) == len(self.rows) else joined([self.part.signal[k] for k in kept])
        return CohortCycles(signal, np.cumsum([0, *count]), self.usable, self.left_out)

    def waves(self, rows: Rows) -> Float[np.ndarray, "row feature"]:
        """The features of some of the recordings."""
        return self.part.waves[self._places(rows)]

    def verdicts(self, rows: Rows) -> Shaped[np.ndarray, " row"]:
        """On the quality of some of the recordings."""
        return self.part.verdict[self._places(rows)]

    def _places(self, rows: Rows) -> Int[np.ndarray, " row"]:
        order = np.argsort(self.rows, kind="stable")
        return np.asarray(order[np.searchsorted(self.rows[order], rows)])


@dataclass(frozen=True)
class _Task:
    """A part to be made."""

    cohort: Path
    rows: tuple[int, ...]
    preprocessing: Preprocessing
    path: Path


def prepare_inputs(
    cohort: Cohort, rows: Rows, preprocessing: Preprocessing, folder: Path, jobs: int, progress: Progress
) -> Inputs:
    """Prepare recordings, or go on where that was interrupted.

    A recording that cannot be read, from which nothing can be concluded, or without the lead, is left out with its
    reason.

    Args:
        cohort: where they come from.
        rows: which of them, rising.
        preprocessing: how cycles are made.
        folder: for the parts.
        jobs: processes.
        progress: told of each part.

    Raises:
        CohortError: a shard cannot be read.
        OutputError: a part cannot be written, or a process was killed.
    """
    tasks = _tasks(cohort, rows, preprocessing, folder)
    missing = [task for task in tasks if not task.path.is_file()]
    if missing:
        bar = progress.begin("Preparing recordings", len(tasks), len(tasks) - len(missing))
        for _ in done_in_any_order(_make, missing, jobs):
            progress.advance(bar)
    parts = [_read(task) for task in tasks]
    columns = {name: [getattr(part, name) for part in parts] for name in Part.__dataclass_fields__}
    signal = joined(columns.pop("signal"))
    return Inputs(rows, Part(signal, **{name: np.concatenate(values) for name, values in columns.items()}))


def _tasks(cohort: Cohort, rows: Rows, preprocessing: Preprocessing, folder: Path) -> list[_Task]:
    files = [_state(cohort.paths[row]) for row in map(int, rows) if row in cohort.paths]
    made_of = [cohort.fingerprint, preprocessing.model_dump_json(), __version__, PART, *map(int, rows), *files]
    key = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:12]
    return [
        _Task(
            cohort.folder.resolve(),
            tuple(map(int, rows[first : first + PART])),
            preprocessing,
            folder / key / f"{number:05d}.npz",
        )
        for number, first in enumerate(range(0, len(rows), PART))
    ]


def _make(task: _Task) -> None:
    found: dict[int, tuple[object, ...]] = {}

    def leave_out(row: int, error: Exception, digest: str) -> None:
        nothing = np.zeros((0, 1, CYCLE_SAMPLES), np.float32)
        reason = f"{type(error).__name__}: {error}"
        found[row] = (nothing, 0, reason, np.full(len(FEATURES) + 1, np.nan), "unusable", digest)

    def unreadable(row: int, error: InputError) -> None:
        leave_out(row, error, f"unreadable {row}")

    for row, recording in _opened(task.cohort).recordings(task.rows, unreadable):
        digest = fingerprint(recording).hex()
        try:
            found[row] = (*_prepared(recording, task.preprocessing), digest)
        except (SignalError, MissingLead) as error:
            leave_out(row, error, digest)
    signal, *columns = zip(*(found[row] for row in task.rows), strict=True)
    names = list(Part.__dataclass_fields__)[1:]
    arrays = {name: np.array(values) for name, values in zip(names, columns, strict=True)}
    with whole_or_nothing(task.path) as draft, draft.open("wb") as file:
        np.savez(file, allow_pickle=False, signal=joined(signal), **arrays)


def _prepared(recording: Recording, preprocessing: Preprocessing) -> tuple[object, ...]:
    lead = take_lead(recording, preprocessing.lead)
    prepared, quality = prepare_usable(lead, Preprocessing(lead=preprocessing.lead))
    waves = waves_of(measure_features(lead, lead.leads[0], prepared.beats, quality))
    is_plain = preprocessing == Preprocessing(lead=preprocessing.lead)
    cycles = prepared.cycles if is_plain else preprocessing.cycles(recording)
    return cycles.signal, len(cycles), "", waves, quality.verdict


def _state(path: Path) -> tuple[int, int] | None:
    """Size and time of a file, by which another one in its place is noticed; `None` where it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


@cache
def _opened(folder: Path) -> Cohort:
    """Once in each process."""
    return Cohort.open(folder)


def _read(task: _Task) -> Part:
    """A part; made again where it is damaged."""
    try:
        return _load(task.path)
    except Exception:  # NumPy, zipfile and zlib each raise errors of their own for what is damaged
        _make(task)
        return _load(task.path)


def _load(path: Path) -> Part:
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        return Part(**{name: stored[name] for name in Part.__dataclass_fields__})
