"""What is written of a cohort that was built from tables.

::

    COHORT/
    ├── cohort.parquet, cohort.json   and waveforms/ if the signals are copied
    ├── exclusions.csv                each row that was left out, and why
    ├── flow.csv                      how many were left at each step
    └── distribution.csv              how many fall in each of the six ranges
"""

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kalemia.cohorts.build_settings import BuildSettings
from kalemia.cohorts.cells import text_of
from kalemia.cohorts.cohort import DESCRIPTION_FILE, TABLE_FILE, WAVEFORM_FOLDER
from kalemia.cohorts.ecg_files import unique_ids
from kalemia.cohorts.flow import Flow, FlowStep
from kalemia.cohorts.labelling import Label
from kalemia.cohorts.potassium_ranges import LABELS, count_ranges
from kalemia.cohorts.selecting import Selected
from kalemia.cohorts.source_table import SourceTable
from kalemia.cohorts.writing import RECORDINGS_PER_SHARD, description_text, shard_name, waveform, write_shard
from kalemia.progress import Progress
from kalemia.reading import read

EXCLUSIONS_FILE, FLOW_FILE, DISTRIBUTION_FILE = "exclusions.csv", "flow.csv", "distribution.csv"


def table_of(selected: Selected, folder: Path, settings: BuildSettings) -> pa.Table:
    """The table of the cohort: its own columns, then those of the manifest.

    Args:
        selected: its ECGs.
        folder: where the cohort will lie.
        settings: how it is built.
    """
    manifest, left = selected.manifest, selected.flow.left
    labels = [selected.labels[place] for place in left]
    patients = [text_of(manifest.column("patient")[place]) for place in left]
    columns: dict[str, Any] = {
        "recording_id": pa.array(_ids(selected), pa.string()),
        "patient_id": pa.array(patients, pa.string()),
        "potassium": pa.array([label.potassium for label in labels], pa.float64()),
        "minutes_from_lab": pa.array([label.minutes for label in labels], pa.float64(), from_pandas=False),
        "source": [text_of(manifest.column("source")[place]) or manifest.name for place in left],
        "is_index": _index(patients, labels, settings.index),
        "recording": [text_of(manifest.column("recording")[place]) for place in left],
    }
    for name, times in (("ecg_time", [one.ecg_time for one in labels]), ("lab_time", [one.lab_time for one in labels])):
        if any(times):
            columns[name] = _times(times)
    if not settings.copy:
        columns["path"] = [_path(selected, place, folder) for place in left]
    if selected.lab is not None:
        columns["lab_values"] = [label.values for label in labels]
    if settings.check:
        columns["reading_warnings"] = [" ".join(selected.warnings[place]) for place in left]
    for title in manifest.further.column_names:
        columns[title] = manifest.further.column(title).take(left)
    return pa.table(columns)


def _ids(selected: Selected) -> list[str]:
    """Of all files of the manifest, whichever are left: so an ECG has its id also in a cohort of other limits."""
    ids = unique_ids(selected.files)
    return [ids[selected.files[place]] for place in selected.flow.left]


def _path(selected: Selected, place: int, folder: Path) -> str:
    """As absolute as the manifest has it: a relative one goes from the cohort folder."""
    file = selected.files[place]
    if Path(text_of(selected.manifest.column("recording")[place])).is_absolute():
        return str(file)
    return os.path.relpath(file, folder)


def _times(times: Sequence[datetime | None]) -> pa.Array:
    zone = "UTC" if any(time is not None and time.tzinfo is not None for time in times) else None
    return pa.array(times, pa.timestamp("us", zone))


def _index(patients: Sequence[str], labels: Sequence[Label], rule: str) -> list[bool]:
    """Whether each ECG is the index ECG of its patient; of several that are alike, the upper one in the table is."""

    def order(place: int) -> tuple[bool, Any]:
        if rule == "nearest":
            minutes = labels[place].minutes
            return np.isnan(minutes), abs(minutes)
        time = labels[place].ecg_time
        return time is None, time or 0

    first: dict[str, int] = {}
    for place, patient in enumerate(patients):
        if patient not in first or order(place) < order(first[patient]):
            first[patient] = place
    return [first[patient] == place for place, patient in enumerate(patients)]


