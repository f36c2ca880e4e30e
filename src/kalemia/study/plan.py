"""What a study is: fixed when it begins, and kept beside its results."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kalemia.errors import RunError
from kalemia.writing import write_text

PLAN = "study.json"


class StudyPlan(BaseModel):
    """Everything but who is compared: contestants can join a study later.

    Attributes:
        cohort: name of the cohort.
        fingerprint: of it.
        design: how patients are dealt.
        folds: of a cross-validation.
        repeats: likewise.
        validation_fraction: of the patients that a fold does not test.
        lead: that is read.
        recordings: all of the cohort, or one per patient.
        training: what all networks are trained with, beside the defaults.
        learning_curve: shares of the training patients.
        resamples: of the bootstrap.
        causal_patients: simulated, of whom potassium is changed in one part of the ECG alone.
        seed: of everything.
        tested: how many of the last rows of the cohort come from the one that is only tested on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cohort: str
    fingerprint: str
    design: Literal["k-fold", "fixed", "external"] = "k-fold"
    folds: int = Field(default=5, ge=2)
    repeats: int = Field(default=1, ge=1)
    validation_fraction: float = Field(default=0.15, gt=0, lt=1)
    lead: str = "II"
    recordings: Literal["all", "index"] = "all"
    training: dict[str, Any] = {}
    learning_curve: tuple[float, ...] = (0.125, 0.25, 0.5)
    resamples: int = Field(default=1000, ge=1)
    causal_patients: int = Field(default=12, ge=0)
    seed: int = Field(default=0, ge=0)
    tested: int = Field(default=0, ge=0)

    @property
    def common_training(self) -> Mapping[str, object]:
        """What all networks are trained with."""
        return {"lead": self.lead, "recordings": self.recordings, **self.training}


def keep_plan(plan: StudyPlan, folder: Path) -> None:
    """Write the plan into the folder of the study, or check that it is the one that was begun there.

    Raises:
        RunError: the folder holds another study, or something else.
        OutputError: it cannot be written there.
    """
    path = folder / PLAN
    if not path.exists():
        write_text(path, plan.model_dump_json(indent=2) + "\n")
        return
    there = open_plan(folder)
    for key, value in plan:
        if key != "cohort" and getattr(there, key) != value:  # a cohort may be called otherwise; its fingerprint tells
            begun, asked = (json.dumps(v, default=str) for v in (getattr(there, key), value))
            raise RunError(
                f"{folder.name}: holds a study with {key} = {begun}, this one has {key} = {asked}. Choose a new folder."
            )


def open_plan(folder: Path) -> StudyPlan:
    """The plan of a study that was begun.

    Raises:
        RunError: there is none, or it is damaged.
    """
    path = folder / PLAN
    try:
        return StudyPlan.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise RunError(f"{folder.name}: no study, it has no {PLAN}. Make one: kalemia reproduce.") from None
    except (OSError, ValidationError):
        raise RunError(f"{folder.name}/{PLAN}: damaged. Choose a new folder for the study.") from None
