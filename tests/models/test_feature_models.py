import subprocess
import sys

import numpy as np
import pytest

from kalemia.errors import CohortError
from kalemia.features import FEATURES
from kalemia.models import FEATURE_MODELS, build_feature_model
from kalemia.models.t_wave import RATIO

every_model = pytest.mark.parametrize("name", FEATURE_MODELS)


def patients(count: int = 200, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Features of which the ratio follows potassium along a parabola, and a tenth of all waves were not seen."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(count, len(FEATURES)))
    ratio = rng.uniform(8, 20, count)
    features[:, RATIO] = ratio
    potassium = 2 + 0.1 * ratio + 0.01 * ratio**2 + rng.normal(0, 0.1, count)
    features[rng.random(features.shape) < 0.1] = np.nan
    return features, potassium


@every_model
def test_estimates_are_finite_and_within_what_was_learned(name):
    features, potassium = patients()
    estimates = build_feature_model(name).fit(features, potassium).estimate(patients(seed=1)[0])
    assert estimates.shape == potassium.shape
    assert potassium.min() <= estimates.min() <= estimates.max() <= potassium.max()


@every_model
def test_the_same_recordings_give_the_same_model_and_stay_as_they_are(name):
    features, potassium = patients()
    before = features.copy(), potassium.copy()
    first, second = (build_feature_model(name).fit(features, potassium).estimate(features) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(features, before[0])
    np.testing.assert_array_equal(potassium, before[1])


@every_model
@pytest.mark.parametrize("column", [0, RATIO])
def test_a_measure_that_nobody_has_does_no_harm(name, column):
    features, potassium = patients()
    features[:, column] = np.nan
    assert np.isfinite(build_feature_model(name).fit(features, potassium).estimate(features)).all()


@every_model
def test_one_potassium_for_all_is_the_estimate(name):
    features, _ = patients()
    estimates = build_feature_model(name).fit(features, np.full(len(features), 4.2)).estimate(features)
    np.testing.assert_allclose(estimates, 4.2, rtol=1e-12)


@every_model
@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_recordings_are_enough(name, count):
    features, potassium = patients(count)
    estimates = build_feature_model(name).fit(features, potassium).estimate(patients()[0])
    assert (potassium.min() <= estimates).all()
    assert (estimates <= potassium.max()).all()


@every_model
def test_a_recording_without_any_wave_has_an_estimate_and_none_has_none(name):
    model = build_feature_model(name).fit(*patients())
    assert np.isfinite(model.estimate(np.full((1, len(FEATURES)), np.nan))).all()
    assert model.estimate(np.empty((0, len(FEATURES)))).shape == (0,)


@every_model
def test_what_was_learned_before_is_forgotten(name):
    features, potassium = patients()
    model = build_feature_model(name).fit(features, potassium + 1)
    unseen = np.where(np.arange(len(FEATURES)) == RATIO, np.nan, features)
    fresh = build_feature_model(name).fit(unseen, potassium).estimate(features)
    np.testing.assert_array_equal(model.fit(unseen, potassium).estimate(features), fresh)


@every_model
@pytest.mark.parametrize(
    ("potassium", "said"), [([], "no recordings"), ([4.0, np.nan], "1 of 2 recordings without potassium")]
)
def test_nothing_to_learn_from_is_refused(name, potassium, said):
    with pytest.raises(CohortError, match=said):
        build_feature_model(name).fit(np.zeros((len(potassium), len(FEATURES))), np.array(potassium))


def test_no_constant_errs_less_than_the_median():
    features, potassium = patients()
    (estimate,) = build_feature_model("constant").fit(features, potassium).estimate(features[:1])
    errors = [np.abs(potassium - constant).mean() for constant in np.arange(3, 8, 0.01)]
    assert np.abs(potassium - estimate).mean() <= min(errors) + 1e-12


def test_the_t_wave_gives_the_parabola_of_least_squares_and_the_median_without_one():
    features, potassium = patients()
    seen = np.isfinite(features[:, RATIO])
    by_hand = np.polyval(np.polyfit(features[seen, RATIO], potassium[seen], 2), features[seen, RATIO])
    estimates = build_feature_model("t-wave").fit(features, potassium).estimate(features)
    np.testing.assert_allclose(estimates[seen], np.clip(by_hand, potassium.min(), potassium.max()), rtol=1e-9)
    assert set(estimates[~seen]) == {np.median(potassium)}


def test_beyond_the_ratios_that_were_learned_from_the_parabola_does_not_turn_back():
    ratio = np.linspace(5, 15, 50)
    features = np.full((50, len(FEATURES)), np.nan)
    features[:, RATIO] = ratio
    potassium = 3 + 3 * np.sqrt((ratio - 5) / 10)  # bends down: its parabola has a top
    model = build_feature_model("t-wave").fit(features, potassium)
    far = np.full((2, len(FEATURES)), np.nan)
    far[:, RATIO] = (-100, 1000)
    at_the_ends = model.estimate(features[[0, -1]])
    np.testing.assert_array_equal(model.estimate(far), at_the_ends)
    assert at_the_ends[0] < 4 < 5.5 < at_the_ends[1]


def test_boosting_finds_what_two_measures_tell_together():
    features, _ = patients(400)
    potassium = 4.5 + np.nan_to_num(features[:, 3]) + (features[:, 5] > 0)
    learned, fresh = slice(0, 300), slice(300, None)
    model = build_feature_model("boosting").fit(features[learned], potassium[learned])
    errors = np.abs(model.estimate(features[fresh]) - potassium[fresh])
    constant = np.abs(np.median(potassium[learned]) - potassium[fresh])
    assert errors.mean() < 0.5 * constant.mean()


WITHOUT_SKLEARN = """
import sys
sys.modules["sklearn"] = None
from kalemia.errors import MissingExtra
from kalemia.models import build_feature_model
build_feature_model("constant"), build_feature_model("t-wave")
try:
    build_feature_model("boosting")
except MissingExtra as error:
    print(error)
"""


def test_only_boosting_needs_scikit_learn():
    done = subprocess.run([sys.executable, "-c", WITHOUT_SKLEARN], capture_output=True, text=True, check=True)
    assert 'pip install "kalemia[train]"' in done.stdout
