"""How long training takes: kalemia's model beside the same model of plain PyTorch modules.

Both have the same weights and see the same batches, alternating in one process, so that what else the machine does
meets both alike. A ratio is the median over repeats of plain / kalemia: above 1, kalemia is faster. The data are random
numbers: the time does not depend on them.

    python benchmarks/training_epoch.py --threads 1
"""

import argparse
import copy
import statistics
import time
from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional

from kalemia.models import MODELS, build
from kalemia.models.depthwise import DepthwiseConv1d

LAYERS = ((1, 512, 368), (64, 104, 128), (128, 20, 32))  # channels, samples, kernel of the depthwise layers of DCRNN
PADDING = 32

Step = Callable[[], None]


def main() -> None:
    """Print the table."""
    arguments = parse()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    print(f"PyTorch {torch.__version__}, {arguments.threads} threads, batches of {arguments.batch_size}")
    print(f"{'forward and backward':<44}{'plain':>10}{'kalemia':>10}{'ratio':>8}")
    for channels, samples, kernel in LAYERS:
        steps = layer_steps(channels, samples, kernel, arguments.batch_size)
        report(f"depthwise, {channels} x {samples}, kernel {kernel}, one batch", steps, arguments.repeats)
    steps = epoch_steps(arguments.model, arguments.batches, arguments.batch_size)
    report(f"{arguments.model}, epoch of {arguments.batches} batches", steps, arguments.repeats)


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=MODELS, default="dcrnn", help="which architecture (default dcrnn)")
    parser.add_argument("--threads", type=int, default=1, help="threads of PyTorch (default 1)")
    parser.add_argument("--batch-size", type=int, default=64, help="cycles per batch (default 64)")
    parser.add_argument("--batches", type=int, default=16, help="batches per epoch (default 16)")
    parser.add_argument("--repeats", type=int, default=7, help="how often each is timed (default 7)")
    return parser.parse_args()


def plain(model: nn.Module) -> nn.Module:
    """A copy with PyTorch's own depthwise convolutions and the same weights."""
    copied = copy.deepcopy(model)
    for name, layer in list(copied.named_modules()):
        if isinstance(layer, DepthwiseConv1d):
            copied.set_submodule(name, plain_layer(layer))
    return copied


def plain_layer(layer: DepthwiseConv1d) -> nn.Conv1d:
    """PyTorch's depthwise convolution with the same weights."""
    channels, kernel, padding = layer.in_channels, layer.kernel_size[0], int(layer.padding[0])
    convolution = nn.Conv1d(channels, channels, kernel, padding=padding, groups=channels)
    convolution.load_state_dict(layer.state_dict())
    return convolution


def layer_steps(channels: int, samples: int, kernel: int, batch_size: int) -> tuple[Step, Step]:
    """Forward and backward through one layer, plain and ours. The first layer needs no gradient of its input."""
    ours = DepthwiseConv1d(channels, kernel, PADDING)
    signal = torch.randn(batch_size, channels, samples, requires_grad=channels > 1)
    gradient = torch.randn_like(ours(signal))

    def step(layer: nn.Module) -> Step:
        def run() -> None:
            layer.zero_grad()
            signal.grad = None
            layer(signal).backward(gradient)

        return run

    return step(plain_layer(ours)), step(ours)


def epoch_steps(name: str, batches: int, batch_size: int) -> tuple[Step, Step]:
    """An epoch of Huber loss and AdamW, plain and ours."""
    ours = build(name)
    data = [(torch.randn(batch_size, 1, 512), 5 + torch.randn(batch_size)) for _ in range(batches)]

    def epoch(model: nn.Module) -> Step:
        optimizer = torch.optim.AdamW(model.parameters())

        def run() -> None:
            for cycles, potassium in data:
                optimizer.zero_grad()
                functional.huber_loss(model(cycles)[:, 0], potassium).backward()
                optimizer.step()

        return run

    return epoch(plain(ours)), epoch(ours)


def report(title: str, steps: tuple[Step, Step], repeats: int) -> None:
    """Time both, alternating, and print a line."""
    for step in steps:
        step()  # memory is taken and kernels are chosen now
    times = [(seconds(steps[0]), seconds(steps[1])) for _ in range(repeats)]
    ratio = statistics.median(theirs / ours for theirs, ours in times)
    theirs_ms, ours_ms = (1000 * statistics.median(column) for column in zip(*times, strict=True))
    print(f"{title:<44}{theirs_ms:>7.1f} ms{ours_ms:>7.1f} ms{ratio:>7.2f}x")


def seconds(step: Step) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
