"""The potassium of each ECG of a manifest: from its own row, or from a table of laboratory values.

What concerns one ECG or one value is left out and counted; what makes the whole table doubtful is an error that names
the row: a time that cannot be read, times with and without a zone, another unit.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from kalemia.cohorts.build_settings import MEQ_PER_L, BuildSettings
from kalemia.cohorts.cells import is_empty, number_of, text_of, time_of
from kalemia.cohorts.flow import Flow
from kalemia.cohorts.pairing import LabValue, by_minute, nearest
from kalemia.cohorts.source_table import SourceTable
from kalemia.errors import CohortError

NO_POTASSIUM = "no potassium"
NOT_A_NUMBER = "potassium is no number"
NO_LAB_TIME = "no time of the sample"
NO_ECG_TIME = "no time of the ECG"
NO_VALUE_OF_PATIENT = "patient without laboratory value"
DISAGREE = "values of one minute disagree"
TYPICAL_MEDIAN = (2.0, 9.0)
"""mEq/L; the median of any group of patients lies well inside."""
TIMES_AGREE_MINUTES = 1.0


@dataclass(frozen=True)
class Label:
    """What is known of the potassium at an ECG.

    Attributes:
        potassium: mEq/L.
        minutes: from the ECG to the blood sample; NaN where unknown.
        ecg_time: when the ECG was taken, if known.
        lab_time: when the sample was taken, if known.
        values: how many laboratory values it stands for.
        tied: whether another value was as near on the other side of the ECG.
    """

    potassium: float
    minutes: float
    ecg_time: datetime | None
    lab_time: datetime | None
    values: int = 1
    tied: bool = False


def labels_of_rows(table: SourceTable, flow: Flow, settings: BuildSettings) -> dict[int, Label]:
    """Labels from a manifest that has the potassium in its rows, by place; the others are left out of the flow.

    Raises:
        CohortError: the unit is another one, or a time or a number of minutes cannot be read or contradicts another.
    """
    potassium = _potassium(table, flow, settings)
    ecg_times, lab_times = times_of(table, "ecg_time"), times_of(table, "lab_time")
    require_one_zone((table, ecg_times), (table, lab_times))
    labels = {}
    for place, value in potassium.items():
        minutes = _minutes(table, place, ecg_times[place], lab_times[place])
        if abs(minutes) > settings.window_minutes:  # NaN is not
            flow.exclude(place, f"sample more than {settings.window_minutes:g} min away", f"{minutes:g} min")
            continue
        labels[place] = Label(value, minutes, ecg_times[place], lab_times[place])
    return labels


def labels_from_lab(
    table: SourceTable, flow: Flow, lab: SourceTable, lab_flow: Flow, settings: BuildSettings
) -> dict[int, Label]:
    """Labels from the nearest laboratory value of each ECG's patient, by place.

    Args:
        table: the manifest; it needs `ecg_time`.
        flow: of the manifest; ECGs without value are left out of it.
        lab: the laboratory values.
        lab_flow: of these; what is no use of them is left out of it.
        settings: unit, limits and window.

    Raises:
        CohortError: as `labels_of_rows`.
    """
    ecg_times, lab_times = times_of(table, "ecg_time"), times_of(lab, "lab_time")
    require_one_zone((table, ecg_times), (lab, lab_times))
    for place in [place for place in lab_flow.left if lab_times[place] is None]:
        lab_flow.exclude(place, NO_LAB_TIME)
    values = _values_by_patient(lab, lab_flow, lab_times, settings)
    patients = [text_of(cell) for cell in table.column("patient")]
    labels = {}
    for place in flow.left:
        ecg_time = ecg_times[place]
        if ecg_time is None:
            flow.exclude(place, NO_ECG_TIME)
        elif patients[place] not in values:
            flow.exclude(place, NO_VALUE_OF_PATIENT)
        elif (pair := nearest(ecg_time, values[patients[place]], settings.window_minutes)) is None:
            flow.exclude(place, f"no value within {settings.window_minutes:g} min")
        elif pair.value.potassium is None:
            flow.exclude(place, DISAGREE, f"{pair.value.count} values at {pair.value.time.isoformat()}")
        else:
            labels[place] = Label(
                pair.value.potassium, pair.minutes, ecg_time, pair.value.time, pair.value.count, pair.tied
            )
    return labels


def times_of(table: SourceTable, column: str) -> Sequence[datetime | None]:
    """A column of times.

    Raises:
        CohortError: one cannot be read.
    """
    times = []
    for row, cell in zip(table.rows, table.column(column), strict=True):
        try:
            times.append(time_of(cell))
        except ValueError:
            raise CohortError(
                f'{table.name}: row {row}: {column} is "{cell}". Give date and time of day as ISO 8601, such as '
                "2024-05-31T14:05, or leave it empty"
            ) from None
    return times


def require_one_zone(*columns: tuple[SourceTable, Sequence[datetime | None]]) -> None:
    """Refuse times with a zone among times without: nobody knows how far they are apart.

    Raises:
        CohortError: there are both.
    """
    first: dict[bool, str] = {}
    for table, times in columns:
        for row, time in zip(table.rows, times, strict=True):
            if time is not None:
                first.setdefault(time.tzinfo is not None, f"{table.name}, row {row}")
    if len(first) == 2:
        raise CohortError(
            f"times with a zone ({first[True]}) and times without ({first[False]}). Give all of them a zone, or none"
        )


def _values_by_patient(
    lab: SourceTable, flow: Flow, times: Sequence[datetime | None], settings: BuildSettings
) -> dict[str, list[LabValue]]:
    patients = [text_of(cell) for cell in lab.column("patient")]
    samples: dict[str, list[tuple[datetime, float]]] = defaultdict(list)
    for place, potassium in _potassium(lab, flow, settings).items():
        time = times[place]
        if time is not None:
            samples[patients[place]].append((time, potassium))
    return {patient: by_minute(own) for patient, own in samples.items()}


def _potassium(table: SourceTable, flow: Flow, settings: BuildSettings) -> dict[int, float]:
    """Potassium in mEq/L by place, of the rows that have a plausible one."""
    cells, raw = table.column("potassium"), {}
    for place in flow.left:
        value = number_of(cells[place])
        if is_empty(cells[place]):
            flow.exclude(place, NO_POTASSIUM)
        elif value is None:
            flow.exclude(place, NOT_A_NUMBER, str(cells[place]))
        else:
            raw[place] = value
    _require_unit(table.name, list(raw.values()), settings.unit)
    potassium = {place: value * MEQ_PER_L[settings.unit] for place, value in raw.items()}
    low, high = settings.plausible
    for place, value in potassium.items():
        if not low <= value <= high:
            flow.exclude(place, f"potassium not {low:g} to {high:g} mEq/L", f"{value:.3g} mEq/L")
    return {place: value for place, value in potassium.items() if low <= value <= high}


def _require_unit(name: str, values: Sequence[float], unit: str) -> None:
    """Refuse values that cannot be potassium in that unit."""
    low, high = TYPICAL_MEDIAN
    median = float(np.median(values)) if values else math.nan
    if not values or low <= median * MEQ_PER_L[unit] <= high:
        return
    likely = next((other for other, factor in MEQ_PER_L.items() if low <= median * factor <= high), None)
    advice = f"They look like {likely}: add --unit {likely}" if likely else "Is it another substance, or unit?"
    raise CohortError(f"{name}: the median of potassium is {median:g}, which cannot be {unit}. {advice}")


def _minutes(table: SourceTable, place: int, ecg_time: datetime | None, lab_time: datetime | None) -> float:
    """From the ECG to the blood sample, as the row says or its times do; NaN where neither."""
    cell, row = table.column("minutes_from_lab")[place], table.rows[place]
    said = None if is_empty(cell) else number_of(cell)
    if said is None and not is_empty(cell):
        raise CohortError(f'{table.name}: row {row}: minutes_from_lab is "{cell}". Give a number, or leave it empty')
    if ecg_time is None or lab_time is None:
        return math.nan if said is None else said
    minutes = (lab_time - ecg_time) / timedelta(minutes=1)
    if said is not None and abs(said - minutes) > TIMES_AGREE_MINUTES:
        raise CohortError(
            f"{table.name}: row {row}: minutes_from_lab is {said:g}, but its times are {minutes:g} min apart. It is "
            "positive where the sample was taken after the ECG; mend it, or leave the column out"
        )
    return minutes
