"""From trained weights to the network that `kalemia.delineation.network` runs."""

from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from kalemia.delineation.network import INPUT, NETWORK, OUTPUT, STRIDE
from kalemia.experiments.delineation.network import WaveUNet
from kalemia.writing import whole_or_nothing

OPSET = 17


class _Probabilities(nn.Module):
    def __init__(self, network: WaveUNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, leads: Tensor) -> Tensor:
        return cast("Tensor", self.network(leads).softmax(1))


def export(network: WaveUNet, folder: Path) -> None:
    """Write the network.

    Args:
        network: trained.
        folder: for model.onnx.
    """
    with whole_or_nothing(folder / NETWORK) as draft:
        torch.onnx.export(
            _Probabilities(network).eval(),
            (torch.zeros(2, 1, 16 * STRIDE),),
            str(draft),
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_axes={INPUT: {0: "lead", 2: "time"}, OUTPUT: {0: "lead", 2: "time"}},
            opset_version=OPSET,
            dynamo=False,
        )
