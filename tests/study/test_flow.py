from dataclasses import replace
from itertools import pairwise

import numpy as np

from kalemia.cohorts.flow import Excluded
from kalemia.study.contestants import STUDY_MODEL, shipped
from kalemia.study.findings import Findings, split_curve
from kalemia.study.flow import flow_of, in_words
from kalemia.study.jobs import Job, do_job
from kalemia.study.results import read_results


def test_every_ecg_is_counted_at_each_step(cohort, set_up):
    bench, plan = set_up(cohort, training={"model": "dcrnn-4k", "max_epochs": 1, "patience": 1})
    model = next(one for one in shipped() if one.name == STUDY_MODEL).model_copy(update={"training": {}})
    jobs = [
        do_job(Job(bench.folder, cohort.folder, plan, model, fold.name, fold.digest)) for fold in bench.design.folds
    ]
    found = Findings(bench, *split_curve(read_results(jobs, bench)))
    steps = list(flow_of(found))
    counts = [step.recordings for step in steps]
    assert counts[0] == len(cohort)
    assert counts[1] == cohort.column("is_index").sum()
    assert counts[-1] == len(bench.inputs.usable)
    for before, step in pairwise(steps):
        assert before.recordings - sum(one.recordings for one in step.excluded) == step.recordings

    told = {
        "title": "rows",
        "recordings": 999,
        "patients": 99,
        "excluded": [{"reason": "x", "recordings": 1, "patients": 1}],
    }
    by_cohort = replace(cohort, description={**cohort.description, "flow": [told]})
    first = next(iter(flow_of(Findings(replace(bench, cohort=by_cohort), found.results, found.curve))))
    assert (first.title, first.recordings, first.excluded) == ("rows", 999, (Excluded("x", 1, 1),))
    by_cohort = replace(cohort, description={**cohort.description, "flow": [{"title": "damaged"}]})
    first = next(iter(flow_of(Findings(replace(bench, cohort=by_cohort), found.results, found.curve))))
    assert first.recordings == len(cohort)


def test_a_reason_is_told_in_words():
    assert in_words("NoBeats: no QRS complexes in 10 s") == "no QRS complex found"
    assert in_words("something else") == "something else"
    assert np.all([in_words(reason) for reason in ("FlatSignal: x", "FileMissing: y")])
