"""Prediction intervals: every potassium for which an estimate like this one would be nothing unusual.

Method: split conformal prediction, conditional on the label (Vovk, Gammerman and Shafer, "Algorithmic Learning in a
Random World", 2005, section 4.5; Sadinle, Lei and Wasserman 2019, doi:10.1080/01621459.2017.1395341, for sets of
labels). Recordings of patients that took no part in training tell, for each potassium, below which estimate one in ten
of those with about this potassium lie, or above which: where potassium is high an estimate can only be too low to be
believed, where it is low only too high. A potassium whose limit is not passed belongs to the interval.

So intervals hold the truth as often for patients with high potassium as for those with a normal one, in each of the
six ranges, and in every cohort, however common high potassium is there. (Within the lowest and the highest range most
of the misses are at their far ends, which hardly anybody reaches.) Intervals that are conditional on the estimate
instead are narrower, and miss most of the high ones, which are rare. The price is width: where a tenth of the patients
with 8 mEq/L have a normal-looking ECG, no normal-looking ECG excludes 8 mEq/L.

Cycles that disagree make an estimate less sure: half of their spread is given away on either side, in the recordings
that the limits come from as in the one that is estimated.

Deviations: limits are smoothed by taking the recordings nearest in potassium, with the finite-sample correction of
n + 1, and never fall while potassium rises (only ever wider). Several recordings of one patient count as if they were
independent. In patients unlike those recordings nothing is promised; where they are simulated, nothing about real ones.
"""

import json
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
from jaxtyping import Float

from kalemia.errors import CohortError

LEVEL = 0.9
FEWEST = 19
"""Below this even the extremes of the sample bound less than 90 %."""
NEAREST_SHARE, MOST_NEAREST = 0.1, 300
"""Of the recordings, those nearest in potassium that tell the limits of one potassium; at least `FEWEST`."""
STEP = 0.05  # mEq/L between potassium values that are tried
BEYOND_SHARE = 0.001
"""Of the recordings on either side, beyond which potassium no interval reaches: they are too few to tell."""
ONLY_TOO_HIGH, ONLY_TOO_LOW = 3.0, 5.0
"""mEq/L. Below the first, only a high estimate is unusual; above the second only a low one; between, some of both."""
MISSES = ((2.5, 3.4, 7.0, 8.4, 9.4), (0.15, 0.1, 0.11, 0.08, 0.1))
"""Potassium in mEq/L, and the share of its recordings that are given up; straight between. Where most recordings are,
it is a little more than the tenth that may be missed, because `NEAREST_BOUND` gives some back."""
NEAREST_BOUND = 0.3
"""mEq/L. No bound is nearer to the estimate: two blood tests of one patient within an hour differ by as much."""
SPREAD_SHARE = 0.5
"""Of the standard deviation between cycles, given away on either side."""

_FORMAT_VERSION = 2
_NONE = 1e3
"""An estimate that is never passed, as JSON can hold it."""

Recordings = Float[np.ndarray, " recording"]


