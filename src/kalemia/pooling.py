"""From the estimates of single cycles to one estimate for the recording."""

import numpy as np
from jaxtyping import Float


def pool(estimates: Float[np.ndarray, " cycle"]) -> float:
    """The median over cycles: a few odd cycles that passed the checks before do not move it.

    Args:
        estimates: mEq/L, at least one.
    """
    return float(np.median(estimates))
