"""Nothing of a test patient reaches a model: what would show if something did."""

from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from kalemia.cohorts import Cohort
from kalemia.cohorts.writing import new_cohort
from kalemia.evaluation.measures import mae
from kalemia.study.contestants import shipped
from kalemia.study.designs import cross_validation
from kalemia.study.jobs import Job, do_job
from kalemia.study.learners import learn

SHIPPED = {contestant.name: contestant for contestant in shipped()}


def errors(bench, name, folder):
    """MAE over all folds as a share of the constant's."""
    found, constant = [], []
    for fold in bench.design.folds:
        learned = learn(SHIPPED[name], bench, fold, folder / fold.name, seed=0)
        truth = bench.potassium[learned.test.rows]
        found.append(np.abs(learned.test.pooled - truth))
        constant.append(np.abs(np.median(bench.potassium[fold.train]) - truth))
    return np.concatenate(found).mean() / np.concatenate(constant).mean()


def shuffled(bench, seed):
    """Every patient has the potassium of another one, the same in all of the patient's ECGs."""
    patients, place = np.unique(bench.cohort.column("patient_id"), return_inverse=True)
    potassium = np.random.default_rng(seed).normal(5.5, 1.2, len(patients)).round(2)[place]
    design = cross_validation(bench.inputs.usable, bench.design.groups, potassium, folds=3, seed=seed)
    return replace(bench, potassium=potassium, design=design)


@pytest.fixture
def bench(cohort, set_up):
    """All ECGs of all patients; networks learn fast."""
    return set_up(cohort, recordings="all", training={"max_epochs": 6, "patience": 6, "learning_rate": 3e-3})[0]


@pytest.mark.parametrize(("name", "shuffles"), [("boosting", 8), ("t-wave", 8), ("dcrnn-4k", 2)])
def test_labels_shuffled_among_patients_leave_nothing_but_the_constants_error(name, shuffles, bench, tmp_path):
    ratios = [errors(shuffled(bench, seed), name, tmp_path / str(seed)) for seed in range(shuffles)]
    assert np.mean(ratios) > 0.98


def test_this_would_show_if_patients_were_torn_apart(bench, tmp_path):
    """The same ECGs dealt one by one: the model knows the patient again, and the shuffled label with it."""

    def torn(seed):
        whole = shuffled(bench, seed)
        every = np.arange(len(whole.cohort))
        return replace(whole, design=cross_validation(whole.inputs.usable, every, whole.potassium, 3, seed=seed))

    assert np.mean([errors(torn(seed), "boosting", tmp_path) for seed in range(8)]) < 0.9


def test_fifty_copies_of_one_ecg_do_not_make_the_others_better(cohort, set_up, tmp_path):
    """One patient stands fifty times in the cohort, under a name of each copy's own."""
    index = np.flatnonzero(cohort.column("is_index"))
    copied = index[0]
    with new_cohort(tmp_path / "copies", {"source": "test"}) as writer:
        for row, recording in cohort.recordings(index):
            own = {"minutes_from_lab": 0.0, "source": "simulated", "potassium": float(cohort.column("potassium")[row])}
            for number in range(50 if row == copied else 1):
                writer.add(recording, {"recording_id": f"{row}-{number}", "patient_id": f"p{row}-{number}", **own})
    plain, _ = set_up(cohort, "plain")
    with_copies, _ = set_up(Cohort.open(tmp_path / "copies"), "copies", recordings="all")
    groups = with_copies.design.groups[with_copies.inputs.usable]
    assert len(np.unique(groups)) == len(plain.inputs.usable)
    for fold in with_copies.design.folds:
        sides = [with_copies.design.groups[side] for side in (fold.train, fold.validation, fold.test)]
        assert sum(groups[0] in side for side in sides) == 1
    of_others = []
    for bench, is_copy in ((plain, {copied}), (with_copies, set(np.flatnonzero(groups == groups[0])))):
        truth, estimate = [], []
        for fold in bench.design.folds:
            learned = learn(SHIPPED["boosting"], bench, fold, tmp_path, seed=0)
            others = ~np.isin(learned.test.rows, list(is_copy))
            truth.append(bench.potassium[learned.test.rows][others])
            estimate.append(learned.test.pooled[others])
        of_others.append(float(mae(np.concatenate(truth), np.concatenate(estimate))))
    assert of_others[1] > 0.9 * of_others[0]


def test_what_a_fold_tests_does_not_change_what_it_has_learned(cohort, relabelled, set_up, tmp_path):
    """Other labels on the test side alone: the same estimates to the bit."""
    bench, _ = set_up(cohort)
    fold = bench.design.folds[0]
    before = {name: learn(SHIPPED[name], bench, fold, tmp_path / name, seed=0) for name in ("boosting", "dcrnn-4k")}
    changed = bench.potassium.copy()
    changed[fold.test] = 2.0
    other = replace(bench, potassium=changed)
    for name, learned in before.items():
        after = learn(SHIPPED[name], other, fold, tmp_path / f"{name} again", seed=0)
        assert np.array_equal(after.test.each, learned.test.each)


def test_estimates_in_the_files_are_of_patients_nobody_has_met(cohort, set_up):
    bench, plan = set_up(cohort)
    for fold in bench.design.folds:
        job = do_job(Job(bench.folder, cohort.folder, plan, SHIPPED["t-wave"], fold.name, fold.digest))
        table = pq.read_table(job.results / "recordings.parquet", filters=[("side", "=", "test")])
        known = set(cohort.column("patient_id")[np.concatenate([fold.train, fold.validation])])
        assert not known & set(table.column("patient_id").to_pylist())
