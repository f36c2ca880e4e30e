"""The whole study: cohort, folds, trainings, figures, report; it goes on where it was killed."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from kalemia.cohorts import Cohort
from kalemia.cohorts.cohort import DESCRIPTION_FILE
from kalemia.cohorts.ecg_files import is_there
from kalemia.cohorts.joining import join_cohorts
from kalemia.errors import CohortError
from kalemia.processes import cores, done_in_any_order
from kalemia.progress import Progress
from kalemia.simulation import simulate_cohort
from kalemia.study.contestants import BOOSTING, STUDY_MODEL, Contestant
from kalemia.study.forecast import duration, forecast_s
from kalemia.study.jobs import Job, do_job
from kalemia.study.options import Options
from kalemia.study.plan import StudyPlan, keep_plan
from kalemia.study.report import write_report
from kalemia.study.workbench import Workbench, taking_part

ON_THE_CURVE = (STUDY_MODEL, BOOSTING)
"""Whose learning curve is drawn."""


def reproduce(
    folder: Path,
    options: Options,
    cohort: Path | None = None,
    test_cohort: Path | None = None,
    prior: str = "wonju",
    jobs: int | None = None,
    *,
    allow_missing: bool = False,
    progress: bool = True,
) -> Path:
    """Run the study, or go on with it.

    Args:
        folder: of the study.
        options: what is asked.
        cohort: folder of labelled recordings; simulated by default.
        test_cohort: another one, to be tested on alone.
        prior: how potassium is spread in a simulated cohort.
        jobs: trainings at once; by default one for each core.
        allow_missing: leave out recordings whose file is missing.
        progress: whether to show bars on standard error.

    Returns:
        The report.

    Raises:
        CohortError: the cohort is damaged, files of it are missing, or it has too few patients.
        RunError: the folder holds another study.
        ConfigError: a contestant's file is wrong.
        OutputError: the results cannot be written.
    """
    folder, at_once = folder.resolve(), jobs or cores()
    contestants = options.contestants()
    _remove_scratch(folder)
    opened, name, tested = _cohort(folder, options, cohort, test_cohort, prior, at_once, shown=progress)
    plan = options.plan(opened, name, tested)
    _require_files(opened, plan, allow_missing=allow_missing)
    keep_plan(plan, folder)
    with Progress(shown=progress) as shown:
        bench = Workbench.set_up(folder, opened, plan, at_once, shown)
        every = _jobs(bench, contestants)
        _prepare_others(bench, contestants, at_once, shown)
        _train(every, bench, at_once, shown)
        return write_report(bench, every, shown)


def _remove_scratch(folder: Path) -> None:
    """What a killed process had begun to write."""
    for leftover in folder.rglob(".unfinished-*") if folder.is_dir() else ():
        shutil.rmtree(leftover, ignore_errors=True)


def _cohort(
    folder: Path,
    options: Options,
    cohort: Path | None,
    test_cohort: Path | None,
    prior: str,
    jobs: int,
    *,
    shown: bool,
) -> tuple[Cohort, str, int]:
    """The cohort, what to call it, and how many of its last recordings are only tested on."""
    if cohort is None:
        patients, seed = options.simulated_patients, options.seed
        cohort = folder / f"simulated-{prior}-{patients}-{seed}"
        if not (cohort / DESCRIPTION_FILE).is_file():
            simulate_cohort(cohort, patients, seed, prior=prior, workers=jobs, progress=shown)
    opened = Cohort.open(cohort)
    if test_cohort is None:
        return opened, opened.folder.name, 0
    tested = Cohort.open(test_cohort)
    both = folder / f"joined-{opened.fingerprint[:8]}-{tested.fingerprint[:8]}"
    if not (both / DESCRIPTION_FILE).is_file():
        join_cohorts([opened, tested], both)
    return Cohort.open(both), f"{opened.folder.name}, tested on {tested.folder.name}", len(tested)


def _require_files(cohort: Cohort, plan: StudyPlan, *, allow_missing: bool) -> None:
    rows = taking_part(cohort, plan)
    missing = [cohort.paths[row] for row in rows if row in cohort.paths and not is_there(cohort.paths[row])]
    if missing and not allow_missing:
        first = ", ".join(path.name for path in missing[:3])
        raise CohortError(
            f"{cohort.folder.name}: {len(missing)} of {len(rows)} recordings have no file on disk: {first}"
            f"{', ...' if len(missing) > 3 else ''}. Mend the paths, or leave these out: --allow-missing."
        )


def _jobs(bench: Workbench, contestants: Sequence[Contestant]) -> list[Job]:
    """All trainings: every contestant on its folds, and the points of the learning curve."""
    folds = bench.design.folds
    made = []
    for contestant in contestants:
        own = folds if contestant.folds == "all" else folds[:1]
        shares = (1.0, *(bench.plan.learning_curve if contestant.name in ON_THE_CURVE else ()))
        made += [
            Job(bench.folder, bench.cohort.folder.resolve(), bench.plan, contestant, fold.name, fold.digest, share)
            for share in shares
            for fold in own
        ]
    return made


def _prepare_others(bench: Workbench, contestants: Sequence[Contestant], jobs: int, progress: Progress) -> None:
    """Inputs that are not everybody's, made before the trainings ask for them one by one."""
    networks = [contestant for contestant in contestants if contestant.learner == "network"]
    for wanted in {one.config(bench.plan.common_training, bench.plan.seed).preprocessing for one in networks}:
        bench.inputs_for(wanted, jobs, progress)


def _train(jobs: Sequence[Job], bench: Workbench, at_once: int, progress: Progress) -> None:
    expected = forecast_s(jobs, bench)
    if not expected:
        return
    longest_first = sorted(expected, key=lambda job: -expected[job])
    takes = max(sum(expected.values()) / min(at_once, cores(), len(expected)), expected[longest_first[0]])
    progress.say(f"{len(expected)} of {len(jobs)} trainings to do; about {duration(takes)} at most on this machine.")
    bar = progress.begin("Training", len(jobs), len(jobs) - len(expected))
    for done in done_in_any_order(do_job, longest_first, at_once):
        progress.advance(bar, f"{done.name}, fold {done.fold}")
