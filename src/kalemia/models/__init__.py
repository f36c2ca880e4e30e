"""Architectures that estimate potassium from one cycle, and the folder that a trained one is kept in.

An input is (batch, lead, 512) float32, an output (batch, 1) in mEq/L. Naming an architecture needs no PyTorch;
building one does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kalemia.errors import ConfigError, MissingExtra

if TYPE_CHECKING:
    from torch import nn


def _dcrnn(leads: int, width: float) -> nn.Module:
    from kalemia.models.dcrnn import DCRNN

    return DCRNN(leads, width)


def _resnet(leads: int) -> nn.Module:
    from kalemia.models.resnet import ResNet

    return ResNet(leads)


MODELS: dict[str, Callable[[int], nn.Module]] = {
    "dcrnn": lambda leads: _dcrnn(leads, width=1.0),  # 207,602 parameters with one lead
    "dcrnn-10k": lambda leads: _dcrnn(leads, width=3 / 16),  # 10,522
    "dcrnn-4k": lambda leads: _dcrnn(leads, width=3 / 32),  # 3,790
    "resnet": _resnet,
}


def build(name: str, leads: int = 1) -> nn.Module:
    """A new, untrained model.

    Args:
        name: one of `MODELS`.
        leads: leads per cycle.

    Raises:
        ConfigError: no architecture of that name.
        MissingExtra: PyTorch is not installed.
    """
    if name not in MODELS:
        raise ConfigError(f"no model {name}. There are: {', '.join(MODELS)}.")
    try:
        return MODELS[name](leads)
    except ModuleNotFoundError as error:
        raise MissingExtra("building a model", "train") from error
