"""A cohort from what a hospital has: ECG files, and a table or two that say whose they are, and the blood tests.

::

    MANIFEST, LAB ──► rows ──────► potassium of each ECG ──► its file, read ──► COHORT
                   (source_table)   (labelling, pairing)      (ecg_files)       + exclusions.csv, flow.csv,
                                                                                  distribution.csv
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from kalemia.cohorts.build_settings import BuildSettings
from kalemia.cohorts.built_folder import table_of, write_folder
from kalemia.cohorts.cohort import Cohort
from kalemia.cohorts.flow import FlowStep
from kalemia.cohorts.selecting import Selected, select_ecgs
from kalemia.progress import Progress
from kalemia.writing import require_new, whole_or_nothing

Draw = Callable[[Path, Sequence[FlowStep], Float[np.ndarray, " recording"]], None]
"""Adds figures to a folder: of the flow, and of the potassium in mEq/L."""


@dataclass(frozen=True)
class BuiltCohort:
    """A cohort that was built from tables.

    Attributes:
        cohort: opened.
        flow: how many ECGs were left at each step.
        lab_flow: how many laboratory values; none where the manifest has the potassium.
        tied: ECGs with a value as near before as after; they have the later one.
        averaged: ECGs whose potassium is the mean of several values of one minute.
        warned: ECGs whose file was read with a warning (column `reading_warnings`).
    """

    cohort: Cohort
    flow: Sequence[FlowStep]
    lab_flow: Sequence[FlowStep]
    tied: int
    averaged: int
    warned: int


def build_cohort(
    manifest: Path | str,
    folder: Path | str,
    lab: Path | str | None = None,
    settings: BuildSettings | None = None,
    draw: Draw | None = None,
    progress: bool = True,
) -> BuiltCohort:
    """Build a cohort folder from a manifest of ECG files and the potassium that belongs to them.

    Args:
        manifest: CSV or Parquet with a row per ECG: `recording` (a file, relative to the manifest or absolute) and
            `patient`; without `lab` also `potassium`, and `ecg_time` and `lab_time`, or `minutes_from_lab`, where
            known; with `lab` also `ecg_time`. Further columns are kept.
        folder: the cohort folder to make; it must not exist, or be empty.
        lab: CSV or Parquet with a row per laboratory value: `patient`, `potassium`, `lab_time`.
        settings: unit, limits, window, lead, and what to do with files.
        draw: called before the folder takes its name.
        progress: show a progress bar on stderr.

    Raises:
        CohortError: a table cannot be used, files are missing, or no ECG is left.
        OutputError: the folder is not empty, or cannot be written.
    """
    settings, folder = settings or BuildSettings(), Path(folder)
    require_new(folder)
    with Progress(shown=progress) as bar:
        selected = select_ecgs(Path(manifest), None if lab is None else Path(lab), settings, bar)
        table = table_of(selected, folder.resolve(), settings)
        with whole_or_nothing(folder) as draft:
            draft.mkdir()
            write_folder(selected, table, draft, settings, bar)
            if draw is not None:
                draw(draft, selected.flow.steps, table.column("potassium").to_numpy())
    return _built(selected, Cohort.open(folder))


def _built(selected: Selected, cohort: Cohort) -> BuiltCohort:
    left = selected.flow.left
    labels = [selected.labels[place] for place in left]
    return BuiltCohort(
        cohort,
        selected.flow.steps,
        selected.lab_flow.steps if selected.lab_flow else (),
        tied=sum(label.tied for label in labels),
        averaged=sum(label.values > 1 for label in labels),
        warned=sum(bool(selected.warnings.get(place)) for place in left),
    )
