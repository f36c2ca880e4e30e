"""All measures of one set of estimates."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kalemia.cohorts.potassium_ranges import LABELS, range_index
from kalemia.errors import ConfigError
from kalemia.evaluation import score


def patients_like_the_study(n=600, per_patient=2, seed=0):
    rng = np.random.default_rng(seed)
    truth = np.round(rng.uniform(2.8, 9.2, n), 2)
    estimate = 5.2 + 0.5 * (truth - 5.2) + rng.normal(0, 0.7, n)
    return truth, estimate, np.arange(n) // per_patient


@pytest.fixture(scope="module")
def data():
    return patients_like_the_study()


@pytest.fixture(scope="module")
def scores(data):
    return score(*data, constant=5.0)


def test_every_value_lies_in_its_interval(scores):
    for one in scores.scores:
        assert one.low < one.value < one.high, one.measure


def test_the_constant_is_what_it_was_given(data, scores):
    truth, estimate, _ = data
    assert (scores.constants, scores.constant_from) == ((5.0,), "training")
    assert scores["mae_constant"].value == pytest.approx(np.mean(np.abs(truth - 5.0)))
    gain = 1 - np.mean(np.abs(truth - estimate)) / np.mean(np.abs(truth - 5.0))
    assert scores["mae_gain"].value == pytest.approx(gain)
    assert scores["mae_gain"].low > 0


def test_without_a_constant_it_is_the_median_of_the_evaluation_and_says_so(data):
    scores = score(*data, resamples=20)
    assert (scores.constants, scores.constant_from) == ((np.median(data[0]),), "evaluation")


def test_each_fold_has_its_own_constant(data, scores):
    truth, _, patients = data
    of_fold = np.array([5.0, 5.4, 5.2])[patients % 3]
    folds = score(*data, constant=of_fold, resamples=20)
    assert folds.constants == (5.0, 5.2, 5.4)
    assert folds["mae_constant"].value == pytest.approx(np.mean(np.abs(truth - of_fold)))
    assert folds["mae_constant"].label == "MAE of the constant 5.0–5.4"
    assert score(*data, constant=np.full(len(truth), 5.0)) == scores


def test_predictive_values_at_the_cohorts_own_prevalence_are_its_own(data):
    truth, estimate, patients = data
    ranked = np.argsort(np.argsort(truth + np.linspace(0, 1e-3, 600)))
    truth, estimate = np.where(ranked >= 540, 6.0, 4.5), estimate + 0.5
    scores = score(truth, estimate, patients, resamples=20)
    assert scores["prevalence_high"].value == 0.1
    for name in ("ppv_high", "npv_high"):
        assert scores[f"{name}[10%]"].value == pytest.approx(scores[name].value)
    ppvs = [scores[f"ppv_high[{share}%]"].value for share in (2, 5, 10, 20)]
    assert ppvs == sorted(ppvs)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        (1, np.full(600, np.nan), "estimate: no number for 600 of 600"),
        (1, np.zeros(3), "estimate: 3 values of 600"),
        (0, np.zeros((600, 2)), "truth: 600 × 2 values"),
    ],
)
def test_what_cannot_be_scored_is_refused(data, column, value, message):
    columns = list(data)
    columns[column] = value
    with pytest.raises(ConfigError, match=message):
        score(*columns)
    with pytest.raises(ConfigError, match="constant: 2 values"):
        score(*data, constant=np.array([5.0, 5.1]))


def test_ranges_add_up_to_the_whole(data, scores):
    truth, estimate, _ = data
    for name in ("mae", "bias"):
        parts = [scores[f"{name}[{label}]"] for label in LABELS]
        assert sum(part.n for part in parts) == len(truth)
        assert np.average([part.value for part in parts], weights=[part.n for part in parts]) == pytest.approx(
            scores[name].value
        )
    third = range_index(truth) == 2
    assert scores["mae[5.0-6.0]"].value == pytest.approx(np.mean(np.abs(estimate - truth)[third]))


def test_counts(data, scores):
    truth, _, patients = data
    assert scores.patients == len(np.unique(patients))
    assert {one.n for one in scores.scores if "[" not in one.measure} == {len(truth)}
    assert scores["auroc_high"].cases == np.sum(truth >= 5.5)
    assert scores["auroc_low"].cases == np.sum(truth < 3.5)


def test_shrinkage_shows_as_slope_below_one_and_bias_that_turns_with_the_range(scores):
    assert scores["slope"].high < 1
    assert scores["bias[< 4.0]"].low > 0 > scores["bias[> 8.0]"].high


def test_the_seed_decides(data):
    assert score(*data, resamples=50, seed=1) == score(*data, resamples=50, seed=1)
    assert score(*data, resamples=50, seed=1) != score(*data, resamples=50, seed=2)


def test_no_recording_at_all():
    scores = score(np.array([]), np.array([]), np.array([], dtype=str))
    assert all(np.isnan([one.value, one.low, one.high]).all() for one in scores.scores)
    assert scores.patients == 0


def test_a_few_patients_in_one_range_are_measured_without_intervals_where_none_can_be_had():
    truth, estimate = np.array([5.2, 5.3, 5.4]), np.array([5.0, 5.5, 5.2])
    scores = score(truth, estimate, np.array(["a", "b", "c"]))
    assert scores["mae"].value == pytest.approx(0.2)
    assert np.isfinite(scores["mae"].low)
    for undefined in ("mae[< 4.0]", "auroc_high", "auroc_low"):
        assert np.isnan([scores[undefined].value, scores[undefined].low]).all()


potassium = st.floats(1, 12, allow_nan=False)
recordings = st.lists(st.tuples(potassium, potassium, st.integers(0, 5)), max_size=25)


@given(recordings)
@settings(max_examples=60)
def test_whatever_the_numbers_each_measure_is_a_number_or_nan(rows):
    truth, estimate, patients = (np.array([row[column] for row in rows]) for column in range(3))
    for one in score(truth, estimate, patients, resamples=20).scores:
        assert not np.isinf([one.value, one.low, one.high]).any()
        assert np.isnan(one.low) == np.isnan(one.high)
        assert np.isnan(one.low) or one.low <= one.high
