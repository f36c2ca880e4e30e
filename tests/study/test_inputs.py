import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kalemia.cohorts import Cohort
from kalemia.preprocessing import Preprocessing
from kalemia.progress import Progress
from kalemia.study import inputs as inputs_module
from kalemia.study.inputs import prepare_inputs
from kalemia.training.dataset import prepare

PLAIN = Preprocessing()


@pytest.fixture
def prepared(tmp_path):
    def make(cohort, rows, preprocessing=PLAIN, jobs=1):
        with Progress(shown=False) as silent:
            return prepare_inputs(cohort, np.asarray(rows), preprocessing, tmp_path / "inputs", jobs, silent)

    return make


def test_cycles_are_those_that_training_makes(cohort, prepared):
    rows = np.arange(12)
    with Progress(shown=False) as silent:
        expected = prepare(cohort, rows, PLAIN, silent)
    found = prepared(cohort, rows).cycles()
    assert np.array_equal(found.signal, expected.signal)
    assert np.array_equal(found.start, expected.start)
    assert np.array_equal(found.rows, expected.rows)


def test_parts_that_are_there_are_not_made_again_and_damaged_ones_are(cohort, prepared, monkeypatch, tmp_path):
    monkeypatch.setattr(inputs_module, "PART", 5)
    first = prepared(cohort, range(12))
    parts = sorted((tmp_path / "inputs").rglob("*.npz"))
    assert len(parts) == 3
    parts[0].unlink()
    parts[1].write_bytes(parts[1].read_bytes()[:1000])
    kept = parts[2].stat().st_mtime_ns
    again = prepared(cohort, range(12))
    assert np.array_equal(first.part.signal, again.part.signal)
    assert np.array_equal(first.part.waves, again.part.waves, equal_nan=True)
    assert parts[2].stat().st_mtime_ns == kept


def test_another_way_to_prepare_does_not_meet_them(cohort, prepared):
    plain, windows = prepared(cohort, range(6)), prepared(cohort, range(6), Preprocessing(span="2 s"))
    assert plain.part.signal.shape[2] == windows.part.signal.shape[2]
    assert len(plain.part.signal) != len(windows.part.signal)
    assert np.array_equal(plain.part.waves, windows.part.waves, equal_nan=True)


def test_what_cannot_be_read_is_left_out_with_its_reason(cohort, prepared, tmp_path):
    folder = tmp_path / "ward"
    folder.mkdir()
    (tmp_path / "noise.csv").write_text("time_s,ii_mv\n" + "\n".join(f"{i / 500},0" for i in range(5000)))
    columns = {
        "recording_id": ["gone", "flat"],
        "patient_id": ["a", "b"],
        "potassium": [4.0, 5.0],
        "minutes_from_lab": [0.0, 0.0],
        "source": ["ward", "ward"],
        "path": ["gone.hea", str(tmp_path / "noise.csv")],
    }
    pq.write_table(pa.table(columns), folder / "cohort.parquet")
    (folder / "cohort.json").write_text('{"format_version": 1}')
    found = prepared(Cohort.open(folder), [0, 1])
    assert len(found.usable) == 0
    assert [reason.partition(":")[0] for reason in found.left_out.values()] == ["FileMissing", "FlatSignal"]
    assert len(found.cycles()) == 0
    assert len(set(found.part.digest)) == 2


def test_features_and_verdicts_are_found_by_row(cohort, prepared):
    found = prepared(cohort, [3, 7, 9])
    assert np.array_equal(found.waves(np.array([9, 3])), found.part.waves[[2, 0]], equal_nan=True)
    assert set(found.verdicts(found.usable)) <= {"good", "doubtful"}


def test_an_ecg_under_two_names_has_one_digest(cohort, prepared, relabelled):
    found = prepared(cohort, [0, 1])
    assert found.part.digest[0] != found.part.digest[1]
    assert (
        prepared(relabelled("other", patient_id=np.array(["x"] * len(cohort))), [0]).part.digest
        == found.part.digest[:1]
    )
