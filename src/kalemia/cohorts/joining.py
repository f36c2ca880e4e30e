"""Several cohorts as one: of several hospitals, or simulated on several priors."""

import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from kalemia.cohorts.cohort import DESCRIPTION_FILE, TABLE_FILE, WAVEFORM_FOLDER, Cohort
from kalemia.cohorts.writing import description_text, shard_name
from kalemia.errors import CohortError
from kalemia.writing import require_new, whole_or_nothing


def join_cohorts(cohorts: Sequence[Cohort], folder: Path | str) -> Cohort:
    """Write the recordings of several cohorts as one cohort.

    A patient id that stands in several of them is one patient. Columns that not all of them have are empty where they
    are missing.

    Args:
        cohorts: at least one; their waveforms are copied, paths to files elsewhere go on pointing there.
        folder: the cohort folder to make; it must not exist, or be empty.

    Raises:
        CohortError: a recording id stands in two of them, or their columns cannot be joined.
        OutputError: the folder exists and is not empty, or cannot be written.
    """
    folder = Path(folder)
    require_new(folder)
    _require_own_ids(cohorts)
    with whole_or_nothing(folder) as draft:
        (draft / WAVEFORM_FOLDER).mkdir(parents=True)
        shards = [shard for cohort in cohorts for shard in cohort.shards]
        for number, shard in enumerate(shards):
            shutil.copyfile(shard, draft / WAVEFORM_FOLDER / shard_name(number))
        pq.write_table(_joined([_table(cohort) for cohort in cohorts]), draft / TABLE_FILE, compression="zstd")
        (draft / DESCRIPTION_FILE).write_text(description_text(_description(cohorts)), encoding="utf-8")
    return Cohort.open(folder)


def _require_own_ids(cohorts: Sequence[Cohort]) -> None:
    counts = Counter(str(name) for cohort in cohorts for name in cohort.column("recording_id"))
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        raise CohortError(
            f"{len(twice)} recording ids stand in more than one of {len(cohorts)} cohorts, the first is {twice[0]}. "
            "Each ECG needs an id of its own."
        )


def _table(cohort: Cohort) -> pa.Table:
    """The table, its relative paths made absolute."""
    if not cohort.paths:
        return cohort.table
    paths = [str(cohort.paths[row].resolve()) if row in cohort.paths else None for row in range(len(cohort))]
    place = cohort.table.column_names.index("path")
    return cohort.table.set_column(place, "path", pa.array(paths, pa.string()))


def _joined(tables: Sequence[pa.Table]) -> pa.Table:
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise CohortError(f"the tables of the cohorts cannot be joined ({error}). Give columns one type.") from error


def _description(cohorts: Sequence[Cohort]) -> dict[str, object]:
    """What `cohort.json` says: of what it was joined."""
    made_by = [cohort.description.get("made_by") for cohort in cohorts]
    described: dict[str, object] = {"source": "joined", "joined_from": [cohort.description for cohort in cohorts]}
    if all(made_by):
        described["made_by"] = "; ".join(map(str, made_by))
    return described
