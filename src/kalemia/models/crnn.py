"""The DCRNN with ordinary convolutions in place of its depthwise separable ones: what separating them is worth.

Moon 2022 (doi:10.5573/ieie.2022.59.2.59), from whose thesis the study's model grew, compared with such a network. Here
it has the channels, kernels, padding, pooling and LSTM of `kalemia.models.dcrnn` and nothing else differs, so it is
eleven times as large: a kernel of 128 samples over 64 channels is a million weights where it is not separated.
"""

from jaxtyping import Float
from torch import Tensor, nn

from kalemia.models.dcrnn import CHANNELS, HIDDEN, KERNELS, PADDING, SEQUENCE


class CRNN(nn.Module):
    """Potassium in mEq/L from one cycle.

    Args:
        leads: leads per cycle.
    """

    def __init__(self, leads: int = 1) -> None:
        super().__init__()
        first, second, third = CHANNELS
        self.features = nn.Sequential(
            _convolution(leads, first, KERNELS[0]),
            nn.MaxPool1d(2),
            _convolution(first, second, KERNELS[1]),
            nn.MaxPool1d(2),
            _convolution(second, third, KERNELS[2]),
        )
        self.lstm = nn.LSTM(third, HIDDEN, num_layers=3, batch_first=True)
        self.dropout = nn.Dropout(0.2)
        self.output = nn.Linear(SEQUENCE * HIDDEN, 1)

    def forward(self, cycles: Float[Tensor, "batch lead 512"]) -> Float[Tensor, "batch 1"]:
        """Estimate potassium in mEq/L."""
        features = self.features(cycles)
        sequence, _ = self.lstm(features.transpose(1, 2))
        estimate: Tensor = self.output(self.dropout(sequence.flatten(1)))
        return estimate


def _convolution(channels: int, out: int, kernel_size: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv1d(channels, out, kernel_size, padding=PADDING), nn.BatchNorm1d(out), nn.ReLU())
