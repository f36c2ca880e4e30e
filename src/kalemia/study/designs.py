"""Who learns, who decides and who is estimated: no patient, and no recording, on two sides.

Folds are dealt by patient. Two patients who share a recording (one ECG filed under two names) count as one, so that
no ECG is estimated by a model that has learned from it. `Design` checks this whatever it was made by.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Shaped
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from kalemia.cohorts.splits import split_by_patient
from kalemia.errors import CohortError

Rows = Int[np.ndarray, " row"]
Groups = Int[np.ndarray, " row"]
"""A number for each recording; those of one patient, and of patients who share a recording, have the same."""

SIDES = ("train", "validation", "test")
FEWEST_PER_FOLD = 2
"""Patients; with fewer in a fold a k-fold cross-validation is a leave-one-out one, of which nothing can be learned."""


@dataclass(frozen=True, eq=False)
class Fold:
    """One training, and whom it is tried on; places in the table of the cohort.

    Attributes:
        name: `2` for the second fold, `1-2` in the first of several repeats.
        train: the recordings that are learned from.
        validation: those that decide when training stops, and give intervals and risks.
        test: those that are estimated.
    """

    name: str
    train: Rows
    validation: Rows
    test: Rows

    @property
    def digest(self) -> str:
        """Tells who is on which side."""
        sides = [[side, *map(int, getattr(self, side))] for side in SIDES]
        return hashlib.sha256(json.dumps(sides).encode()).hexdigest()[:16]


@dataclass(frozen=True, eq=False)
class Design:
    """The trainings of a study.

    Attributes:
        folds: in order.
        groups: of all recordings of the cohort.

    Raises:
        CohortError: a patient or a recording is on two sides of a fold, or a side is empty.
    """

    folds: tuple[Fold, ...]
    groups: Groups

    def __post_init__(self) -> None:
        for fold in self.folds:
            sides = [np.unique(self.groups[getattr(fold, side)]) for side in SIDES]
            for side, groups in zip(SIDES, sides, strict=True):
                if not len(groups):
                    raise CohortError(f"fold {fold.name}: nobody on the {side} side. A study needs more patients.")
            _, counts = np.unique(np.concatenate(sides), return_counts=True)
            if np.any(counts > 1):
                raise CohortError(
                    f"fold {fold.name}: {np.sum(counts > 1)} patients are on two sides, which flatters every model. "
                    "A patient belongs on one."
                )


def cross_validation(
    rows: Rows,
    groups: Groups,
    potassium: Float[np.ndarray, " row"],
    folds: int,
    repeats: int = 1,
    validation_fraction: float = 0.15,
    seed: int = 0,
) -> Design:
    """Every recording is estimated once in each repeat, by a model that has not met its patient.

    Args:
        rows: the recordings that take part.
        groups: of all recordings of the cohort.
        potassium: likewise, mEq/L; folds have their share of each part of the scale.
        folds: how many, at least two.
        repeats: how often everything is dealt anew.
        validation_fraction: of the patients who are not tested in a fold.
        seed: the same seed deals alike.

    Raises:
        CohortError: too few patients for so many folds.
    """
    _require_patients(groups[rows], folds)
    made = []
    for repeat in range(repeats):
        shares = {str(number): 1 / folds for number in range(1, folds + 1)}
        dealt = split_by_patient(groups[rows], shares, seed + repeat, potassium[rows])
        for number, places in dealt.items():
            name = number if repeats == 1 else f"{repeat + 1}-{number}"
            rest = np.setdiff1d(np.arange(len(rows)), places)
            made.append(_fold(name, rows[places], rows[rest], groups, potassium, validation_fraction, seed + repeat))
    return Design(tuple(made), groups)


def fixed_split(
    rows: Rows,
    groups: Groups,
    potassium: Float[np.ndarray, " row"],
    test_fraction: float = 0.2,
    validation_fraction: float = 0.15,
    seed: int = 0,
) -> Design:
    """One training, and one part of the patients that it is tried on; arguments as of `cross_validation`.

    Raises:
        CohortError: too few patients.
    """
    _require_patients(groups[rows], 2)
    shares = {"known": 1 - test_fraction, "test": test_fraction}
    dealt = split_by_patient(groups[rows], shares, seed, potassium[rows])
    test, known = rows[dealt["test"]], rows[dealt["known"]]
    return Design((_fold("1", test, known, groups, potassium, validation_fraction, seed),), groups)


def external_test(
    rows: Rows,
    tested: Rows,
    groups: Groups,
    potassium: Float[np.ndarray, " row"],
    validation_fraction: float = 0.15,
    seed: int = 0,
) -> Design:
    """One training on some recordings, tried on all of others; who is in both is not trained on.

    Args:
        rows: the recordings of the cohort that is learned from.
        tested: those of the other cohort.
        groups: of both.
        potassium: of both, mEq/L.
        validation_fraction: of the patients who are learned from.
        seed: the same seed deals alike.

    Raises:
        CohortError: too few patients.
    """
    known = rows[~np.isin(groups[rows], groups[tested])]
    _require_patients(groups[known], 1)
    return Design((_fold("1", tested, known, groups, potassium, validation_fraction, seed),), groups)


def given_sides(sides: Shaped[np.ndarray, " row"], rows: Rows, groups: Groups) -> Design:
    """The split that a cohort brings along in a column with `train`, `validation` and `test`.

    Raises:
        CohortError: another word, an empty side, or a patient on two.
    """
    unknown = np.setdiff1d(sides[rows].astype(str), SIDES)
    if len(unknown):
        raise CohortError(f"column side: {str(unknown[0])!r} in it. It takes {', '.join(SIDES)}.")
    train, validation, test = (rows[sides[rows] == side] for side in SIDES)
    return Design((Fold("1", train, validation, test),), groups)


def linked_groups(
    patient_ids: Shaped[np.ndarray, " row"], contents: Sequence[str] | Shaped[np.ndarray, " row"]
) -> Groups:
    """A number for each recording, the same for those of one patient and of patients who share a recording.

    Args:
        patient_ids: of each recording.
        contents: something that two recordings share only if they are the same samples, as a digest.
    """
    _, patient = np.unique(patient_ids, return_inverse=True)
    _, content = np.unique(np.asarray(contents), return_inverse=True)
    patients = int(patient.max(initial=-1)) + 1
    nodes = patients + int(content.max(initial=-1)) + 1
    edges = coo_array((np.ones(len(patient)), (patient, patients + content)), shape=(nodes, nodes))
    _, component = connected_components(edges, directed=False)
    return np.asarray(component[patient], dtype=np.int64)


def part_of_training(fold: Fold, groups: Groups, potassium: Float[np.ndarray, " row"], share: float, seed: int) -> Fold:
    """The same fold with fewer patients to learn from: a point of the learning curve.

    Args:
        fold: the whole.
        groups: of all recordings.
        potassium: likewise, mEq/L.
        share: of the training patients.
        seed: the same seed takes the same patients.
    """
    dealt = split_by_patient(groups[fold.train], {"kept": share, "left": 1 - share}, seed, potassium[fold.train])
    return Fold(fold.name, fold.train[dealt["kept"]], fold.validation, fold.test)


def _fold(
    name: str,
    test: Rows,
    known: Rows,
    groups: Groups,
    potassium: Float[np.ndarray, " row"],
    validation_fraction: float,
    seed: int,
) -> Fold:
    shares = {"train": 1 - validation_fraction, "validation": validation_fraction}
    dealt = split_by_patient(groups[known], shares, seed, potassium[known])
    return Fold(name, known[dealt["train"]], known[dealt["validation"]], test)


def _require_patients(groups: Groups, folds: int) -> None:
    patients, needed = len(np.unique(groups)), FEWEST_PER_FOLD * folds
    if patients < needed:
        raise CohortError(
            f"{patients} patients with a usable ECG; {folds} fold{'s' * (folds > 1)} take at least {needed}. "
            "Give a larger cohort, or fewer folds."
        )
