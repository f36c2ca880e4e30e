"""What models on features have in common: they learn from a table and estimate from one."""

from typing import Protocol, Self

import numpy as np
from jaxtyping import Float

from kalemia.errors import CohortError

FeatureTable = Float[np.ndarray, "recording feature"]
"""One row per recording and one column per name in `kalemia.features.FEATURES`, in that order; NaN where a wave was not
seen."""
Potassium = Float[np.ndarray, " recording"]
"""Of each recording in mEq/L."""


class FeatureModel(Protocol):
    """A model on features. The same recordings give the same model."""

    def fit(self, features: FeatureTable, potassium: Potassium) -> Self:
        """Learn from recordings whose potassium was measured; gives itself.

        Raises:
            CohortError: no recording, or one without a finite potassium.
        """

    def estimate(self, features: FeatureTable) -> Potassium:
        """Potassium in mEq/L, once it has learned."""


def require_measured(potassium: Potassium) -> None:
    """Refuse what nothing can be learned from.

    Raises:
        CohortError: no recording, or one without a finite potassium.
    """
    if not len(potassium):
        raise CohortError("no recordings to learn from; a model on features needs at least one. Give more recordings.")
    unknown = int((~np.isfinite(potassium)).sum())
    if unknown:
        raise CohortError(
            f"{unknown} of {len(potassium)} recordings without potassium; all need a measured one. Leave them out."
        )
