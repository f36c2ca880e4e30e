"""A model's layers, drawn to scale from the model itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from kalemia.figures import style

if TYPE_CHECKING:
    from kalemia.models.layers import Layer

_KINDS = {
    "DepthwiseConv1d": ("depthwise", style.BLUE),
    "PointwiseConv1d": ("pointwise", "#56b4e9"),
    "Conv1d": ("convolution", style.BLUE),
    "ResidualBlock": ("residual", "#56b4e9"),
    "SEBlock": ("SE\nresidual", "#56b4e9"),
    "MaxPool1d": ("max pool", "#bdbdbd"),
    "RNN": ("RNN", style.ORANGE),
    "GRU": ("GRU", style.ORANGE),
    "LSTM": ("LSTM", style.ORANGE),
    "Linear": ("fully\nconnected", "#009e73"),
}
_INLINE = {"BatchNorm1d": "batch norm", "ReLU": "ReLU", "Dropout": "dropout"}
"""Layers that keep the shape: a line under the block before."""
TITLE_LINE = 0.11
"""Height of a line of a title, as the axes count."""


@dataclass(frozen=True)
class _Block:
    title: str
    lines: tuple[str, ...]
    colour: str
    channels: int
    steps: int
    parameters: int
    repeats: int = 1


def architecture(layers: Sequence[Layer], leads: int, samples: int) -> Figure:
    """The layers of a model from left to right, and where its parameters are.

    A block is as high as the output has time steps (by its square root) and as wide as it has channels (by its
    logarithm).

    Args:
        layers: as `kalemia.models.layers.layers_of` gives them.
        leads: leads of the input.
        samples: samples of the input.
    """
    blocks = [_Block("input", (), style.PALE, leads, samples, 0), *_blocks(layers)]
    figure = style.empty_figure(style.PAGE_INCHES, 2.9)
    flow, bars = figure.subplots(2, 1, sharex=True, height_ratios=(3.1, 1))
    _draw_flow(flow, blocks)
    _draw_parameters(bars, blocks)
    return figure


def _blocks(layers: Sequence[Layer]) -> list[_Block]:
    """One block per layer that changes the shape; the others become lines of the block before.

    Layers of the same kind and size in a row are one block as well: a deep network would not fit the page.
    """
    blocks: list[_Block] = []
    for previous, layer in zip((None, *layers), layers, strict=False):
        if layer.kind in _INLINE and blocks:
            before = blocks.pop()
            lines = (*before.lines, f"{_INLINE[layer.kind]} {layer.detail}".strip())
            blocks.append(replace(before, lines=lines, parameters=before.parameters + layer.parameters))
            continue
        title, colour = _KINDS.get(layer.kind, (layer.kind, style.GREY))
        lines = tuple(layer.detail.split(", ")) if layer.detail else ()
        block = _Block(title, lines, colour, layer.channels, layer.steps, layer.parameters)
        if previous is not None and (layer.kind, layer.shape) == (previous.kind, previous.shape):
            block = _together(blocks.pop(), block)
        blocks.append(block)
    return blocks


def _together(before: _Block, block: _Block) -> _Block:
    """One more of the same; what only the first has is marked as such."""
    lines = before.lines
    if before.repeats == 1:
        lines = tuple(line if line in block.lines else f"first {line}" for line in lines)
    return replace(before, lines=lines, parameters=before.parameters + block.parameters, repeats=before.repeats + 1)


def _draw_flow(axes: Axes, blocks: Sequence[_Block]) -> None:
    tallest = np.sqrt(max(block.steps for block in blocks))
    right_edge = 0.0
    for place, block in enumerate(blocks):
        height = np.sqrt(block.steps) / tallest
        width = 0.16 + 0.05 * np.log2(block.channels)
        if place:
            _draw_arrow(axes, right_edge + 0.05, place - width / 2 - 0.03)
        right_edge = _draw_slab(axes, place, height, width, block.colour)
        _write(axes, place, height / 2 + 0.08, _size(block), "bottom")
        times = f"{block.repeats} × " if block.repeats > 1 else ""
        _write(axes, place, -0.58, times + block.title, "top", size=style.MEDIUM)
        below = -0.7 - TITLE_LINE * block.title.count("\n")
        _write(axes, place, below, "\n".join(block.lines), "top", size=style.SMALL - 1, colour=style.GREY)
    _write(axes, len(blocks) - 1.5, 0.66, "channels × time steps", "bottom", colour=style.GREY)
    axes.set(xlim=(-0.6, len(blocks) - 0.4), ylim=(-0.95, 0.75))
    axes.axis("off")


def _size(block: _Block) -> str:
    if block.steps > 1:
        return f"{block.channels} × {block.steps}"
    return "mEq/L" if block.channels == 1 else f"{block.channels}"


def _write(
    axes: Axes, x: float, y: float, text: str, va: str, *, size: float = style.SMALL, colour: str = style.INK
) -> None:
    axes.text(x, y, text, ha="center", va=va, fontsize=size, color=colour)


def _draw_arrow(axes: Axes, start: float, end: float) -> None:
    look = {"arrowstyle": "-|>", "color": style.GREY, "linewidth": 0.6, "mutation_scale": 5, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (end, 0), (start, 0), arrowprops=look)


def _draw_slab(axes: Axes, x: float, height: float, width: float, colour: str) -> float:
    """A box seen from the front, a little from above and the right; returns where it ends."""
    left, right, low, high = x - width / 2, x + width / 2, -height / 2, height / 2
    dx, dy = 0.08, 0.05
    front = [(left, low), (right, low), (right, high), (left, high)]
    top = [(left, high), (right, high), (right + dx, high + dy), (left + dx, high + dy)]
    side = [(right, low), (right + dx, low + dy), (right + dx, high + dy), (right, high)]
    for corners, alpha in ((front, 0.9), (top, 0.6), (side, 0.45)):
        axes.add_patch(Polygon(corners, facecolor="white", edgecolor="none"))
        axes.add_patch(Polygon(corners, facecolor=colour, edgecolor="white", linewidth=0.5, alpha=alpha))
    return right + dx


def _draw_parameters(axes: Axes, blocks: Sequence[_Block]) -> None:
    style.calm(axes)
    parameters = [block.parameters for block in blocks]
    axes.bar(range(len(blocks)), parameters, width=0.5, color=[block.colour for block in blocks])
    for place, count in enumerate(parameters):
        _write(axes, place, count + 0.02 * max(parameters), f"{count:,}" if count else "–", "bottom")
    axes.set_ylabel(f"parameters\n{sum(parameters):,} in all", fontsize=style.SMALL)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_ylim(0, max(parameters) * 1.25)
