"""How long the trainings of a study will take at most on this machine."""

from collections.abc import Sequence

from kalemia.study.contestants import Contestant
from kalemia.study.jobs import Job
from kalemia.study.learners import seconds_per_cycle
from kalemia.study.workbench import Workbench

BOOSTING_S = 5.0
"""A model on features; on some thousand recordings it takes less."""
VALIDATION_COST = 0.3
"""Of what learning from a cycle costs."""


def forecast_s(jobs: Sequence[Job], bench: Workbench) -> dict[Job, float]:
    """Seconds on one core for each training that is not done yet, if it goes on to its last epoch.

    Args:
        jobs: all trainings.
        bench: of the study.
    """
    pending = [job for job in jobs if job.facts() is None]
    of_contestant = {job.contestant.name: job.contestant for job in pending}
    costs = {name: _per_cycle_s(contestant, bench) for name, contestant in of_contestant.items()}
    return {job: _job_s(job, bench, costs[job.contestant.name]) for job in pending}


def duration(seconds: float) -> str:
    """For people."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "less than a minute"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours else f"{minutes} min"


def _per_cycle_s(contestant: Contestant, bench: Workbench) -> float:
    if contestant.learner != "network":
        return 0.0
    return seconds_per_cycle(contestant.config(bench.plan.common_training, bench.plan.seed))


def _job_s(job: Job, bench: Workbench, per_cycle_s: float) -> float:
    if not per_cycle_s:
        return BOOSTING_S if job.contestant.learner == "boosting" else 0.1
    config, fold = job.contestant.config(bench.plan.common_training, job.seed), bench.fold(job.fold)
    cycles_each = bench.inputs.part.count.sum() / max(len(bench.inputs.usable), 1)
    learned = len(fold.train) * job.share * config.cycles_per_recording
    validated = len(fold.validation) * cycles_each * VALIDATION_COST
    return per_cycle_s * config.max_epochs * (learned + validated)
