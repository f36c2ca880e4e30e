"""The cohort of a study with its inputs and its folds: the same in every process, from what lies on disk."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from kalemia.cohorts import Cohort
from kalemia.errors import CohortError
from kalemia.preprocessing import Preprocessing
from kalemia.progress import Progress
from kalemia.study.designs import (
    Design,
    Fold,
    cross_validation,
    external_test,
    fixed_split,
    given_sides,
    linked_groups,
)
from kalemia.study.inputs import Inputs, prepare_inputs
from kalemia.study.plan import StudyPlan, open_plan

SIDE_COLUMN = "side"
INPUTS = "inputs"

Rows = Int[np.ndarray, " row"]


@dataclass(frozen=True, eq=False)
class Workbench:
    """What every training of a study begins from.

    Attributes:
        folder: of the study.
        plan: of the study.
        cohort: its recordings.
        potassium: of all of them, mEq/L.
        inputs: cycles and features of those that take part.
        design: the folds.
    """

    folder: Path
    plan: StudyPlan
    cohort: Cohort
    potassium: Float[np.ndarray, " row"]
    inputs: Inputs
    design: Design

    @classmethod
    def set_up(cls, folder: Path, cohort: Cohort, plan: StudyPlan, jobs: int, progress: Progress) -> "Workbench":
        """Prepare the recordings where that is not done yet, and deal the patients.

        Raises:
            CohortError: no recording is usable, or too few patients for the folds.
        """
        rows = taking_part(cohort, plan)
        inputs = prepare_inputs(cohort, rows, Preprocessing(lead=plan.lead), folder / INPUTS, jobs, progress)
        if not len(inputs.usable):
            raise CohortError(
                f"{cohort.folder.name}: none of {len(rows)} recordings is usable; the first: "
                f"{next(iter(inputs.left_out.values()))}"
            )
        potassium = np.asarray(cohort.column("potassium"), dtype=float)
        return cls(folder, plan, cohort, potassium, inputs, _design(cohort, plan, inputs, potassium))

    def fold(self, name: str) -> Fold:
        """One of the folds."""
        return next(fold for fold in self.design.folds if fold.name == name)

    def inputs_for(self, preprocessing: Preprocessing, jobs: int, progress: Progress) -> Inputs:
        """The recordings as a contestant wants them."""
        if preprocessing == Preprocessing(lead=self.plan.lead):
            return self.inputs
        rows = taking_part(self.cohort, self.plan)
        return prepare_inputs(self.cohort, rows, preprocessing, self.folder / INPUTS, jobs, progress)


@cache
def workbench(folder: Path, cohort: Path) -> Workbench:
    """That of a study whose recordings are prepared, once in each process."""
    with Progress(shown=False) as silent:
        return Workbench.set_up(folder, Cohort.open(cohort), open_plan(folder), 1, silent)


def taking_part(cohort: Cohort, plan: StudyPlan) -> Rows:
    """The rows of the recordings that a study is about.

    Raises:
        CohortError: they are to be one per patient, but the cohort does not mark these.
    """
    if plan.recordings == "all":
        return np.arange(len(cohort))
    return cohort.index_rows()


def _design(cohort: Cohort, plan: StudyPlan, inputs: Inputs, potassium: Float[np.ndarray, " row"]) -> Design:
    rows, groups = inputs.usable, _groups(cohort, inputs)
    fraction, seed = plan.validation_fraction, plan.seed
    if plan.design == "external":
        is_tested = rows >= len(cohort) - plan.tested
        return external_test(rows[~is_tested], rows[is_tested], groups, potassium, fraction, seed)
    if plan.design == "k-fold":
        return cross_validation(rows, groups, potassium, plan.folds, plan.repeats, fraction, seed)
    if SIDE_COLUMN in cohort.table.column_names:
        return given_sides(cohort.column(SIDE_COLUMN), rows, groups)
    return fixed_split(rows, groups, potassium, validation_fraction=fraction, seed=seed)


def _groups(cohort: Cohort, inputs: Inputs) -> Int[np.ndarray, " row"]:
    """Patients, and who shares a usable recording with another: flat lines are alike, whoever's they are."""
    contents = np.array([f"row {row}" for row in range(len(cohort))], dtype=object)
    is_usable = inputs.part.reason == ""
    contents[inputs.rows[is_usable]] = inputs.part.digest[is_usable]
    return linked_groups(cohort.column("patient_id").astype(str), contents.astype(str))
