"""Which recordings of a cohort a trained model may be scored on."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Int

from kalemia.cohorts import Cohort
from kalemia.errors import RunError

if TYPE_CHECKING:  # importing it needs PyTorch
    from kalemia.training import Split


@dataclass(frozen=True)
class Selection:
    """The recordings to score.

    Attributes:
        rows: of the cohort.
        rule: why these, in a sentence.
        known_patients: patients of the cohort that the model was trained on or chosen by; none of them is among `rows`.
        training_rows: rows whose potassium the model was trained on; none if the cohort is another one.
    """

    rows: Int[np.ndarray, " row"]
    rule: str
    known_patients: int
    training_rows: Int[np.ndarray, " row"]


def select(split: "Split", cohort: Cohort) -> Selection:
    """The recordings that a run has not seen.

    Of the run's own cohort these are those of its test side. Of another cohort, all but those of patients with the id
    of one that the run was trained on or chosen by: the two may overlap.

    Raises:
        RunError: none is left.
    """
    recordings, patients = cohort.column("recording_id"), cohort.column("patient_id")
    training_rows = np.flatnonzero(np.isin(recordings, split.train))
    known = np.intersect1d(patients, split.known_patients)
    unknown = ~np.isin(patients, known)
    if cohort.fingerprint == split.cohort.fingerprint:
        rows = np.flatnonzero(np.isin(recordings, split.test) & unknown)
        rule = "the test side of the cohort that the run was trained on"
    else:
        rows, training_rows = np.flatnonzero(unknown), training_rows[:0]
        rule = "all recordings of another cohort than the run's, but those of patients that the run knows"
    if len(rows) == 0:
        raise RunError(
            f"{cohort.folder.name}: no recording to score, the run knows {len(known)} of its "
            f"{len(np.unique(patients))} patients. Give another cohort, or train with a test_fraction above 0."
        )
    return Selection(rows, rule, len(known), training_rows)
