"""A cohort: labelled recordings in a folder.

::

    COHORT/
    ├── cohort.parquet          one row per ECG: recording_id, patient_id, potassium, minutes_from_lab, source, ...
    ├── cohort.json             format version, source, seed, parameters
    └── waveforms/00000.parquet  recording_id, fs, leads, signal_mv (lead after lead)

A row may name a `path` instead of having its waveform in a shard: a WFDB record, or anything else that `kalemia.read`
takes, absolute or relative to the folder.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kalemia.errors import CohortError, InputError
from kalemia.reading import read
from kalemia.recording import Recording

FORMAT_VERSION = 1
TABLE_FILE, DESCRIPTION_FILE, WAVEFORM_FOLDER = "cohort.parquet", "cohort.json", "waveforms"
UNFINISHED_FOLDER = "unfinished"  # of parts; it is there until `cohort.json` is (see `unfinished.py`)
REQUIRED_COLUMNS = ("recording_id", "patient_id", "potassium", "minutes_from_lab", "source")
SIMULATED = "simulated"
POSSIBLE_POTASSIUM = (1.0, 12.0)  # mEq/L; beyond these a value is a typing error or another unit
RECORDINGS_PER_BATCH = 64


@dataclass(frozen=True)
class Cohort:
    """An opened cohort; make one with `Cohort.open`.

    Attributes:
        folder: where it lies.
        table: one row per ECG.
        description: what `cohort.json` says.
    """

    folder: Path
    table: pa.Table
    description: dict[str, Any]

    @classmethod
    def open(cls, folder: Path | str) -> "Cohort":
        """Open a cohort folder and check that it is whole.

        Raises:
            CohortError: the cohort is unfinished, a file or a column is missing, an id stands twice, a potassium is
                impossible, or a row has no waveform.
        """
        folder = Path(folder)
        if (folder / UNFINISHED_FOLDER).is_dir() and not (folder / DESCRIPTION_FILE).is_file():
            raise CohortError(f"{folder}: unfinished; run the same command again, and it goes on from there")
        cohort = cls(folder, _read_table(folder / TABLE_FILE), _read_description(folder / DESCRIPTION_FILE))
        _check_columns(cohort)
        _check_ids(cohort)
        _check_potassium(cohort)
        _check_waveforms(cohort)
        return cohort

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def column(self, name: str) -> np.ndarray:
        """One column, a value per row.

        Raises:
            CohortError: there is no such column.
        """
        if name not in self.table.column_names:
            raise CohortError(
                f"{self._table_name}: no column {name}. The columns are: {', '.join(self.table.column_names)}"
            )
        values: np.ndarray = self.table.column(name).to_numpy(zero_copy_only=False)
        return values

    def recordings(
        self, rows: Collection[int] | None = None, unreadable: Callable[[int, InputError], None] | None = None
    ) -> Iterator[tuple[int, Recording]]:
        """Recordings with the index of their row, in bounded memory; those in shards first, then those by path.

        Args:
            rows: which of them; all by default.
            unreadable: told of each file named by `path` that cannot be read; without it, the first one is raised.

        Raises:
            CohortError: a shard cannot be read.
            InputError: a file named by `path` cannot be read.
        """
        wanted = range(len(self)) if rows is None else sorted(map(int, rows))
        ids = self.column("recording_id")
        stored = {ids[row]: row for row in wanted if row not in self.paths}
        for shard in self.shards if stored else []:
            yield from _read_shard(shard, stored)
        for row in (row for row in wanted if row in self.paths):
            try:
                recording = read(self.paths[row])
            except InputError as error:
                if unreadable is None:
                    raise
                unreadable(row, error)
            else:
                yield row, recording

    def index_rows(self) -> np.ndarray:
        """The rows of one ECG per patient, those marked `is_index`; where that is empty, an ECG is not left out by it.

        Raises:
            CohortError: there is no such column, or it has other values than true and false.
        """
        marks = self.column("is_index")
        kind = self.table.schema.field("is_index").type
        if not pa.types.is_boolean(kind):
            raise CohortError(f"{self._table_name}: is_index is {kind}. Store true or false.")
        return np.flatnonzero([mark is None or bool(mark) for mark in marks])

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the table and of the shards' names and sizes, which tells one cohort from another."""
        digest = hashlib.sha256((self.folder / TABLE_FILE).read_bytes())
        for path in self.shards:
            digest.update(f"{path.name} {path.stat().st_size}\n".encode())
        return digest.hexdigest()

    @property
    def is_simulated(self) -> bool:
        """Whether every recording is of a simulated patient."""
        return bool(np.all(self.column("source") == SIMULATED))

    @property
    def _table_name(self) -> str:
        return f"{self.folder.name}/{TABLE_FILE}"

    @property
    def shards(self) -> list[Path]:
        """The files of waveforms."""
        return sorted((self.folder / WAVEFORM_FOLDER).glob("*.parquet"))

    @cached_property
    def paths(self) -> dict[int, Path]:
        """Row index and path of the recordings that lie elsewhere."""
        if "path" not in self.table.column_names:
            return {}
        return {row: self.folder / path for row, path in enumerate(self.column("path")) if path}


