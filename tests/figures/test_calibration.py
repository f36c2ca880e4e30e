import numpy as np
import pytest

from kalemia.figures.calibration import calibration, calibration_of_estimate

PREDICTED = np.array([0.05, 0.2, 0.4, 0.6, 0.8, 0.95])
OBSERVED = np.array([0.1, 0.25, 0.45, 0.55, 0.75, 0.9])
N = np.array([300, 200, 150, 200, 300, 417])
EMPTY, ZERO = np.full(6, np.nan), np.zeros(6, dtype=int)


def markers(axes):
    [line] = [line for line in axes.lines if line.get_marker() == "o"]
    return line


def test_observed_against_predicted_with_n_below(check):
    figure = check(calibration(PREDICTED, OBSERVED, OBSERVED - 0.05, OBSERVED + 0.05, N, case="K ≥ 5.5 mEq/L"))
    above, below = figure.axes
    np.testing.assert_array_equal(markers(above).get_xydata(), np.column_stack([PREDICTED, OBSERVED]))
    assert len(above.collections[0].get_segments()) == 6
    assert above.get_ylabel() == "Observed share of K ≥ 5.5 mEq/L (%)"
    assert below.get_xlabel() == "Predicted probability of K ≥ 5.5 mEq/L (%)"
    assert below.get_ylabel() == "Recordings\n(n = 1,567)"
    assert [bar.get_height() for bar in below.patches] == N.tolist()


def test_the_histogram_holds_every_probability(check):
    probability = np.random.default_rng(0).uniform(0, 1, 1567)
    figure = check(calibration(PREDICTED, OBSERVED, OBSERVED, OBSERVED, N, probability))
    assert sum(bar.get_height() for bar in figure.axes[1].patches) == 1567


@pytest.mark.parametrize(("scale", "end"), [(1.0, 1.0), (0.2, 0.2), (0.01, 0.1)])
def test_rare_cases_fill_the_axes(scale, end, check):
    observed = OBSERVED * scale
    figure = check(calibration(PREDICTED * scale, observed, observed * 0.9, observed * 1.05, N))
    assert figure.axes[0].get_xlim() == pytest.approx((0, end))
    assert figure.axes[0].get_ylim() == pytest.approx((0, end))


def test_estimates_against_measurements(check):
    estimate = np.linspace(4.6, 7.4, 10)
    truth, n = 6 + 1.1 * (estimate - 6), np.full(10, 157)
    n[0] = 154
    axes = check(calibration_of_estimate(estimate, truth, truth - 0.2, truth + 0.2, n)).axes[0]
    assert axes.get_xlabel() == "Mean estimated potassium (mEq/L)"
    assert axes.get_ylabel() == "Mean measured potassium (mEq/L)"
    assert axes.get_title(loc="right") == "n = 1,567, 154 to 157 in each group"
    assert axes.get_xlim() == axes.get_ylim()
    assert axes.get_ylim()[0] < truth.min() - 0.2
    assert truth.max() + 0.2 < axes.get_ylim()[1]


def test_an_empty_bin_is_left_out(check):
    gap = np.where(np.arange(6) == 2, np.nan, OBSERVED)
    figure = check(calibration(np.where(np.isnan(gap), np.nan, PREDICTED), gap, gap, gap, np.where(gap > 0, N, 0)))
    assert len(figure.axes[0].collections[0].get_segments()) == 5


@pytest.mark.parametrize("probability", [None, np.zeros(0)])
def test_no_recordings_are_said(probability, check):
    figure = check(calibration(EMPTY, EMPTY, EMPTY, EMPTY, ZERO, probability))
    assert [text.get_text() for text in figure.axes[0].texts] == ["no recordings"]
    axes = check(calibration_of_estimate(EMPTY, EMPTY, EMPTY, EMPTY, ZERO)).axes[0]
    assert [text.get_text() for text in axes.texts] == ["no recordings"]
    assert axes.get_title(loc="right") == "n = 0"


def test_one_bin(check):
    one = np.array([0.3])
    check(calibration(one, one, one, one, np.array([12])))
    check(calibration_of_estimate(one + 5, one + 5, one * np.nan, one * np.nan, np.array([12])))
