import csv
import json
from html.parser import HTMLParser

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from kalemia.errors import CohortError, ConfigError, RunError
from kalemia.estimation import Estimator
from kalemia.simulation import simulate_cohort
from kalemia.study import Options, options, reproduce
from kalemia.study.contestants import shipped
from kalemia.study.jobs import COLUMNS
from kalemia.study.report import FIGURES

CORE = {"constant", "t-wave", "boosting", "dcrnn"}


@pytest.fixture(scope="module")
def patients(tmp_path_factory):
    """Large enough for intervals from a validation side."""
    return simulate_cohort(tmp_path_factory.mktemp("cohorts") / "patients", 264, seed=4, progress=False)


@pytest.fixture(scope="module")
def study(patients, tmp_path_factory):
    """The whole of a very small one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(options, "QUICK_TRAINING", {"max_epochs": 1, "patience": 1})
        folder = tmp_path_factory.mktemp("studies") / "study"
        asked = Options(extent="quick", folds=2)
        reproduce(folder, asked, patients.folder, jobs=1, progress=False)
        yield folder, lambda: reproduce(folder, asked, patients.folder, jobs=1, progress=False)


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_every_recording_is_estimated_once_by_each_contestant(study, patients):
    folder, _ = study
    index = patients.column("recording_id")[patients.column("is_index")]
    assert {path.name for path in (folder / "results").iterdir()} >= CORE
    for name in CORE:
        tables = [pq.read_table(fold / "recordings.parquet") for fold in sorted((folder / "results" / name).iterdir())]
        assert len(tables) == 2
        assert tables[0].column_names == list(COLUMNS)
        tables = [table.filter(pc.equal(table.column("side"), "test")) for table in tables]
        ids = np.concatenate([table.column("recording_id").to_numpy(zero_copy_only=False) for table in tables])
        assert len(set(ids)) == len(ids)
        assert set(ids) <= set(index)
        assert len(ids) >= 0.9 * len(index)
        one, other = (set(table.column("patient_id").to_pylist()) for table in tables)
        assert not one & other


def test_the_estimate_of_a_recording_is_the_median_of_those_of_its_cycles(study):
    folder, _ = study
    fold = folder / "results" / "dcrnn" / "fold-1"
    recordings, cycles = (pq.read_table(fold / f"{name}.parquet").to_pylist() for name in ("recordings", "cycles"))
    for row in [row for row in recordings if row["side"] == "test"][:5]:
        own = [cycle["estimate"] for cycle in cycles if cycle["recording_id"] == row["recording_id"]]
        assert row["estimate"] == pytest.approx(np.median(own))
        assert row["n_cycles"] == len(own)
        assert row["spread"] == pytest.approx(np.std(own))


def test_predictions_of_a_contestant_lie_in_one_file_with_their_intervals(study):
    folder, _ = study
    table = pq.read_table(folder / "predictions" / "dcrnn.parquet")
    low, estimate, high = (table.column(name).to_numpy() for name in ("low", "estimate", "high"))
    assert np.all(low < estimate)
    assert np.all(estimate < high)
    assert set(table.column("side").to_pylist()) == {"test"}


def test_a_report_with_all_figures_and_tables(study):
    folder, _ = study
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert len(page) < 5_000_000
    assert "simulated" in page
    assert "Not a medical device" in page
    HTMLParser().feed(page)
    for name in (name for names in FIGURES.values() for name in names):
        for kind in ("png", "svg", "csv"):
            assert (folder / "figures" / f"{name}.{kind}").stat().st_size > 0
        assert f"figures/{name}.png" in page
    for table in (folder / "tables").iterdir():
        header, *rows = rows_of(table)
        assert rows
        assert all(len(row) == len(header) for row in rows)


def test_the_constant_is_that_of_the_training_patients(study):
    folder, _ = study
    table = pq.read_table(folder / "results" / "constant" / "fold-1" / "recordings.parquet")
    assert set(table.column("estimate").to_pylist()) == set(table.column("constant").to_pylist())
    measures = {(row[0], row[1]): row for row in rows_of(folder / "tables" / "measures.csv")}
    assert measures["constant", "mae"][2] == measures["constant", "mae_constant"][2]


def test_the_model_of_the_first_fold_can_be_used(study, patients):
    folder, _ = study
    _, recording = next(patients.recordings([0]))
    assert Estimator.load(folder / "model").estimate_recording(recording).model == "model"


def test_the_same_command_again_trains_nothing_and_gives_the_same_report(study):
    folder, again = study
    before = (folder / "report.html").read_bytes()
    written = {path: path.stat().st_mtime_ns for path in (folder / "results").rglob("*.parquet")}
    again()
    assert (folder / "report.html").read_bytes() == before
    assert {path: path.stat().st_mtime_ns for path in (folder / "results").rglob("*.parquet")} == written


def test_another_study_does_not_go_into_the_same_folder(study, patients):
    folder, _ = study
    with pytest.raises(RunError, match="holds a study with seed = 0, this one has seed = 1"):
        reproduce(folder, Options(extent="quick", folds=2, seed=1), patients.folder, progress=False)


def test_three_patients_are_no_cohort_for_a_study(tmp_path, cohort, relabelled):
    few = np.array([f"p{i % 3}" for i in range(len(cohort))])
    with pytest.raises(CohortError, match="3 patients with a usable ECG"):
        reproduce(tmp_path / "s", Options(extent="quick"), relabelled("three", patient_id=few).folder, progress=False)


def test_missing_files_are_counted_before_anything_is_done(tmp_path):
    rows = {
        "recording_id": [f"r{i}" for i in range(4)],
        "patient_id": [f"p{i}" for i in range(4)],
        "potassium": [4.0, 5.0, 6.0, 7.0],
        "minutes_from_lab": [0.0] * 4,
        "source": ["ward"] * 4,
        "path": [f"{i}.hea" for i in range(4)],
    }
    folder = tmp_path / "ward"
    folder.mkdir()
    pq.write_table(pa.table(rows), folder / "cohort.parquet")
    (folder / "cohort.json").write_text(json.dumps({"format_version": 1}))
    with pytest.raises(CohortError, match=r"4 of 4 recordings have no file on disk: 0\.hea, 1\.hea, 2\.hea, \.\.\."):
        reproduce(tmp_path / "s", Options(extent="quick"), folder, progress=False)
    assert not (tmp_path / "s").exists()
    with pytest.raises(CohortError, match="none of 4 recordings is usable"):
        reproduce(tmp_path / "s", Options(extent="quick"), folder, allow_missing=True, jobs=1, progress=False)


def test_a_label_that_is_not_a_number_is_refused(tmp_path, cohort, relabelled):
    labels = cohort.column("potassium").copy()
    labels[7] = np.nan
    with pytest.raises(CohortError, match="potassium nan in row 7"):
        relabelled("nan", potassium=labels)


def test_every_shipped_contestant_can_be_trained():
    for contestant in shipped():
        if contestant.learner == "network":
            assert contestant.config({"max_epochs": 1}, 0).model
    assert {one.name for one in shipped() if one.group == "core"} == CORE
    assert [one.name for one in shipped()][:4] == ["constant", "t-wave", "boosting", "dcrnn"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("title = ", "not a TOML file"),
        ('title = "x"\ngroupp = "loss"', "groupp"),
        ("title = 3", "title"),
        ('title = "x"\n[training]\nlos = "huber"', "Did you mean loss?"),
        ('title = "x"\nlearner = "t-wave"\n[training]\nloss = "huber"', "no settings of training"),
        ('title = "DCRNN"', "two contestants have the title DCRNN"),
    ],
)
def test_a_contestant_that_cannot_be(tmp_path, text, complaint, cohort):
    (tmp_path / "mine.toml").write_text(text)
    asked = Options(extent="quick", folds=2, extra=(tmp_path / "mine.toml",))
    with pytest.raises(ConfigError, match=complaint):
        reproduce(tmp_path / "s", asked, cohort.folder, jobs=1, progress=False)


def test_a_cohort_may_bring_its_split_or_be_tested_on_another(undrawn, tmp_path, cohort):
    """The folds of a fixed split, and of one cohort against another; nothing is drawn here."""
    fixed, _ = reproduce(tmp_path / "f", Options(extent="quick", split="fixed"), cohort.folder, jobs=1, progress=False)
    assert len(fixed.design.folds) == 1
    other = simulate_cohort(tmp_path / "other", 20, seed=9, progress=False)
    asked = Options(extent="quick", split="external")
    apart, _ = reproduce(tmp_path / "e", asked, cohort.folder, other.folder, jobs=1, progress=False)
    (fold,) = apart.design.folds
    tested = apart.cohort.column("recording_id")[fold.test]
    assert set(tested) <= set(other.column("recording_id"))
    assert not set(apart.cohort.column("recording_id")[fold.train]) & set(other.column("recording_id"))


def nothing_drawn(bench, jobs, progress):
    """In the place of a report."""
    return bench, jobs


@pytest.fixture
def undrawn(monkeypatch):
    monkeypatch.setattr("kalemia.study.steps.write_report", nothing_drawn)
    monkeypatch.setattr(options, "QUICK_TRAINING", {"max_epochs": 1, "patience": 1})


def test_a_cohort_that_was_corrected_is_not_taken_for_the_one_before(undrawn, tmp_path, cohort, relabelled):
    other = simulate_cohort(tmp_path / "other", 20, seed=9, progress=False)
    asked = Options(extent="quick", split="external")
    reproduce(tmp_path / "s", asked, cohort.folder, other.folder, jobs=1, progress=False)
    corrected = relabelled("corrected", potassium=cohort.column("potassium")[::-1].copy())
    with pytest.raises(RunError, match="holds a study with fingerprint"):
        reproduce(tmp_path / "s", asked, corrected.folder, other.folder, jobs=1, progress=False)


def test_a_look_that_was_killed_while_it_simulated_does_not_become_the_study(undrawn, tmp_path):
    simulate_cohort(tmp_path / "s" / "simulated-wonju-30-0", 30, seed=0, progress=False)
    bench, _ = reproduce(tmp_path / "s", Options(extent="quick", patients=30, seed=5), jobs=1, progress=False)
    assert bench.cohort.folder.name == "simulated-wonju-30-5"


def test_marks_of_index_ecgs_have_to_be_true_or_false(undrawn, tmp_path, cohort, relabelled):
    words = relabelled("words", is_index=np.array([str(mark) for mark in cohort.column("is_index")]))
    with pytest.raises(CohortError, match=r"is_index is string\. Store true or false"):
        reproduce(tmp_path / "s", Options(extent="quick"), words.folder, jobs=1, progress=False)


def test_what_a_killed_process_had_begun_to_write_is_removed(undrawn, tmp_path, cohort):
    scratch = tmp_path / "s" / "results" / "dcrnn" / ".unfinished-x"
    scratch.mkdir(parents=True)
    reproduce(tmp_path / "s", Options(extent="quick", folds=2), cohort.folder, jobs=1, progress=False)
    assert not scratch.exists()


def test_columns_of_a_hospital_may_hold_anything(tmp_path, patients, monkeypatch):
    """An age above 89 as text, a sex with signs, minutes that nobody knows: told as unknown, and drawn as they are."""
    monkeypatch.setattr(options, "QUICK_TRAINING", {"max_epochs": 1, "patience": 1})
    count = len(patients)
    table = patients.table
    for name, values in {
        "age_years": pa.array([">89" if i % 5 == 0 else str(50 + i % 30) for i in range(count)]),
        "sex": pa.array(["$x^{$" if i % 2 else None for i in range(count)]),
        "minutes_from_lab": pa.array([None] * count, pa.float64()),
    }.items():
        table = table.set_column(table.column_names.index(name), name, values)
    folder = tmp_path / "hospital"
    folder.mkdir()
    pq.write_table(table, folder / "cohort.parquet")
    (folder / "cohort.json").write_bytes((patients.folder / "cohort.json").read_bytes())
    (folder / "waveforms").symlink_to(patients.folder / "waveforms")
    (tmp_path / "mine.toml").write_text('title = "T $x^{$ <script> wave"\nlearner = "t-wave"')
    asked = Options(extent="quick", folds=2, extra=(tmp_path / "mine.toml",))
    report = reproduce(tmp_path / "s", asked, folder, jobs=1, progress=False)
    page = report.read_text(encoding="utf-8")
    assert "T $x^{$ &lt;script&gt; wave" in page
    assert "unknown" in (tmp_path / "s" / "tables" / "subgroups.csv").read_text(encoding="utf-8")
