from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kalemia.cohorts import Cohort
from kalemia.cohorts.writing import new_cohort
from kalemia.recording import Recording


def make_row(number: int, **changes) -> dict:
    return {
        "recording_id": f"r{number}",
        "patient_id": f"p{number // 2}",
        "potassium": 4.0 + 0.5 * number,
        "minutes_from_lab": 10.0,
        "source": "hospital",
        **changes,
    }


def make_recording(number: int) -> Recording:
    signal = np.random.default_rng(number).normal(0, 1, (2, 50 + number)).astype(np.float32)
    return Recording(signal, 500.0, ("II", "V5"))


@pytest.fixture
def cohort(tmp_path: Path) -> Cohort:
    folder = tmp_path / "cohort"
    with new_cohort(folder, {"source": "hospital"}) as writer:
        for number in range(4):
            writer.add(make_recording(number), make_row(number))
    return Cohort.open(folder)


@pytest.fixture
def rewrite(cohort: Cohort):
    """Replace the table of the cohort by one made from its rows; returns the folder."""

    def replace(change) -> Path:
        rows = [change(dict(row)) for row in cohort.table.to_pylist()]
        pq.write_table(pa.Table.from_pylist(rows), cohort.folder / "cohort.parquet")
        return cohort.folder

    return replace