def write_folder(
    selected: Selected, table: pa.Table, folder: Path, settings: BuildSettings, progress: Progress
) -> None:
    """Write a cohort, and what was left out of it, into an empty folder.

    Raises:
        InputError: a file that was read before cannot be any more.
    """
    if settings.copy:
        _copy_signals(selected, table.column("recording_id").to_pylist(), folder / WAVEFORM_FOLDER, progress)
    pq.write_table(table, folder / TABLE_FILE, compression="zstd")
    _write_accounts(selected, table, folder)
    (folder / DESCRIPTION_FILE).write_text(description_text(_description(selected, settings)), encoding="utf-8")


def _copy_signals(selected: Selected, ids: Sequence[str], folder: Path, progress: Progress) -> None:
    """Store the signals; each file is read again, so that none is stored that was then left out."""
    folder.mkdir()
    left = selected.flow.left
    bar = progress.follow("Copying recordings", len(left))
    for number, start in enumerate(range(0, len(left), RECORDINGS_PER_SHARD)):
        end = min(start + RECORDINGS_PER_SHARD, len(left))
        waveforms = [
            waveform(read(selected.files[left[place]]), {"recording_id": ids[place]}) for place in range(start, end)
        ]
        write_shard(folder / shard_name(number), waveforms)
        bar(end)


def _write_accounts(selected: Selected, table: pa.Table, folder: Path) -> None:
    """The tables that say who was left out, how many at each step, and how the potassium of the others is spread."""
    flows = [(selected.manifest, selected.flow)]
    if selected.lab is not None and selected.lab_flow is not None:
        flows.append((selected.lab, selected.lab_flow))
    exclusions = [row for source, flow in flows for row in _exclusions(source, flow)]
    _write_csv(folder / EXCLUSIONS_FILE, ("table", "row", "recording", "patient", "reason", "detail"), exclusions)
    steps = [row for source, flow in flows for row in _steps(source.name, flow.steps)]
    _write_csv(folder / FLOW_FILE, ("table", "kind", "what", "n", "patients"), steps)
    counts = count_ranges(table.column("potassium").to_numpy())
    ranges = [(label, count, f"{count / len(table):.4f}") for label, count in zip(LABELS, counts, strict=True)]
    _write_csv(folder / DISTRIBUTION_FILE, ("potassium_meq_per_l", "recordings", "share"), ranges)


def _exclusions(source: SourceTable, flow: Flow) -> Iterator[tuple[object, ...]]:
    recordings, patients = source.column("recording"), source.column("patient")
    for place, exclusion in sorted(flow.exclusions.items()):
        ids = text_of(recordings[place]), text_of(patients[place])
        yield source.name, source.rows[place], *ids, exclusion.reason, exclusion.detail


def _steps(name: str, steps: Sequence[FlowStep]) -> Iterator[tuple[object, ...]]:
    for step in steps:
        for excluded in step.excluded:
            yield name, "left out", excluded.reason, excluded.recordings, excluded.patients
        yield name, "left", step.title, step.recordings, step.patients


def _write_csv(path: Path, titles: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(titles)
        writer.writerows(rows)


def _description(selected: Selected, settings: BuildSettings) -> dict[str, object]:
    """What `cohort.json` says."""
    given = f"{selected.manifest.name}" + (f" --lab {selected.lab.name}" if selected.lab is not None else "")
    return {
        "source": selected.manifest.name,
        "made_by": f"kalemia cohort {given} -o COHORT",
        "settings": asdict(settings),
        "flow": [asdict(step) for step in selected.flow.steps],
        "lab_flow": [asdict(step) for step in selected.lab_flow.steps] if selected.lab_flow else None,
    }
