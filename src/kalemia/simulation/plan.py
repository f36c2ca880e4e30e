"""What a simulated cohort is to be: its arguments, and from them the range and weight of every patient."""

from dataclasses import asdict, dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np

from kalemia.cohorts.cohort import SIMULATED
from kalemia.cohorts.potassium_ranges import LABELS, count_ranges, range_index, shared_out
from kalemia.errors import ConfigError
from kalemia.simulation.hospitals import Hospital, hospital_named
from kalemia.simulation.labels import measure, reportable
from kalemia.simulation.population import Population
from kalemia.simulation.priors import Prior, prior_named
from kalemia.simulation.real_arm import RealArm

SIMULATION_VERSION = 3  # raise it whenever the same seed gives other signals or other potassium
NO_REAL_BEATS = RealArm()
RANGE_SAMPLES = 400_000
"""From which the shares of the measured ranges follow; the rarest range has some 400 of them."""


@dataclass(frozen=True)
class CohortPlan:
    """The arguments of a simulated cohort, checked.

    Attributes:
        patients: how many.
        seed: of everything.
        prior: name of the prior.
        hospital: name of the hospital.
        at_least: patients in each measured range, at least.
        real: the arm of real beats; empty if there is none.

    Raises:
        ConfigError: a number is out of range, or there is no such prior or hospital.
    """

    patients: int
    seed: int
    prior: str = "wonju"
    hospital: str = "A"
    at_least: int = 0
    real: RealArm = NO_REAL_BEATS

    def __post_init__(self) -> None:
        prior_named(self.prior)
        hospital_named(self.hospital)
        if self.patients < 1:
            raise ConfigError(f"{self.patients} patients; a cohort needs at least 1")
        if self.seed < 0:
            raise ConfigError(f"a seed of {self.seed}; it must be 0 or more")
        if not 0 <= self.at_least * len(LABELS) <= self.patients:
            raise ConfigError(
                f"at least {self.at_least} patients in each of {len(LABELS)} ranges; of {self.patients} patients it "
                f"can be 0 to {self.patients // len(LABELS)}"
            )

    @property
    def the_prior(self) -> Prior:
        """The prior itself."""
        return prior_named(self.prior)

    @property
    def the_hospital(self) -> Hospital:
        """The hospital itself."""
        return hospital_named(self.hospital)

    @property
    def population(self) -> Population:
        """Who comes to this hospital with this prior."""
        hospital = self.the_hospital
        return self.the_prior.population.with_factors(hospital.confounder_factors, hospital.atrial_fibrillation_factor)

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """Patients by the measured range of their index ECG: in the prior's proportions, filled up to `at_least`.

        What a rare range gets beyond its share is taken from the others in proportion.
        """
        counts = shared_out(self.patients, range_shares(self.prior))
        while min(counts) < self.at_least:
            scarce = np.array(counts) <= self.at_least
            left = self.patients - self.at_least * int(scarce.sum())
            rest = np.where(scarce, 0.0, range_shares(self.prior))
            counts = tuple(np.where(scarce, self.at_least, shared_out(left, rest / rest.sum())).tolist())
        return counts

    @cached_property
    def weights(self) -> tuple[float, ...]:
        """By range: how many patients of the prior one patient of this cohort stands for; 1 on average.

        Statistics with these weights are those of the prior. Where a range has no patient its weight is 0.
        """
        counts = np.array(self.counts)
        wanted = np.where(counts > 0, range_shares(self.prior), 0.0)
        weights = wanted / wanted.sum() * self.patients / np.maximum(counts, 1)
        return tuple(float(weight) for weight in np.round(weights, 6))

    @cached_property
    def ranges(self) -> list[int]:
        """The range of each patient's index ECG, in random order."""
        ranges = np.repeat(np.arange(len(LABELS)), self.counts)
        return np.random.default_rng(self.seed).permutation(ranges).tolist()

    @cached_property
    def real_files(self) -> dict[int, Path]:
        """The file of each patient whose beats are real."""
        return self.real.file_of_patients(self.patients, self.seed)

    @property
    def command(self) -> str:
        """The command that makes this cohort."""
        options = {
            "--prior": ("wonju", self.prior),
            "--hospital": ("A", self.hospital),
            "--at-least": (0, self.at_least),
        }
        further = "".join(f" {name} {value}" for name, (usual, value) in options.items() if value != usual)
        further += " --real FOLDER" if self.real.files else ""
        return f"kalemia simulate -o COHORT --patients {self.patients} --seed {self.seed}{further}"

    def describe(self) -> dict[str, Any]:
        """What `cohort.json` says."""
        return {
            "source": SIMULATED,
            "seed": self.seed,
            "made_by": self.command,
            "parameters": {
                "patients": self.patients,
                "simulation_version": SIMULATION_VERSION,
                "prior": self.prior,
                "prior_source": self.the_prior.source,
                "hospital": {key: value for key, value in asdict(self.the_hospital).items() if value != {}},
                "at_least": self.at_least,
                "real_patients": len(self.real_files),
                "real_files_sha256": self.real.digest if self.real.files else None,
                "index_ecgs_by_range": dict(zip(LABELS, self.counts, strict=True)),
                "prior_share_by_range": {
                    label: round(share, 6) for label, share in zip(LABELS, range_shares(self.prior), strict=True)
                },
                "weight_by_range": dict(zip(LABELS, self.weights, strict=True)),
            },
        }


@cache
def range_shares(prior: str) -> tuple[float, ...]:
    """The share of index ECGs in each measured range on a prior; they sum to 1."""
    given = prior_named(prior).range_shares
    if given is not None:
        return given
    rng = np.random.default_rng(0)
    measured = measure(rng, prior_named(prior).draw_index(rng, RANGE_SAMPLES)).measured
    counts = count_ranges(measured[reportable(measured)])
    return tuple(float(share) for share in counts / counts.sum())


@cache
def measured_prior(prior: str, edges: tuple[float, ...]) -> tuple[float, ...]:
    """The share of index ECGs whose measured potassium lies between each two edges (mEq/L) on a prior."""
    rng = np.random.default_rng(0)
    measured = measure(rng, prior_named(prior).draw_index(rng, RANGE_SAMPLES)).measured
    measured = measured[reportable(measured)]
    ranges = range_index(measured)
    weight_of_range = np.array(range_shares(prior)) / np.maximum(np.bincount(ranges, minlength=len(LABELS)), 1)
    counts, _ = np.histogram(measured, edges, weights=weight_of_range[ranges])
    return tuple(float(share) for share in counts / counts.sum())
