"""A residual network for one cycle.

After Ribeiro et al. 2020 (doi:10.1038/s41467-020-15432-4), whose network reads 4,096 samples of 12 leads, and He et al.
2016 (arXiv:1603.05027) for the order within a block. What differs: one cycle of one lead is 512 samples, so four blocks
and short kernels do; an average over time stands before the output, beside a maximum, because where a wave is matters
less than how it looks.
"""

import itertools

import torch
from jaxtyping import Float
from torch import Tensor, nn

from kalemia.models.block import Block

STEM_CHANNELS, STEM_KERNEL = 24, 15
CHANNELS = (32, 48, 64, 96)
KERNEL = 7
DROPOUT = 0.1


class ResNet(nn.Module):
    """Potassium in mEq/L from one cycle.

    Args:
        leads: leads per cycle.
    """

    def __init__(self, leads: int = 1) -> None:
        super().__init__()
        self.stem = nn.Conv1d(leads, STEM_CHANNELS, STEM_KERNEL, stride=2, padding=STEM_KERNEL // 2)
        widths = (STEM_CHANNELS, *CHANNELS)
        self.blocks = nn.Sequential(*(ResidualBlock(*pair) for pair in itertools.pairwise(widths)))
        self.norm = nn.BatchNorm1d(CHANNELS[-1])
        self.head = nn.Sequential(
            nn.Linear(2 * CHANNELS[-1], CHANNELS[-1]), nn.ReLU(), nn.Dropout(DROPOUT), nn.Linear(CHANNELS[-1], 1)
        )

    def forward(self, cycles: Float[Tensor, "batch lead time"]) -> Float[Tensor, "batch 1"]:
        """Estimate potassium in mEq/L."""
        features = torch.relu(self.norm(self.blocks(self.stem(cycles))))
        pooled = torch.cat([features.mean(dim=-1), features.amax(dim=-1)], dim=1)
        estimate: Tensor = self.head(pooled)
        return estimate


class ResidualBlock(Block):
    """Two convolutions beside a short cut, at half the time steps."""

    detail = f"2 × kernel {KERNEL}, stride 2"

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            nn.BatchNorm1d(channels), nn.ReLU(),
            nn.Conv1d(channels, out, KERNEL, stride=2, padding=KERNEL // 2, bias=False),
            nn.BatchNorm1d(out), nn.ReLU(),
            nn.Conv1d(out, out, KERNEL, padding=KERNEL // 2, bias=False),
        )  # fmt: skip
        self.short_cut = nn.Sequential(nn.AvgPool1d(2), nn.Conv1d(channels, out, 1, bias=False))

    def forward(self, signal: Float[Tensor, "batch channel time"]) -> Float[Tensor, "batch out half"]:
        """The signal and what the branch adds to it."""
        total: Tensor = self.branch(signal) + self.short_cut(signal)
        return total
