import json

import numpy as np
import pytest

from kalemia.simulation import simulate_recording

BEATS_AT_LEAST = 6


def csv_text(signal, fs=500.0):
    return "time_s,ii_mv\n" + "".join(f"{i / fs:.4f},{mv:.5f}\n" for i, mv in enumerate(signal))


@pytest.fixture
def ecg(tmp_path):
    path = tmp_path / "ecg.csv"
    path.write_text(csv_text(simulate_recording(5.0, seed=2).recording.signal[0].astype(float)))
    return path


def test_for_machines_every_wave_has_three_points_in_samples_of_the_input(kalemia, ecg):
    status, out, _ = kalemia("delineate", ecg, "--json")
    found = json.loads(out)
    assert status == 0
    assert found.keys() == {"file", "fs", "method", "waves", "quality", "warnings", "error"}
    assert (found["fs"], found["error"]) == (500.0, None)
    assert found["waves"].keys() == {"P", "QRS", "T"}
    assert found["method"] == "waves"
    assert found["quality"]["verdict"] == "good"
    assert len(found["quality"]["per_beat"]) == len(found["waves"]["QRS"])
    for waves in found["waves"].values():
        assert len(waves) >= BEATS_AT_LEAST
        assert all(len(wave) == 3 for wave in waves)
        assert all(wave == sorted(wave) for wave in waves if None not in wave)
        assert sum(None in wave for wave in waves) <= 2  # cut off by an end of the recording
        assert [wave[1] for wave in waves] == sorted(wave[1] for wave in waves)


def test_for_people_the_waves_are_counted_and_drawn(kalemia, ecg, tmp_path):
    status, out, _ = kalemia("delineate", ecg, "--figure", tmp_path / "waves.png")
    assert status == 0
    assert "with a P wave" in out
    assert (tmp_path / "waves.png").read_bytes().startswith(b"\x89PNG")


def test_what_has_no_beats_is_an_error_and_the_others_go_on(kalemia, ecg, tmp_path):
    flat = tmp_path / "flat.csv"
    flat.write_text(csv_text(np.zeros(5000)))
    status, out, _ = kalemia("delineate", flat, ecg, "--json")
    refused, found = (json.loads(line) for line in out.splitlines())
    assert status == 1
    assert refused["waves"] is None
    assert "flat.csv" in refused["error"]
    assert found["error"] is None


def test_a_lead_that_is_not_there(kalemia, ecg):
    status, _, err = kalemia("delineate", ecg, "--lead", "V2")
    assert status == 1
    assert "V2" in err


def test_what_cannot_be_trusted_is_said(kalemia, tmp_path):
    signal = simulate_recording(5.0, seed=2).recording.signal[0].astype(float)
    signal[2000:3200] = 0.3
    path = tmp_path / "off.csv"
    path.write_text(csv_text(signal))
    _, out, _ = kalemia("delineate", path)
    assert "flat: the lead was off" in out
    _, out, _ = kalemia("delineate", path, "--json")
    assert "flat: the lead was off" in json.loads(out)["quality"]["per_beat"]


def test_ventricular_fibrillation_is_refused(kalemia, tmp_path):
    time_s = np.arange(5000) / 500
    path = tmp_path / "vf.csv"
    path.write_text(csv_text(0.4 * np.sin(2 * np.pi * 5 * time_s + 3 * np.sin(1.3 * time_s))))
    status, _, err = kalemia("delineate", path)
    assert status == 1
    assert "vf.csv" in err
    assert "ventricular tachycardia or fibrillation" in err


def test_what_was_noticed_while_reading_is_said(kalemia, ecg, tmp_path):
    path = tmp_path / "microvolts.csv"
    path.write_text(csv_text(1000 * simulate_recording(5.0, seed=2).recording.signal[0].astype(float)))
    _, out, _ = kalemia("delineate", path)
    assert "microvolts" in out
    _, out, _ = kalemia("delineate", path, "--json")
    assert any("microvolts" in warning for warning in json.loads(out)["warnings"])
