"""A cohort that is made in parts, in any order, by several processes, and goes on after a kill.

::

    COHORT/unfinished/
    ├── plan.json                        what `cohort.json` will say
    └── 00000/{rows,waveforms}.parquet   a finished part

Each part appears whole, by one renaming. When all are there, their waveforms become the cohort's shards, their rows its
table, and `cohort.json` is written last: a folder without it is not a cohort.
"""

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kalemia.cohorts.cohort import DESCRIPTION_FILE, TABLE_FILE, UNFINISHED_FOLDER, WAVEFORM_FOLDER
from kalemia.cohorts.writing import description_text, shard_name, waveform, write_shard
from kalemia.errors import OutputError
from kalemia.recording import Recording
from kalemia.writing import require_new, whole_or_nothing

PLAN_FILE, ROWS_FILE, WAVEFORMS_FILE = "plan.json", "rows.parquet", "waveforms.parquet"


@dataclass(frozen=True)
class UnfinishedCohort:
    """A cohort folder in the making; begin or go on with one by `begin`.

    Attributes:
        folder: the cohort folder.
        parts: how many parts it will have.
    """

    folder: Path
    parts: int

    @classmethod
    def begin(cls, folder: Path | str, description: Mapping[str, Any], parts: int) -> "UnfinishedCohort":
        """Make a cohort folder, or go on with one that was begun with the same description.

        Args:
            folder: the cohort folder; it must not exist, be empty, or be unfinished.
            description: what `cohort.json` will hold beside the versions; `made_by` is shown where it is another.
            parts: how many parts it will have.

        Raises:
            OutputError: the folder is something else, was begun with another description, or cannot be written.
        """
        folder, plan = Path(folder), description_text(description)
        begun = folder / UNFINISHED_FOLDER / PLAN_FILE
        if begun.is_file() and not (folder / DESCRIPTION_FILE).exists():
            _require_same(folder, begun.read_text(encoding="utf-8"), plan)
            return cls(folder, parts)
        require_new(folder)
        with whole_or_nothing(folder) as draft:
            (draft / WAVEFORM_FOLDER).mkdir(parents=True)
            (draft / UNFINISHED_FOLDER).mkdir()
            (draft / UNFINISHED_FOLDER / PLAN_FILE).write_text(plan, encoding="utf-8")
        return cls(folder, parts)

    def missing(self) -> list[int]:
        """The numbers of the parts that are not there yet."""
        return [number for number in range(self.parts) if not self._part(number).is_dir()]

    def write_part(self, number: int, recordings: Iterable[tuple[Recording, Mapping[str, Any]]]) -> None:
        """Write a part, whole or not at all; all its recordings are held in memory.

        Args:
            number: of the part.
            recordings: each with its row of the table.

        Raises:
            OutputError: it cannot be written.
        """
        rows: list[Mapping[str, Any]] = []
        waveforms = []
        for recording, row in recordings:
            rows.append(row)
            waveforms.append(waveform(recording, row))
        with whole_or_nothing(self._part(number)) as draft:
            draft.mkdir()
            write_shard(draft / WAVEFORMS_FILE, waveforms)
            pq.write_table(pa.Table.from_pylist(rows), draft / ROWS_FILE)

    def finish(self) -> None:
        """Make the cohort of its parts; it can be called again where it was interrupted.

        Raises:
            OutputError: it cannot be written.
        """
        table, unfinished = self.folder / TABLE_FILE, self.folder / UNFINISHED_FOLDER
        with whole_or_nothing(unfinished / TABLE_FILE) as draft:
            self._write_table(draft)
        try:
            for number in range(self.parts):
                shard = self._part(number) / WAVEFORMS_FILE
                if shard.exists():
                    shard.replace(self.folder / WAVEFORM_FOLDER / shard_name(number))
            (unfinished / TABLE_FILE).replace(table)
            (unfinished / PLAN_FILE).replace(self.folder / DESCRIPTION_FILE)
        except OSError as error:
            raise OutputError(f"{self.folder}: cannot be finished: {error.strerror or error}") from error
        shutil.rmtree(unfinished, ignore_errors=True)

    def _part(self, number: int) -> Path:
        return self.folder / UNFINISHED_FOLDER / f"{number:05d}"

    def _write_table(self, path: Path) -> None:
        schema = pq.read_schema(self._part(0) / ROWS_FILE)
        with pq.ParquetWriter(path, schema, compression="zstd") as writer:
            for number in range(self.parts):
                writer.write_table(pq.read_table(self._part(number) / ROWS_FILE).cast(schema))


def _require_same(folder: Path, begun: str, plan: str) -> None:
    if begun == plan:
        return
    try:
        command = f" ({json.loads(begun)['made_by']})"
    except (ValueError, KeyError, TypeError):
        command = ""
    raise OutputError(
        f"{folder}: begun with other arguments{command}, or by another version of kalemia, and unfinished. Use those "
        "again, name a new folder, or remove this one first."
    )
