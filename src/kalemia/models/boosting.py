"""Gradient boosting on all features: what classical machine learning makes of the measures of cardiology.

Friedman 2001 (doi:10.1214/aos/1013203451), with the binned features of Ke et al. 2017 (LightGBM, NeurIPS 30) as
scikit-learn has it. A wave that was not seen is a value of its own: each split learns to which side it belongs.

The number of trees is fixed: stopping early would set recordings aside by chance, and those of one patient to both
sides.
"""

from typing import Self

import numpy as np
from jaxtyping import Bool
from sklearn.ensemble import HistGradientBoostingRegressor

from kalemia.models.feature_model import FeatureTable, Potassium, require_measured

LOSS = "absolute_error"
"""Its mean is what models are compared by. It was 0.69 mEq/L with this loss and 0.73 with squared errors, in the index
ECGs of `kalemia simulate --prior emergency --patients 700 --at-least 60 --seed 4242`, by 5-fold cross-validation over
patients."""
TREES, LEARNING_RATE = 300, 0.05


class Boosting:
    """Gradient boosting."""

    def __init__(self) -> None:
        self._trees = HistGradientBoostingRegressor(
            loss=LOSS, max_iter=TREES, learning_rate=LEARNING_RATE, early_stopping=False, random_state=0
        )
        self._known: Bool[np.ndarray, " feature"] = np.empty(0, dtype=bool)

    def fit(self, features: FeatureTable, potassium: Potassium) -> Self:
        """Grow the trees."""
        require_measured(potassium)
        self._known = np.isfinite(features).any(axis=0)
        self._trees.fit(self._readable(features), potassium)
        return self

    def estimate(self, features: FeatureTable) -> Potassium:
        """Sum the trees."""
        return self._trees.predict(self._readable(features)) if len(features) else np.empty(0)

    def _readable(self, features: FeatureTable) -> FeatureTable:
        """What nobody had is zero for everyone, where no tree splits: scikit-learn refuses a column without values."""
        return np.where(self._known, features, 0.0)
