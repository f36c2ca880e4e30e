"""What training minimises, and how much each recording counts in it.

Most recordings lie near normal potassium, and an estimate that shrinks towards them costs little on average. Two
remedies from the literature stand beside the study's Huber loss:

- `balanced`: balanced mean squared error, by Monte Carlo over the batch (Ren et al., "Balanced MSE for imbalanced
  visual regression", CVPR 2022, doi:10.1109/CVPR52688.2022.00777, equation 3.9, its noise learned).
- `density_weights`: label distribution smoothing (Yang et al., "Delving into deep imbalanced regression", ICML 2021,
  arXiv:2102.09554): recordings weigh by the inverse root of how common potassium values like theirs are.
"""

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

Loss = Callable[[Tensor, Tensor], Tensor]
"""From estimates and potassium, both (batch,), to the loss of each, (batch,)."""

DENSITY_STEP, DENSITY_SD = 0.1, 0.4  # mEq/L: bins of the histogram of labels, and the kernel that smooths it
DENSITY_LIMITS = (0.0, 15.0)  # mEq/L
WEIGHT_LIMITS = (0.1, 20.0)
"""Of the median weight, so that a single recording does not lead a batch."""


class BalancedSquared(nn.Module):
    """Balanced squared error: among the potassium values of the batch, the right one should lie nearest.

    Attributes:
        noise: standard deviation of the estimate's error in mEq/L; learned with the weights of the model.
    """

    def __init__(self) -> None:
        super().__init__()
        self.noise = nn.Parameter(torch.tensor(1.0))

    def forward(self, estimate: Float[Tensor, " batch"], potassium: Float[Tensor, " batch"]) -> Float[Tensor, " batch"]:
        """The loss of each estimate, on the scale of a squared error."""
        variance = self.noise**2
        closeness = -((estimate[:, None] - potassium[None, :]) ** 2) / (2 * variance)
        own = torch.arange(len(estimate), device=estimate.device)
        return functional.cross_entropy(closeness, own, reduction="none") * (2 * variance).detach()


def huber(delta: float) -> Loss:
    """Squared up to `delta` mEq/L, linear beyond: Huber 1964, doi:10.1214/aoms/1177703732."""

    def loss(estimate: Tensor, potassium: Tensor) -> Tensor:
        return functional.huber_loss(estimate, potassium, reduction="none", delta=delta)

    return loss


def squared(estimate: Tensor, potassium: Tensor) -> Tensor:
    """Squared error."""
    return functional.mse_loss(estimate, potassium, reduction="none")


def absolute(estimate: Tensor, potassium: Tensor) -> Tensor:
    """Absolute error."""
    return functional.l1_loss(estimate, potassium, reduction="none")


def density_weights(potassium: Float[np.ndarray, " recording"]) -> Float[np.ndarray, " recording"]:
    """How much each recording counts, so that rare potassium values are heard; 1 on average.

    Args:
        potassium: labels of the training recordings in mEq/L.
    """
    edges = np.arange(*DENSITY_LIMITS, DENSITY_STEP)
    counts, _ = np.histogram(potassium, edges)
    reach = np.arange(-3 * DENSITY_SD, 3 * DENSITY_SD + DENSITY_STEP / 2, DENSITY_STEP)
    kernel = np.exp(-0.5 * (reach / DENSITY_SD) ** 2)
    density = np.convolve(counts, kernel / kernel.sum(), "same")
    own = density[np.clip(np.digitize(potassium, edges) - 1, 0, len(density) - 1)]
    weights = 1 / np.sqrt(own)
    weights = np.clip(weights / np.median(weights), *WEIGHT_LIMITS)
    return np.asarray(weights / weights.mean())
