"""A measure of certain recordings, and what it came to with its interval."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Shaped

from kalemia.errors import ConfigError
from kalemia.evaluation.bootstrap import RESAMPLES, intervals
from kalemia.evaluation.weighted import Cases, Values, Vector, Weights


@dataclass(frozen=True)
class Measured:
    """What a measure came to.

    Attributes:
        value: NaN where it is not defined.
        low: lower end of the 95 % interval, NaN where there is none.
        high: upper end.
    """

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        if math.isnan(self.value):
            return "not defined"
        return f"{self.value:.2f}" + ("" if math.isnan(self.low) else f" ({self.low:.2f} to {self.high:.2f})")


@dataclass(frozen=True)
class Quantity:
    """A measure of certain recordings, as a function of how often each recording counts.

    Attributes:
        measure: takes the columns and the weights, as the functions of `measures` do.
        columns: what it takes, a value per recording each.
        among: which recordings are looked at; all where it is `None`.
    """

    measure: Callable[..., Values]
    columns: tuple[Shaped[np.ndarray, " recording"], ...]
    among: Bool[np.ndarray, " recording"] | None = None

    def __call__(self, weights: Weights | None = None) -> Values:
        """Its value, or one per resample."""
        if self.among is None:
            return self.measure(*self.columns, weights)
        chosen = None if weights is None else weights[..., self.among]
        return self.measure(*(column[self.among] for column in self.columns), chosen)


def measured(
    quantities: Sequence[Quantity],
    patient_ids: Shaped[np.ndarray, " recording"],
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> list[Measured]:
    """Each quantity with its 95 % interval by a bootstrap over patients; all see the same draws.

    Args:
        quantities: of the same recordings.
        patient_ids: the patient of each recording.
        resamples: draws of the bootstrap.
        seed: of the bootstrap.
    """
    found = intervals(quantities, patient_ids, resamples, seed=seed)
    return [Measured(float(quantity()), *interval) for quantity, interval in zip(quantities, found, strict=True)]


def require_whole(patient_ids: Shaped[np.ndarray, " recording"], **columns: Shaped[np.ndarray, " recording"]) -> None:
    """Check that there is a number for every recording in each of the columns.

    Raises:
        ConfigError: a column has another length, or values that are not numbers.
    """
    for name, column in columns.items():
        if np.shape(column) != (len(patient_ids),):
            shape = " × ".join(map(str, np.shape(column))) or "one"
            raise ConfigError(f"{name}: {shape} values of {len(patient_ids)} recordings. It takes one for each")
        missing = int(np.sum(~np.isfinite(column)))
        if missing:
            raise ConfigError(f"{name}: no number for {missing} of {len(column)} recordings. Leave these out first")


def require_probability(probability: Vector) -> None:
    """Check that all lie between 0 and 1.

    Raises:
        ConfigError: one does not.
    """
    if np.any((probability < 0) | (probability > 1)):
        low, high = np.min(probability), np.max(probability)
        raise ConfigError(f"probability from {low:g} to {high:g}. It takes 0 to 1; for an estimate see `Risk`")


def as_cases(positive: Shaped[np.ndarray, " recording"]) -> Cases:
    """Which recordings are cases, from booleans, or from 0 and 1.

    Raises:
        ConfigError: there are other values.
    """
    if not np.isin(positive, (0, 1)).all():
        raise ConfigError("positive: values beside 0 and 1. It takes True for a case, and False for any other")
    return np.asarray(positive, dtype=bool)
