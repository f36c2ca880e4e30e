"""Depthwise convolution with long kernels, as a product with a Toeplitz matrix.

PyTorch's and ONNX Runtime's depthwise convolutions are written for short kernels. With 368, 128 and 32 taps a matrix
product is several times faster on a CPU, although it multiplies by many zeros (`benchmarks/training_epoch.py` measures
both). The weights and the `state_dict` are those of `torch.nn.Conv1d`.
"""

import copy
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional


class DepthwiseConv1d(nn.Conv1d):
    """`nn.Conv1d(channels, channels, kernel_size, padding=padding, groups=channels)`, faster for long kernels.

    Args:
        channels: each has a kernel of its own.
        kernel_size: taps per kernel.
        padding: zeros added on both sides.
    """

    bias: nn.Parameter

    def __init__(self, channels: int, kernel_size: int, padding: int) -> None:
        super().__init__(channels, channels, kernel_size, padding=padding, groups=channels)

    def forward(self, input: Float[Tensor, "batch channel time"]) -> Float[Tensor, "batch channel out"]:  # noqa: A002
        """Convolve each channel with its kernel; out = time + 2 * padding - kernel_size + 1."""
        return _product(input, self.matrix(input.shape[-1]), self.bias)

    def matrix(self, length: int) -> Float[Tensor, "channel time out"]:
        """The kernels as matrices for inputs of `length` samples."""
        return toeplitz(self.weight[:, 0], length, int(self.padding[0]))


def toeplitz(kernel: Float[Tensor, "channel tap"], length: int, padding: int) -> Float[Tensor, "channel time out"]:
    """The matrices whose product with a signal of `length` samples is its convolution with each kernel.

    Column o holds the kernel where output sample o sees it: `matrix[c, i, o] = kernel[c, i + padding - o]`, zero
    outside the kernel.
    """
    out = length + 2 * padding - kernel.shape[-1] + 1
    margin = out - 1 - padding
    reversed_kernel = functional.pad(kernel.flip(-1), (margin, margin))
    return reversed_kernel.unfold(-1, out, 1).flip(-2)


class FrozenDepthwise(nn.Module):
    """A `DepthwiseConv1d` for inputs of one length, its matrix a constant: the form that is exported to ONNX."""

    def __init__(self, convolution: DepthwiseConv1d, length: int) -> None:
        super().__init__()
        self.matrix = nn.Buffer(convolution.matrix(length).detach().contiguous())
        self.bias = nn.Buffer(convolution.bias.detach())

    def forward(self, signal: Float[Tensor, "batch channel time"]) -> Float[Tensor, "batch channel out"]:
        """Convolve each channel with its kernel."""
        return _product(signal, self.matrix, self.bias)


def freeze(model: nn.Module, example: Float[Tensor, "batch lead time"]) -> nn.Module:
    """A copy of `model` for inputs as long as `example`, its depthwise convolutions frozen."""
    frozen = copy.deepcopy(model).eval()
    lengths: dict[nn.Module, int] = {}

    def note_length(layer: nn.Module, inputs: tuple[Any, ...]) -> None:
        lengths[layer] = inputs[0].shape[-1]

    for layer in frozen.modules():
        if isinstance(layer, DepthwiseConv1d):
            layer.register_forward_pre_hook(note_length)
    with torch.no_grad():
        frozen(example)
    for name, layer in list(frozen.named_modules()):
        if isinstance(layer, DepthwiseConv1d):
            frozen.set_submodule(name, FrozenDepthwise(layer, lengths[layer]))
    return frozen


def _product(
    signal: Float[Tensor, "batch channel time"],
    matrix: Float[Tensor, "channel time out"],
    bias: Float[Tensor, " channel"],
) -> Float[Tensor, "batch channel out"]:
    return torch.bmm(signal.transpose(0, 1), matrix).transpose(0, 1) + bias[:, None]