@dataclass(frozen=True)
class Intervals:
    """Limits of the estimate, as a function of potassium.

    Attributes:
        potassium: mEq/L, rising.
        lowest: the estimate below which one is unusual for that potassium, mEq/L, never falling.
        highest: the estimate above which one is, likewise.
        recordings: how many they come from.
        level: share of recordings, in each of the six ranges, whose interval is to hold the potassium.
    """

    potassium: tuple[float, ...]
    lowest: tuple[float, ...]
    highest: tuple[float, ...]
    recordings: int
    level: float = LEVEL

    @classmethod
    def fit(cls, estimate: Recordings, truth: Recordings, spread: Recordings | None = None) -> Self:
        """Intervals from recordings of patients that took no part in training.

        Args:
            estimate: mEq/L, pooled over the cycles of each recording.
            truth: measured potassium in mEq/L.
            spread: standard deviation of the estimates of single cycles in mEq/L; none by default.

        Raises:
            CohortError: fewer than 19 recordings.
        """
        if len(estimate) < FEWEST:
            raise CohortError(
                f"{len(estimate)} held-out recordings are too few for a 90 % interval. Needed: {FEWEST}; "
                "use a larger cohort or a larger validation_fraction."
            )
        order = np.argsort(truth, kind="stable")
        given = SPREAD_SHARE * (np.zeros(len(truth)) if spread is None else spread)
        raised, lowered, truth = (estimate + given)[order], (estimate - given)[order], truth[order]
        potassium = _grid(truth)
        near = [_nearest(truth, level) for level in potassium]
        too_low, too_high = _misses(potassium)
        lowest = np.array([_limit(raised[part], share) for part, share in zip(near, too_low, strict=True)])
        highest = np.array([-_limit(-lowered[part], share) for part, share in zip(near, too_high, strict=True)])
        return cls(
            _rounded(potassium),
            _rounded(np.minimum.accumulate(lowest[::-1])[::-1]),  # only ever wider: coverage is kept
            _rounded(np.maximum.accumulate(highest)),
            len(order),
        )

    def bounds(self, estimate: float, spread: float = 0.0) -> tuple[float, float]:
        """Lowest and highest potassium for one estimate, all in mEq/L; the estimate is between them.

        Args:
            estimate: pooled over the cycles.
            spread: standard deviation of the estimates of single cycles.
        """
        low, high = self.bounds_of(np.array([estimate]), np.array([spread]))
        return float(low[0]), float(high[0])

    def bounds_of(self, estimates: Recordings, spreads: Recordings | None = None) -> tuple[Recordings, Recordings]:
        """The same for many estimates."""
        potassium, last = np.array(self.potassium), len(self.potassium) - 1
        given = SPREAD_SHARE * (np.zeros(len(estimates)) if spreads is None else spreads)
        first_possible = np.searchsorted(self.highest, estimates - given, side="left")
        last_possible = np.searchsorted(self.lowest, estimates + given, side="right") - 1
        low, high = potassium[np.minimum(first_possible, last)], potassium[np.maximum(last_possible, 0)]
        return np.minimum(low, estimates - NEAREST_BOUND), np.maximum(high, estimates + NEAREST_BOUND)

    def to_json(self) -> str:
        """As kept in a model folder."""
        return json.dumps({"format_version": _FORMAT_VERSION, **asdict(self)}, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The inverse of `to_json`.

        Raises:
            ValueError: the text is damaged, or of another version.
        """
        content = parse_versioned(text, _FORMAT_VERSION)
        try:
            curves = {name: tuple(map(float, content[name])) for name in ("potassium", "lowest", "highest")}
            intervals = cls(**curves, recordings=int(content["recordings"]), level=float(content["level"]))
        except (KeyError, TypeError, ValueError, OverflowError):
            raise ValueError("a value is missing or is not a number") from None
        intervals._check()
        return intervals

    def _check(self) -> None:
        if self.level != LEVEL:
            raise ValueError(f"the level is {self.level}; intervals of {LEVEL} are needed")
        curves = np.array([self.potassium, self.lowest, self.highest]) if self._lengths_agree() else np.zeros((3, 0))
        if curves.size == 0 or not np.isfinite(curves).all():
            raise ValueError("the limits are not finite numbers of one length")
        if np.any(np.diff(curves) < 0) or np.any(curves[1] > curves[2]):
            raise ValueError("potassium or a limit falls, or a lowest estimate lies above the highest")

    def _lengths_agree(self) -> bool:
        return all(len(a) == len(b) for a, b in pairwise((self.potassium, self.lowest, self.highest)))


def parse_versioned(text: str, version: int) -> dict[str, Any]:
    """The content of a JSON file that states its version.

    Raises:
        ValueError: it is not such a file, or of another version.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("not valid JSON") from None
    found = content.get("format_version") if isinstance(content, dict) else None
    if found != version:
        raise ValueError(f"format version {found}; this kalemia reads {version}")
    return dict(content)


def _grid(truth: Recordings) -> Recordings:
    """Potassium values to try: as far as there are recordings."""
    low, high = np.quantile(truth, [BEYOND_SHARE, 1 - BEYOND_SHARE], method="nearest")
    return np.append(np.arange(low, high, STEP), high)


def _nearest(truth: Recordings, level: float) -> slice:
    """Of sorted recordings those nearest in potassium."""
    count = min(max(FEWEST, round(NEAREST_SHARE * len(truth))), MOST_NEAREST)
    first = int(np.clip(np.searchsorted(truth, level) - count // 2, 0, len(truth) - count))
    return slice(first, first + count)


def _misses(potassium: Recordings) -> tuple[Recordings, Recordings]:
    """Which share of the recordings at each potassium may have estimates that are too low, and too high."""
    share = np.interp(potassium, *MISSES)
    too_low = np.clip((potassium - ONLY_TOO_HIGH) / (ONLY_TOO_LOW - ONLY_TOO_HIGH), 0, 1)
    return share * too_low, share * (1 - too_low)


def _limit(estimate: Recordings, share: float) -> float:
    """The estimate below which one more of these lies with no more than that probability."""
    outside = int(share * (len(estimate) + 1) + 1e-9)
    return float(np.partition(estimate, outside - 1)[outside - 1]) if outside else -_NONE


def _rounded(values: Recordings) -> tuple[float, ...]:
    return tuple(round(float(value), 4) for value in values)
