"""A recurrent network for one cycle, without convolution.

LSTM: Hochreiter and Schmidhuber, Neural Computation 9(8), 1997. A cycle is read in short steps of several samples each:
512 single samples are more than an LSTM remembers well, and take many times longer. Three layers and an output from all
time steps, as in the DCRNN; wider, to be as large. Moon 2022 (doi:10.5573/ieie.2022.59.2.59), from whose thesis the
study's model grew, compared with such a network; its layers are not those here.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from kalemia.cycles import CYCLE_SAMPLES

STEP_SAMPLES = 8
"""16 ms, a sixth of a QRS complex."""
STEPS = CYCLE_SAMPLES // STEP_SAMPLES
HIDDEN = 96
DROPOUT = 0.2


class RNN(nn.Module):
    """Potassium in mEq/L from one cycle.

    Args:
        leads: leads per cycle.
    """

    def __init__(self, leads: int = 1) -> None:
        super().__init__()
        self.lstm = nn.LSTM(leads * STEP_SAMPLES, HIDDEN, num_layers=3, batch_first=True)
        self.dropout = nn.Dropout(DROPOUT)
        self.output = nn.Linear(STEPS * HIDDEN, 1)

    def forward(self, cycles: Float[Tensor, "batch lead 512"]) -> Float[Tensor, "batch 1"]:
        """Estimate potassium in mEq/L."""
        steps = torch.unflatten(cycles, 2, (STEPS, STEP_SAMPLES)).transpose(1, 2).flatten(2)
        sequence, _ = self.lstm(steps)
        estimate: Tensor = self.output(self.dropout(sequence.flatten(1)))
        return estimate
