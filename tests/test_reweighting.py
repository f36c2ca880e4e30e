import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kalemia.errors import ConfigError
from kalemia.reweighting import POTASSIUM, Reweighting


def bell(centre: float, sd: float) -> np.ndarray:
    return np.exp(-0.5 * ((POTASSIUM - centre) / sd) ** 2)


@pytest.fixture(scope="module")
def reweighting() -> Reweighting:
    """Estimates that are right but for an error of 0.5 mEq/L."""
    rng = np.random.default_rng(0)
    truth = rng.uniform(2.5, 9.5, 20_000)
    flat = np.ones(len(POTASSIUM))
    priors = {"normal": bell(4.3, 0.5), "high": bell(6.5, 0.5), "flat": flat, "tailed": bell(4.3, 0.5) + 1e-3 * flat}
    return Reweighting.fit(truth + rng.normal(0, 0.5, len(truth)), truth, priors)


def test_bayes_rule(reweighting):
    """Prior and error are normal, so the posterior is: its mean weighs both by their precision."""
    error = 0.5**2 + 2 * 0.15**2  # the kernels blur a little
    for estimate in (4.0, 5.0, 6.0):
        expected = (estimate / error + 4.3 / 0.25) / (1 / error + 1 / 0.25)
        potassium, (low, high) = reweighting.corrected(estimate, "normal")
        assert potassium == pytest.approx(expected, abs=0.12)
        assert high - low == pytest.approx(2 * 1.645 * (1 / error + 1 / 0.25) ** -0.5, abs=0.25)


def test_a_flat_prior_changes_little(reweighting):
    assert reweighting.corrected(5.5, "flat")[0] == pytest.approx(5.5, abs=0.1)


@settings(max_examples=50)
@given(st.floats(-5, 20), st.sampled_from(["normal", "high", "flat"]))
def test_the_answer_is_a_potassium_within_its_interval(reweighting, estimate, prior):
    potassium, (low, high) = reweighting.corrected(estimate, prior)
    assert POTASSIUM[0] <= low <= potassium <= high <= POTASSIUM[-1]


def test_a_higher_estimate_is_never_a_lower_answer(reweighting):
    answers = [reweighting.corrected(estimate, "normal")[0] for estimate in np.arange(3.5, 7, 0.25)]
    assert np.all(np.diff(answers) > -0.1)


def test_an_estimate_beyond_all_that_were_seen_is_answered_like_the_nearest(reweighting):
    """And not as if nothing were known: that would be a normal potassium."""
    assert reweighting.corrected(40.0, "tailed") == reweighting.corrected(reweighting.seen[1], "tailed")
    assert reweighting.corrected(40.0, "tailed")[0] > 8
    assert reweighting.corrected(-40.0, "high")[0] < 4.5


def test_round_trip(reweighting):
    again = Reweighting.from_json(reweighting.to_json())
    for mine, theirs in zip(again.corrected(5.2, "high"), reweighting.corrected(5.2, "high"), strict=True):
        assert mine == pytest.approx(theirs, abs=1e-3)


def test_another_prior_is_refused_with_those_that_there_are(reweighting):
    with pytest.raises(ConfigError, match="no prior 'mars'; there are normal, high, flat, tailed"):
        reweighting.corrected(5.0, "mars")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("density", [[1.0]]),
        ("density", "x"),
        ("priors", {"a": [1.0]}),
        ("priors", {"a": [0.0] * 80}),
        ("priors", []),
        ("seen", [5.0]),
        ("seen", [7.0, 3.0]),
        ("format_version", 9),
    ],
)
def test_damaged_json_is_refused(reweighting, key, value):
    content = json.loads(reweighting.to_json())
    with pytest.raises(ValueError, match=r"."):
        Reweighting.from_json(json.dumps({**content, key: value}))
