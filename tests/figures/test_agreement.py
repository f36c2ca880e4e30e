import numpy as np
import pytest
from matplotlib.patches import PathPatch

from kalemia.cohorts.potassium_ranges import LABELS, count_ranges
from kalemia.figures.agreement import boxes_by_range, heatmap, scatter
from kalemia.figures.style import save

NOTHING = np.array([])


def boxes(figure):
    return [patch for patch in figure.axes[0].patches if isinstance(patch, PathPatch)]


def texts(axes):
    return [text.get_text() for text in axes.texts]


@pytest.mark.parametrize("draw", [heatmap, boxes_by_range, lambda t, e: scatter(t, e, 0.5, 2.6, 0.4)])
def test_both_axes_have_their_unit(draw, pair, tmp_path):
    axes = draw(*pair).axes[0]
    assert axes.get_xlabel() == "Measured potassium (mEq/L)"
    assert axes.get_ylabel() == "Estimated potassium (mEq/L)"


@pytest.mark.parametrize(
    "draw", [heatmap, boxes_by_range, lambda t, e: scatter(t, e, float("nan"), float("nan"), float("nan"))]
)
@pytest.mark.parametrize("truth", [NOTHING, np.array([5.1]), np.array([1.2, 11.9])])
def test_few_recordings_are_drawn_without_complaint(draw, truth, tmp_path):
    save(draw(truth, truth + 0.3), tmp_path / "figure.png")


def test_heatmap_counts_every_recording_once(pair):
    counts = [int(text) for text in texts(heatmap(*pair).axes[0])]
    assert sum(counts) == len(pair[0])


def test_heatmap_of_a_perfect_estimate_is_its_diagonal(pair):
    truth, _ = pair
    axes = heatmap(truth, truth).axes[0]
    assert [text.get_position() for text in axes.texts] == [(number, number) for number in range(len(LABELS))]
    np.testing.assert_array_equal(axes.images[0].get_array(), np.eye(6))


def test_a_box_for_each_range_with_recordings(pair):
    truth, estimate = pair
    assert len(boxes(boxes_by_range(truth, estimate))) == 6
    some = (truth >= 5) & (truth < 7)
    assert len(boxes(boxes_by_range(truth[some], estimate[some]))) == 2


def test_every_range_tells_its_n(pair):
    for figure in (boxes_by_range(*pair), heatmap(*pair)):
        labels = [label.get_text() for label in figure.axes[0].get_xticklabels()]
        assert [int(label.split()[-1]) for label in labels] == count_ranges(pair[0]).tolist()


def test_medians_are_those_of_the_estimate(pair):
    truth, estimate = pair
    drawn = [line.get_ydata()[0] for line in boxes_by_range(truth, estimate).axes[0].lines if line.get_linewidth() > 1]
    expected = [np.median(estimate[(truth >= low) & (truth < low + 1)]) for low in (4, 5, 6, 7)]
    np.testing.assert_allclose(drawn[1:5], expected)


def test_scatter_has_identity_fit_and_r_squared(pair):
    truth, estimate = pair
    axes = scatter(truth, estimate, 0.5, 2.6, -0.25).axes[0]
    identity, fit = axes.lines
    np.testing.assert_array_equal(identity.get_xdata(), identity.get_ydata())
    np.testing.assert_allclose(fit.get_ydata(), 2.6 + 0.5 * fit.get_xdata())
    assert len(axes.collections[0].get_offsets()) == len(truth)
    assert texts(axes) == [f"n = {len(truth)}\nR² = −0.25"]


def test_scatter_without_a_fit_has_none(pair):
    axes = scatter(*pair, float("nan"), float("nan"), float("nan")).axes[0]
    assert len(axes.lines) == 1
    assert texts(axes)[0].endswith("R² = –")


def test_nothing_lies_outside_the_axes(pair):
    truth, estimate = pair
    for figure in (boxes_by_range(truth, estimate), scatter(truth, estimate, 0.5, 2.6, 0.4)):
        low, high = figure.axes[0].get_ylim()
        assert low < estimate.min()
        assert estimate.max() < high


def test_scatter_darkens_where_recordings_are_close_and_says_so(pair, check):
    figure = check(scatter(*pair, 0.5, 2.6, 0.4))
    assert figure.axes[1].get_ylabel() == "Recordings within 0.2 mEq/L"
    assert figure.axes[0].collections[0].get_array().max() > 1


def test_scatter_leaves_out_recordings_without_an_estimate(pair, check):
    truth, estimate = pair
    estimate[:10] = np.nan
    axes = check(scatter(truth, estimate, 0.5, 2.6, 0.4)).axes[0]
    assert len(axes.collections[0].get_offsets()) == len(truth) - 10
    assert texts(axes)[0].startswith("n = 290")
