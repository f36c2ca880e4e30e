"""The trainings of a study: each one contestant on one fold, its results in a folder that is whole or not there.

::

    STUDY/runs/dcrnn/fold-1/        the training run (see `kalemia.training.run`)
    STUDY/results/dcrnn/fold-1/
    ├── recordings.parquet          `COLUMNS` of each recording of the validation and the test side
    ├── cycles.parquet              the estimate of each cycle of the test side
    └── facts.json                  `Facts`
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Bool, Float, Int
from pydantic import BaseModel, ConfigDict, ValidationError

from kalemia.errors import RunError
from kalemia.evaluation.classification import threshold_for
from kalemia.evaluation.measures import HYPERKALAEMIA, HYPOKALAEMIA
from kalemia.evaluation.risk import Risk
from kalemia.study.contestants import Contestant
from kalemia.study.designs import Fold, part_of_training
from kalemia.study.learners import Estimates, Learned, learn
from kalemia.study.plan import StudyPlan
from kalemia.study.provenance import code_hash
from kalemia.study.workbench import Workbench, workbench
from kalemia.writing import whole_or_nothing, write_text

RUNS, RESULTS = "runs", "results"
RECORDINGS, CYCLES, FACTS = "recordings.parquet", "cycles.parquet", "facts.json"
SENSITIVITY = 0.9
"""Of the operating point that is chosen on the validation side."""
COLUMNS = {
    "fold": "its name",
    "side": "validation or test",
    "recording_id": "of the ECG",
    "patient_id": "whose it is",
    "potassium": "measured, mEq/L",
    "constant": "median potassium of the training patients, mEq/L",
    "estimate": "mEq/L; empty where there is none",
    "spread": "standard deviation between cycles, mEq/L",
    "n_cycles": "how many cycles the estimate is pooled from",
    "risk_high": "probability of 5.5 mEq/L and more, learned on the validation side",
    "risk_low": "probability of less than 3.5 mEq/L, likewise",
    "called_high": f"at or above the threshold that finds {SENSITIVITY:.0%} of those with 5.5 and more on the "
    "validation side",
}

Rows = Int[np.ndarray, " row"]


class Facts(BaseModel):
    """About one training.

    Attributes:
        key: tells the same training from another one in the same place.
        title: of the contestant.
        fold: name of the fold.
        share: of the training patients that were learned from.
        train: recordings.
        train_patients: patients, those who share a recording counted as one.
        validation: recordings.
        test: recordings.
        constant: median potassium of the training side, mEq/L.
        threshold_high: estimate from which a recording is called high, mEq/L; `None` where the validation side has
            nobody with high potassium.
        parameters: how many were learned.
        training_s: seconds on one core.
        inference_ms: per recording.
        epochs: of a network.
        best_epoch: whose weights were kept.
        code: hash of the code that ran.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    title: str
    fold: str
    share: float
    train: int
    train_patients: int
    validation: int
    test: int
    constant: float
    threshold_high: float | None
    parameters: int | None
    training_s: float | None
    inference_ms: float
    epochs: int | None
    best_epoch: int | None
    code: str


@dataclass(frozen=True, eq=False)
class Job:
    """One training of a study.

    Attributes:
        study: folder of the study.
        cohort: folder of the cohort.
        plan: of the study.
        contestant: who learns.
        fold: name of the fold.
        dealt: tells who is on which side of it.
        share: of the training patients; below 1 for a point of the learning curve.
    """

    study: Path
    cohort: Path
    plan: StudyPlan
    contestant: Contestant
    fold: str
    dealt: str
    share: float = 1.0

    @property
    def name(self) -> str:
        """Of the folder that holds all folds of this contestant."""
        return self.contestant.name if self.share == 1 else f"{self.contestant.name}@{self.share:g}"

    @property
    def results(self) -> Path:
        """Where the results go."""
        return self.study / RESULTS / self.name / f"fold-{self.fold}"

    @property
    def run(self) -> Path:
        """Where a network is trained."""
        return self.study / RUNS / self.name / f"fold-{self.fold}"

    @property
    def seed(self) -> int:
        """Of the weights: every repeat has its own."""
        repeat, _, rest = self.fold.partition("-")
        return self.plan.seed + (int(repeat) - 1 if rest else 0)

    @cached_property
    def key(self) -> str:
        """Tells whether results that lie there are of this very training."""
        made_of = [
            self.plan.model_dump(exclude={"cohort"}),
            self.contestant.model_dump(exclude={"title", "group", "about"}),
            self.fold,
            self.dealt,
            self.share,
        ]
        return hashlib.sha256(json.dumps(made_of, sort_keys=True, default=str).encode()).hexdigest()[:16]

    def facts(self) -> Facts | None:
        """What is known of it once it is done; `None` before.

        Raises:
            RunError: results of another training lie there, or they are damaged.
        """
        path = self.results / FACTS
        if not self.results.is_dir():
            return None
        try:
            facts = Facts.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            raise RunError(f"{self.name}/fold-{self.fold}/{FACTS}: damaged. Remove that folder.") from None
        if facts.key != self.key:
            raise RunError(
                f"{self.name}/fold-{self.fold}: results of another configuration of {self.contestant.name} lie there. "
                f"Remove {RESULTS}/{self.name} and {RUNS}/{self.name} in {self.study.name}, or choose a new folder."
            )
        return facts


