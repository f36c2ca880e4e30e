"""The DCRNN with ordinary convolutions in place of its depthwise separable ones: what separating them is worth.

Moon 2022 (doi:10.5573/ieie.2022.59.2.59), from whose thesis the study's model grew, compared with such a network. Here
it has the channels, kernels, padding, pooling and LSTM of `kalemia.models.dcrnn` and nothing else differs, so it is
eleven times as large: a kernel of 128 samples over 64 channels is a million weights where it is not separated.
"""

from torch import nn

from kalemia.models.dcrnn import DCRNN, PADDING


class CRNN(DCRNN):
    """Potassium in mEq/L from one cycle.

    Args:
        leads: leads per cycle.
    """

    def __init__(self, leads: int = 1) -> None:
        super().__init__(leads, convolve=ordinary)


def ordinary(channels: int, out: int, kernel_size: int) -> nn.Sequential:
    """A convolution along time and across channels at once, normalised and rectified."""
    return nn.Sequential(nn.Conv1d(channels, out, kernel_size, padding=PADDING), nn.BatchNorm1d(out), nn.ReLU())
