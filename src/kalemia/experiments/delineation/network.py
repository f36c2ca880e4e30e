"""The network: a small U-Net along time, with a wide view of the rhythm in its coarsest layer."""

from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn

CLASSES = 4
STEM_SIZE, STEM_STRIDE = 16, 4
"""The first layer looks at 32 ms every 8 ms; nothing in the network is finer, its scores are interpolated."""
CHANNELS = (16, 32, 64, 96)
"""At 125, 62.5, 31.25 and 15.6 Hz."""
REACH = 5
DROPOUT = 0.1
CONTEXT_REACH, CONTEXT_DILATIONS = 7, (1, 2, 4)
"""The coarsest layers see 2.7 s: a P wave is known by its neighbours, and by those that are missing."""


class WaveUNet(nn.Module):
    """From leads `(lead, 1, time)` to scores `(lead, class, time)`; time is a multiple of 32 samples."""

    def __init__(self) -> None:
        super().__init__()
        steps = tuple(pairwise(CHANNELS))
        self.stem = nn.Sequential(_layer(1, CHANNELS[0], STEM_SIZE, STEM_STRIDE), _Residual(CHANNELS[0]))
        self.down = nn.ModuleList(nn.Sequential(_halved(), _layer(*step, 3), _Residual(step[1])) for step in steps)
        self.context = nn.Sequential(
            *(_Context(CHANNELS[-1], dilation) for dilation in CONTEXT_DILATIONS), nn.Dropout(DROPOUT)
        )
        self.lift = nn.ModuleList(_layer(step[1], step[0], 1) for step in steps)
        self.up = nn.ModuleList(_Residual(step[0]) for step in steps)
        self.scores = nn.Conv1d(CHANNELS[0], CLASSES, 1)

    def forward(self, leads: Tensor) -> Tensor:
        """Score leads as `kalemia.delineation.network.normalised` makes them."""
        seen = self.stem(leads)
        finer = []
        for down in self.down:
            finer.append(seen)
            seen = down(seen)
        seen = self.context(seen)
        for lift, up, fine in zip(reversed(self.lift), reversed(self.up), reversed(finer), strict=True):
            seen = up(_stretched(lift(seen), 2) + fine)
        return _stretched(self.scores(seen), STEM_STRIDE)


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layer = nn.Sequential(
            nn.Conv1d(channels, channels, REACH, padding=REACH // 2, bias=False), nn.BatchNorm1d(channels)
        )

    def forward(self, features: Tensor) -> Tensor:
        return cast("Tensor", (features + self.layer(features)).relu())


class _Context(nn.Module):
    """A wide depthwise convolution, then a mix of channels, added to what came in."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        padding = CONTEXT_REACH // 2 * dilation
        self.layers = nn.Sequential(
            nn.Conv1d(channels, channels, CONTEXT_REACH, 1, padding, dilation, groups=channels, bias=False),
            nn.BatchNorm1d(channels),
            nn.ReLU(),
            nn.Conv1d(channels, channels, 1, bias=False),
            nn.BatchNorm1d(channels),
        )

    def forward(self, features: Tensor) -> Tensor:
        return cast("Tensor", (features + self.layers(features)).relu())


def _layer(inputs: int, outputs: int, size: int, stride: int = 1) -> nn.Module:
    convolution = nn.Conv1d(inputs, outputs, size, stride, (size - stride) // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm1d(outputs), nn.ReLU())


def _halved() -> nn.Module:
    """Every other sample of what a low-pass filter leaves.

    Without the filter, marks would move by up to 10 ms with the sample at which a recording begins (Zhang 2019,
    arXiv:1904.11486).
    """
    return nn.Sequential(nn.AvgPool1d(3, 1, 1), nn.AvgPool1d(4, 2, 1))


def _stretched(features: Tensor, factor: int) -> Tensor:
    """Linear interpolation between frames, each in the middle of the samples that take its place.

    It is `torch.nn.functional.interpolate` in steps that ONNX Runtime does in a third of the time.
    """
    before = torch.cat([features[..., :1], features[..., :-1]], -1)
    after = torch.cat([features[..., 1:], features[..., -1:]], -1)
    places = [(number + 0.5) / factor - 0.5 for number in range(factor)]
    parts = [features * (1 - abs(place)) + (before if place < 0 else after) * abs(place) for place in places]
    return torch.stack(parts, -1).flatten(-2)
