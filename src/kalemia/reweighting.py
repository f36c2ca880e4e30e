"""What an estimate is worth where it is known how common each potassium is: Bayes' rule on the estimate.

A model answers as if its training cohort were the world. How its estimates are spread at each potassium (measured in
patients that took no part in training) does not depend on how common that potassium is; so with another prior,

    P(potassium | estimate)  is proportional to  P(estimate | potassium) * prior(potassium).

The corrected estimate is the median of that distribution, its interval the central 90 %. Saerens, Latinne and
Decaestecker 2002 (doi:10.1162/089976602753284446) correct classifiers in the same way. What it promises holds as far as
the prior does: the interval covers 90 % on average over patients of that prior, and fewer of the rare ones.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from jaxtyping import Float

from kalemia.errors import ConfigError
from kalemia.intervals import parse_versioned

POTASSIUM = np.round(np.arange(2.0, 9.95, 0.1), 1)
ESTIMATE = np.round(np.arange(2.0, 9.95, 0.1), 1)
POTASSIUM_SD, ESTIMATE_SD = 0.15, 0.15
"""Of the kernels that smooth the spread of estimates, in mEq/L."""
FLOOR = 1e-12
"""Share of every density that lies anywhere, so that there is an answer to every estimate."""
DIGITS = 3
"""Of a density, as it is kept."""
SEEN = (0.001, 0.999)
"""Quantiles of the estimates between which they tell something; beyond, the answer is that to the nearest of these."""
FEWEST = 500
"""Recordings; fewer do not tell how estimates are spread at each potassium."""
INTERVAL = (0.05, 0.95)

_FORMAT_VERSION = 1

Recordings = Float[np.ndarray, " recording"]
Levels = Float[np.ndarray, " potassium"]


@dataclass(frozen=True, eq=False)
class Reweighting:
    """How estimates are spread at each potassium, and the priors that are known by name.

    Attributes:
        density: of the estimate (at `ESTIMATE`) for each potassium (at `POTASSIUM`).
        priors: probability of each potassium, by name.
        seen: lowest and highest estimate (mEq/L) of which there are enough.
    """

    density: Float[np.ndarray, "potassium estimate"]
    priors: Mapping[str, Levels]
    seen: tuple[float, float]

    @classmethod
    def fit(cls, estimate: Recordings, truth: Recordings, priors: Mapping[str, Levels]) -> Self:
        """From recordings of patients that took no part in training.

        Args:
            estimate: mEq/L, pooled over the cycles of each recording.
            truth: measured potassium in mEq/L.
            priors: by name, how common each potassium of `POTASSIUM` is, relative to others.
        """
        from_estimate = np.exp(-0.5 * ((ESTIMATE[None] - estimate[:, None]) / ESTIMATE_SD) ** 2)
        from_potassium = np.exp(-0.5 * ((POTASSIUM[:, None] - truth[None]) / POTASSIUM_SD) ** 2)
        density = _shares(from_potassium) @ _shares(from_estimate)
        density = (1 - FLOOR) * density + FLOOR / len(ESTIMATE)
        low, high = np.quantile(estimate, SEEN)
        return cls(density, {name: _shares(prior) for name, prior in priors.items()}, (float(low), float(high)))

    def corrected(self, estimate: float, prior: str) -> tuple[float, tuple[float, float]]:
        """The estimate on a prior, and its 90 % interval, in mEq/L.

        Args:
            estimate: pooled over the cycles, in mEq/L.
            prior: its name.

        Raises:
            ConfigError: there is no such prior.
        """
        self.require(prior)
        among = (np.clip(estimate, *self.seen) - ESTIMATE[0]) / (ESTIMATE[1] - ESTIMATE[0])
        place = np.clip(among, 0, len(ESTIMATE) - 1)
        before = min(int(place), len(ESTIMATE) - 2)
        likelihood = self.density[:, before : before + 2] @ [1 + before - place, place - before]
        each = _shares(likelihood * self.priors[prior])
        below = np.cumsum(each) - each / 2
        low, median, high = np.interp([INTERVAL[0], 0.5, INTERVAL[1]], below, POTASSIUM)
        return float(median), (float(low), float(high))

    def require(self, prior: str) -> None:
        """Refuse a prior that is not known.

        Raises:
            ConfigError: there is no such prior.
        """
        if prior not in self.priors:
            raise ConfigError(f"no prior {prior!r}; there are {', '.join(self.priors)}")

    def to_json(self) -> str:
        """As kept in a model folder."""
        priors = {name: _rounded(prior) for name, prior in self.priors.items()}
        density = [_rounded(row) for row in self.density]
        content = {"format_version": _FORMAT_VERSION, "seen": self.seen, "priors": priors, "density": density}
        return json.dumps(content) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The inverse of `to_json`.

        Raises:
            ValueError: the text is damaged, or of another version.
        """
        content = parse_versioned(text, _FORMAT_VERSION)
        try:
            density = np.array(content["density"], dtype=float)
            priors = {str(name): np.array(prior, dtype=float) for name, prior in content["priors"].items()}
            low, high = map(float, content["seen"])
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            raise ValueError("a value is missing or is not a number") from None
        wanted = (len(POTASSIUM), len(ESTIMATE))
        if density.shape != wanted or any(prior.shape != wanted[:1] for prior in priors.values()):
            raise ValueError("a density or a prior has another length than it should")
        if not all(_is_distribution(part) for part in (density, *priors.values())) or not low < high:
            raise ValueError("a density or a prior is no distribution")
        return cls(density, priors, (low, high))


def _is_distribution(shares: Float[np.ndarray, "... n"]) -> bool:
    """Whether each row is finite, not negative, and sums to 1 as far as `DIGITS` goes."""
    return bool(np.isfinite(shares).all() and (shares >= 0).all() and np.allclose(shares.sum(axis=-1), 1, atol=0.02))


def _rounded(values: Float[np.ndarray, " n"]) -> list[float]:
    return [float(f"{value:.{DIGITS}g}") for value in values]


def _shares(values: Float[np.ndarray, "... n"]) -> Float[np.ndarray, "... n"]:
    """Scaled so that each row sums to 1."""
    return np.asarray(values / np.maximum(values.sum(axis=-1, keepdims=True), 1e-300))