def do_job(job: Job) -> Job:
    """Train, estimate and write the results, unless that is done.

    Raises:
        RunError: something else lies there, or the training failed.
        CohortError: the cohort cannot be read.
        OutputError: the results cannot be written.
    """
    if job.facts() is not None:
        return job
    bench = workbench(job.study, job.cohort)
    if bench.fold(job.fold).digest != job.dealt:
        raise RunError(f"{job.study.name}: files of the cohort changed while the study ran. Run it again.")
    fold, groups = bench.fold(job.fold), bench.design.groups
    if job.share < 1:
        fold = part_of_training(fold, groups, bench.potassium, job.share, job.plan.seed)
    learned = learn(job.contestant, bench, fold, job.run, job.seed)
    constant = float(np.median(bench.potassium[fold.train]))
    recordings, threshold = _recordings(bench, fold, learned, constant)
    facts = Facts(
        key=job.key,
        title=job.contestant.title,
        fold=job.fold,
        share=job.share,
        train=len(fold.train),
        train_patients=len(np.unique(groups[fold.train])),
        validation=len(fold.validation),
        test=len(fold.test),
        constant=constant,
        threshold_high=threshold,
        parameters=learned.parameters,
        training_s=learned.training_s,
        inference_ms=learned.inference_ms,
        epochs=learned.epochs,
        best_epoch=learned.best_epoch,
        code=code_hash(),
    )
    with whole_or_nothing(job.results) as draft:
        draft.mkdir()
        pq.write_table(recordings, draft / RECORDINGS)
        pq.write_table(_cycles(bench, fold, learned.test), draft / CYCLES)
        write_text(draft / FACTS, facts.model_dump_json(indent=2) + "\n")
    return job


def _recordings(bench: Workbench, fold: Fold, learned: Learned, constant: float) -> tuple[pa.Table, float | None]:
    """A row for each recording of the validation and the test side; the threshold from which one is called high."""
    known, estimate = bench.potassium[learned.validation.rows], learned.validation.pooled
    is_high, is_low = known >= HYPERKALAEMIA, known < HYPOKALAEMIA
    high, low = Risk.fit(estimate, is_high), Risk.fit(estimate, is_low)
    threshold = threshold_for(estimate, is_high, sensitivity=SENSITIVITY) if is_high.any() else None
    sides = []
    for side, rows, estimates in (
        ("validation", fold.validation, learned.validation),
        ("test", fold.test, learned.test),
    ):
        pooled = estimates.pooled
        found = {
            "estimate": pooled,
            "spread": estimates.spread,
            "n_cycles": np.diff(estimates.start).astype(float),
            "risk_high": high.probability(pooled),
            "risk_low": low.probability(pooled),
            "called_high": np.full(len(pooled), np.nan) if threshold is None else (pooled >= threshold).astype(float),
        }
        named = {"fold": fold.name, "side": side}
        sides.append(_side(bench, rows, named, constant, np.searchsorted(rows, estimates.rows), found))
    return pa.concat_tables(sides), threshold


def _side(
    bench: Workbench,
    rows: Rows,
    named: dict[str, str],
    constant: float,
    places: Int[np.ndarray, " estimated"],
    found: dict[str, Float[np.ndarray, " estimated"]],
) -> pa.Table:
    """The rows of one side; those without an estimate are empty in the columns of what was found."""
    columns: dict[str, object] = {name: [value] * len(rows) for name, value in named.items()}
    columns["recording_id"] = bench.cohort.column("recording_id")[rows].astype(str)
    columns["patient_id"] = bench.cohort.column("patient_id")[rows].astype(str)
    columns["potassium"] = bench.potassium[rows]
    columns["constant"] = np.full(len(rows), constant)
    for name, values in found.items():
        every = np.full(len(rows), np.nan)
        every[places] = values
        columns[name] = pa.array(every, mask=np.isnan(every))
    return pa.table({name: columns[name] for name in COLUMNS})


def _cycles(bench: Workbench, fold: Fold, test: Estimates) -> pa.Table:
    counts = np.diff(test.start)
    ids = bench.cohort.column("recording_id").astype(str)[test.rows]
    number: Bool[np.ndarray, " cycle"] | Int[np.ndarray, " cycle"] = np.concatenate(
        [np.arange(count) for count in counts] or [np.zeros(0, dtype=np.int64)]
    )
    return pa.table(
        {
            "fold": [fold.name] * len(test.each),
            "recording_id": np.repeat(ids, counts),
            "cycle": number,
            "estimate": test.each,
        }
    )
