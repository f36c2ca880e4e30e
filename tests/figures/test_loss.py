import numpy as np
import pytest

from kalemia.figures.loss import loss_curve
from kalemia.figures.style import save


def test_both_curves_and_the_kept_epoch():
    axes = loss_curve([1, 2, 3], [0.9, 0.5, 0.3], [0.8, 0.6, 0.7], best_epoch=2).axes[0]
    train, validation, kept = axes.lines
    assert list(train.get_ydata()) == [0.9, 0.5, 0.3]
    assert list(validation.get_ydata()) == [0.8, 0.6, 0.7]
    assert (list(kept.get_xdata()), list(kept.get_ydata())) == ([2], [0.6])
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert names == ["training", "validation", "kept: epoch 2, 0.6"]


def test_axes_are_labelled():
    axes = loss_curve([1], [0.9], [0.8], 1).axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("Epoch", "Huber loss")
    assert loss_curve([1], [0.9], [0.8], 1, name="Squared loss").axes[0].get_ylabel() == "Squared loss"


def test_a_steep_start_does_not_flatten_the_rest():
    epochs = list(range(1, 21))
    assert loss_curve(epochs, [5 / e for e in epochs], [5 / e for e in epochs], 20).axes[0].get_yscale() == "log"
    assert loss_curve(epochs, [0.5 - e / 100 for e in epochs], [0.5] * 20, 1).axes[0].get_yscale() == "linear"


@pytest.mark.parametrize(
    ("epochs", "losses"), [([], []), ([1], [0.5]), ([1, 2], [0.0, 0.0]), ([1, 2], [np.nan, 0.4]), ([1, 2], [1e9, 1e-9])]
)
def test_odd_losses(epochs, losses, tmp_path):
    save(loss_curve(epochs, losses, losses, 1), tmp_path / "figure.png")
