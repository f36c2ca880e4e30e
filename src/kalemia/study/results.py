"""What the trainings of a study found, read back from its folder, with prediction intervals.

::

    STUDY/predictions/dcrnn.parquet     every recording of the test sides of all folds, with its interval
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from jaxtyping import Bool, Float, Int, Shaped

from kalemia.errors import RunError
from kalemia.intervals import FEWEST, Intervals
from kalemia.study.contestants import Contestant
from kalemia.study.jobs import RECORDINGS, Facts, Job
from kalemia.study.workbench import Workbench
from kalemia.writing import whole_or_nothing

PREDICTIONS = "predictions"

Values = Float[np.ndarray, " recording"]


@dataclass(frozen=True, eq=False)
class Result:
    """Estimates of one contestant for the test sides of its folds.

    Attributes:
        contestant: whose.
        share: of the training patients that it has learned from.
        facts: about each training.
        table: `kalemia.study.jobs.COLUMNS` of the test sides, fold after fold; `low` and `high` of the 90 % interval.
        groups: of each row: who counts as one patient.
        rows: of each row: its place in the cohort.
        all_folds: whether every fold of the study was run.
    """

    contestant: Contestant
    share: float
    facts: tuple[Facts, ...]
    table: pa.Table
    groups: Int[np.ndarray, " row"]
    rows: Int[np.ndarray, " row"]
    all_folds: bool

    def column(self, name: str) -> Shaped[np.ndarray, " recording"]:
        """One column, of the recordings with an estimate."""
        return _column(self.table, name)[self.estimated]

    @cached_property
    def estimated(self) -> Bool[np.ndarray, " row"]:
        """Which of the rows have an estimate."""
        return np.isfinite(_column(self.table, "estimate").astype(float))

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

    def write(self, folder: Path) -> None:
        """Write the table.

        Raises:
            OutputError: it cannot be written there.
        """
        with whole_or_nothing(folder / PREDICTIONS / f"{self.contestant.name}.parquet") as draft:
            pq.write_table(self.table, draft)


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
    table = _with_intervals(tables)
    ids = bench.cohort.column("recording_id").astype(str)
    order = np.argsort(ids)
    rows = order[np.searchsorted(ids[order], _column(table, "recording_id").astype(str))]
    return Result(
        contestant=jobs[0].contestant,
        share=jobs[0].share,
        facts=tuple(facts),
        table=table,
        groups=bench.design.groups[rows],
        rows=rows,
        all_folds=len(jobs) == len(bench.design.folds),
    )


def _with_intervals(folds: Sequence[pa.Table]) -> pa.Table:
    """The test sides of all folds, each with intervals that others give.

    In a cross-validation these are the test sides of the other folds of the same repeat, as their own models estimated
    them: several times as many as a validation side, and met by no model that estimates them. It is not the
    cross-conformal prediction of Vovk 2015 (doi:10.1007/s10472-013-9368-4), which asks the model of every fold about
    each new recording, and what is promised is what is measured, no more. Of a fold that stands alone it is the
    validation side (split conformal prediction).
    """
    tests = [_side(table, "test") for table in folds]
    repeats = [_column(test, "fold")[0].rpartition("-")[0] for test in tests]
    made = []
    for place, test in enumerate(tests):
        others = [other for n, other in enumerate(tests) if n != place and repeats[n] == repeats[place]]
        told = pa.concat_tables(others) if others else _side(folds[place], "validation")
        low, high = _bounds(told, test)
        made.append(test.append_column("low", low).append_column("high", high))
    return pa.concat_tables(made)


def _bounds(told: pa.Table, asked: pa.Table) -> tuple[pa.Array, pa.Array]:
    """Ends of the intervals that some recordings give to others; empty where those are too few."""
    known, estimate, spread = (_column(told, name).astype(float) for name in ("potassium", "estimate", "spread"))
    have = np.isfinite(estimate)
    of, between = (_column(asked, name).astype(float) for name in ("estimate", "spread"))
    wanted = np.isfinite(of)
    ends = np.full((2, len(of)), np.nan)
    if have.sum() >= FEWEST and wanted.any():
        intervals = Intervals.fit(estimate[have], known[have], spread[have])
        ends[:, wanted] = intervals.bounds_of(of[wanted], between[wanted])
    low, high = (pa.array(end, mask=np.isnan(end)) for end in ends)
    return low, high


def _side(table: pa.Table, name: str) -> pa.Table:
    return table.filter(pc.equal(table.column("side"), name))


def _column(table: pa.Table, name: str) -> Shaped[np.ndarray, " row"]:
    values: np.ndarray = table.column(name).to_numpy(zero_copy_only=False)
    return values


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
