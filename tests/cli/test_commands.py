import json
import re
import subprocess
import sys

import numpy as np
import pytest

from kalemia import __version__
from kalemia.simulation import simulate_recording


def csv_text(signal, fs=500.0, header="time_s,ii_mv"):
    rows = "\n".join(f"{i / fs:.4f},{mv:.5f}" for i, mv in enumerate(signal))
    return f"{header}\n{rows}\n"


@pytest.fixture
def strip():
    return simulate_recording(5.5, seed=2).recording.signal[0].astype(float)


@pytest.fixture
def ecg(tmp_path, strip):
    path = tmp_path / "ecg.csv"
    path.write_text(csv_text(strip))
    return path


def test_estimate_for_people(kalemia, ecg):
    status, out, err = kalemia("estimate", ecg)
    assert status == 0
    assert "mEq/L (90 % interval" in out
    assert "not a medical device; this model has learned from simulated patients only" in err


def test_estimate_for_machines(kalemia, ecg):
    status, out, _ = kalemia("estimate", ecg, "--json")
    (line,) = out.splitlines()
    result = json.loads(line)
    assert status == 0
    assert result["file"] == str(ecg)
    assert result["interval"][0] < result["potassium"] < result["interval"][1]
    assert result["error"] is None


def test_an_earlier_ecg_and_a_prior_are_used_and_named(kalemia, ecg, tmp_path):
    earlier = tmp_path / "earlier=one.csv"
    earlier.write_text(csv_text(simulate_recording(4.2, seed=2).recording.signal[0]))
    asked = ("--reference", f"{earlier}=4.2", "--prior", "emergency")
    _, out, _ = kalemia("estimate", ecg, *asked)
    assert "and 1 earlier ECG with a blood test on the prior emergency" in out
    _, out, _ = kalemia("estimate", ecg, "--json", *asked, "--reference", f"{earlier}=4.3")
    result = json.loads(out)
    assert (result["references"], result["prior"]) == (2, "emergency")
    assert result["interval"][0] <= result["potassium"] <= result["interval"][1]


@pytest.mark.parametrize(
    ("option", "value", "status", "message"),
    [
        ("--reference", "{ecg}", 2, "such as earlier.csv=4.6"),
        ("--reference", "{ecg}=high", 2, "such as earlier.csv=4.6"),
        ("--reference", "{ecg}=460", 1, "a reference with 460 mEq/L; the blood test must lie from 1 to 12"),
        ("--reference", "{ecg}=nan", 1, "a reference with nan mEq/L"),
        ("--reference", "absent.csv=4.6", 1, "absent.csv: no such file"),
        ("--reference", "{flat}=4.6", 1, "flat.csv: no use as a reference: flat line in II"),
        ("--prior", "mars", 1, "no prior 'mars'; there are wonju, emergency, dialysis"),
    ],
)
def test_a_reference_or_a_prior_that_does_not_do(kalemia, ecg, tmp_path, option, value, status, message):
    flat = tmp_path / "flat.csv"
    flat.write_text(csv_text(np.zeros(5000)))
    got, out, err = kalemia("estimate", ecg, option, value.format(ecg=ecg, flat=flat))
    assert (got, out) == (status, "")
    assert message in re.sub(r"[\s│]+", " ", err)
    assert "Traceback" not in err


def test_one_bad_file_does_not_stop_the_others(kalemia, ecg, tmp_path):
    (tmp_path / "empty.csv").touch()
    status, out, _ = kalemia("estimate", tmp_path / "empty.csv", ecg, tmp_path / "absent.csv", "--json")
    results = [json.loads(line) for line in out.splitlines()]
    assert status == 1
    assert [result["error"] is None for result in results] == [False, True, False]
    assert all(not result["abstained"] for result in results)


def test_an_abstention_is_an_answer(kalemia, tmp_path):
    (tmp_path / "flat.csv").write_text(csv_text(np.zeros(5000)))
    status, out, _ = kalemia("estimate", tmp_path / "flat.csv", "--json")
    result = json.loads(out)
    assert status == 0
    assert result["abstained"]
    assert "flat line" in result["reason"]
    assert result["error"] is None


