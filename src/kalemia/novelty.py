"""How unlike a cycle is to all that the model has learned from, measured on real ECGs.

The median cycle of a recording, scaled to its own height, is compared with those of the calibration patients: by
Mahalanobis distance within the main directions in which theirs vary, and by what lies outside of these
(principal component analysis; Jackson and Mudholkar 1979, doi:10.1080/00401706.1979.10489779). What distance is unusual
is decided by real recordings, where there are any, not by simulated ones.
"""

from dataclasses import dataclass
from io import BytesIO
from typing import Self

import numpy as np
from jaxtyping import Float

from kalemia.cycles import CYCLE_SAMPLES, Cycles
from kalemia.errors import UnknownShape

DIRECTIONS = 32
UNUSUAL_SHARE = 0.02
"""Of real recordings, how many are called unusual."""
FOREIGN_FACTOR = 1.6
"""A distance so many times that of an unusual recording is of something else than what was learned."""

Shapes = Float[np.ndarray, "recording 512"]


@dataclass(frozen=True, eq=False)
class Novelty:
    """What median cycles look like, and how far from that real ones lie.

    Attributes:
        mean: of the calibration patients' median cycles.
        directions: in which they vary most, scaled so that each has variance 1 along them.
        rest_sd: root mean square of what lies outside of these directions.
        unusual: the distance that 2 % of real recordings exceed.
    """

    mean: Float[np.ndarray, " 512"]
    directions: Float[np.ndarray, "direction 512"]
    rest_sd: float
    unusual: float

    @classmethod
    def fit(cls, learned: Shapes, real: Shapes) -> Self:
        """From the median cycles (`shape_of`) of calibration patients, and of real recordings."""
        mean = learned.mean(axis=0)
        values, vectors = np.linalg.eigh(np.cov(learned - mean, rowvar=False))
        main = vectors[:, -DIRECTIONS:]
        scaled = (main / np.sqrt(np.maximum(values[-DIRECTIONS:], 1e-12))).T
        rest_sd = float(np.sqrt(max(values[:-DIRECTIONS].sum(), 1e-12)))
        fitted = cls(mean.astype(np.float32), scaled.astype(np.float32), rest_sd, np.inf)
        distances = [fitted.distance(shape) for shape in real]
        return cls(fitted.mean, fitted.directions, rest_sd, float(np.quantile(distances, 1 - UNUSUAL_SHARE)))

    def distance(self, shape: Float[np.ndarray, " 512"]) -> float:
        """From what was learned, in standard deviations of the calibration patients; 1 is what most of them have."""
        away = shape - self.mean
        along = self.directions @ away
        inside = np.sum(along**2)
        spread = np.linalg.norm(self.directions, axis=1)
        rest = away - (along / spread**2) @ self.directions
        return float(np.sqrt((inside + np.sum(rest**2) / self.rest_sd**2) / (len(self.directions) + 1)))

    def doubts(self, cycles: Cycles) -> tuple[str, ...]:
        """Warnings where cycles are unusual.

        Raises:
            UnknownShape: they are of something else than what was learned.
        """
        times = self.distance(shape_of(cycles)) / self.unusual
        if times > FOREIGN_FACTOR:
            raise UnknownShape(
                f"its cycles are unlike any that the model has learned from ({times:.1f} times as far from them as "
                f"{1 - UNUSUAL_SHARE:.0%} of those that it was calibrated on; at most {FOREIGN_FACTOR:g} times)"
            )
        share = f"{1 - UNUSUAL_SHARE:.0%} of the ECGs that the model was calibrated on"
        return (f"its cycles are more unusual than those of {share}",) if times > 1 else ()

    def to_bytes(self) -> bytes:
        """As kept in a model folder: an NPZ archive."""
        file = BytesIO()
        np.savez_compressed(
            file, mean=self.mean, directions=self.directions, rest_sd=self.rest_sd, unusual=self.unusual
        )
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The inverse of `to_bytes`.

        Raises:
            ValueError: the data are damaged.
        """
        try:
            with np.load(BytesIO(data), allow_pickle=False) as stored:
                mean, directions = (stored[name].astype(np.float32) for name in ("mean", "directions"))
                rest_sd, unusual = float(stored["rest_sd"]), float(stored["unusual"])
        except Exception:  # NumPy, zipfile and zlib each raise errors of their own for what is damaged
            raise ValueError("not an archive of a mean, directions and distances") from None
        numbers = (mean, directions, rest_sd, unusual)
        if mean.shape != (CYCLE_SAMPLES,) or directions.shape[1:] != (CYCLE_SAMPLES,) or directions.ndim != 2:
            raise ValueError("the directions are not those of cycles")
        if not all(np.isfinite(part).all() for part in numbers) or min(rest_sd, unusual) <= 0:
            raise ValueError("a value is not finite, or a distance not positive")
        if not np.linalg.norm(directions, axis=1).all():
            raise ValueError("a direction is zero")
        return cls(mean, directions, rest_sd, unusual)


def shape_of(cycles: Cycles) -> Float[np.ndarray, " 512"]:
    """The median cycle of the first lead, its median at 0 and its height 1, however the cycles are normalised."""
    median = cycles.median[0]
    height = np.ptp(median)
    return np.asarray((median - np.median(median)) / (height if height > 0 else 1.0))
