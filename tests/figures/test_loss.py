import numpy as np
import pytest
from matplotlib.colors import to_rgb

from kalemia.figures.loss import FoldLoss, loss_curve, loss_curves
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


def fold(number, epochs=20):
    e = np.arange(1, epochs + 1)
    return FoldLoss(f"fold {number}", e.tolist(), (0.3 + 0.6 / e).tolist(), (0.4 + 0.5 / e).tolist(), 10 + number)


@pytest.mark.parametrize("count", [1, 5, 10])
def test_every_fold_has_both_curves_and_its_kept_epoch(count, check, legend):
    folds = [fold(number) for number in range(count)]
    figure = check(loss_curves(folds))
    lines = figure.axes[0].lines
    for number, one in enumerate(folds):
        train, validation, kept = lines[3 * number : 3 * number + 3]
        assert list(train.get_ydata()) == one.train
        assert list(validation.get_ydata()) == one.validation
        assert train.get_linestyle() != validation.get_linestyle()
        assert list(kept.get_xydata()[0]) == [one.best_epoch, one.validation[one.best_epoch - 1]]
    kept = [f"fold {number}: epoch {10 + number} kept" for number in range(count)]
    assert legend(figure) == ["training", "validation", *kept]


def test_folds_darken_from_the_first_to_the_last():
    lines = loss_curves([fold(number) for number in range(5)]).axes[0].lines[::3]
    greys = [sum(to_rgb(line.get_color())) for line in lines]
    assert greys == sorted(greys, reverse=True)
    assert len(set(greys)) == 5


def test_folds_without_epochs_or_a_kept_one(check, legend):
    nothing = FoldLoss("fold 1", [], [], [], 0)
    for folds in ([], [nothing]):
        assert [text.get_text() for text in check(loss_curves(folds)).axes[0].texts] == ["no epochs"]
    figure = check(loss_curves([FoldLoss("fold 1", [1, 2], [np.nan, 0.5], [np.nan, 0.6], 7)]))
    assert legend(figure)[-1] == "fold 1"
