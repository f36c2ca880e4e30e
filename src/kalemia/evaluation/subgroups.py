"""How good estimates are in parts of a cohort: by age, sex, rhythm, QRS width, time to the blood sample, quality."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Shaped

from kalemia.errors import ConfigError
from kalemia.evaluation import measures
from kalemia.evaluation.bootstrap import RESAMPLES
from kalemia.evaluation.measured import Measured, Quantity, measured, require_whole
from kalemia.evaluation.weighted import Vector, per_recording

Column = Shaped[np.ndarray, " recording"]
Members = Bool[np.ndarray, " recording"]

UNKNOWN, OTHER = "unknown", "other"
FEWEST = 20
"""Recordings with one value of a column of words; those of rarer ones are taken together."""


@dataclass(frozen=True)
class Subgroup:
    """Some of the recordings, and how good the estimates of these are.

    Attributes:
        variable: what they are told apart by: the name of the column, or "all".
        label: of these.
        n: recordings.
        patients: whose they are.
        mae: in mEq/L.
        mae_constant: of the constant predictor on the same recordings.
        bias: in mEq/L.
        auroc: for a potassium of 5.5 mEq/L and above.
    """

    variable: str
    label: str
    n: int
    patients: int
    mae: Measured
    mae_constant: Measured
    bias: Measured
    auroc: Measured


@dataclass(frozen=True)
class _Cut:
    """Parts of a column of numbers.

    Attributes:
        borders: between the parts, rising.
        labels: one more.
        above: whether a border belongs to the part above it.
        size: whether the sign is left out.
    """

    borders: tuple[float, ...]
    labels: tuple[str, ...]
    above: bool = True
    size: bool = False


_VARIABLES: Mapping[str, _Cut | None] = {
    "age_years": _Cut((50, 65, 80), ("< 50", "50–64", "65–79", "≥ 80")),
    "sex": None,
    "rhythm": None,
    "qrs_ms": _Cut((120,), ("< 120", "≥ 120")),
    "minutes_from_lab": _Cut((15, 30), ("≤ 15", "15–30", "> 30"), above=False, size=True),
    "quality": None,
}
"""Columns of numbers with their parts, and columns of words."""


def subgroups(
    columns: Mapping[str, Column],
    truth: Vector,
    estimate: Vector,
    constant: float | Vector,
    patient_ids: Column,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> tuple[Subgroup, ...]:
    """All recordings, and those of each part of each column, with 95 % intervals by a bootstrap over patients.

    Args:
        columns: any of `age_years`, `sex`, `rhythm`, `qrs_ms`, `minutes_from_lab` and `quality` (its verdict), a value
            for each recording; one that is missing makes its recording `unknown`. Other columns are left out.
        truth: measured potassium in mEq/L.
        estimate: in mEq/L.
        constant: what the constant predictor says, in mEq/L: one number, or one per recording.
        patient_ids: whose recording each is.
        resamples: draws of the bootstrap.
        seed: of the bootstrap.

    Returns:
        Parts without recordings are left out.

    Raises:
        ConfigError: columns differ in length, or hold words where numbers belong.
    """
    always = per_recording(constant, len(truth))
    require_whole(patient_ids, truth=truth, estimate=estimate, constant=always)
    groups = [("all", "all", np.full(len(truth), True)), *_groups(columns, len(truth))]
    quantities = [quantity for _, _, members in groups for quantity in _quantities(truth, estimate, always, members)]
    found = measured(quantities, patient_ids, resamples, seed)
    each = len(found) // len(groups)
    return tuple(
        Subgroup(
            variable,
            label,
            int(members.sum()),
            len(np.unique(patient_ids[members])),
            *found[place * each : (place + 1) * each],
        )
        for place, (variable, label, members) in enumerate(groups)
    )


def _quantities(truth: Vector, estimate: Vector, constant: Vector, members: Members) -> tuple[Quantity, ...]:
    """In the order of the attributes of a `Subgroup`."""
    return (
        Quantity(measures.mae, (truth, estimate), members),
        Quantity(measures.mae, (truth, constant), members),
        Quantity(measures.bias, (truth, estimate), members),
        Quantity(measures.auroc_hyperkalaemia, (truth, estimate), members),
    )


def _groups(columns: Mapping[str, Column], recordings: int) -> Iterator[tuple[str, str, Members]]:
    for name, cut in _VARIABLES.items():
        if name not in columns:
            continue
        column = columns[name]
        if len(column) != recordings:
            raise ConfigError(f"{name}: {len(column)} values of {recordings} recordings. It takes one for each")
        parts = _by_word(column) if cut is None else _by_number(name, column, cut)
        yield from ((name, label, members) for label, members in parts if members.any())


def _by_number(name: str, column: Column, cut: _Cut) -> Iterator[tuple[str, Members]]:
    try:
        numbers = np.asarray(column, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{name}: {error}. It takes numbers, and NaN where one is missing") from error
    part = np.searchsorted(cut.borders, np.abs(numbers) if cut.size else numbers, side="right" if cut.above else "left")
    missing = np.isnan(numbers)
    yield from ((label, (part == place) & ~missing) for place, label in enumerate(cut.labels))
    yield UNKNOWN, missing


def _by_word(column: Column) -> Iterator[tuple[str, Members]]:
    words = np.array([_word(value) for value in column], dtype=object)
    values, counts = np.unique(words, return_counts=True)
    apart = [value for value in values[counts >= FEWEST] if value not in (OTHER, UNKNOWN)]
    yield from ((value, words == value) for value in apart)
    yield OTHER, ~np.isin(words, [*apart, UNKNOWN])
    yield UNKNOWN, words == UNKNOWN


def _word(value: object) -> str:
    is_nan = isinstance(value, float) and np.isnan(value)
    return UNKNOWN if value is None or value == "" or is_nan else str(value)
