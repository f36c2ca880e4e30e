"""The files that a manifest names: where they lie, what they are called, which can be read, whose they are."""

import hashlib
import os
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path

import numpy as np

from kalemia.cohorts.build_settings import BuildSettings
from kalemia.cohorts.flow import Flow
from kalemia.cohorts.labelling import Label
from kalemia.errors import CohortError, InputError, MissingLead
from kalemia.leads import take_lead
from kalemia.progress import Progress
from kalemia.reading import read
from kalemia.recording import Recording

MISSING, UNREADABLE = "no such file", "cannot be read"
OTHER_PATIENT = "the same recording under two patients"
OTHER_POTASSIUM = "the same recording with another potassium or time"
AGAIN = "the same recording again"
SAME_SIGNAL_OTHER_PATIENT = "the same signal under two patients"
SAME_SIGNAL_OTHER_POTASSIUM = "the same signal with another potassium or time"
SAME_SIGNAL = "the same signal again"
NAMES_SHOWN = 3


def located(manifest: Path, names: Sequence[str]) -> list[Path]:
    """Where each recording lies: names are absolute or relative to the manifest."""
    folder = os.fspath(manifest.resolve().parent)
    return [Path(os.path.normpath(os.path.join(folder, name))) for name in names]  # noqa: PTH118 as fast again


def unique_ids(files: Sequence[Path]) -> dict[Path, str]:
    """An id for each file: its name without suffix; where several share that, with suffix and folders as needed."""
    distinct = list(dict.fromkeys(files))
    ids, folders = {file: file.stem for file in distinct}, Counter[Path]()
    while True:
        counts = Counter(ids.values())
        alike = [file for file in distinct if counts[ids[file]] > 1]
        if not alike:
            return ids
        for file in alike:
            folders[file] += 1
            ids[file] = "/".join(file.parts[-folders[file] :])


def exclude_other_patients(flow: Flow, files: Sequence[Path], patients: Sequence[str]) -> None:
    """Leave out recordings that the table gives to several patients."""
    owners: dict[Path, set[str]] = defaultdict(set)
    for place in flow.left:
        owners[files[place]].add(patients[place])
    for place in flow.left:
        if len(owners[files[place]]) > 1:
            flow.exclude(place, OTHER_PATIENT)


def exclude_repeats(flow: Flow, files: Sequence[Path], labels: Mapping[int, Label]) -> None:
    """Leave out all rows of a recording that do not agree on its label; of those that do, all but the first."""
    _exclude_alike(flow, {place: files[place] for place in flow.left}, labels, AGAIN, OTHER_POTASSIUM)


def exclude_missing(flow: Flow, files: Sequence[Path], *, allowed: bool) -> None:
    """Leave out recordings whose file is not there.

    Raises:
        CohortError: there are such, and it is not allowed.
    """
    left = flow.left
    missing = [place for place in left if not is_there(files[place])]
    if missing and not allowed:
        shown = ", ".join(str(files[place]) for place in missing[:NAMES_SHOWN])
        shown += f", and {len(missing) - NAMES_SHOWN} more" if len(missing) > NAMES_SHOWN else ""
        raise CohortError(
            f"{len(missing)} of {len(left)} recordings are not there: {shown}. "
            "Check the paths, which are relative to the manifest, or leave such out with --allow-missing"
        )
    for place in missing:
        flow.exclude(place, MISSING)


def check_files(
    flow: Flow,
    files: Sequence[Path],
    patients: Sequence[str],
    labels: Mapping[int, Label],
    settings: BuildSettings,
    progress: Progress,
) -> dict[int, tuple[str, ...]]:
    """Read each file, and leave out what cannot be read, lacks the lead, or has the signal of another.

    Returns:
        The warnings of each recording, by place.
    """
    signals: dict[int, Hashable] = {}
    warnings: dict[int, tuple[str, ...]] = {}
    left = flow.left
    for place in progress.over(left, "Reading recordings", len(left)):
        try:
            recording = read(files[place])
            lead = take_lead(recording, settings.lead)
        except MissingLead as error:
            flow.exclude(place, f"no lead {settings.lead}", str(error))
        except InputError as error:
            flow.exclude(place, UNREADABLE, str(error))
        else:
            if _has_waves(recording):  # flat lines are alike, whoever's they are
                signals[place] = fingerprint(recording)
            warnings[place] = lead.warnings
    _exclude_shared_signals(flow, signals, patients)
    kept = {place: signals[place] for place in flow.left if place in signals}
    _exclude_alike(flow, kept, labels, SAME_SIGNAL, SAME_SIGNAL_OTHER_POTASSIUM)
    return warnings


def _exclude_shared_signals(flow: Flow, signals: Mapping[int, Hashable], patients: Sequence[str]) -> None:
    owners: dict[Hashable, set[str]] = defaultdict(set)
    for place, signal in signals.items():
        owners[signal].add(patients[place])
    for place, signal in signals.items():
        if len(owners[signal]) > 1:
            flow.exclude(place, SAME_SIGNAL_OTHER_PATIENT)


def _exclude_alike(
    flow: Flow, keys: Mapping[int, Hashable], labels: Mapping[int, Label], again: str, contradicting: str
) -> None:
    alike: dict[Hashable, list[int]] = defaultdict(list)
    for place, key in keys.items():
        alike[key].append(place)
    for places in alike.values():
        said = {_said(labels[place]) for place in places}
        for place in places[1:] if len(said) == 1 else places:
            flow.exclude(place, again if len(said) == 1 else contradicting)


def _said(label: Label) -> tuple[float, float | None]:
    return label.potassium, label.minutes if label.minutes == label.minutes else None


def _has_waves(recording: Recording) -> bool:
    return bool(np.nan_to_num(np.diff(recording.signal, axis=1)).any())


def fingerprint(recording: Recording) -> bytes:
    """Of the signal, not of the file: two exports of one ECG differ in the name of the patient."""
    digest = hashlib.sha256(repr((recording.fs, recording.leads)).encode())
    digest.update(np.ascontiguousarray(recording.signal, dtype=np.float32).tobytes())
    return digest.digest()


def is_there(path: Path) -> bool:
    """Whether `kalemia.read` would find something under this name."""
    try:
        return path.exists() or path.with_name(f"{path.name}.hea").is_file()  # a WFDB record goes by its name alone
    except (OSError, ValueError):
        return False
