import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalemia.cohorts.splits import split_by_patient
from kalemia.errors import CohortError, ConfigError

THREE = {"train": 0.7, "validation": 0.15, "test": 0.15}


@given(st.lists(st.integers(0, 40), min_size=60, max_size=200), st.integers(0, 1000))
def test_every_row_has_one_side_and_no_patient_has_two(numbers, seed):
    patient_ids = np.array([f"p{number}" for number in numbers])
    if len(set(numbers)) < 3:
        return
    sides = split_by_patient(patient_ids, THREE, seed, stratify_by=np.array(numbers, float))
    assert sorted(np.concatenate(list(sides.values())).tolist()) == list(range(len(numbers)))
    patients = [set(patient_ids[rows]) for rows in sides.values()]
    assert sum(map(len, patients)) == len(set.union(*patients))
    assert all(patients)


def test_the_order_of_rows_does_not_matter():
    rng = np.random.default_rng(0)
    patient_ids = rng.choice([f"p{number:03d}" for number in range(80)], 200)
    potassium = rng.uniform(3, 9, 200)
    order = rng.permutation(200)
    one = split_by_patient(patient_ids, THREE, 5, potassium)
    other = split_by_patient(patient_ids[order], THREE, 5, potassium[order])
    assert all(set(patient_ids[one[side]]) == set(patient_ids[order][other[side]]) for side in THREE)


def test_the_seed_decides():
    patient_ids = np.array([f"p{number}" for number in range(100)])
    one, same, other = (split_by_patient(patient_ids, THREE, seed)["test"] for seed in (1, 1, 2))
    assert one.tolist() == same.tolist() != other.tolist()


@pytest.mark.parametrize("seed", range(5))
def test_each_side_has_its_share_of_every_potassium(seed):
    potassium = np.sort(np.random.default_rng(seed).normal(6, 1.3, 1000))
    patient_ids = np.array([f"p{number}" for number in range(1000)])
    sides = split_by_patient(patient_ids, THREE, seed, potassium)
    assert [len(rows) for rows in sides.values()] == [700, 150, 150]
    for tail in (potassium < np.quantile(potassium, 0.05), potassium > np.quantile(potassium, 0.95)):
        assert 5 <= np.sum(tail[sides["test"]]) <= 10


def test_equal_stratify_values_still_split():
    patient_ids = np.array([f"p{number}" for number in range(10)])
    sides = split_by_patient(patient_ids, {"a": 0.5, "b": 0.5}, 0, np.zeros(10))
    assert [len(rows) for rows in sides.values()] == [5, 5]


@pytest.mark.parametrize("fractions", [{}, {"a": 0.5}, {"a": 1.5, "b": -0.5}])
def test_fractions_that_do_not_add_up(fractions):
    with pytest.raises(ConfigError, match="sum to 1"):
        split_by_patient(np.array(["a", "b"]), fractions, 0)


def test_fewer_patients_than_sides():
    with pytest.raises(CohortError, match="2 patients cannot be split into 3 sides"):
        split_by_patient(np.array(["a", "b", "b"]), THREE, 0)
