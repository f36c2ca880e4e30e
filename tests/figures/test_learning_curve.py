import numpy as np
import pytest

from kalemia.figures.curve import Curve
from kalemia.figures.learning_curve import learning_curve

NAN = float("nan")
CONSTANT = (1.11, 1.07, 1.15)
SIZES = np.array([50, 100, 200, 400, 800, 1254.0])


def model(name, shift=0.0, sizes=SIZES):
    mae = 0.85 + shift + sizes**-0.5
    return Curve(name, sizes, mae, mae - 0.04, mae + 0.04)


@pytest.mark.parametrize("count", [1, 2, 7])
def test_models_over_their_sizes(count, check, legend):
    figure = check(learning_curve([model(f"model {k}", k / 20) for k in range(count)], CONSTANT, "n = 313 for testing"))
    axes = figure.axes[0]
    assert legend(figure) == [*(f"model {k}" for k in range(count)), "constant"]
    assert axes.get_xscale() == "log"
    for line in axes.lines[:count]:
        np.testing.assert_allclose(line.get_xdata(), SIZES, rtol=0.25)
        assert axes.get_xlim()[0] < line.get_xdata().min()
        assert axes.get_xlim()[1] > line.get_xdata().max()
    assert list(axes.get_xticks()) == SIZES[::-1].tolist()
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("Training patients (number)", "Mean absolute error (mEq/L)")
    low, high = axes.get_ylim()
    assert low < 0.85 + 1254**-0.5 - 0.04
    assert high > CONSTANT[2]


def test_close_sizes_are_not_written_on_each_other(check):
    axes = check(learning_curve([model("GRU", sizes=np.array([100, 1000, 1100, 1200, 1254.0]))], CONSTANT)).axes[0]
    assert list(axes.get_xticks()) == [1254, 100]


def test_one_size_and_none(check):
    check(learning_curve([model("GRU", sizes=SIZES[-1:])], (NAN, NAN, NAN)))
    nothing = np.full(6, np.nan)
    for models in ([], [Curve("GRU", SIZES, nothing, nothing, nothing)]):
        axes = check(learning_curve(models, (NAN, NAN, NAN))).axes[0]
        assert [text.get_text() for text in axes.texts] == ["no models"]
