"""Curves against scikit-learn, closed forms and invariances; their bands against what they promise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kalemia.errors import ConfigError
from kalemia.evaluation import measures
from kalemia.evaluation.curves import abstention, decision_curve, precision_recall, roc

COLUMNS = ("x", "y", "low", "high")


@pytest.fixture
def cases():
    rng = np.random.default_rng(0)
    positive = rng.random(400) < 0.4
    score = np.round(rng.normal(0, 1, 400) + 1.2 * positive, 1)  # rounded, so that there are ties
    return positive, score, np.arange(400) // 2


@pytest.fixture
def risks():
    rng = np.random.default_rng(1)
    probability = rng.beta(1, 4, 600)
    return probability, rng.random(600) < probability, np.arange(600)


def check_band(curve):
    defined = np.isfinite(curve.low)
    assert defined.any()
    assert (curve.low[defined] <= curve.high[defined]).all()
    inside = (curve.low[defined] <= curve.y[defined]) & (curve.y[defined] <= curve.high[defined])
    assert inside.mean() > 0.95


def test_roc_is_scikit_learns(cases):
    metrics = pytest.importorskip("sklearn.metrics")
    positive, score, _ = cases
    curve = roc(*cases, name="model", resamples=200)
    false_alarms, hits, _ = metrics.roc_curve(positive, score, drop_intermediate=False)
    np.testing.assert_allclose(curve.y[1:], np.interp(curve.x[1:], false_alarms, hits))
    assert (curve.x[0], curve.y[0], curve.x[-1], curve.y[-1]) == (0, 0, 1, 1)
    assert np.trapezoid(curve.y, curve.x) == pytest.approx(measures.auroc(positive, score), abs=2e-3)
    check_band(curve)


def test_the_note_says_the_area_and_its_interval(cases):
    positive, score, _ = cases
    note = roc(*cases, name="model", resamples=200).note
    assert note.startswith(f"AUROC {measures.auroc(positive, score):.2f} (0.")
    note = precision_recall(*cases, name="model", resamples=200).note
    assert note.startswith(f"AUPRC {measures.auprc(positive, score):.2f} (0.")


def test_precision_recall_is_scikit_learns_in_steps(cases):
    metrics = pytest.importorskip("sklearn.metrics")
    positive, score, _ = cases
    curve = precision_recall(*cases, name="model", resamples=200)
    precision, recall, _ = metrics.precision_recall_curve(positive, score)
    expected = [precision[:-1][recall[:-1] >= at][-1] for at in curve.x]  # recall falls along scikit-learn's arrays
    np.testing.assert_allclose(curve.y, expected)
    assert curve.y.mean() == pytest.approx(measures.auprc(positive, score), abs=5e-3)
    check_band(curve)


few = st.integers(2, 20).flatmap(lambda n: st.tuples(arrays(bool, n), arrays(np.int64, n, elements=st.integers(0, 5))))


@given(few)
@settings(max_examples=40)
def test_few_recordings_with_ties_are_scikit_learns_too(data):
    metrics = pytest.importorskip("sklearn.metrics")
    positive, score = data[0], data[1].astype(float)
    patients = np.arange(len(score))
    if positive.any() and not positive.all():
        curve = roc(positive, score, patients, "model", resamples=10)
        false_alarms, hits, _ = metrics.roc_curve(positive, score, drop_intermediate=False)
        np.testing.assert_allclose(curve.y[1:], np.interp(curve.x[1:], false_alarms, hits))
    if positive.any():
        curve = precision_recall(positive, score, patients, "model", resamples=10)
        precision, recall, _ = metrics.precision_recall_curve(positive, score)
        np.testing.assert_allclose(curve.y, [precision[:-1][recall[:-1] >= at][-1] for at in curve.x])


@pytest.mark.parametrize("draw", [roc, precision_recall])
def test_neither_order_of_rows_nor_scale_of_scores_matters(cases, draw):
    positive, score, patients = cases
    order = np.random.default_rng(3).permutation(len(score))
    curve = draw(*cases, name="model", resamples=100)
    for other in (
        draw(positive[order], score[order], patients[order], name="model", resamples=100),
        draw(positive, np.exp(score), patients, name="model", resamples=100),
    ):
        for column in COLUMNS:
            np.testing.assert_allclose(getattr(other, column), getattr(curve, column), atol=1e-12)
        assert other.note == curve.note


@pytest.mark.parametrize("draw", [roc, precision_recall])
def test_copies_of_recordings_do_not_narrow_the_band(cases, draw):
    once = draw(*cases, name="model", resamples=100)
    thrice = draw(*(np.repeat(column, 3) for column in cases), name="model", resamples=100)
    for column in COLUMNS:
        np.testing.assert_allclose(getattr(thrice, column), getattr(once, column), atol=1e-12)


@pytest.mark.parametrize("draw", [roc, precision_recall])
def test_without_cases_nothing_is_drawn(draw):
    for positive in (np.zeros(5, dtype=bool), np.zeros(0, dtype=bool)):
        n = len(positive)
        curve = draw(positive, np.arange(float(n)), np.arange(n), "model", resamples=10)
        assert np.isnan(curve.y[1:]).all()
        assert "not defined" in curve.note


def test_the_band_of_the_roc_covers_the_truth_about_as_often_as_it_says():
    from scipy.stats import norm

    rng = np.random.default_rng(4)
    covered = []
    for seed in range(100):
        positive = np.arange(160) % 2 == 0
        curve = roc(positive, rng.normal(0, 1, 160) + positive, np.arange(160), "model", resamples=100, seed=seed)
        place = np.flatnonzero(curve.x == 0.3)[0]
        truth = norm.sf(norm.isf(0.3) - 1)
        covered.append(curve.low[place] <= truth <= curve.high[place])
    assert 0.86 <= np.mean(covered) <= 1


def test_net_benefit_by_hand(risks):
    probability, positive, _ = risks
    model, everyone, nobody = decision_curve(*risks, resamples=100)
    assert [curve.name for curve in (model, everyone, nobody)] == ["model", "treat all", "treat none"]
    for threshold in (0.05, 0.2, 0.5):
        place = np.flatnonzero(np.isclose(model.x, threshold))[0]
        flagged, odds = probability >= threshold, threshold / (1 - threshold)
        assert model.y[place] == pytest.approx(np.mean(flagged & positive) - np.mean(flagged & ~positive) * odds)
        assert everyone.y[place] == pytest.approx(positive.mean() - (1 - positive.mean()) * odds)
    assert (nobody.y == 0).all()
    assert (model.x[0], model.x[-1], len(model.x)) == (0.01, 0.5, 50)
    check_band(model)


def test_right_probabilities_are_of_more_use_than_treating_all_or_none(risks):
    _, positive, patients = risks
    model, everyone, nobody = decision_curve(*risks, resamples=10)
    assert (model.y >= np.maximum(everyone.y, nobody.y) - 0.01).all()
    perfect, _, _ = decision_curve(positive.astype(float), positive, patients, resamples=10)
    np.testing.assert_allclose(perfect.y, positive.mean())


@pytest.fixture
def estimates():
    rng = np.random.default_rng(5)
    truth = rng.uniform(3, 8, 500)
    sd = rng.uniform(0.1, 1.5, 500)
    return truth, truth + rng.normal(0, sd), np.round(sd, 1), np.arange(500) // 2


def test_abstaining_where_it_is_unsure_leaves_smaller_errors(estimates):
    truth, estimate, _, _ = estimates
    model, constant = abstention(*estimates, constant=5.2, resamples=100)
    assert model.y[-1] == pytest.approx(measures.mae(truth, estimate))
    assert constant.y[-1] == pytest.approx(measures.mae(truth, np.full(500, 5.2)))
    assert (np.diff(model.y) > 0).mean() > 0.9
    assert constant.y[0] == pytest.approx(constant.y[-1], abs=0.4)
    check_band(model)


def test_abstention_by_hand():
    truth, estimate = np.zeros(4), np.array([1.0, 2.0, 3.0, 6.0])
    [curve] = abstention(truth, estimate, np.array([0.0, 1.0, 1.0, 2.0]), np.arange(4), resamples=20)
    at = {round(float(share), 2): value for share, value in zip(curve.x, curve.y, strict=True)}
    assert at[0.25] == pytest.approx(1)
    assert at[0.5] == pytest.approx((1 + 2.5) / 2)  # one of the two that are equally uncertain
    assert at[0.75] == pytest.approx(2)
    assert at[1.0] == pytest.approx(3)


def test_uncertainty_that_tells_nothing_gives_a_flat_line(estimates):
    truth, estimate, _, patients = estimates
    [curve] = abstention(truth, estimate, np.ones(500), patients, resamples=20)
    np.testing.assert_allclose(curve.y, measures.mae(truth, estimate))


def test_nothing_at_all():
    nothing = np.array([])
    for curve in (*abstention(nothing, nothing, nothing, nothing, constant=5.0), decision_curve(*[nothing] * 3)[0]):
        assert np.isnan([curve.y, curve.low, curve.high]).all()


def test_hostile_input_is_refused(cases, risks, estimates):
    positive, score, patients = cases
    with pytest.raises(ConfigError, match="score: no number for 400 of 400"):
        roc(positive, score * np.nan, patients, "model")
    with pytest.raises(ConfigError, match="positive: 399 values of 400"):
        precision_recall(positive[1:], score, patients, "model")
    with pytest.raises(ConfigError, match="beside 0 and 1"):
        roc(2 * positive, score, patients, "model")
    with pytest.raises(ConfigError, match="It takes 0 to 1"):
        decision_curve(risks[0] + 1, *risks[1:])
    with pytest.raises(ConfigError, match="constant: 3 values of 500"):
        abstention(*estimates, constant=np.zeros(3))
    as_numbers = roc(positive.astype(int), score, patients, "model", resamples=10)
    np.testing.assert_array_equal(as_numbers.y, roc(positive, score, patients, "model", resamples=10).y)
