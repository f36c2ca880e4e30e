"""The same estimate for everyone: the median potassium, of all constants the one with the least mean absolute error.

What a model is worth shows only beside it: where potassium varies little, a model that says nothing errs little.
"""

from typing import Self

import numpy as np

from kalemia.models.feature_model import FeatureTable, Potassium, require_measured


class Constant:
    """The median of the training recordings.

    Attributes:
        potassium: mEq/L; NaN before it has learned.
    """

    def __init__(self) -> None:
        self.potassium = float("nan")

    def fit(self, features: FeatureTable, potassium: Potassium) -> Self:  # noqa: ARG002 it looks at no ECG
        """Take the median."""
        require_measured(potassium)
        self.potassium = float(np.median(potassium))
        return self

    def estimate(self, features: FeatureTable) -> Potassium:
        """The median for each recording."""
        return np.full(len(features), self.potassium)
