"""SE-ResNet-34, with which An et al. 2024 (doi:10.1038/s41598-024-71562-5) find dyskalaemia in 12, 6 or 1 leads.

The residual network with 34 layers of He et al. 2016 (doi:10.1109/CVPR.2016.90) in one dimension, with the
squeeze-and-excitation of Hu et al. 2018 (doi:10.1109/CVPR.2018.00745) at the end of each branch: from the mean of each
channel over time it is decided how much of the channel passes. What differs from An et al.:

- They read 9 s (2,250 samples at 250 Hz) of lead I; here one cycle of 512 samples, of which 16 time steps are left.
- They tell potassium of 5.5 mEq/L and more, and below 3.5, from the rest; here one number comes out.

Kernels, strides and the reduction by 16 are those of He and Hu.
"""

import itertools

import torch
from jaxtyping import Float
from torch import Tensor, nn

from kalemia.models.block import Block

STEM_KERNEL, KERNEL = 7, 3
CHANNELS = (64, 128, 256, 512)
BLOCKS = (3, 4, 6, 3)
REDUCTION = 16


class SEResNet(nn.Module):
    """Potassium in mEq/L from one cycle.

    Args:
        leads: leads per cycle.
    """

    def __init__(self, leads: int = 1) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv1d(leads, CHANNELS[0], STEM_KERNEL, stride=2, padding=STEM_KERNEL // 2, bias=False),
            nn.BatchNorm1d(CHANNELS[0]),
            nn.ReLU(),
            nn.MaxPool1d(3, stride=2, padding=1),
        )
        widths = [width for width, blocks in zip(CHANNELS, BLOCKS, strict=True) for _ in range(blocks)]
        self.blocks = nn.Sequential(*(SEBlock(*pair) for pair in itertools.pairwise((CHANNELS[0], *widths))))
        self.output = nn.Linear(CHANNELS[-1], 1)
        for layer in self.modules():
            if isinstance(layer, nn.Conv1d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, cycles: Float[Tensor, "batch lead time"]) -> Float[Tensor, "batch 1"]:
        """Estimate potassium in mEq/L."""
        estimate: Tensor = self.output(self.blocks(self.stem(cycles)).mean(dim=-1))
        return estimate


class SEBlock(Block):
    """Two convolutions, weighed channel by channel, beside a short cut; half the time steps where channels grow."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        stride = 1 if channels == out else 2
        self.detail = f"2 × kernel {KERNEL}" + (f", stride {stride}" if stride > 1 else "")
        self.branch = nn.Sequential(
            nn.Conv1d(channels, out, KERNEL, stride, padding=KERNEL // 2, bias=False),
            nn.BatchNorm1d(out),
            nn.ReLU(),
            nn.Conv1d(out, out, KERNEL, padding=KERNEL // 2, bias=False),
            nn.BatchNorm1d(out),
        )
        self.excitation = nn.Sequential(
            nn.Linear(out, out // REDUCTION), nn.ReLU(), nn.Linear(out // REDUCTION, out), nn.Sigmoid()
        )
        self.short_cut = (
            nn.Identity()
            if stride == 1
            else nn.Sequential(nn.Conv1d(channels, out, 1, stride, bias=False), nn.BatchNorm1d(out))
        )

    def forward(self, signal: Float[Tensor, "batch channel time"]) -> Float[Tensor, "batch out step"]:
        """The signal and what the branch adds to it."""
        added = self.branch(signal)
        share = self.excitation(added.mean(dim=-1))
        return torch.relu(self.short_cut(signal) + added * share[..., None])
