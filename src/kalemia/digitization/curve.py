"""A curve on paper, wherever it was read from."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage

Columns = Float[np.ndarray, " column"]

ENDS_MM = 0.01
"""A sample that falls on the very end of a curve is on it, whatever rounding says: 0.4 ms at 25 mm/s."""
DOUBTFUL, DOUBTFUL_MM = 0.6, 1.5
"""Median confidence over so much paper below which a stretch is not to be believed."""


@dataclass(frozen=True, eq=False)
class Trace:
    """A curve from left to right, in millimetres of the grid.

    Attributes:
        x: from the left of the sheet, increasing (equal neighbours are a vertical stroke).
        height: above the top of the sheet, so negative: up is up; NaN where nothing was traced.
        confidence: 0 to 1 at each point.
        pen_mm: width of the stroke; 0 where a file has the curve itself.
    """

    x: Columns
    height: Columns
    confidence: Columns
    pen_mm: float

    @property
    def left(self) -> float:
        """Where it begins, in mm."""
        return float(self.x[self._seen()[0]]) if self.is_there else float("nan")

    @property
    def right(self) -> float:
        """Where it ends, in mm."""
        return float(self.x[self._seen()[-1]]) if self.is_there else float("nan")

    @property
    def is_there(self) -> bool:
        """Whether anything was traced."""
        return bool(np.isfinite(self.height).any())

    def _seen(self) -> np.ndarray:
        return np.flatnonzero(np.isfinite(self.height))

    def at(self, x: Columns) -> tuple[Columns, Columns]:
        """Height and confidence at places in mm, linear between points; NaN and 0 where there is no curve."""
        seen = np.isfinite(self.height)
        if not seen.any():
            return np.full(len(x), np.nan), np.zeros(len(x))
        height = np.interp(x, self.x[seen], self.height[seen], left=np.nan, right=np.nan)
        following = np.clip(np.searchsorted(self.x, x - ENDS_MM, side="left"), 0, len(self.x) - 1)
        before = np.clip(following - 1, 0, None)
        touching = np.abs(self.x[following] - x) <= ENDS_MM
        whole = seen[following] & (seen[before] | touching)
        confidence = np.interp(x, self.x, np.where(seen, self.confidence, 0))
        inside = (x >= self.x[0] - ENDS_MM) & (x <= self.x[-1] + ENDS_MM) & whole
        ends = np.clip(x, self.x[seen][0], self.x[seen][-1])
        height = np.where(np.isnan(height), np.interp(ends, self.x[seen], self.height[seen]), height)
        return np.where(inside, height, np.nan), np.where(inside, confidence, 0.0)

    def between(self, left: float, right: float) -> "Trace":
        """The part between two places."""
        part = (self.x >= left - ENDS_MM) & (self.x <= right + ENDS_MM)
        return replace(self, x=self.x[part], height=self.height[part], confidence=self.confidence[part])

    def mirrored(self) -> "Trace":
        """The same from right to left, with places counted to the left."""
        return Trace(-self.x[::-1], self.height[::-1], self.confidence[::-1], self.pen_mm)

    @property
    def doubtful(self) -> Bool[np.ndarray, " column"]:
        """Where it is not to be believed."""
        return is_doubtful(self.confidence, (self.x[-1] - self.x[0]) / max(len(self.x) - 1, 1))

    @property
    def baseline(self) -> float:
        """The height where the curve spends most of its length, in mm: the median."""
        return float(np.nanmedian(self.height))


def is_doubtful(confidence: Columns, step_mm: float) -> Bool[np.ndarray, " column"]:
    """Where a curve is not to be believed: steep strokes are always a little paler, so not by single points.

    Args:
        confidence: 0 to 1.
        step_mm: distance of the points on paper.
    """
    size = min(max(1, round(DOUBTFUL_MM / max(step_mm, 1e-3))), len(confidence)) | 1
    return np.asarray(ndimage.median_filter(confidence, size, mode="nearest") < DOUBTFUL)
