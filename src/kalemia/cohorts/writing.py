"""Writing a cohort folder: recording by recording, in bounded memory, whole or not at all."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kalemia import __version__
from kalemia.cohorts.cohort import DESCRIPTION_FILE, FORMAT_VERSION, TABLE_FILE, WAVEFORM_FOLDER
from kalemia.errors import CohortError
from kalemia.recording import Recording
from kalemia.writing import require_new, whole_or_nothing

RECORDINGS_PER_SHARD = 256
WAVEFORM_SCHEMA = pa.schema(
    [
        ("recording_id", pa.string()),
        ("fs", pa.float64()),
        ("leads", pa.list_(pa.string())),
        ("signal_mv", pa.list_(pa.float32())),
    ]
)


@contextmanager
def new_cohort(folder: Path | str, description: Mapping[str, Any]) -> Iterator["CohortWriter"]:
    """A writer for a new cohort folder, which is there when the `with` block ends well, and only then.

    Args:
        folder: the cohort folder to make; it must not exist, or be empty.
        description: what `cohort.json` should hold beside the format and kalemia versions: source, seed, parameters.

    Raises:
        OutputError: the folder exists and is not empty, or cannot be written.
    """
    folder = Path(folder)
    require_new(folder)
    with whole_or_nothing(folder) as draft:
        writer = CohortWriter(draft)
        yield writer
        writer.finish(description)


class CohortWriter:
    """Writes shards of waveforms as recordings come in, and the table at the end; see `new_cohort`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / WAVEFORM_FOLDER).mkdir(parents=True)
        self._rows: list[Mapping[str, Any]] = []
        self._waveforms: list[Mapping[str, Any]] = []
        self._shards = 0

    def add(self, recording: Recording, row: Mapping[str, Any]) -> None:
        """Add a recording with its row of the table, which has at least the columns every cohort needs.

        Raises:
            CohortError: the row has other columns than the one before.
        """
        if self._rows and row.keys() != self._rows[-1].keys():
            odd = ", ".join(sorted(row.keys() ^ self._rows[-1].keys()))
            raise CohortError(
                f"{row['recording_id']}: its row and the one before differ in {odd}. Give all rows all columns."
            )
        self._rows.append(row)
        self._waveforms.append(waveform(recording, row))
        if len(self._waveforms) == RECORDINGS_PER_SHARD:
            self._write_shard()

    def finish(self, description: Mapping[str, Any]) -> None:
        """Write what is left, the table, and `cohort.json`."""
        if self._waveforms:
            self._write_shard()
        pq.write_table(pa.Table.from_pylist(self._rows), self._folder / TABLE_FILE, compression="zstd")
        (self._folder / DESCRIPTION_FILE).write_text(description_text(description), encoding="utf-8")

    def _write_shard(self) -> None:
        write_shard(self._folder / WAVEFORM_FOLDER / shard_name(self._shards), self._waveforms)
        self._shards += 1
        self._waveforms.clear()


def waveform(recording: Recording, row: Mapping[str, Any]) -> dict[str, Any]:
    """A recording as it stands in a shard, under the id in its row."""
    return {
        "recording_id": row["recording_id"],
        "fs": recording.fs,
        "leads": list(recording.leads),
        "signal_mv": np.ascontiguousarray(recording.signal, dtype=np.float32).ravel(),
    }


def write_shard(path: Path, waveforms: Sequence[Mapping[str, Any]]) -> None:
    """Write a file of waveforms (see `waveform`)."""
    pq.write_table(
        pa.Table.from_pylist(waveforms, schema=WAVEFORM_SCHEMA),
        path,
        compression="zstd",
        use_dictionary=["recording_id"],
        use_byte_stream_split=["signal_mv.list.element"],
    )


def shard_name(number: int) -> str:
    """The name of a file of waveforms."""
    return f"{number:05d}.parquet"


def description_text(description: Mapping[str, Any]) -> str:
    """What stands in `cohort.json`."""
    return (
        json.dumps({"format_version": FORMAT_VERSION, "kalemia_version": __version__, **description}, indent=2) + "\n"
    )