def test_an_empty_folder_does_not_stop_the_others(kalemia, ecg, tmp_path):
    (tmp_path / "empty").mkdir()
    status, out, _ = kalemia("estimate", tmp_path / "empty", ecg, "--json")
    results = [json.loads(line) for line in out.splitlines()]
    assert status == 1
    assert results[0]["error"].startswith("empty: a folder")
    assert results[1]["potassium"] is not None


def test_a_folder_stands_for_its_files(kalemia, ecg):
    (ecg.parent / "second.csv").write_text(ecg.read_text())
    (ecg.parent / "notes.md").write_text("no ECG at all")
    status, out, _ = kalemia("estimate", ecg.parent, "--json")
    assert status == 0
    assert [json.loads(line)["file"] for line in out.splitlines()] == [str(ecg), str(ecg.parent / "second.csv")]


def test_a_report_is_written(kalemia, ecg, tmp_path):
    status, _, _ = kalemia("estimate", ecg, "--report", tmp_path / "out" / "report.html")
    assert status == 0
    assert "<!doctype html>" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_several_reports_go_to_a_folder(kalemia, ecg, tmp_path):
    (tmp_path / "second.csv").write_text(ecg.read_text())
    kalemia("estimate", ecg, tmp_path / "second.csv", "--report", tmp_path / "pages")
    assert sorted(page.name for page in (tmp_path / "pages").iterdir()) == ["ecg.csv.html", "second.csv.html"]


def test_reports_of_files_with_one_name_do_not_overwrite_each_other(kalemia, ecg, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "ecg.csv").write_text(ecg.read_text())
    kalemia("estimate", ecg, tmp_path / "other" / "ecg.csv", "--report", tmp_path / "pages")
    assert sorted(page.name for page in (tmp_path / "pages").iterdir()) == ["ecg.csv-2.html", "ecg.csv.html"]


def csv(text):
    return lambda path, strip: path.write_text(text)


