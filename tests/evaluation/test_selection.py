"""Which recordings are scored: never one of a patient that the run was trained on or chosen by."""

import numpy as np
import pytest

from kalemia.errors import RunError
from kalemia.evaluation.selection import select


def seen_patients(run):
    return set(run.split.known_patients)


def test_of_the_own_cohort_the_test_side(make_cohort, make_run):
    cohort = make_cohort()
    run = make_run(cohort)
    selection = select(run.split, cohort)
    assert set(cohort.column("recording_id")[selection.rows]) == set(run.split.test)
    assert "test side" in selection.rule
    assert set(cohort.column("recording_id")[selection.training_rows]) == set(run.split.train)


def test_a_known_patient_on_the_test_side_is_not_scored(make_cohort, make_run):
    cohort = make_cohort()
    run = make_run(cohort)
    leaked = run.split.test[0].partition("-")[0]
    run.split.known_patients = (*run.split.known_patients, leaked)
    owners = set(cohort.column("patient_id")[select(run.split, cohort).rows])
    assert owners
    assert leaked not in owners


def test_a_known_patient_with_new_recordings_only_is_not_scored(make_cohort, make_run):
    run, later = make_run(make_cohort(per_patient=1)), make_cohort("later", per_patient=3)
    run.split.train = tuple(f"{recording}-old" for recording in run.split.train)
    owners = set(later.column("patient_id")[select(run.split, later).rows])
    assert owners
    assert not owners & seen_patients(run)


def test_of_a_cohort_without_overlap_everything(make_cohort, make_run):
    run, other = make_run(make_cohort()), make_cohort("other", first=100)
    selection = select(run.split, other)
    assert len(selection.rows) == len(other)
    assert selection.known_patients == 0
    assert len(selection.training_rows) == 0


def test_of_a_cohort_that_overlaps_all_but_the_patients_that_the_run_knows(make_cohort, make_run):
    run = make_run(make_cohort(per_patient=1))
    longer = make_cohort("longer", patients=40, per_patient=3)  # the same patients with further ECGs, and new ones
    selection = select(run.split, longer)
    owners = longer.column("patient_id")
    assert set(owners[selection.rows]) == set(owners) - seen_patients(run)
    assert selection.known_patients == len(seen_patients(run))
    np.testing.assert_array_equal(np.sort(selection.rows), selection.rows)


def test_nothing_left(make_cohort, make_run):
    run, part = make_run(make_cohort()), make_cohort("part", patients=5)
    with pytest.raises(RunError, match="part: no recording to score, the run knows 5 of its 5 patients"):
        select(run.split, part)
