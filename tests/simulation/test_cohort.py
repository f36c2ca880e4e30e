import numpy as np
import pytest

from kalemia.cohorts import Cohort
from kalemia.cohorts.potassium_ranges import STUDY_COUNTS, count_ranges, scaled_counts
from kalemia.errors import ConfigError, OutputError
from kalemia.simulation import cohort as simulation
from kalemia.simulation import simulate_cohort
from kalemia.simulation.labels import draw_label_in_range

COLUMNS = [
    "recording_id",
    "patient_id",
    "potassium",
    "potassium_true",
    "minutes_from_lab",
    "source",
    "is_index",
    "age_years",
    "sex",
    "heart_rate_bpm",
    "rhythm",
    "confounder",
    "haemolysed",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated") / "cohort"
    simulate_cohort(folder, patients=30, seed=3, progress=False)
    return folder


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_round_trip(folder):
    cohort = Cohort.open(folder)
    assert cohort.is_simulated
    assert set(COLUMNS) <= set(cohort.table.column_names)
    recordings = dict(cohort.recordings())
    assert sorted(recordings) == list(range(len(cohort)))
    assert all(np.isfinite(recording.signal).all() for recording in recordings.values())
    assert cohort.description["seed"] == 3


def test_one_index_ecg_per_patient_in_the_studys_proportions(folder):
    cohort = Cohort.open(folder)
    index = cohort.column("is_index")
    assert len(set(cohort.column("patient_id")[index])) == index.sum() == 30
    assert tuple(count_ranges(cohort.column("potassium")[index])) == scaled_counts(30)
    assert 30 < len(cohort) < 120


def test_1567_patients_fill_the_studys_ranges_exactly():
    ranges = simulation._range_of_patients(1567, seed=0)
    labels = [draw_label_in_range(simulation._stream(0, number), wanted) for number, wanted in enumerate(ranges)]
    assert tuple(count_ranges(np.array([label.potassium for label in labels]))) == STUDY_COUNTS


def test_same_seed_same_bytes_other_seed_other_bytes(folder, tmp_path):
    simulate_cohort(tmp_path / "same", patients=30, seed=3, progress=False)
    simulate_cohort(tmp_path / "other", patients=30, seed=4, progress=False)
    assert contents(tmp_path / "same") == contents(folder)
    assert contents(tmp_path / "other").keys() == contents(folder).keys()
    assert all(contents(tmp_path / "other")[name] != content for name, content in contents(folder).items())


def test_progress_goes_to_stderr(tmp_path, capsys):
    simulate_cohort(tmp_path / "loud", patients=2, seed=0)
    simulate_cohort(tmp_path / "silent", patients=2, seed=0, progress=False)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("patients", [0, -5])
def test_no_patients(tmp_path, patients):
    with pytest.raises(ConfigError, match="needs at least 1"):
        simulate_cohort(tmp_path / "cohort", patients=patients)
    assert not (tmp_path / "cohort").exists()


def test_a_negative_seed(tmp_path):
    with pytest.raises(ConfigError, match="must be 0 or more"):
        simulate_cohort(tmp_path / "cohort", patients=2, seed=-1)


def test_an_existing_folder(folder):
    before = contents(folder)
    with pytest.raises(OutputError, match="already there"):
        simulate_cohort(folder, patients=2)
    assert contents(folder) == before


def test_an_interrupt_leaves_no_folder(tmp_path, monkeypatch):
    real = simulation.record
    calls = []

    def interrupted(*arguments):
        calls.append(arguments)
        if len(calls) > 5:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(simulation, "record", interrupted)
    with pytest.raises(KeyboardInterrupt):
        simulate_cohort(tmp_path / "cohort", patients=10, progress=False)
    assert list(tmp_path.iterdir()) == []
