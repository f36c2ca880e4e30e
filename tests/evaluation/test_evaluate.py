"""From a run and a cohort to measures, tables and figures."""

import csv
import io
import json
import math

import numpy as np
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from kalemia.errors import OutputError
from kalemia.evaluation import evaluate, print_table

FIGURES = ("potassium_distribution", "loss_curve", "heatmap", "boxes_by_range", "scatter")


def printed(evaluation) -> str:
    console = Console(file=io.StringIO(), width=80)
    print_table(evaluation, console)
    return console.file.getvalue()


@pytest.fixture
def cohort(make_cohort):
    return make_cohort(patients=80)


def test_writes_everything_and_nothing_else(cohort, make_run, tmp_path):
    evaluate(make_run(cohort), cohort, tmp_path / "out", resamples=50, progress=False)
    figures = {f"{name}.{suffix}" for name in FIGURES for suffix in ("png", "svg")}
    tables = {"measures.json", "measures.csv", "predictions.parquet"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == figures | tables


def test_files_say_what_the_result_says(cohort, make_run, tmp_path):
    run = make_run(cohort)
    evaluation = evaluate(run, cohort, tmp_path, resamples=50, progress=False)
    summary = json.loads((tmp_path / "measures.json").read_text())
    rows = list(csv.DictReader(io.StringIO((tmp_path / "measures.csv").read_text())))
    assert list(rows[0]) == ["measure", "value", "low", "high", "n"]
    for score, row, entry in zip(evaluation.scores.scores, rows, summary["measures"], strict=True):
        assert row["measure"] == entry["measure"] == score.measure
        if math.isnan(score.value):
            assert (row["value"], entry["value"]) == ("", None)
        else:
            assert float(row["value"]) == entry["value"] == score.value
    assert summary["recordings"] == len(run.split.test)
    assert (summary["constant_from"], len(summary["constants"])) == ("training", 1)
    assert summary["simulated"] is True
    assert "test side" in summary["rule"]


def test_predictions_hold_every_recording_taken(cohort, make_run, tmp_path):
    run = make_run(cohort)
    silent = run.split.test[3]
    run.abstains = {silent: "NoBeats: none in 10 s"}
    evaluate(run, cohort, tmp_path, resamples=20, progress=False)
    rows = pq.read_table(tmp_path / "predictions.parquet").to_pylist()
    assert [row["recording_id"] for row in rows] == list(run.split.test)
    assert {row["recording_id"]: row["reason"] for row in rows if row["estimate"] is None} == {
        silent: "NoBeats: none in 10 s"
    }
    assert {row["n_cycles"] for row in rows} == {0, 9}
    assert {row["patient_id"] for row in rows} == {recording.partition("-")[0] for recording in run.split.test}


def test_abstentions_are_counted_and_not_scored(cohort, make_run, tmp_path):
    run = make_run(cohort)
    first, second, third, *_ = run.split.test
    run.abstains = {first: "NoBeats: none", second: "NoBeats: none at all", third: "TooShort: 1.5 s"}
    evaluation = evaluate(run, cohort, tmp_path, resamples=20, progress=False)
    assert evaluation.abstentions == {"NoBeats": 2, "TooShort": 1}
    assert evaluation.scores["mae"].n == len(run.split.test) - 3
    assert "3 without an estimate (2 NoBeats, 1 TooShort)" in printed(evaluation)


def test_an_estimate_of_nothing_is_not_an_error(cohort, make_run, tmp_path):
    run = make_run(cohort)
    run.abstains = dict.fromkeys(run.split.test, "NoBeats: none")
    evaluation = evaluate(run, cohort, tmp_path, progress=False)
    assert all(math.isnan(score.value) for score in evaluation.scores.scores)
    assert "nan" not in printed(evaluation)
    assert "NaN" not in (tmp_path / "measures.json").read_text()


def test_one_potassium_for_everybody(make_cohort, make_run, tmp_path):
    cohort = make_cohort(potassium=4.4)
    evaluation = evaluate(make_run(cohort), cohort, tmp_path, resamples=20, progress=False)
    assert evaluation.scores["mae_constant"].value == 0
    for undefined in ("r", "r_squared", "slope", "intercept", "auroc_high", "auroc_low"):
        assert math.isnan(evaluation.scores[undefined].value)
    assert "AUROC" in printed(evaluation)


def test_another_cohort_uses_its_own_constant_and_says_so(cohort, make_cohort, make_run, tmp_path):
    other = make_cohort("other", first=500)
    evaluation = evaluate(make_run(cohort), other, tmp_path, resamples=20, progress=False)
    assert evaluation.scores["mae"].n == len(other)
    assert evaluation.scores.constants == (np.median(other.column("potassium")),)
    assert "median of these recordings themselves" in printed(evaluation)


def test_simulated_patients_are_called_so(cohort, make_cohort, make_run, tmp_path):
    run = make_run(cohort)
    hospital = make_cohort("hospital", first=500, source="hospital")
    assert "simulated" in printed(evaluate(run, cohort, tmp_path / "a", resamples=20, progress=False))
    assert "simulated" not in printed(evaluate(run, hospital, tmp_path / "b", resamples=20, progress=False))


def test_the_table_shows_the_mae_beside_that_of_the_constant(cohort, make_run, tmp_path):
    lines = printed(evaluate(make_run(cohort), cohort, tmp_path, resamples=50, progress=False)).splitlines()
    place = next(number for number, line in enumerate(lines) if line.startswith("MAE (mEq/L)"))
    assert lines[place + 1].startswith("MAE of the constant")
    assert max(map(len, lines)) <= 80
    assert any(line.split()[:4] == ["PPV", "at", "2", "%"] for line in lines)


def test_the_same_again_gives_the_same_bytes(cohort, make_run, tmp_path):
    for folder in ("one", "two"):
        evaluate(make_run(cohort), cohort, tmp_path / folder, resamples=50, progress=False)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


def test_a_file_where_the_folder_should_be(cohort, make_run, tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(OutputError):
        evaluate(make_run(cohort), cohort, tmp_path / "out", resamples=20, progress=False)
    assert (tmp_path / "out").read_text() == "mine"


def test_importing_it_needs_no_torch():
    import subprocess
    import sys

    code = "import sys; sys.modules['torch'] = sys.modules['sklearn'] = None; import kalemia.evaluation"
    subprocess.run([sys.executable, "-c", code], check=True)
