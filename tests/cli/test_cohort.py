import numpy as np
import pytest

from kalemia.cohorts import Cohort


@pytest.fixture
def manifest(tmp_path):
    lines = ["recording,patient,potassium,minutes_from_lab"]
    for number, potassium in enumerate(("4.2", "5.6", "lost")):
        signal = np.random.default_rng(number).normal(0, 0.3, 60)
        rows = "".join(f"{i / 250:.3f},{mv:.4f}\n" for i, mv in enumerate(signal))
        (tmp_path / f"{number}.csv").write_text(f"time_s,ii_mv\n{rows}")
        lines.append(f"{number}.csv,00{number},{potassium},5")
    path = tmp_path / "manifest.csv"
    path.write_text("\n".join(lines))
    return path


def test_flow_and_distribution_are_printed_and_drawn(kalemia, manifest, tmp_path):
    status, out, err = kalemia("cohort", manifest, "-o", tmp_path / "cohort")
    assert status == 0, err
    assert "cohort: 2 ECGs of 2 patients" in out
    assert [line.split()[-2:] for line in out.splitlines() if "no number" in line] == [["−1", "1"]]
    assert [line.split()[1:] for line in out.splitlines() if line.startswith("5.0-6.0")] == [["1", "50.0%"]]
    assert {path.name for path in (tmp_path / "cohort").iterdir()} == {
        "cohort.json",
        "cohort.parquet",
        "distribution.csv",
        "exclusions.csv",
        "flow.csv",
        "flow.png",
        "flow.svg",
        "potassium.png",
    }
    assert Cohort.open(tmp_path / "cohort").column("patient_id").tolist() == ["000", "001"]


def test_options_reach_the_cohort(kalemia, manifest, tmp_path):
    options = ("--unit", "mmol/L", "--plausible", 2, 5, "--window", 5, "--lead", "II", "--copy", "--index", "nearest")
    status, out, err = kalemia("cohort", manifest, "-o", tmp_path / "cohort", *options)
    assert status == 0, err
    assert "potassium not 2 to 5 mEq/L" in out
    cohort = Cohort.open(tmp_path / "cohort")
    assert cohort.column("potassium").tolist() == [4.2]
    assert cohort.description["settings"]["index"] == "nearest"
    assert len(list(cohort.recordings())) == 1


def test_a_laboratory_table(kalemia, tmp_path, manifest):
    ecgs, lab = tmp_path / "ecgs.csv", tmp_path / "lab.csv"
    ecgs.write_text("recording,patient,ecg_time\n0.csv,a,2024-03-01 10:00\n1.csv,b,2024-03-01 10:00\n")
    lab.write_text(
        "patient,potassium,lab_time\na,4,2024-03-01 10:09\na,5,2024-03-01 09:51\n"
        "b,5,2024-03-01 10:30\nb,5.2,2024-03-01 10:30\n"
    )
    status, out, err = kalemia("cohort", ecgs, "--lab", lab, "-o", tmp_path / "cohort")
    assert status == 0, err
    assert "laboratory values" in out
    assert "1 ECGs with a value as near before as after" in err
    assert "1 ECGs with the mean of several values" in err


def test_what_is_wrong_is_one_line(kalemia, manifest, tmp_path):
    (tmp_path / "0.csv").unlink()
    status, out, err = kalemia("cohort", manifest, "-o", tmp_path / "cohort")
    assert (status, out) == (1, "")
    assert "1 of 2 recordings are not there" in err
    assert kalemia("cohort", manifest, "-o", tmp_path / "cohort", "--allow-missing")[0] == 0
    assert kalemia("cohort", manifest, "-o", tmp_path / "cohort", "--allow-missing")[0] == 1


@pytest.mark.parametrize(
    "options", [("--unit", "g"), ("--plausible", 5, 2), ("--copy", "--no-check"), ("--index", "x")]
)
def test_options_that_make_no_sense(kalemia, manifest, tmp_path, options):
    status, _, err = kalemia("cohort", manifest, "-o", tmp_path / "cohort", *options)
    assert status == 1
    assert err.strip()
