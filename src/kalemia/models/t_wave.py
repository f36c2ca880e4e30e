"""Potassium from the slope of T over its height alone.

After Corsi et al. 2017 (doi:10.1038/srep42492), whose estimate starts from that ratio. What differs: they take T from
the first two eigenleads of twelve leads, here it is of one lead; and they followed patients through dialysis, here the
coefficients are fitted to whatever recordings the model learns from, and are the same for all patients.

The fit is a parabola by least squares. Beyond the ratios that it was fitted to a parabola turns back, so a ratio counts
as the nearest one of them, and no estimate leaves the range of the potassium that was learned from. Without a T wave
the estimate is that of `kalemia.models.constant`.
"""

from typing import Self

import numpy as np
from jaxtyping import Float

from kalemia.features import FEATURES
from kalemia.models.feature_model import FeatureTable, Potassium, require_measured

RATIO = list(FEATURES).index("t_downslope_per_height")
DEGREE = 2

Ratio = Float[np.ndarray, " recording"]


class TWave:
    """A parabola through the ratio.

    Attributes:
        coefficients: of the ratio to the powers 0, 1, ..., once scaled to -1 ... 1 over `ratios`.
        ratios: the lowest and the highest that were learned from, 1/s.
        range: the lowest and the highest potassium that was learned from, mEq/L.
        median: of the potassium, mEq/L.
    """

    def __init__(self) -> None:
        self.coefficients: Float[np.ndarray, " power"] = np.empty(0)
        self.ratios = self.range = (np.nan, np.nan)
        self.median = np.nan

    def fit(self, features: FeatureTable, potassium: Potassium) -> Self:
        """Fit the parabola to the recordings that have a T wave; a line, or a level, where ratios are too few."""
        require_measured(potassium)
        ratio = features[:, RATIO]
        seen = np.isfinite(ratio)
        self.median = float(np.median(potassium))
        self.range = float(potassium.min()), float(potassium.max())
        self.coefficients = np.empty(0)
        if seen.any():
            self.ratios = float(ratio[seen].min()), float(ratio[seen].max())
            degree = min(DEGREE, len(np.unique(ratio[seen])) - 1)
            self.coefficients, *_ = np.linalg.lstsq(self._powers(ratio[seen], degree), potassium[seen])
        return self

    def estimate(self, features: FeatureTable) -> Potassium:
        """The parabola at each ratio; the median where there is none."""
        ratio = features[:, RATIO]
        seen = np.isfinite(ratio) & (len(self.coefficients) > 0)
        estimates = np.full(len(ratio), self.median)
        estimates[seen] = self._powers(ratio[seen], len(self.coefficients) - 1) @ self.coefficients
        return np.clip(estimates, *self.range)

    def _powers(self, ratio: Ratio, degree: int) -> Float[np.ndarray, "recording power"]:
        """Of the ratio scaled to -1 ... 1, where squares and first powers are of one size."""
        low, high = self.ratios
        half = (high - low) / 2 or 1.0
        return np.vander((np.clip(ratio, low, high) - low) / half - 1, degree + 1, increasing=True)
