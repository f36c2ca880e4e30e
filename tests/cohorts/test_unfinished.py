import numpy as np
import pytest

from kalemia.cohorts import Cohort
from kalemia.cohorts.unfinished import UnfinishedCohort
from kalemia.errors import CohortError, OutputError
from kalemia.recording import Recording

DESCRIPTION = {"source": "hospital", "made_by": "kalemia simulate -o COHORT --seed 1"}
ROW = {"patient_id": "p", "potassium": 4.2, "minutes_from_lab": 0.0, "source": "hospital"}


def part(*numbers):
    return [
        (Recording(np.full((1, 9), n, np.float32), 500.0, ("II",)), {**ROW, "recording_id": f"r{n}"}) for n in numbers
    ]


def begin(tmp_path, **changes):
    return UnfinishedCohort.begin(tmp_path / "cohort", {**DESCRIPTION, **changes}, parts=2)


def test_parts_in_any_order_become_a_cohort_in_theirs(tmp_path):
    begun = begin(tmp_path)
    begun.write_part(1, part(2))
    assert begun.missing() == [0]
    begin(tmp_path).write_part(0, part(0, 1))
    assert begun.missing() == []
    begun.finish()
    cohort = Cohort.open(tmp_path / "cohort")
    assert cohort.column("recording_id").tolist() == ["r0", "r1", "r2"]
    assert [recording.signal[0, 0] for _, recording in cohort.recordings()] == [0, 1, 2]
    assert cohort.description["source"] == "hospital"
    assert sorted(path.name for path in (tmp_path / "cohort").iterdir()) == [
        "cohort.json",
        "cohort.parquet",
        "waveforms",
    ]


def test_it_is_no_cohort_before(tmp_path):
    begin(tmp_path).write_part(0, part(0))
    with pytest.raises(CohortError, match="cohort: unfinished; run the same command again"):
        Cohort.open(tmp_path / "cohort")


def test_a_finish_that_was_interrupted_is_finished(tmp_path, monkeypatch):
    begun = begin(tmp_path)
    begun.write_part(0, part(0))
    begun.write_part(1, part(1))
    first = begun._part(0) / "waveforms.parquet"
    first.replace(tmp_path / "cohort" / "waveforms" / "00000.parquet")
    begin(tmp_path).finish()
    assert len(list(Cohort.open(tmp_path / "cohort").recordings())) == 2


def test_another_description_is_refused_with_the_command_that_goes_on(tmp_path):
    begin(tmp_path)
    with pytest.raises(OutputError, match="begun with other arguments") as refused:
        begin(tmp_path, made_by="kalemia simulate -o COHORT --seed 2")
    assert "kalemia simulate -o COHORT --seed 1" in str(refused.value)


def test_a_damaged_plan_is_refused_too(tmp_path):
    begin(tmp_path)
    (tmp_path / "cohort" / "unfinished" / "plan.json").write_text("{")
    with pytest.raises(OutputError, match="begun with other arguments"):
        begin(tmp_path)


def test_a_part_that_fails_leaves_nothing(tmp_path):
    begun = begin(tmp_path)

    def failing():
        yield from part(0)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        begun.write_part(0, failing())
    assert [path.name for path in (tmp_path / "cohort" / "unfinished").iterdir()] == ["plan.json"]


def test_something_else_is_left_alone(tmp_path):
    (tmp_path / "cohort" / "unfinished").mkdir(parents=True)
    with pytest.raises(OutputError, match="already there"):
        begin(tmp_path)
