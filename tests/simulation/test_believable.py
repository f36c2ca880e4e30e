"""Do simulated patients overlap as real ones do? Every published number that `kalemia simulate --check` compares."""

import numpy as np
import pytest

from kalemia.simulation.check import auroc, check_patients
from kalemia.simulation.check_recordings import check_recordings


@pytest.fixture(scope="module")
def checks():
    return check_patients(patients=1200, seed=1)


def test_all_published_numbers_are_met(checks):
    missed = [f"{one.name}: {one.value:.3g}, published {one.published}" for one in checks if not one.passed]
    assert len(checks) > 20
    assert missed == []


def test_every_check_names_its_source(checks):
    assert all(one.source and one.published for one in checks)
    assert len({one.name for one in checks}) == len(checks)


def test_features_give_away_as_much_as_in_patients():
    found, slope = check_recordings(patients=400, seed=1)
    assert 0.7 < found.value < 0.95  # 400 recordings tell it to 0.02
    assert 0 < slope.value < 1


def test_how_often_one_is_above_the_other():
    assert auroc(np.array([2.0, 3.0]), np.array([1.0, 2.0])) == 0.875
