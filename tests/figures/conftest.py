import numpy as np
import pytest


@pytest.fixture
def pair() -> tuple[np.ndarray, np.ndarray]:
    """Measured and estimated potassium, all six ranges among them."""
    rng = np.random.default_rng(0)
    truth = np.round(rng.uniform(2.8, 9.2, 300), 1)
    return truth, 5.2 + 0.5 * (truth - 5.2) + rng.normal(0, 0.6, 300)
