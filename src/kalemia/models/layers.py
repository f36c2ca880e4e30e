"""What a model consists of, layer by layer, as a forward pass meets it."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from kalemia.cycles import CYCLE_SAMPLES
from kalemia.models.block import Block

RECURRENT = (nn.RNN, nn.LSTM, nn.GRU)


@dataclass(frozen=True)
class Layer:
    """One layer.

    Attributes:
        kind: class name of the module; `PointwiseConv1d` for a `Conv1d` with a kernel of 1.
        detail: kernel, padding, number of layers and the like, for a reader; may be empty.
        parameters: how many can be learned.
        shape: of the output for one cycle, without the batch.
        channels: how many values the output has at each time step.
        steps: how many time steps the output has; 1 where time is gone.
    """

    kind: str
    detail: str
    parameters: int
    shape: tuple[int, ...]
    channels: int
    steps: int


def layers_of(model: nn.Module, leads: int = 1, samples: int = CYCLE_SAMPLES) -> tuple[Layer, ...]:
    """Run a model on one empty cycle and note each layer in the order of use; a `Block` counts as one."""
    noted: list[Layer] = []

    def note(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:  # noqa: ANN401, ARG001
        noted.append(_describe(module, output[0] if isinstance(module, RECURRENT) else output))

    whole = [module for module in model.modules() if isinstance(module, Block)]
    inside = {part for block in whole for part in block.modules()}
    leaves = [module for module in model.modules() if not list(module.children()) and module not in inside]
    hooks = [layer.register_forward_hook(note) for layer in (*leaves, *whole)]
    was_training = model.training
    try:
        with torch.no_grad():
            model.eval()(torch.zeros(1, leads, samples))
    finally:
        model.train(was_training)
        for hook in hooks:
            hook.remove()
    return tuple(noted)


def _describe(module: nn.Module, output: torch.Tensor) -> Layer:
    shape = tuple(output.shape[1:])
    by_time = shape[::-1] if isinstance(module, RECURRENT) else shape
    channels, steps = by_time if len(by_time) == 2 else (by_time[0], 1)
    parameters = sum(parameter.numel() for parameter in module.parameters())
    kind = type(module).__name__
    if isinstance(module, nn.Conv1d) and module.kernel_size == (1,):
        kind = "PointwiseConv1d"
    return Layer(kind, _detail(module), parameters, shape, channels, steps)


def _detail(module: nn.Module) -> str:
    match module:
        case nn.Conv1d() if module.kernel_size == (1,):
            return ""
        case nn.Conv1d():
            return f"kernel {module.kernel_size[0]}, padding {module.padding[0]}" + _stride(module.stride[0])
        case Block():
            return module.detail
        case nn.MaxPool1d() if module.kernel_size == module.stride:
            return f"by {module.kernel_size}"
        case nn.MaxPool1d():
            return f"kernel {module.kernel_size}, stride {module.stride}"
        case nn.RNN() | nn.LSTM() | nn.GRU():
            return f"{module.num_layers} layers"
        case nn.Dropout():
            return f"{module.p:g}"
    return ""


def _stride(samples: int) -> str:
    return f", stride {samples}" if samples > 1 else ""
