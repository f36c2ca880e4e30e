"""The loss over the epochs of one training."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, ScalarFormatter

from kalemia.figures import style

_LOG_FROM = 8.0  # a ratio of highest to lowest loss beyond which a linear axis shows the first epochs only


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
    axes.plot(epochs, train, color=style.BLUE, linewidth=1.1, linestyle=(0, (4, 1.2)), label="training")
    axes.plot(epochs, validation, color=style.ORANGE, linewidth=1.2, label="validation")
    if best_epoch in epochs:
        kept = validation[list(epochs).index(best_epoch)]
        axes.plot(
            best_epoch, kept, "o", color=style.ORANGE, markersize=4, label=f"kept: epoch {best_epoch}, {kept:.3g}"
        )
    losses = np.asarray([*train, *validation], dtype=float)
    losses = losses[np.isfinite(losses)]
    if losses.size and losses.min() > 0 and losses.max() > _LOG_FROM * losses.min():
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(ScalarFormatter())
        axes.yaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    axes.set_xlabel("Epoch")
    axes.set_ylabel(name)
    style.legend_above(axes)
    return figure
