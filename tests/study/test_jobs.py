import numpy as np
import pyarrow.parquet as pq
import pytest

from kalemia.errors import OutputError, RunError
from kalemia.study import jobs as jobs_module
from kalemia.study.contestants import Contestant, shipped
from kalemia.study.findings import Findings, split_curve
from kalemia.study.jobs import Job, do_job
from kalemia.study.results import paired, read_results
from kalemia.study.workbench import workbench
from kalemia.training import checkpoints

SHIPPED = {contestant.name: contestant for contestant in shipped()}
NARROW = Contestant(name="narrow", title="Narrow", training={"model": "dcrnn-4k", "max_epochs": 3, "patience": 3})


def jobs_of(bench, plan, *contestants):
    return [
        Job(bench.folder, bench.cohort.folder, plan, contestant, fold.name, fold.digest)
        for contestant in contestants
        for fold in bench.design.folds
    ]


def estimates(job):
    return pq.read_table(job.results / "recordings.parquet")


def test_a_training_that_was_killed_goes_on_and_ends_with_the_same_estimates(cohort, set_up, monkeypatch):
    bench, plan = set_up(cohort, "unbroken")
    unbroken = do_job(jobs_of(bench, plan, NARROW)[0])

    bench, plan = set_up(cohort, "killed")
    job = jobs_of(bench, plan, NARROW)[0]
    written = checkpoints.write_text

    def killed(path, text):
        written(path, text)
        if len(text.splitlines()) == 3:  # the header and two epochs
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "write_text", killed)
        with pytest.raises(KeyboardInterrupt):
            do_job(job)
    assert job.facts() is None
    assert estimates(do_job(job)).equals(estimates(unbroken))
    assert job.facts().epochs == 3


def test_results_are_whole_or_not_there(cohort, set_up, monkeypatch):
    bench, plan = set_up(cohort)
    job = jobs_of(bench, plan, SHIPPED["t-wave"])[0]

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(jobs_module.pq, "write_table", full)
        with pytest.raises(OutputError, match="No space left on device"):
            do_job(job)
    assert not job.results.exists()
    assert do_job(job).facts() is not None


def test_what_is_done_is_not_done_again(cohort, set_up, monkeypatch):
    bench, plan = set_up(cohort)
    job = do_job(jobs_of(bench, plan, SHIPPED["constant"])[0])
    monkeypatch.setattr(jobs_module, "learn", None)
    assert do_job(job) is job


def test_results_of_another_configuration_are_not_taken_for_these(cohort, set_up):
    bench, plan = set_up(cohort)
    do_job(jobs_of(bench, plan, NARROW)[0])
    other = NARROW.model_copy(update={"training": {**NARROW.training, "loss": "squared"}})
    with pytest.raises(RunError, match="results of another configuration of narrow lie there"):
        do_job(jobs_of(bench, plan, other)[0])


def test_damaged_results_are_named(cohort, set_up):
    bench, plan = set_up(cohort)
    every = [do_job(job) for job in jobs_of(bench, plan, SHIPPED["constant"])]
    (every[0].results / "recordings.parquet").write_bytes(b"PAR1")
    with pytest.raises(RunError, match=r"constant/fold-1/recordings\.parquet: damaged"):
        read_results(every, bench)
    (every[1].results / "facts.json").write_text("{")
    with pytest.raises(RunError, match=r"constant/fold-2/facts\.json: damaged"):
        every[1].facts()


def test_a_fold_alone_is_compared_on_its_own_ecgs(cohort, set_up):
    bench, plan = set_up(cohort)
    every = [do_job(job) for job in jobs_of(bench, plan, SHIPPED["constant"], SHIPPED["t-wave"])]
    constant, t_wave = read_results([every[0], *every[2:]], bench)
    assert not constant.all_folds
    assert t_wave.all_folds
    pair = paired(constant, t_wave)
    assert len(pair.truth) == len(constant.truth) < len(t_wave.truth)
    assert np.array_equal(np.sort(pair.first), np.sort(constant.estimate))


@pytest.mark.parametrize("labels", ["one class", "one range"])
def test_measures_that_are_not_defined_stay_undefined(labels, cohort, relabelled, set_up):
    rng = np.random.default_rng(0)
    span = (4.0, 5.0) if labels == "one range" else (5.6, 9.0)
    bench, plan = set_up(relabelled("odd", potassium=rng.uniform(*span, len(cohort)).round(2)))
    every = [do_job(job) for job in jobs_of(bench, plan, SHIPPED["constant"], SHIPPED["boosting"])]
    found = Findings(bench, *split_curve(read_results(every, bench)))
    scores = found.scores["boosting"]
    assert np.isnan(scores["auroc_high"].value)
    assert np.isfinite(scores["mae"].value)
    assert np.isnan(scores["mae[< 4.0]"].value)


def test_each_process_opens_the_workbench_once(cohort, set_up):
    bench, _ = set_up(cohort)
    assert workbench(bench.folder, cohort.folder) is workbench(bench.folder, cohort.folder)
