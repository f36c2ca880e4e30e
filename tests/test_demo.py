import json

import numpy as np
import pytest
from PIL import Image

import kalemia
from kalemia.demo import run_demo
from kalemia.experiments.example import POTASSIUM, is_average
from kalemia.shipped import EXAMPLE, EXAMPLE_TRUTH
from kalemia.simulation import simulate_recording


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    return folder, run_demo(folder)


def test_it_writes_everything_it_names(demo):
    folder, shown = demo
    files = {file.name for file in folder.iterdir()}
    assert files == {EXAMPLE.name, "strip.csv", "overlay.png", "report.html"}
    assert all(name in shown for name in files)


def test_it_fits_a_screen(demo):
    assert len(demo[1].splitlines()) <= 24


def test_the_estimate_stands_beside_the_truth(demo):
    truth = json.loads(EXAMPLE_TRUTH.read_text(encoding="utf-8"))["potassium_true"]
    assert f"{truth:.1f} mEq/L (known" in demo[1]
    assert "not a medical device" in demo[1]


def test_the_strip_is_what_was_simulated(demo):
    truth = json.loads(EXAMPLE_TRUTH.read_text(encoding="utf-8"))
    ecg = simulate_recording(truth["potassium_true"], truth["seed"])
    assert truth["potassium_true"] == POTASSIUM
    assert is_average(ecg)
    true, read = ecg.recording.signal[0], kalemia.read(demo[0] / "strip.csv").signal[0]
    best = max(np.corrcoef(true[100:4800], read[100 + lag : 4800 + lag])[0, 1] for lag in range(-20, 21))
    assert best > 0.99


def test_the_photograph_is_small():
    with Image.open(EXAMPLE) as photo:
        assert EXAMPLE.stat().st_size < 700_000
        assert photo.width > 2000
