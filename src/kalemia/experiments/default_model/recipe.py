"""What the models that come with kalemia learn from and are calibrated on, and how they are trained.

Most ECGs that `default` and `dcrnn` learn from are of normal potassium, as where a model is used, with wider tails than
there, as a model needs: an emergency department and a dialysis ward with their rare ranges filled up, the study's flat
cohort, and patients with real beats, whose own potassium is taken to be normal. `wonju` is the study: its network and
its flat cohort.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kalemia.cohorts import Cohort
from kalemia.cohorts.cohort import DESCRIPTION_FILE
from kalemia.cohorts.joining import join_cohorts
from kalemia.simulation import simulate_cohort


@dataclass(frozen=True)
class Part:
    """A cohort to simulate.

    Attributes:
        name: of its folder.
        prior: of its potassium.
        patients: how many.
        seed: no two parts share one.
        at_least: patients in each of the six ranges.
        real: whether some patients have real beats.
    """

    name: str
    prior: str
    patients: int
    seed: int
    at_least: int = 0
    real: bool = False


@dataclass(frozen=True)
class Recipe:
    """How a model is made.

    Attributes:
        name: of the model.
        cohort: name of what it learns from; recipes with the same name share it.
        training: what it learns from.
        calibration: patients that take no part in training, for intervals and all that needs them.
        settings: of the training, where they differ from the defaults.
    """

    name: str
    cohort: str
    training: tuple[Part, ...]
    calibration: tuple[Part, ...]
    settings: Mapping[str, object]


PRIORS = ("emergency", "dialysis", "wonju")
MANY_RECORDINGS = {
    "cycles_per_recording": 1,
    "learning_rate": 2e-3,
    "patience": 20,
    "validation_fraction": 0.04,
    "test_fraction": 0.0,
}
"""With so many recordings an epoch need not see one twice, and others are there to calibrate and to test on."""

MIX = (
    Part("emergency", "emergency", 14_000, 102, at_least=900),
    Part("dialysis", "dialysis", 7_000, 103, at_least=450),
    Part("wonju", "wonju", 7_000, 104),
    *(Part(f"real{number}", "wonju", 1_400, 200 + number, real=True) for number in range(6)),
)
MIX_CALIBRATION = (
    Part("calibration-emergency", "emergency", 3_000, 801, at_least=250, real=True),
    Part("calibration-dialysis", "dialysis", 3_000, 802, at_least=250),
    Part("calibration-wonju", "wonju", 3_000, 803, at_least=250),
)
"""Real beats in one of them alone: in each, a record gets another potassium of its own, and would contradict itself."""
DEFAULT = Recipe(
    "default",
    cohort="mix",
    training=MIX,
    calibration=MIX_CALIBRATION,
    settings={**MANY_RECORDINGS, "model": "resnet", "max_epochs": 20},
)
DCRNN = Recipe(
    "dcrnn",
    cohort="mix",
    training=MIX,
    calibration=MIX_CALIBRATION,
    settings={**MANY_RECORDINGS, "max_epochs": 16},
)
STUDY = Recipe(
    "wonju",
    cohort="wonju",
    training=(Part("study", "wonju", 30_000, 111),),
    calibration=(Part("study-calibration", "wonju", 6_000, 811),),
    settings={**MANY_RECORDINGS, "max_epochs": 20},
)
RECIPES = {recipe.name: recipe for recipe in (DEFAULT, DCRNN, STUDY)}


def simulate_parts(parts: tuple[Part, ...], folder: Path, name: str, real: Path | None, workers: int) -> Cohort:
    """Several parts as one cohort: made, gone on with where it was interrupted, or opened where it is finished.

    Args:
        parts: to simulate.
        folder: where they are kept.
        name: of the joined cohort.
        real: folder of real ECGs for the parts that want some; without it they do without.
        workers: processes.
    """
    if (folder / name / DESCRIPTION_FILE).is_file():
        return Cohort.open(folder / name)
    return join_cohorts([_simulate_part(part, folder, real, workers) for part in parts], folder / name)


def _simulate_part(part: Part, folder: Path, real: Path | None, workers: int) -> Cohort:
    target = folder / part.name
    if (target / DESCRIPTION_FILE).is_file():
        return Cohort.open(target)
    return simulate_cohort(
        target,
        patients=part.patients,
        seed=part.seed,
        prior=part.prior,
        at_least=part.at_least,
        workers=workers,
        real=real if part.real else None,
    )
