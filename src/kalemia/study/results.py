"""What the trainings of a study found, read back from its folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Bool, Float, Int, Shaped

from kalemia.errors import RunError
from kalemia.study.contestants import Contestant
from kalemia.study.jobs import RECORDINGS, Facts, Job
from kalemia.study.workbench import Workbench

Values = Float[np.ndarray, " recording"]


@dataclass(frozen=True, eq=False)
class Result:
    """Estimates of one contestant for the test sides of its folds.

    Attributes:
        contestant: whose.
        share: of the training patients that it has learned from.
        facts: about each training.
        table: rows of `kalemia.study.jobs.RECORDING_COLUMNS`, fold after fold.
        groups: of each row: who counts as one patient.
        rows: of each row: its place in the cohort.
        all_folds: whether every fold of the study was run.
    """

    contestant: Contestant
    share: float
    facts: tuple[Facts, ...]
    table: pa.Table
    groups: Int[np.ndarray, " recording"]
    rows: Int[np.ndarray, " recording"]
    all_folds: bool

    def column(self, name: str) -> Shaped[np.ndarray, " recording"]:
        """One column, of the recordings with an estimate."""
        values: np.ndarray = self.table.column(name).to_numpy(zero_copy_only=False)
        return values[self.estimated]

    @cached_property
    def estimated(self) -> Bool[np.ndarray, " row"]:
        """Which of the rows have an estimate."""
        return np.isfinite(self.table.column("estimate").to_numpy(zero_copy_only=False).astype(float))

    @property
    def truth(self) -> Values:
        """Measured potassium of the recordings with an estimate, mEq/L."""
        return self.column("potassium")

    @property
    def estimate(self) -> Values:
        """Likewise the estimate, mEq/L."""
        return self.column("estimate")

    @property
    def constant(self) -> Values:
        """Likewise the median of the training patients, mEq/L."""
        return self.column("constant")

    @property
    def patients(self) -> Int[np.ndarray, " recording"]:
        """Likewise who counts as one patient."""
        return self.groups[self.estimated]

    @property
    def keys(self) -> Shaped[np.ndarray, " recording"]:
        """Likewise what tells a recording in a fold of a repeat from all others."""
        pairs = zip(self.column("fold"), self.column("recording_id"), strict=True)
        return np.array([f"{fold} {name}" for fold, name in pairs])


def read_results(jobs: Sequence[Job], bench: Workbench) -> list[Result]:
    """The results of trainings that are done, those of one contestant together, in the order of the jobs.

    Raises:
        RunError: a training is not done, or its results are damaged.
    """
    of_name: dict[str, list[Job]] = {}
    for job in jobs:
        of_name.setdefault(job.name, []).append(job)
    return [_read(own, bench) for own in of_name.values()]


def _read(jobs: Sequence[Job], bench: Workbench) -> Result:
    facts, tables = [], []
    for job in jobs:
        known = job.facts()
        if known is None:
            raise RunError(f"{job.name}, fold {job.fold}: not done yet. Run the study again.")
        try:
            tables.append(pq.read_table(job.results / RECORDINGS))
        except (OSError, pa.ArrowInvalid):
            raise RunError(f"{job.name}/fold-{job.fold}/{RECORDINGS}: damaged. Remove that folder.") from None
        facts.append(known)
    table = pa.concat_tables(tables)
    ids = bench.cohort.column("recording_id").astype(str)
    order = np.argsort(ids)
    wanted = table.column("recording_id").to_numpy(zero_copy_only=False).astype(str)
    rows = order[np.searchsorted(ids[order], wanted)]
    return Result(
        contestant=jobs[0].contestant,
        share=jobs[0].share,
        facts=tuple(facts),
        table=table,
        groups=bench.design.groups[rows],
        rows=rows,
        all_folds=len(jobs) == len(bench.design.folds),
    )


@dataclass(frozen=True, eq=False)
class Pair:
    """Two contestants on the recordings that both have estimated, in the same order."""

    truth: Values
    first: Values
    second: Values
    patients: Int[np.ndarray, " recording"]


def paired(first: Result, second: Result) -> Pair:
    """What two contestants say of the same recordings."""
    _, one, other = np.intersect1d(first.keys, second.keys, return_indices=True)
    return Pair(first.truth[one], first.estimate[one], second.estimate[other], first.patients[one])
