import csv
import io

import numpy as np
import pyarrow.parquet as pq
import pytest

from kalemia.features import FEATURES
from kalemia.simulation import simulate_recording


def csv_text(signal):
    return "time_s,ii_mv\n" + "".join(f"{i / 500:.3f},{mv:.5f}\n" for i, mv in enumerate(signal))


@pytest.fixture
def ecg(tmp_path):
    path = tmp_path / "ecg.csv"
    path.write_text(csv_text(simulate_recording(5.0, seed=2).recording.signal[0].astype(float)))
    return path


@pytest.fixture
def flat(tmp_path):
    path = tmp_path / "flat.csv"
    path.write_text(csv_text(np.zeros(5000)))
    return path


def test_a_row_per_file_on_stdout(kalemia, ecg):
    status, out, _ = kalemia("features", ecg)
    (row,) = csv.DictReader(io.StringIO(out))
    assert status == 0
    assert row["file"] == str(ecg)
    assert row["quality"] == "good"
    assert float(row["heart_rate_bpm"]) == pytest.approx(60_000 / float(row["rr_ms"]), rel=1e-3)
    assert set(FEATURES) <= set(row)
    assert float(row["qrs_ms"]) < float(row["qt_ms"]) < float(row["rr_ms"])


def test_a_file_that_cannot_be_measured_has_a_row_and_the_others_go_on(kalemia, ecg, flat, tmp_path):
    status, out, err = kalemia("features", flat, ecg, "-o", tmp_path / "table.parquet")
    bad, good = pq.read_table(tmp_path / "table.parquet").to_pylist()
    assert status == 1
    assert "flat.csv" in err
    assert "beats per minute" in out
    assert "flat.csv" in bad["error"]
    assert bad["qt_ms"] is None
    assert good["error"] is None
    assert good["qt_ms"] > 200


def test_a_row_per_beat(kalemia, ecg, tmp_path):
    kalemia("features", ecg, "--beats", "-o", tmp_path / "beats.csv")
    rows = list(csv.DictReader((tmp_path / "beats.csv").read_text().splitlines()))
    assert len(rows) > 5
    times = [float(row["r_s"]) for row in rows]
    assert times == sorted(times)
    assert rows[0]["rr_ms"] == ""
    np.testing.assert_allclose(np.diff(times), [float(row["rr_ms"]) / 1e3 for row in rows[1:]], atol=0.004)


def test_only_tables_are_written_and_never_over_an_input(kalemia, ecg, tmp_path):
    status, _, err = kalemia("features", ecg, "-o", tmp_path / "table.xlsx")
    assert status == 1
    assert "Use .csv or .parquet" in err
    status, _, err = kalemia("features", ecg, "-o", ecg)
    assert status == 1
    assert "an input" in err


def test_what_was_noticed_while_reading_is_said(kalemia, tmp_path):
    path = tmp_path / "microvolts.csv"
    path.write_text(csv_text(1000 * simulate_recording(5.0, seed=2).recording.signal[0].astype(float)))
    _, out, err = kalemia("features", path)
    (row,) = csv.DictReader(io.StringIO(out))
    assert "microvolts" in row["warnings"]
    assert "microvolts" in err


def test_a_table_in_its_own_folder_is_no_input(kalemia, ecg):
    for _ in range(2):
        status, _, _ = kalemia("features", ecg.parent, "-o", ecg.parent / "table.csv")
        assert status == 0


def test_what_is_unusable_has_no_numbers(kalemia, tmp_path):
    signal = simulate_recording(5.0, seed=2).recording.signal[0].astype(float)
    path = tmp_path / "clipped.csv"
    path.write_text(csv_text(np.minimum(signal, 0.3 * signal.max())))
    status, out, _ = kalemia("features", path, "-o", tmp_path / "table.parquet")
    (row,) = pq.read_table(tmp_path / "table.parquet").to_pylist()
    assert status == 0
    assert "nothing measured" in out
    assert row["quality"] == "unusable"
    assert all(row[name] is None for name in FEATURES)
