"""Which ECGs of a manifest go into a cohort, with what potassium; each that does not is counted for one reason."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from kalemia.cohorts import ecg_files
from kalemia.cohorts.build_settings import BuildSettings
from kalemia.cohorts.cells import text_of
from kalemia.cohorts.flow import Flow
from kalemia.cohorts.labelling import Label, labels_from_lab, labels_of_rows
from kalemia.cohorts.source_table import SourceTable, read_source_table
from kalemia.errors import CohortError
from kalemia.progress import Progress

DUPLICATE_ROW = "the same row again"
NO_RECORDING, NO_PATIENT = "no recording named", "no patient"
MADE_COLUMNS = ("recording_id", "patient_id", "is_index", "path", "lab_values", "reading_warnings")
LABEL_COLUMNS = ("potassium", "lab_time", "minutes_from_lab")


@dataclass(frozen=True)
class Selected:
    """What a cohort is written from; a place is a row's in the manifest.

    Attributes:
        manifest: the table of ECGs.
        flow: which of its rows are left.
        files: the file of each row.
        labels: potassium of each row that is left, by place.
        warnings: of reading, likewise; none where nothing was read.
        lab: the laboratory values of these patients, if they stand in a table of their own.
        lab_flow: which of them are of use.
    """

    manifest: SourceTable
    flow: Flow
    files: list[Path]
    labels: dict[int, Label]
    warnings: dict[int, tuple[str, ...]]
    lab: SourceTable | None
    lab_flow: Flow | None


def select_ecgs(manifest: Path, lab: Path | None, settings: BuildSettings, progress: Progress) -> Selected:
    """The ECGs that are fit for a cohort; see `kalemia.cohorts.building.build_cohort`.

    Raises:
        CohortError: a table cannot be used, files are missing, or no ECG is left.
    """
    table, lab_table = _tables(manifest, lab)
    patients = [text_of(cell) for cell in table.column("patient")]
    names = [text_of(cell) for cell in table.column("recording")]
    files = ecg_files.located(manifest, names)
    flow = Flow("Rows of the manifest", patients)
    _exclude_unusable_rows(flow, table, names, patients)
    ecg_files.exclude_other_patients(flow, files, patients)
    flow.close_step("ECGs, each of one patient")
    lab_flow = None
    if lab_table is None:
        labels = labels_of_rows(table, flow, settings)
    else:
        lab_table = _values_of(lab_table, {patients[place] for place in flow.left}, table.name)
        lab_flow = _lab_flow(lab_table)
        labels = labels_from_lab(table, flow, lab_table, lab_flow, settings)
        lab_flow.close_step("Values of use")
    ecg_files.exclude_repeats(flow, files, labels)
    flow.close_step("ECGs with a potassium")
    ecg_files.exclude_missing(flow, files, allowed=settings.allow_missing)
    warnings = ecg_files.check_files(flow, files, patients, labels, settings, progress) if settings.check else {}
    flow.close_step("ECGs in the cohort")
    _require_some(table, flow)
    return Selected(table, flow, files, labels, warnings, lab_table, lab_flow)


def _tables(manifest: Path, lab: Path | None) -> tuple[SourceTable, SourceTable | None]:
    if lab is None:
        optional = ("source", "ecg_time", "lab_time", "minutes_from_lab")
        table, lab_table = read_source_table(manifest, ("recording", "patient", "potassium"), optional), None
    else:
        table = read_source_table(manifest, ("recording", "patient", "ecg_time"), ("source",))
        lab_table = read_source_table(lab, ("patient", "potassium", "lab_time"), ("recording",))
    titles = {title.strip().lower() for title in table.further.column_names}
    if made := titles & set(MADE_COLUMNS):
        raise CohortError(
            f"{table.name}: column {', '.join(sorted(made))}: a cohort has its own. Rename or remove yours"
        )
    if twice := titles & set(LABEL_COLUMNS):
        raise CohortError(
            f"{table.name}: column {', '.join(sorted(twice))}, but --lab gives the potassium. Leave out one of them"
        )
    return table, lab_table


def _exclude_unusable_rows(flow: Flow, table: SourceTable, names: list[str], patients: list[str]) -> None:
    _exclude_duplicates(flow, table)
    for place in flow.left:
        if not names[place]:
            flow.exclude(place, NO_RECORDING)
        elif not patients[place]:
            flow.exclude(place, NO_PATIENT)


def _exclude_duplicates(flow: Flow, table: SourceTable) -> None:
    seen: set[str] = set()
    for place, said in enumerate(table.said()):
        if said in seen:
            flow.exclude(place, DUPLICATE_ROW)
        seen.add(said)


def _values_of(lab: SourceTable, patients: set[str], manifest_name: str) -> SourceTable:
    """The laboratory values of some patients.

    Raises:
        CohortError: there is none.
    """
    places = [place for place, cell in enumerate(lab.column("patient")) if text_of(cell) in patients]
    if patients and not places:
        raise CohortError(
            f"{lab.name}: no value of any patient in {manifest_name}. Write ids alike in both tables (007 is not 7)"
        )
    return lab.only(places)


def _lab_flow(lab: SourceTable) -> Flow:
    flow = Flow("Laboratory values of these patients", [text_of(cell) for cell in lab.column("patient")])
    _exclude_duplicates(flow, lab)
    return flow


def _require_some(table: SourceTable, flow: Flow) -> None:
    if flow.left:
        return
    reasons = Counter(exclusion.reason for exclusion in flow.exclusions.values())
    shown = ", ".join(f"{reason} {count}" for reason, count in reasons.most_common())
    raise CohortError(f"{table.name}: no ECG of its {len(table)} rows is left: {shown}")
