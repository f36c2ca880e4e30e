import numpy as np
import pytest

from kalemia.figures.bland_altman import bland_altman

NAN = float("nan")
NONE = (NAN, NAN, NAN)


def draw(truth, estimate, half=0.05):
    difference = estimate - truth
    values = (difference.mean() + shift * difference.std() for shift in (0, -1.96, 1.96))
    return bland_altman(truth, estimate, *((value, value - half, value + half) for value in values))


def test_lines_their_values_and_shaded_intervals(pair, check):
    truth, estimate = pair
    axes = check(draw(truth, estimate)).axes[0]
    difference = estimate - truth
    _, bias, lower, upper = (line.get_ydata()[0] for line in axes.lines)
    assert bias == pytest.approx(difference.mean())
    assert upper - lower == pytest.approx(2 * 1.96 * difference.std())
    shaded = [(patch.get_y(), patch.get_height()) for patch in axes.patches]
    np.testing.assert_allclose(shaded, [(value - 0.05, 0.1) for value in (bias, lower, upper)])
    texts = [text.get_text() for text in axes.texts]
    assert texts[0] == f"bias\n{bias:.2f} ({bias - 0.05:.2f} to {bias + 0.05:.2f})".replace("-", "−")
    assert [text.split("\n")[0] for text in texts] == ["bias", "lower 95 % limit", "upper 95 % limit"]


def test_dots_are_difference_against_mean_and_all_inside(pair):
    truth, estimate = pair
    axes = draw(truth, estimate).axes[0]
    dots = axes.collections[0].get_offsets()
    expected = np.column_stack([(truth + estimate) / 2, estimate - truth])
    np.testing.assert_allclose(np.sort(dots, axis=0), np.sort(expected, axis=0))
    for (low, high), values in zip((axes.get_xlim(), axes.get_ylim()), expected.T, strict=True):
        assert low < values.min()
        assert values.max() < high
    assert axes.get_xlabel() == "Mean of estimated and measured potassium (mEq/L)"
    assert axes.get_ylabel() == "Estimated − measured (mEq/L)"
    assert axes.get_title(loc="right") == "n = 300"


@pytest.mark.parametrize("shift", [0.0, 5.0])
def test_texts_keep_apart_where_the_limits_meet(pair, shift, check):
    check(draw(pair[0], pair[0] + shift))


def test_recordings_without_an_estimate_are_left_out(pair):
    estimate = pair[1].copy()
    estimate[:10] = np.nan
    axes = bland_altman(pair[0], estimate, (0.1, NAN, NAN), NONE, NONE).axes[0]
    assert axes.get_title(loc="right") == "n = 290"
    assert [text.get_text() for text in axes.texts] == ["bias\n0.10"]


def test_no_recordings_are_said(check):
    figure = check(bland_altman(np.zeros(0), np.zeros(0), NONE, NONE, NONE))
    assert [text.get_text() for text in figure.axes[0].texts] == ["no recordings"]
    check(bland_altman(np.array([5.0]), np.array([5.5]), (0.5, NAN, NAN), NONE, NONE))
