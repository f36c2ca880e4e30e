"""A fully connected network on the samples of one cycle.

The plainest network to compare with: it knows nothing of time, so that whatever the others win by convolution or
recurrence shows against it. Moon 2022 (doi:10.5573/ieie.2022.59.2.59), from whose thesis the study's model grew,
compared with such a network; its layers are not those here. Two hidden layers as wide as they are make it as large as
the DCRNN. Dropout: Srivastava et al. 2014, JMLR 15:1929.
"""

from jaxtyping import Float
from torch import Tensor, nn

from kalemia.cycles import CYCLE_SAMPLES

HIDDEN = 256
DROPOUT = 0.2


class FNN(nn.Module):
    """Potassium in mEq/L from one cycle.

    Args:
        leads: leads per cycle.
    """

    def __init__(self, leads: int = 1) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(leads * CYCLE_SAMPLES, HIDDEN), nn.ReLU(), nn.Dropout(DROPOUT),
            nn.Linear(HIDDEN, HIDDEN), nn.ReLU(), nn.Dropout(DROPOUT),
            nn.Linear(HIDDEN, 1),
        )  # fmt: skip

    def forward(self, cycles: Float[Tensor, "batch lead 512"]) -> Float[Tensor, "batch 1"]:
        """Estimate potassium in mEq/L."""
        estimate: Tensor = self.layers(cycles.flatten(1))
        return estimate
