from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kalemia.cohorts import Cohort
from kalemia.progress import Progress
from kalemia.simulation import simulate_cohort
from kalemia.study import options
from kalemia.study.options import Options
from kalemia.study.plan import StudyPlan, keep_plan
from kalemia.study.workbench import Workbench, workbench

PATIENTS = 60


@pytest.fixture(scope="session")
def cohort(tmp_path_factory) -> Cohort:
    return simulate_cohort(tmp_path_factory.mktemp("cohorts") / "sixty", PATIENTS, seed=3, progress=False)


@pytest.fixture
def relabelled(cohort, tmp_path):
    """The cohort with other columns."""

    def make(name: str, **columns: np.ndarray) -> Cohort:
        folder = tmp_path / name
        folder.mkdir()
        table = cohort.table
        for column, values in columns.items():
            place = table.column_names.index(column)
            table = table.set_column(place, column, pa.array(values))
        pq.write_table(table, folder / "cohort.parquet")
        (folder / "cohort.json").write_bytes((cohort.folder / "cohort.json").read_bytes())
        (folder / "waveforms").symlink_to(cohort.folder / "waveforms")
        return Cohort.open(folder)

    return make


@pytest.fixture
def set_up(tmp_path):
    """A study that is begun, without a training."""

    def begin(cohort: Cohort, name: str = "study", **changes: object) -> tuple[Workbench, StudyPlan]:
        folder: Path = tmp_path / name
        plan = (
            Options(extent="quick")
            .plan(cohort, cohort.folder.name)
            .model_copy(update={"folds": 2, "learning_curve": (), **changes})
        )
        keep_plan(plan, folder)
        with Progress(shown=False) as silent:
            return Workbench.set_up(folder, cohort, plan, 1, silent), plan

    yield begin
    workbench.cache_clear()


@pytest.fixture
def short(monkeypatch):
    """Trainings of one epoch."""
    monkeypatch.setattr(options, "QUICK_TRAINING", {"max_epochs": 1, "patience": 1})