BAD_FILES = {
    "empty": (lambda path, strip: path.touch(), "empty"),
    "no format": (lambda path, strip: path.write_bytes(b"\x00\x01\x02" * 100), "not a text table"),
    "no lead II": (lambda path, strip: path.write_text(csv_text(strip, header="time_s,v1_mv")), "no lead II.*V1"),
    "no sampling rate": (lambda path, strip: path.write_text("ii_mv\n" + "\n".join(map(str, strip))), "--fs"),
    "text": (csv("time_s,ii_mv\n0.000,0.1\n0.002,hello\n0.004,0.2\n"), "row 3, column 2"),
    "only a header": (csv("time_s,ii_mv\n"), "no samples|no rows|empty"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_what_cannot_be_read_is_one_line(kalemia, tmp_path, strip, case):
    write, message = BAD_FILES[case]
    write(tmp_path / "bad.csv", strip)
    status, out, err = kalemia("estimate", tmp_path / "bad.csv")
    lines = [line for line in err.splitlines() if "medical device" not in line]
    assert status == 1
    assert out == ""
    assert len(lines) == 1
    assert lines[0].startswith("bad.csv: ")
    assert re.search(message, lines[0])


def test_a_missing_file(kalemia, tmp_path):
    status, _, err = kalemia("estimate", tmp_path / "absent.csv")
    assert status == 1
    assert err.startswith("absent.csv: no such file")


UNUSABLE = {
    "flat": (lambda strip: (np.zeros(5000), 500), "flat line"),
    "1.5 s": (lambda strip: (strip[:750], 500), "2 s"),
    "50 Hz": (lambda strip: (strip[::10], 50), "100 Hz"),
    "noise": (lambda strip: (np.random.default_rng(0).normal(size=5000), 500), "no QRS complexes"),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_what_allows_no_conclusion_gets_a_reason(kalemia, tmp_path, strip, case):
    make, reason = UNUSABLE[case]
    signal, fs = make(strip)
    (tmp_path / "odd.csv").write_text(csv_text(signal, fs))
    status, out, _ = kalemia("estimate", tmp_path / "odd.csv")
    assert status == 0
    assert "no estimate: " in out
    assert reason in out


def test_units_a_thousand_times_off_are_suspected(kalemia, tmp_path, strip):
    (tmp_path / "large.csv").write_text(csv_text(1000 * strip))
    status, out, _ = kalemia("estimate", tmp_path / "large.csv")
    assert status == 0
    assert "1000 times too large" in out


def test_half_of_it_nan(kalemia, tmp_path, strip):
    holed = np.where(np.arange(len(strip)) < len(strip) / 2, np.nan, strip)
    (tmp_path / "holed.csv").write_text(csv_text(holed).replace("nan", ""))
    status, out, _ = kalemia("estimate", tmp_path / "holed.csv")
    assert status == 0
    assert "50% of lead II is missing" in out


def test_an_incomplete_model(kalemia, ecg, tmp_path):
    (tmp_path / "model").mkdir()
    status, _, err = kalemia("estimate", ecg, "--model", tmp_path / "model")
    assert status == 1
    assert err.splitlines() == ["model: config.json is missing. Export the model again."]


def test_wrong_usage_is_status_2(kalemia):
    assert kalemia("estimate")[0] == 2
    assert kalemia("estimate", "a.csv", "--colour", "red")[0] == 2


def test_version(kalemia):
    assert kalemia("--version")[:2] == (0, f"kalemia {__version__}\n")


def test_demo(kalemia, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out, _ = kalemia("demo", "-o", tmp_path / "demo")
    assert status == 0
    assert "truth" in out
    assert "not a medical device" in out
    written = {"simulated_patient.jpg", "overlay.png", "strip.csv", "report.html"}
    assert {file.name for file in (tmp_path / "demo").iterdir()} == written
    commands = [line.split() for line in out.partition("Try next:")[2].splitlines() if line]
    assert [command[1] for command in commands] == ["digitize", "estimate", "print", "simulate"]
    for number in (0, 2):
        assert kalemia(*commands[number][1:])[0] == 0


def test_the_study_in_small(kalemia, tmp_path):
    """Simulate, train, evaluate, export, and estimate with the model: as a user would."""
    cohort, run, results, model = (tmp_path / name for name in ("cohort", "run", "results", "model"))
    (tmp_path / "quick.toml").write_text('model = "dcrnn-4k"\nmax_epochs = 1\n')
    assert kalemia("simulate", "-o", cohort, "--patients", 60, "--seed", 1)[0] == 0
    assert kalemia("train", cohort, "-o", run, "--config", tmp_path / "quick.toml")[0] == 0
    status, out, _ = kalemia("evaluate", run, cohort, "-o", results)
    assert status == 0
    assert "MAE" in out
    assert kalemia("export", run, "-o", model)[0] == 0
    example = tmp_path / "ecg.csv"
    example.write_text(csv_text(simulate_recording(5.0, seed=5).recording.signal[0]))
    status, out, _ = kalemia("estimate", example, "--model", model, "--json")
    assert status == 0
    assert json.loads(out)["model"] == "model"


def test_a_dialysis_ward_in_the_second_hospital(kalemia, tmp_path):
    options = ("--patients", 12, "--prior", "dialysis", "--hospital", "B", "--at-least", 2, "--workers", 1)
    status, out, _ = kalemia("simulate", "-o", tmp_path / "cohort", *options)
    assert status == 0
    assert "simulated ECGs of 12 patients" in out
    assert kalemia("simulate", "-o", tmp_path / "cohort", *options)[0] == 1


@pytest.mark.parametrize(("option", "value"), [("--prior", "ward"), ("--hospital", "C"), ("--at-least", 400)])
def test_a_cohort_that_cannot_be(kalemia, tmp_path, option, value):
    status, out, err = kalemia("simulate", "-o", tmp_path / "cohort", option, value)
    assert (status, out, len(err.splitlines())) == (1, "", 1)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_extra_says_how_to_install_it(ecg):
    code = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"torch", "lightning", "onnx"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
from kalemia.cli import main
sys.argv = ["kalemia", "train", "cohort", "-o", "run"]
main()
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert 'pip install "kalemia[train]"' in result.stderr
    assert len(result.stderr.splitlines()) == 1
