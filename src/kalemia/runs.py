"""Where something holds without interruption."""

import numpy as np
from jaxtyping import Bool, Int


def runs_of(mask: Bool[np.ndarray, " time"]) -> Int[np.ndarray, "run 2"]:
    """First sample of each run of true values, and the one behind it."""
    padded = np.zeros(len(mask) + 2, dtype=bool)
    padded[1:-1] = mask
    return np.flatnonzero(padded[1:] != padded[:-1]).reshape(-1, 2)
