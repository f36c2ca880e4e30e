"""Prediction intervals: how far the truth lay from estimates like this one, in patients the model had not learned from.

Method: split conformal prediction, one group per stretch of the estimate (Mondrian: Vovk, Gammerman and Shafer,
"Algorithmic Learning in a Random World", 2005; Romano, Patterson and Candès, NeurIPS 2019, for bounds that need not be
symmetric). In each group the bounds are order statistics of truth minus estimate with the finite-sample correction of
n + 1. Deviations: the bounds are joined by straight lines between the groups' middles instead of jumping, and widened
where needed so that neither bound falls while the estimate rises.

What they promise is an average: 90 % of recordings like those of the cohort that they were fitted on. They do not
promise 90 % within each range of true potassium, nor in patients unlike that cohort; where it is simulated, nothing is
promised about real ones. Several recordings of one patient count as if they were independent.
"""

import json
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
from jaxtyping import Float

from kalemia.errors import CohortError

LEVEL = 0.9
SMALLEST_GROUP = 60
"""Recordings per group: its 5 % quantile is then its third smallest value, not its extreme."""
MOST_GROUPS = 8
FEWEST = 19
"""Below this even the extremes of the sample bound less than 90 %."""

_FORMAT_VERSION = 1


@dataclass(frozen=True)
class Intervals:
    """Bounds of truth minus estimate, as a function of the estimate.

    Attributes:
        estimate: middles of the groups in mEq/L, rising.
        low: lower bound of truth minus estimate at these, mEq/L.
        high: upper bound likewise.
        recordings: how many they were fitted on.
        level: share of recordings whose truth lies between the bounds.
    """

    estimate: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    recordings: int
    level: float = LEVEL

    @classmethod
    def fit(cls, estimate: Float[np.ndarray, " recording"], truth: Float[np.ndarray, " recording"]) -> Self:
        """Intervals from recordings of patients that took no part in training.

        Args:
            estimate: mEq/L, pooled over the cycles of each recording.
            truth: measured potassium in mEq/L.

        Raises:
            CohortError: fewer than 19 recordings.
        """
        if len(estimate) < FEWEST:
            raise CohortError(
                f"{len(estimate)} held-out recordings are too few for a 90 % interval. Needed: {FEWEST}; "
                "use a larger cohort or a larger validation_fraction."
            )
        order = np.argsort(estimate, kind="stable")
        groups = np.array_split(order, np.clip(len(order) // SMALLEST_GROUP, 1, MOST_GROUPS))
        middle = np.array([np.median(estimate[group]) for group in groups])
        quantiles = np.array([_bounds((truth - estimate)[group]) for group in groups])
        lower, upper = middle + quantiles[:, 0], middle + quantiles[:, 1]
        lower = np.minimum.accumulate(lower[::-1])[::-1]  # only ever wider: coverage is kept
        upper = np.maximum.accumulate(upper)
        return cls(_rounded(middle), _rounded(lower - middle), _rounded(upper - middle), len(order))

    def bounds(self, estimate: float) -> tuple[float, float]:
        """Lower and upper bound of the true potassium for one estimate, all in mEq/L; the estimate is between them."""
        low, high = self.bounds_of(np.array([estimate]))
        return float(low[0]), float(high[0])

    def bounds_of(
        self, estimates: Float[np.ndarray, " recording"]
    ) -> tuple[Float[np.ndarray, " recording"], Float[np.ndarray, " recording"]]:
        """The same for many estimates."""
        # where the model is biased the bounds may both lie on one side; wider ones cover no less
        low = estimates + np.minimum(np.interp(estimates, self.estimate, self.low), 0)
        high = estimates + np.maximum(np.interp(estimates, self.estimate, self.high), 0)
        return low, high

    def to_json(self) -> str:
        """As kept in a model folder."""
        return json.dumps({"format_version": _FORMAT_VERSION, **asdict(self)}, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The inverse of `to_json`.

        Raises:
            ValueError: the text is damaged, or of another version.
        """
        content = _parse(text)
        try:
            estimate, low, high = (tuple(map(float, content[name])) for name in ("estimate", "low", "high"))
            intervals = cls(estimate, low, high, int(content["recordings"]), float(content["level"]))
        except (KeyError, TypeError, ValueError):
            raise ValueError("a value is missing or is not a number") from None
        intervals._check()
        return intervals

    def _check(self) -> None:
        if self.level != LEVEL:
            raise ValueError(f"the level is {self.level}; intervals of {LEVEL} are needed")
        curves = np.array([self.estimate, self.low, self.high]) if self._lengths_agree() else np.zeros((3, 0))
        if curves.size == 0 or not np.isfinite(curves).all():
            raise ValueError("the bounds are not finite numbers of one length")
        if np.any(np.diff(curves[0]) < 0) or np.any(curves[1] > curves[2]):
            raise ValueError("the estimates do not rise, or a lower bound lies above its upper one")

    def _lengths_agree(self) -> bool:
        return all(len(a) == len(b) for a, b in pairwise((self.estimate, self.low, self.high)))


def _parse(text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except ValueError:
        raise ValueError("not valid JSON") from None
    version = content.get("format_version") if isinstance(content, dict) else None
    if version != _FORMAT_VERSION:
        raise ValueError(f"format version {version}; this kalemia reads {_FORMAT_VERSION}")
    return dict(content)


def _bounds(residual: Float[np.ndarray, " recording"]) -> tuple[float, float]:
    """The order statistics between which one more residual falls with 90 % probability."""
    residual = np.sort(residual)
    tail = int((len(residual) + 1) * (1 - LEVEL) / 2 + 1e-9)  # how many lie outside on each side
    tail = max(tail, 1)
    return float(residual[tail - 1]), float(residual[-tail])


def _rounded(values: Float[np.ndarray, " group"]) -> tuple[float, ...]:
    return tuple(round(float(value), 4) for value in values)
