import numpy as np
import pytest

from kalemia.cohorts.potassium_ranges import scaled_counts
from kalemia.errors import ConfigError
from kalemia.simulation.plan import CohortPlan, measured_prior, range_shares
from kalemia.simulation.priors import PRIORS


@pytest.mark.parametrize("patients", [1, 30, 200, 1567, 3000])
def test_wonju_has_the_studys_counts(patients):
    assert CohortPlan(patients, 0).counts == scaled_counts(patients)


@pytest.mark.parametrize("prior", PRIORS)
@pytest.mark.parametrize(("patients", "at_least"), [(3000, 150), (600, 100), (6, 1), (1000, 0), (901, 150)])
def test_each_range_has_as_many_as_asked_for_and_all_are_dealt(prior, patients, at_least):
    plan = CohortPlan(patients, 0, prior, at_least=at_least)
    assert sum(plan.counts) == patients
    assert min(plan.counts) >= at_least
    assert len(plan.ranges) == patients


@pytest.mark.parametrize("prior", PRIORS)
def test_weights_lead_back_to_the_prior(prior):
    plan = CohortPlan(3000, 0, prior, at_least=150)
    weighted = np.array(plan.counts) * plan.weights
    assert weighted.sum() == pytest.approx(3000, rel=1e-4)
    np.testing.assert_allclose(weighted / 3000, range_shares(prior), atol=1e-4)


def test_weights_are_one_where_nothing_is_asked_for():
    np.testing.assert_allclose(CohortPlan(156_700, 0).weights, 1.0, atol=1e-3)


def test_a_range_without_patients_weighs_nothing():
    plan = CohortPlan(1, 0)
    assert sorted(plan.weights) == [0.0] * 5 + [1.0]


@pytest.mark.parametrize("at_least", [-1, 2, 11])
def test_more_than_there_are(at_least):
    with pytest.raises(ConfigError, match=r"of 10 patients it can be 0 to 1"):
        CohortPlan(10, 0, at_least=at_least)


def test_an_unknown_prior_or_hospital():
    with pytest.raises(ConfigError, match="no prior"):
        CohortPlan(10, 0, prior="ward")
    with pytest.raises(ConfigError, match="no hospital 'C'; there are A, B"):
        CohortPlan(10, 0, hospital="C")


@pytest.mark.parametrize("prior", PRIORS)
def test_the_measured_prior_has_the_shares_of_the_ranges(prior):
    edges = (0.0, 4.0, 5.0, 6.0, 7.0, 8.0, 12.0)
    assert measured_prior(prior, edges) == pytest.approx(range_shares(prior), abs=0.005)
