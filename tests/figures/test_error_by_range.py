import numpy as np
import pytest

from kalemia.figures.error_by_range import error_by_range

COUNTS = np.array([52, 190, 496, 336, 341, 152])


@pytest.mark.parametrize("count", [1, 3, 8])
def test_models_the_constant_and_n(by_range, count, check, legend):
    models = [by_range(f"model {number}", 0.8 + 0.05 * number) for number in range(count)]
    figure = check(error_by_range(models, by_range("constant", 1.2), COUNTS))
    axes = figure.axes[0]
    assert legend(figure) == [*(model.name for model in models), "constant, 95 % interval shaded"]
    drawn = [line.get_ydata() for line in axes.lines if len(line.get_xdata()) == 6]
    np.testing.assert_allclose(drawn, [model.value for model in models])
    assert [int(label.get_text().split()[-1]) for label in axes.get_xticklabels()] == COUNTS.tolist()
    assert axes.get_xlabel() == "Measured potassium (mEq/L)"
    assert axes.get_ylabel() == "Mean absolute error (mEq/L)"
    assert axes.get_ylim()[0] == 0
    assert axes.get_ylim()[1] > max(1.55, models[-1].high.max())


def test_the_constant_is_a_step_in_each_range(by_range):
    axes = error_by_range([], by_range("constant", 1.2), COUNTS).axes[0]
    [steps] = [lines for lines in axes.collections if len(lines.get_segments()) == 6]
    np.testing.assert_allclose([step[0, 1] for step in steps.get_segments()], by_range("", 1.2).value)


def test_empty_ranges_are_said(by_range, check):
    counts = np.where(np.arange(6) < 2, 0, COUNTS)
    axes = check(error_by_range([by_range("GRU", empty=(0, 1))], by_range("constant", empty=(0, 1)), counts)).axes[0]
    assert [text.get_text() for text in axes.texts] == ["no recordings"] * 2
    nothing = by_range("", empty=tuple(range(6)))
    axes = check(error_by_range([nothing], nothing, np.zeros(6, dtype=int))).axes[0]
    assert [text.get_text() for text in axes.texts] == ["no recordings"]
