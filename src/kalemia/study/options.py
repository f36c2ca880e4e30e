"""What may be asked of a study, and the plan and the contestants that follow from it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kalemia.cohorts import Cohort
from kalemia.study.contestants import Contestant, load_contestant, require_own_names, shipped
from kalemia.study.plan import StudyPlan

PATIENTS, QUICK_PATIENTS = 1567, 300
"""Of a simulated cohort: those of the study, and a handful to look at."""
TRAINING = {"max_epochs": 20, "patience": 8}
QUICK_TRAINING = {"max_epochs": 6, "patience": 6}

Extent = Literal["quick", "core", "full"]
Split = Literal["k-fold", "fixed", "external"]


@dataclass(frozen=True)
class Options:
    """What was asked.

    Attributes:
        extent: a look of some minutes, the core of the study, or all comparisons.
        split: how patients are dealt.
        patients: of a simulated cohort; by default those of the study, or a handful for a look.
        folds: of a cross-validation; by default 5, or 3 for a look.
        repeats: likewise.
        lead: that is read.
        extra: TOML files of contestants of one's own.
        seed: of everything.
    """

    extent: Extent = "core"
    split: Split = "k-fold"
    patients: int | None = None
    folds: int | None = None
    repeats: int = 1
    lead: str = "II"
    extra: tuple[Path, ...] = ()
    seed: int = 0

    @property
    def simulated_patients(self) -> int:
        """How many are simulated where no cohort is given."""
        return self.patients or (QUICK_PATIENTS if self.extent == "quick" else PATIENTS)

    def plan(self, cohort: Cohort, name: str, tested: int = 0) -> StudyPlan:
        """The plan of the study.

        Args:
            cohort: that it is about.
            name: of it, for people.
            tested: how many of its last rows are only tested on.
        """
        quick = self.extent == "quick"
        return StudyPlan(
            cohort=name,
            fingerprint=cohort.fingerprint,
            design=self.split,
            folds=self.folds or (3 if quick else 5),
            repeats=self.repeats,
            lead=self.lead,
            recordings="index" if "is_index" in cohort.table.column_names else "all",
            training=QUICK_TRAINING if quick else TRAINING,
            learning_curve=(0.25, 0.5) if quick else (0.125, 0.25, 0.5),
            resamples=300 if quick else 1000,
            causal_patients=2 if quick else 12,
            seed=self.seed,
            tested=tested,
        )

    def contestants(self) -> tuple[Contestant, ...]:
        """Who is compared.

        Raises:
            ConfigError: a file cannot be read, or has the name of another contestant.
        """
        every = self.extent == "full"
        chosen = [contestant for contestant in shipped() if every or contestant.group == "core"]
        chosen += [load_contestant(path) for path in self.extra]
        require_own_names(chosen)
        return tuple(chosen)
