import numpy as np
import pytest

from kalemia.cohorts import Cohort
from kalemia.cohorts.potassium_ranges import STUDY_COUNTS, count_ranges, scaled_counts
from kalemia.errors import ConfigError, InputError, OutputError
from kalemia.simulation import simulate_cohort, simulate_recording
from kalemia.simulation.check import auroc
from kalemia.simulation.cohort import _stream
from kalemia.simulation.labels import draw_label_in_range
from kalemia.simulation.plan import CohortPlan

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
    "acidosis",
    "haemolysed",
    "prior",
    "hospital",
    "weight",
    "arm",
    "from_paper",
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
    ranges = CohortPlan(patients=1567, seed=0).ranges
    labels = [draw_label_in_range(_stream(0, number), wanted) for number, wanted in enumerate(ranges)]
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


def test_a_cohort_says_what_it_is(tmp_path):
    cohort = simulate_cohort(
        tmp_path / "cohort", 12, seed=1, progress=False, prior="dialysis", hospital="B", at_least=1
    )
    parameters = cohort.description["parameters"]
    assert (parameters["prior"], parameters["hospital"]["name"], parameters["at_least"]) == ("dialysis", "B", 1)
    assert set(cohort.column("prior")) == {"dialysis"}
    assert set(cohort.column("hospital")) == {"B"}
    assert cohort.description["made_by"].endswith("--seed 1 --prior dialysis --hospital B --at-least 1")
    index = cohort.column("is_index")
    assert min(count_ranges(cohort.column("potassium")[index])) >= 1
    assert cohort.column("weight")[index].mean() == pytest.approx(1.0, abs=1e-5)


def test_the_other_hospital_records_the_same_potassium_otherwise(tmp_path, folder):
    here, there = Cohort.open(folder), simulate_cohort(tmp_path / "b", 30, seed=3, progress=False, hospital="B")
    np.testing.assert_array_equal(here.column("potassium")[:1], there.column("potassium")[:1])
    assert not np.array_equal(next(here.recordings())[1].signal, next(there.recordings())[1].signal)


@pytest.mark.parametrize("workers", [0, -1])
def test_no_workers(tmp_path, workers):
    with pytest.raises(ConfigError, match="it takes at least 1"):
        simulate_cohort(tmp_path / "cohort", patients=2, workers=workers)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def normals(tmp_path_factory):
    """Recordings that stand for real ones."""
    folder = tmp_path_factory.mktemp("normals")
    seeds = [seed for seed in range(60) if simulate_recording(4.2, seed).patient.confounder.name == "none"][:24]
    for seed in seeds:
        signal = simulate_recording(4.2, seed).recording.signal[0].astype(float)
        rows = "".join(f"{place / 500:.3f},{mv:.5f}\n" for place, mv in enumerate(signal))
        (folder / f"{seed}.csv").write_text("time_s,ii_mv\n" + rows)
    return folder


def test_the_arm_does_not_predict_potassium(normals, tmp_path):
    cohort = simulate_cohort(tmp_path / "cohort", patients=40, seed=5, progress=False, real=normals)
    real = cohort.column("arm") == "real beats"
    potassium, patients = cohort.column("potassium"), cohort.column("patient_id")
    assert not set(patients[real]) & set(patients[~real])
    assert 10 <= len(set(patients[real])) <= 20
    assert 0.35 < auroc(potassium[real], potassium[~real]) < 0.65
    assert potassium[real].max() > 6.5
    assert potassium[~real].max() > 6.5
    assert len(dict(cohort.recordings())) == len(cohort)


def test_a_cohort_of_real_beats_goes_on_with_the_same_files_only(normals, tmp_path):
    first = simulate_cohort(tmp_path / "one", patients=12, seed=5, progress=False, real=normals)
    simulate_cohort(tmp_path / "two", patients=12, seed=5, progress=False, real=normals)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert first.description["parameters"]["real_patients"] == 6
    with pytest.raises(InputError):
        simulate_cohort(tmp_path / "three", patients=12, progress=False, real=tmp_path / "one")


def test_some_ecgs_are_as_read_from_paper(tmp_path):
    cohort = simulate_cohort(tmp_path / "cohort", patients=120, seed=1, progress=False)
    assert 0.08 < cohort.column("from_paper").mean() < 0.25
