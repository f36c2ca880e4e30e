"""The study's model: depthwise separable convolutions, then an LSTM (DCRNN).

Sources: the architecture table of the Wonju Severance Hospital study (1,567 patients, lead II), and the thesis it grew
out of (Moon, 2022, IEIE: potassium from V1-V6 by separable convolution and LSTM). Depthwise separable convolution:
Chollet, "Xception", CVPR 2017. LSTM: Hochreiter and Schmidhuber, Neural Computation 9(8), 1997.

Where the published table is silent, and what was chosen:

- It gives no activation. ReLU follows each batch normalisation, as in the thesis code.
- It gives no input length. Its fully connected layer expects 53 time steps, which inputs of 509 to 512 samples give;
  512 samples (1.024 s at 500 Hz) is the length here.
- It gives no initial output. Training sets the last bias to the mean potassium of the training recordings.

One oddity is kept because it is published: the third depthwise layer pads by as much as its kernel is long, so the
first and the last of the 53 time steps see padding alone.
"""

from collections.abc import Callable

from jaxtyping import Float
from torch import Tensor, nn

from kalemia.models.depthwise import DepthwiseConv1d

SEQUENCE = 53
CHANNELS = (64, 128, 256)
KERNELS = (368, 128, 32)
PADDING = 32
HIDDEN = 64

Convolution = Callable[[int, int, int], nn.Module]


class DCRNN(nn.Module):
    """Potassium in mEq/L from one cycle.

    Args:
        leads: leads per cycle.
        width: scales the channels and the LSTM; 1 is the published model with 207,602 parameters. Parameters fall
            slower than with the square of the width, because the long depthwise kernels and the fully connected layer
            shrink in proportion to it: at 3/32 of the width they are half of what is left.
        convolve: makes a convolution, normalised and rectified, of channels, output channels and kernel size; the
            published one is `separable`.
    """

    def __init__(self, leads: int = 1, width: float = 1.0, convolve: Convolution | None = None) -> None:
        super().__init__()
        convolve = convolve or separable
        first, second, third = (_scaled(channels, width) for channels in CHANNELS)
        hidden = _scaled(HIDDEN, width)
        self.features = nn.Sequential(
            convolve(leads, first, KERNELS[0]),
            nn.MaxPool1d(2),
            convolve(first, second, KERNELS[1]),
            nn.MaxPool1d(2),
            convolve(second, third, KERNELS[2]),
        )
        self.lstm = nn.LSTM(third, hidden, num_layers=3, batch_first=True)
        self.dropout = nn.Dropout(0.2)
        self.output = nn.Linear(SEQUENCE * hidden, 1)

    def forward(self, cycles: Float[Tensor, "batch lead time"]) -> Float[Tensor, "batch 1"]:
        """Estimate potassium in mEq/L; `time` is 509 to 512 samples at 500 Hz."""
        features = self.features(cycles)
        sequence, _ = self.lstm(features.transpose(1, 2))
        estimate: Tensor = self.output(self.dropout(sequence.flatten(1)))
        return estimate


def separable(channels: int, out: int, kernel_size: int) -> nn.Sequential:
    """A depthwise convolution along time, then a pointwise one across channels, normalised and rectified."""
    return nn.Sequential(
        DepthwiseConv1d(channels, kernel_size, PADDING),
        nn.Conv1d(channels, out, kernel_size=1),
        nn.BatchNorm1d(out),
        nn.ReLU(),
    )


def _scaled(channels: int, width: float) -> int:
    return max(1, round(channels * width))
