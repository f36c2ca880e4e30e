import numpy as np
import pytest

from kalemia.figures.comparison import Compared, comparison

NAN = float("nan")
CONSTANT = (1.11, 1.07, 1.15)


def model(number, **change):
    mae = 0.86 + 0.012 * number
    given = {"parameters": 10**number % 7_654_321, "training_s": 3.7**number % 90_000, "note": ""}
    return Compared(f"model number {number}", mae, mae - 0.03, mae + 0.03, **(given | change))


def rows(axes):
    return [line for line in axes.lines if line.get_marker() == "s"]


@pytest.mark.parametrize("count", [1, 2, 9, 22])
def test_a_row_for_each_model(count, check):
    models = [model(number) for number in range(count)]
    axes, table = check(comparison(models, CONSTANT, "n = 1,567 in 5 folds")).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [one.name for one in models]
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in rows(axes)] == [
        (pytest.approx(one.mae), row) for row, one in enumerate(models)
    ]
    low, high = axes.get_xlim()
    assert low < min(one.low for one in models)
    assert high > max(CONSTANT[2], *(one.high for one in models))
    assert axes.yaxis_inverted()
    assert axes.get_xlabel() == "Mean absolute error (mEq/L)"
    assert table.get_title(loc="right") == "n = 1,567 in 5 folds"
    assert [text.get_text() for text in axes.texts] == ["constant"]


def test_the_table_stands_beside_its_rows():
    table = comparison([model(3, parameters=195_994, training_s=1234.5)], CONSTANT).axes[1]
    texts = {text.get_text(): text.get_position()[1] for text in table.texts}
    assert texts == {
        "MAE (95 % interval)": -1,
        "parameters": -1,
        "training (s)": -1,
        "0.90 (0.87 to 0.93)": 0,
        "195,994": 0,
        "1,234": 0,
    }


def test_a_model_of_one_fold_is_marked(check):
    axes = check(comparison([model(1), model(2, note="1 fold")], CONSTANT)).axes[0]
    assert axes.get_yticklabels()[1].get_text() == "model number 2 (1 fold)"
    filled, hollow = rows(axes)
    assert hollow.get_markerfacecolor() == "white"
    assert filled.get_markerfacecolor() != "white"


def test_what_is_not_known_is_a_dash(check):
    unknown = Compared("T wave", NAN, NAN, NAN, None, None)
    axes, table = check(comparison([unknown], (NAN, NAN, NAN))).axes
    assert [text.get_text() for text in table.texts if text.get_position()[1] == 0] == ["–"] * 3
    assert not rows(axes)
    assert not axes.texts


def test_no_models_and_a_long_name(check):
    axes = check(comparison([], CONSTANT)).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["no models"]
    long = Compared("x" * 300, 0.9, 0.87, 0.93, 9_876_543, 0.04, "1 fold")
    axes = check(comparison([long], CONSTANT)).axes[0]
    assert axes.get_yticklabels()[0].get_text().endswith("xx (1 fold)")
    assert axes.get_window_extent().width > 300


def test_the_constant_is_a_shaded_line():
    axes = comparison([model(1)], CONSTANT).axes[0]
    assert any(np.allclose(line.get_xdata(), 1.11) for line in axes.lines if line.get_marker() == "None")
    assert any(
        patch.get_x() == pytest.approx(1.07) and patch.get_width() == pytest.approx(0.08) for patch in axes.patches
    )
