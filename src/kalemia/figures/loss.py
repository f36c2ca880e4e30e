"""The loss over the epochs of a training, and of the trainings of all folds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, ScalarFormatter

from kalemia.figures import style

_LOG_FROM = 8.0  # a ratio of highest to lowest loss beyond which a linear axis shows the first epochs only
_DASHES = (0, (4, 1.2))
_PALEST = 0.45  # how much of its colour the first fold has; the last has all


@dataclass(frozen=True)
class FoldLoss:
    """The training of one fold.

    Attributes:
        name: of the fold.
        epochs: numbers of the epochs.
        train: mean loss of each epoch on the training patients; NaN where it was not measured.
        validation: the same on the validation patients.
        best_epoch: the epoch whose weights were kept; one that is not among `epochs` is not marked.
    """

    name: str
    epochs: Sequence[int]
    train: Sequence[float]
    validation: Sequence[float]
    best_epoch: int


def loss_curve(
    epochs: Sequence[int],
    train: Sequence[float],
    validation: Sequence[float],
    best_epoch: int,
    name: str = "Huber loss",
) -> Figure:
    """Training and validation loss over epochs, with the epoch that was kept.

    Args:
        epochs: numbers of the epochs.
        train: mean loss of each epoch on the training patients; NaN where it was not measured.
        validation: the same on the validation patients.
        best_epoch: the epoch whose weights were kept; one that is not among `epochs` is not marked.
        name: of the loss, for the axis.
    """
    figure, axes = style.new_figure(height=2.3)
    fold = FoldLoss("", epochs, train, validation, best_epoch)
    lines = _draw(axes, fold, style.BLUE, style.ORANGE, "o")
    names = ["training", "validation"]
    if len(lines) > len(names):
        names.append(f"kept: epoch {best_epoch}, {_kept(fold):.3g}")
    _scale(axes, [fold], name)
    style.legend_above(axes, lines, names)
    return figure


def loss_curves(folds: Sequence[FoldLoss], name: str = "Huber loss") -> Figure:
    """Training and validation loss of all folds, paler for the first, with the epochs that were kept.

    Args:
        folds: in their order.
        name: of the loss, for the axis.
    """
    figure, axes = style.new_figure(width=style.MIDDLE_INCHES, height=2.6 + 0.14 * -(-(len(folds) + 2) // 3))
    handles: list[Artist] = [
        Line2D([], [], color=style.BLUE, linewidth=1.1, linestyle=_DASHES),
        Line2D([], [], color=style.ORANGE, linewidth=1.2),
    ]
    names = ["training", "validation"]
    for number, fold in enumerate(folds):
        share = 1.0 if len(folds) == 1 else _PALEST + (1 - _PALEST) * number / (len(folds) - 1)
        marker = style.look(number).marker
        lines = _draw(axes, fold, _paler(style.BLUE, share), _paler(style.ORANGE, share), marker)
        handles.append(lines[-1])
        names.append(f"{fold.name}: epoch {fold.best_epoch} kept" if fold.best_epoch in fold.epochs else fold.name)
    _scale(axes, folds, name)
    style.legend_below(figure, handles, names, columns=3, handle_length=2.2)
    if not any(len(fold.epochs) for fold in folds):
        style.say(axes, "no epochs")
    return figure


def _draw(axes: Axes, fold: FoldLoss, of_training: str, of_validation: str, marker: str) -> list[Artist]:
    """Training dashed, validation solid, and a marker at the epoch that was kept where there is one."""
    lines: list[Artist] = []
    lines += axes.plot(fold.epochs, fold.train, color=of_training, linewidth=1.1, linestyle=_DASHES)
    lines += axes.plot(fold.epochs, fold.validation, color=of_validation, linewidth=1.2)
    if fold.best_epoch in fold.epochs:
        lines += axes.plot(fold.best_epoch, _kept(fold), marker, color=of_validation, markersize=4, zorder=3)
    return lines


def _kept(fold: FoldLoss) -> float:
    return fold.validation[list(fold.epochs).index(fold.best_epoch)]


def _scale(axes: Axes, folds: Sequence[FoldLoss], name: str) -> None:
    losses = np.array([loss for fold in folds for loss in (*fold.train, *fold.validation)], dtype=float)
    losses = losses[np.isfinite(losses)]
    if losses.size and losses.min() > 0 and losses.max() > _LOG_FROM * losses.min():
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(ScalarFormatter())
        axes.yaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    axes.set_xlabel("Epoch")
    axes.set_ylabel(name)


def _paler(colour: str, share: float) -> str:
    """A colour mixed with white, of which it keeps a share."""
    red, green, blue = (1 - share * (1 - part) for part in to_rgb(colour))
    return to_hex((red, green, blue))
