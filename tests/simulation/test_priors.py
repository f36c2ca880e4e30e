import numpy as np
import pytest

from kalemia.errors import ConfigError
from kalemia.simulation.labels import Label, draw_further_label, measure
from kalemia.simulation.patient import draw_patient
from kalemia.simulation.plan import range_shares
from kalemia.simulation.population import DIALYSIS, WONJU
from kalemia.simulation.priors import PRIORS, prior_named


@pytest.fixture(scope="module")
def true():
    return {name: prior.draw_index(np.random.default_rng(0), 60_000) for name, prior in PRIORS.items()}


@pytest.mark.parametrize("prior", PRIORS.values(), ids=lambda prior: prior.name)
def test_each_prior_is_whole_and_has_its_source(prior):
    assert np.all(np.diff(prior.levels) > 0)
    assert len(prior.density) == len(prior.levels)
    assert sum(prior.further_ecgs_shares) == pytest.approx(1.0)
    assert sum(range_shares(prior.name)) == pytest.approx(1.0)
    assert min(range_shares(prior.name)) > 0.0005
    assert prior.source


def test_an_emergency_department_is_mostly_normal_with_tails_on_both_sides(true):
    measured = measure(np.random.default_rng(1), true["emergency"]).measured
    assert measured.mean() == pytest.approx(4.2, abs=0.05)
    assert measured.std() == pytest.approx(0.78, abs=0.04)
    assert np.abs(measured - np.median(measured)).mean() == pytest.approx(0.59, abs=0.03)
    assert 0.03 < np.mean(measured >= 5.5) < 0.07
    assert 0.08 < np.mean(measured < 3.5) < 0.18
    assert np.mean(measured > 6.5) > 0.01


def test_before_dialysis_potassium_is_high(true):
    assert true["dialysis"].mean() == pytest.approx(5.1, abs=0.05)
    assert 0.8 < true["dialysis"].std() < 0.9
    assert 0.03 < np.mean(true["dialysis"] > 6.5) < 0.09


def further(prior, *earlier):
    labels = [Label(level, level, 0.0, False) for level in earlier]
    rng = np.random.default_rng(0)
    return np.array([draw_further_label(rng, labels, PRIORS[prior]).potassium_true for _ in range(300)])


def test_a_session_takes_1_to_1_5_off_and_the_next_begins_high_again():
    after = further("dialysis", 5.1)
    assert 1.0 < 5.1 - after.mean() < 1.5
    assert np.mean(after < 5.1) == 1.0
    assert further("dialysis", 5.1, 3.9).mean() == pytest.approx(5.1, abs=0.15)


@pytest.mark.parametrize("prior", ["wonju", "emergency"])
def test_elsewhere_potassium_goes_to_normal(prior):
    assert 4.5 < further(prior, 7.0).mean() < 6.2
    assert 2.7 < further(prior, 2.5).mean() < 4.4


def test_dialysis_patients_have_other_hearts():
    rng = np.random.default_rng(0)
    usual, dialysis = ([draw_patient(rng, who).confounder.name for _ in range(1500)] for who in (WONJU, DIALYSIS))
    assert dialysis.count("lvh_strain") > 2 * usual.count("lvh_strain")
    assert dialysis.count("lbbb") < 3 * usual.count("lbbb")


def test_an_unknown_prior():
    with pytest.raises(ConfigError, match=r"no prior 'ward'; there are wonju, emergency, dialysis"):
        prior_named("ward")
