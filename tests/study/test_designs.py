import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kalemia.errors import CohortError
from kalemia.study.designs import (
    Design,
    Fold,
    cross_validation,
    external_test,
    fixed_split,
    given_sides,
    linked_groups,
    part_of_training,
)


def cohort(patients, each=1, seed=0):
    groups = np.repeat(np.arange(patients), each)
    potassium = np.random.default_rng(seed).normal(5.5, 1.3, len(groups))
    return np.arange(len(groups)), groups, potassium


def sides(fold):
    return fold.train, fold.validation, fold.test


@settings(max_examples=40, deadline=None)
@given(st.integers(10, 60), st.integers(1, 4), st.integers(2, 5), st.integers(1, 2), st.integers(0, 99))
def test_every_recording_is_tested_once_in_each_repeat_and_its_patient_is_nowhere_else(
    patients, each, folds, repeats, seed
):
    rows, groups, potassium = cohort(patients, each, seed)
    design = cross_validation(rows, groups, potassium, folds, repeats, seed=seed)
    assert len(design.folds) == folds * repeats
    tested = np.concatenate([fold.test for fold in design.folds])
    assert np.array_equal(np.bincount(tested, minlength=len(rows)), np.full(len(rows), repeats))
    for fold in design.folds:
        assert np.array_equal(np.sort(np.concatenate(sides(fold))), rows)
        one, two, three = (set(groups[side]) for side in sides(fold))
        assert not one & two and not one & three and not two & three


def test_folds_have_their_share_of_high_potassium():
    rows, groups, potassium = cohort(500)
    design = cross_validation(rows, groups, potassium, 5)
    shares = [np.mean(potassium[fold.test] > 7) for fold in design.folds]
    assert max(shares) - min(shares) < 0.03


def test_the_seed_decides_and_repeats_differ():
    rows, groups, potassium = cohort(50)
    one, again = (cross_validation(rows, groups, potassium, 5, 2, seed=3) for _ in range(2))
    assert all(np.array_equal(a.test, b.test) for a, b in zip(one.folds, again.folds, strict=True))
    other = cross_validation(rows, groups, potassium, 5, 2, seed=4)
    assert not np.array_equal(one.folds[0].test, other.folds[0].test)
    assert not np.array_equal(one.folds[0].test, one.folds[5].test)
    assert [fold.name for fold in one.folds] == ["1-1", "1-2", "1-3", "1-4", "1-5", "2-1", "2-2", "2-3", "2-4", "2-5"]


def test_three_patients_are_too_few():
    with pytest.raises(CohortError, match="3 patients with a usable ECG; 5 folds take at least 10"):
        cross_validation(*cohort(3, 4), folds=5)


def test_a_patient_on_two_sides_cannot_be_made():
    groups = np.array([0, 1, 2, 2])
    fold = Fold("1", np.array([0, 2]), np.array([1]), np.array([3]))
    with pytest.raises(CohortError, match="1 patients are on two sides"):
        Design((fold,), groups)
    with pytest.raises(CohortError, match="nobody on the test side"):
        Design((Fold("1", np.array([0]), np.array([1]), np.array([], dtype=int)),), groups)


def test_one_ecg_under_two_names_is_one_patient():
    groups = linked_groups(np.array(["a", "a", "b", "c", "d"]), ["1", "2", "2", "3", "4"])
    assert groups[0] == groups[1] == groups[2]
    assert len(set(groups)) == 3


def test_fifty_copies_of_one_ecg_under_other_names_stay_on_one_side():
    patients = np.array([f"p{i}" for i in range(40)] + [f"copy{i}" for i in range(50)])
    contents = [f"ecg{i}" for i in range(40)] + ["ecg0"] * 50
    groups = linked_groups(patients, contents)
    potassium = np.random.default_rng(0).normal(5, 1, 90)
    design = cross_validation(np.arange(90), groups, potassium, 5)
    of_copies = groups[0]
    for fold in design.folds:
        assert sum(of_copies in groups[side] for side in sides(fold)) == 1


def test_one_split():
    rows, groups, potassium = cohort(100, 2)
    (fold,) = fixed_split(rows, groups, potassium).folds
    assert len(fold.test) == 40
    assert len(fold.train) + len(fold.validation) == 160


def test_another_cohort_is_tested_on_whole_and_who_is_in_both_is_not_trained_on():
    _, groups, potassium = cohort(60)
    groups[40:45] = groups[:5]
    (fold,) = external_test(np.arange(40), np.arange(40, 60), groups, potassium).folds
    assert np.array_equal(fold.test, np.arange(40, 60))
    assert set(fold.train) | set(fold.validation) == set(range(5, 40))


def test_a_split_that_the_cohort_brings_along():
    words = np.array(["train"] * 6 + ["validation"] * 2 + ["test"] * 2, dtype=object)
    (fold,) = given_sides(words, np.arange(10), np.arange(10)).folds
    assert [len(side) for side in sides(fold)] == [6, 2, 2]
    words[0] = "training"
    with pytest.raises(CohortError, match="column side: 'training'"):
        given_sides(words, np.arange(10), np.arange(10))
    with pytest.raises(CohortError, match="two sides"):
        given_sides(np.array(["train", "validation", "test"] * 2), np.arange(6), np.array([0, 1, 2, 1, 2, 0]))


def test_a_point_of_the_learning_curve_has_fewer_to_learn_from_and_the_same_to_be_tried_on():
    rows, groups, potassium = cohort(100, 2)
    whole = cross_validation(rows, groups, potassium, 5).folds[0]
    part = part_of_training(whole, groups, potassium, 0.25, seed=0)
    assert set(part.train) < set(whole.train)
    assert len(set(groups[part.train])) == pytest.approx(0.25 * len(set(groups[whole.train])), abs=1)
    assert part.test is whole.test
