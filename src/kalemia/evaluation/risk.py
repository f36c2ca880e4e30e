"""How likely a potassium beyond a limit is, given an estimate: a logistic curve fitted on other patients.

Cox 1958 (doi:10.1111/j.2517-6161.1958.tb00292.x). As in Platt 1999 ("Probabilistic outputs for support vector
machines") the curve is not fitted to 0 and 1 but to what one more case and one more other would make of them. So it
stays finite where the classes do not overlap, and is the smoothed share of cases where there is one class only. It is
fitted on recordings that the model has not learned from, and holds where cases are as common as among those.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from jaxtyping import Bool, Float
from scipy.special import expit

from kalemia.errors import ConfigError
from kalemia.evaluation.logistic import fit_logistic
from kalemia.evaluation.measured import as_cases, require_whole

SAME = 1e-9
"""Estimates (mEq/L) that differ by less are the same."""


@dataclass(frozen=True)
class Risk:
    """The probability of being a case as a function of the estimate.

    Attributes:
        intercept: of its logit.
        slope: of its logit per mEq/L; below zero for a low potassium.
    """

    intercept: float
    slope: float

    @classmethod
    def fit(cls, estimate: Float[np.ndarray, " recording"], positive: Bool[np.ndarray, " recording"]) -> Self:
        """Fit it to recordings of patients that the model has not learned from.

        Args:
            estimate: of potassium, in mEq/L.
            positive: which of them are cases.

        Raises:
            ConfigError: no recording, or an estimate is not a number.
        """
        positive = as_cases(positive)
        require_whole(positive, estimate=estimate)
        if len(positive) == 0:
            raise ConfigError("0 recordings to fit a risk on; it takes some, better hundreds")
        cases = int(np.sum(positive))
        target = np.where(positive, (cases + 1) / (cases + 2), 1 / (len(positive) - cases + 2))
        middle, spread = float(np.mean(estimate)), float(np.std(estimate))
        spread = spread if spread > SAME else 1.0
        design = np.stack((np.ones(len(estimate)), (estimate - middle) / spread), axis=-1)
        at_middle, per_spread = fit_logistic(design, target)
        slope = float(per_spread) / spread
        return cls(float(at_middle) - slope * middle, slope)

    def probability(self, estimate: Float[np.ndarray, "*estimate"]) -> Float[np.ndarray, "*estimate"]:
        """The probability of being a case, for each estimate in mEq/L; NaN where there is none."""
        return np.asarray(expit(self.intercept + self.slope * np.asarray(estimate, dtype=np.float64)))
