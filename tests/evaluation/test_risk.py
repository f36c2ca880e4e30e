"""Risk from an estimate: what scikit-learn would fit, and sense where there is little to fit on."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.special import expit

from kalemia.errors import ConfigError
from kalemia.evaluation.risk import Risk


@pytest.fixture
def validation():
    rng = np.random.default_rng(0)
    estimate = rng.normal(5.2, 0.9, 4000)
    return estimate, rng.random(4000) < expit(2.0 * (estimate - 5.6))


def test_equal_to_scikit_learn_on_as_many_recordings(validation):
    linear_model = pytest.importorskip("sklearn.linear_model")
    estimate, positive = validation
    theirs = linear_model.LogisticRegression(C=1e6, tol=1e-8).fit(estimate[:, None], positive)
    ours = Risk.fit(estimate, positive)
    assert ours.slope == pytest.approx(theirs.coef_[0, 0], rel=0.01)
    np.testing.assert_allclose(ours.probability(estimate), theirs.predict_proba(estimate[:, None])[:, 1], atol=0.003)


def test_equal_to_scikit_learn_on_platts_targets(validation):
    linear_model = pytest.importorskip("sklearn.linear_model")
    estimate, positive = (column[:60] for column in validation)
    cases = positive.sum()
    target = np.where(positive, (cases + 1) / (cases + 2), 1 / (60 - cases + 2))
    theirs = linear_model.LogisticRegression(C=1e6, tol=1e-8).fit(
        np.r_[estimate, estimate][:, None], np.repeat([1, 0], 60), sample_weight=np.r_[target, 1 - target]
    )
    ours = Risk.fit(estimate, positive)
    assert (ours.intercept, ours.slope) == pytest.approx((theirs.intercept_[0], theirs.coef_[0, 0]), rel=1e-3)


def test_recovers_the_curve_that_made_the_outcomes(validation):
    risk = Risk.fit(*validation)
    assert risk.slope == pytest.approx(2.0, abs=0.15)
    assert risk.probability(5.6) == pytest.approx(0.5, abs=0.03)
    assert np.isnan(risk.probability(np.nan))


def test_a_low_potassium_is_likelier_where_the_estimate_is_lower(validation):
    estimate, _ = validation
    risk = Risk.fit(estimate, estimate + np.random.default_rng(1).normal(0, 0.5, 4000) < 3.5)
    assert risk.slope < 0
    assert risk.probability(3.0) > 0.5 > risk.probability(4.5)


@pytest.mark.parametrize(("positive", "share"), [(True, 31 / 32), (False, 1 / 32)])
def test_one_class_gives_its_smoothed_share(positive, share):
    risk = Risk.fit(np.linspace(3, 8, 30), np.full(30, positive))
    assert risk.slope == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(risk.probability(np.array([3.0, 5.0, 9.0])), share, atol=1e-4)


def test_one_estimate_for_everybody_gives_the_share_of_cases():
    risk = Risk.fit(np.full(1000, 5.1), np.arange(1000) < 300)
    assert risk.probability(5.1) == pytest.approx(0.3, abs=0.01)
    assert risk.probability(7.0) == pytest.approx(0.3, abs=0.01)


def test_separated_classes_are_not_certain():
    risk = Risk.fit(np.r_[np.full(20, 4.0), np.full(20, 7.0)], np.repeat([False, True], 20))
    assert 0.9 < risk.probability(7.0) < 0.99
    assert 0.01 < risk.probability(4.0) < 0.1


@given(st.lists(st.tuples(st.floats(-50, 50), st.booleans()), min_size=1, max_size=12))
@example([(0.0, False), (1e-170, False)])
def test_a_few_recordings_never_give_nonsense(rows):
    estimate, positive = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    probability = Risk.fit(estimate, positive).probability(estimate)
    assert ((probability > 0) & (probability < 1)).all()
    assert probability.mean() == pytest.approx(
        np.where(positive, (positive.sum() + 1) / (positive.sum() + 2), 1 / ((~positive).sum() + 2)).mean(), abs=1e-3
    )


def test_unit_and_order_do_not_matter(validation):
    estimate, positive = (column[:300] for column in validation)
    risk = Risk.fit(estimate, positive)
    scaled = Risk.fit(10 * estimate[::-1] - 3, positive[::-1])
    np.testing.assert_allclose(scaled.probability(10 * estimate - 3), risk.probability(estimate), atol=1e-6)


def test_what_cannot_be_fitted_is_refused():
    with pytest.raises(ConfigError, match="0 recordings"):
        Risk.fit(np.array([]), np.array([], dtype=bool))
    with pytest.raises(ConfigError, match="no number for 1 of 2"):
        Risk.fit(np.array([4.0, np.nan]), np.array([True, False]))
    with pytest.raises(ConfigError, match="beside 0 and 1"):
        Risk.fit(np.array([4.0, 5.0]), np.array([5.5, 1.0]))