def _read_table(path: Path) -> pa.Table:
    if not path.is_file():
        raise CohortError(
            f"{path.parent}: no {TABLE_FILE}, so not a cohort. Name a cohort folder, or make one: kalemia simulate -o "
            f"{path.parent.name}, or of your own ECGs kalemia cohort"
        )
    try:
        return pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise CohortError(f"{path.parent.name}/{TABLE_FILE}: not a readable Parquet file ({error})") from error


def _read_description(path: Path) -> dict[str, Any]:
    name = f"{path.parent.name}/{DESCRIPTION_FILE}"
    try:
        description = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CohortError(f"{path.parent.name}: no {DESCRIPTION_FILE}, so the cohort is incomplete") from None
    except ValueError as error:
        raise CohortError(f"{name}: not valid JSON ({error})") from error
    version = description.get("format_version") if isinstance(description, dict) else None
    if version != FORMAT_VERSION:
        raise CohortError(f"{name}: format version {version}; this kalemia reads version {FORMAT_VERSION}")
    return dict(description)


def _check_columns(cohort: Cohort) -> None:
    name = f"{cohort.folder.name}/{TABLE_FILE}"
    missing = [column for column in REQUIRED_COLUMNS if column not in cohort.table.column_names]
    if missing:
        raise CohortError(f"{name}: no column {', '.join(missing)}. Needed: {', '.join(REQUIRED_COLUMNS)}")
    if len(cohort) == 0:
        raise CohortError(f"{name}: no rows. A cohort needs at least one recording.")
    for column in ("recording_id", "patient_id"):
        if not pa.types.is_string(cohort.table.schema.field(column).type):
            raise CohortError(f"{name}: {column} is not text. Store ids as strings.")
        if cohort.table.column(column).null_count:
            raise CohortError(f"{name}: {column} is empty in {cohort.table.column(column).null_count} rows")


def _check_ids(cohort: Cohort) -> None:
    ids, first, counts = np.unique(cohort.column("recording_id").astype(str), return_index=True, return_counts=True)
    if np.any(counts > 1):
        twice = np.argmax(counts > 1)
        raise CohortError(
            f"{cohort.folder.name}/{TABLE_FILE}: recording_id {ids[twice]} stands {counts[twice]} times, first in row "
            f"{first[twice]}. Each ECG needs an id of its own."
        )


def _check_potassium(cohort: Cohort) -> None:
    name = f"{cohort.folder.name}/{TABLE_FILE}"
    kind = cohort.table.schema.field("potassium").type
    if not (pa.types.is_floating(kind) or pa.types.is_integer(kind)):
        raise CohortError(f"{name}: potassium is {kind}, not a number. Store it as mEq/L.")
    potassium = cohort.column("potassium").astype(np.float64)
    low, high = POSSIBLE_POTASSIUM
    wrong = np.flatnonzero(~((potassium >= low) & (potassium <= high)))  # NaN is neither
    if len(wrong):
        row = wrong[0]
        others = f", and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        raise CohortError(
            f"{name}: potassium {potassium[row]:g} in row {row} ({cohort.column('recording_id')[row]}){others}. It "
            f"must be {low:g} to {high:g} mEq/L; correct or leave out such rows."
        )


def _check_waveforms(cohort: Cohort) -> None:
    stored: set[str] = set()
    for path in cohort.shards:
        try:
            stored.update(pq.read_table(path, columns=["recording_id"]).column(0).to_pylist())
        except (pa.ArrowInvalid, OSError, KeyError) as error:
            raise _shard_error(path, error) from error
    paths = cohort.paths
    missing = [
        recording_id
        for row, recording_id in enumerate(cohort.column("recording_id"))
        if recording_id not in stored and row not in paths
    ]
    if missing:
        raise CohortError(
            f"{cohort.folder.name}: {len(missing)} of {len(cohort)} rows have no waveform, the first is {missing[0]}. "
            f"Each needs one in {WAVEFORM_FOLDER}/ or a path."
        )


def _read_shard(path: Path, row_of: dict[str, int]) -> Iterator[tuple[int, Recording]]:
    try:
        for batch in pq.ParquetFile(path).iter_batches(batch_size=RECORDINGS_PER_BATCH):
            signals = batch.column("signal_mv")
            for place, recording_id in enumerate(batch.column("recording_id").to_pylist()):
                if recording_id in row_of:
                    leads = tuple(batch.column("leads")[place].as_py())
                    signal = signals[place].values.to_numpy(zero_copy_only=False).reshape(len(leads), -1)
                    yield row_of[recording_id], Recording(signal, batch.column("fs")[place].as_py(), leads)
    except (pa.ArrowInvalid, OSError, KeyError, ValueError) as error:
        raise _shard_error(path, error) from error


def _shard_error(path: Path, error: Exception) -> CohortError:
    return CohortError(
        f"{WAVEFORM_FOLDER}/{path.name}: not a readable shard of waveforms ({error}). Make the cohort again."
    )
