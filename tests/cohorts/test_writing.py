import numpy as np
import pytest

from kalemia.cohorts import Cohort, writing
from kalemia.cohorts.writing import new_cohort
from kalemia.errors import OutputError
from kalemia.recording import Recording

ROW = {"patient_id": "p", "potassium": 4.2, "minutes_from_lab": 0.0, "source": "hospital"}


def write(folder, count=5):
    with new_cohort(folder, {"source": "hospital"}) as writer:
        for number in range(count):
            signal = np.full((2, 10 + number), number, dtype=np.float32)
            signal[1] += 0.5
            writer.add(Recording(signal, 250.0, ("I", "II")), {**ROW, "recording_id": f"r{number}"})


def test_what_was_written_comes_back(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "RECORDINGS_PER_SHARD", 2)
    write(tmp_path / "cohort")
    cohort = Cohort.open(tmp_path / "cohort")
    assert len(cohort.shards) == 3
    assert cohort.description["source"] == "hospital"
    for row, recording in cohort.recordings():
        assert (recording.fs, recording.leads, recording.signal.shape) == (250.0, ("I", "II"), (2, 10 + row))
        assert np.all(recording.lead("I") == row)
        assert np.all(recording.lead("II") == row + 0.5)


def test_gaps_stay_gaps(tmp_path):
    with new_cohort(tmp_path / "cohort", {}) as writer:
        writer.add(Recording(np.array([[0.1, np.nan, 0.3]]), 500.0, ("II",)), {**ROW, "recording_id": "r"})
    ((_, recording),) = Cohort.open(tmp_path / "cohort").recordings()
    assert np.isnan(recording.signal).tolist() == [[False, True, False]]


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "cohort").mkdir()
    (tmp_path / "cohort" / "mine.txt").write_text("keep")
    with pytest.raises(OutputError, match=r"already there\. Name a new folder"):
        write(tmp_path / "cohort")
    assert [path.name for path in tmp_path.rglob("*")] == ["cohort", "mine.txt"]


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "cohort").mkdir()
    write(tmp_path / "cohort")
    assert len(Cohort.open(tmp_path / "cohort")) == 5


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, ValueError])
def test_an_interrupt_leaves_nothing(tmp_path, interrupt):
    with pytest.raises(interrupt), new_cohort(tmp_path / "cohort", {}) as writer:
        writer.add(Recording(np.zeros((1, 9)), 500.0, ("II",)), {**ROW, "recording_id": "r"})
        raise interrupt
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(OutputError, match="cannot be written"):
        write(tmp_path / "file" / "cohort")
