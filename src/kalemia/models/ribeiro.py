"""The residual network of Ribeiro et al. 2020 (doi:10.1038/s41467-020-15432-4), for one cycle.

Theirs reads 4,096 samples (10 s at 400 Hz) of 12 leads and names six abnormalities. Filters, four blocks, the
shortening by four in each, max pooling with a pointwise convolution in the short cut, batch normalisation, ReLU,
dropout and He's initial weights are theirs. What differs:

- One cycle is 512 samples, so 2 time steps of 320 channels reach the output instead of 16.
- Kernels have 17 taps instead of 16: an odd one has a middle.
- One number without a sigmoid comes out.

Their first code drops a share of 0.8; the later one names 0.8 the share that is kept, and so it is here.
Normalisation, ReLU and dropout behind a sum stand at the beginning of the next block instead of the end of the last
(He et al. 2016, arXiv:1603.05027), which computes the same.
"""

import itertools

from jaxtyping import Float
from torch import Tensor, nn

from kalemia.cycles import CYCLE_SAMPLES
from kalemia.models.block import Block

CHANNELS = (64, 128, 196, 256, 320)
KERNEL = 17
SHORTENED = 4
DROPOUT = 0.2
STEPS = CYCLE_SAMPLES // SHORTENED ** (len(CHANNELS) - 1)


class Ribeiro(nn.Module):
    """Potassium in mEq/L from one cycle.

    Args:
        leads: leads per cycle.
    """

    def __init__(self, leads: int = 1) -> None:
        super().__init__()
        first, *_, last = CHANNELS
        self.stem = nn.Sequential(_convolution(leads, first), nn.BatchNorm1d(first), nn.ReLU())
        blocks = [ResidualBlock(*pair, first=not place) for place, pair in enumerate(itertools.pairwise(CHANNELS))]
        self.blocks = nn.Sequential(*blocks)
        self.activation = _activation(last)
        self.output = nn.Linear(STEPS * last, 1)
        for layer in self.modules():
            if isinstance(layer, nn.Conv1d):
                nn.init.kaiming_normal_(layer.weight)

    def forward(self, cycles: Float[Tensor, "batch lead 512"]) -> Float[Tensor, "batch 1"]:
        """Estimate potassium in mEq/L."""
        features = self.activation(self.blocks(self.stem(cycles)))
        estimate: Tensor = self.output(features.flatten(1))
        return estimate


class ResidualBlock(Block):
    """Two convolutions beside a short cut, at a quarter of the time steps.

    Args:
        channels: of the input.
        out: channels of the output.
        first: whether the input comes from the stem, where it was normalised and rectified.
    """

    detail = f"2 × kernel {KERNEL}, stride {SHORTENED}"

    def __init__(self, channels: int, out: int, *, first: bool) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            nn.Identity() if first else _activation(channels),
            _convolution(channels, out),
            _activation(out),
            _convolution(out, out, stride=SHORTENED),
        )
        self.short_cut = nn.Sequential(nn.MaxPool1d(SHORTENED), nn.Conv1d(channels, out, 1, bias=False))

    def forward(self, signal: Float[Tensor, "batch channel time"]) -> Float[Tensor, "batch out quarter"]:
        """The signal and what the branch adds to it."""
        total: Tensor = self.branch(signal) + self.short_cut(signal)
        return total


def _convolution(channels: int, out: int, stride: int = 1) -> nn.Conv1d:
    return nn.Conv1d(channels, out, KERNEL, stride, padding=KERNEL // 2, bias=False)


def _activation(channels: int) -> nn.Sequential:
    return nn.Sequential(nn.BatchNorm1d(channels), nn.ReLU(), nn.Dropout(DROPOUT))
