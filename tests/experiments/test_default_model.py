from pathlib import Path

import numpy as np
import pytest
import torch

from kalemia import calibration
from kalemia.errors import CorruptFile, FileMissing
from kalemia.estimation import Estimator
from kalemia.experiments.default_model.__main__ import make_model
from kalemia.experiments.default_model.ptbxl import PTBXL
from kalemia.experiments.default_model.recipe import RECIPES, Part, Recipe
from kalemia.simulation import simulate_recording

RECORDS = 24


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What PTB-XL would look like, simulated."""
    folder = tmp_path_factory.mktemp("ptbxl")
    signals = [simulate_recording(4.2, seed).recording.signal[0] for seed in range(RECORDS)]
    ids = np.arange(100, 100 + RECORDS)
    np.savez(folder / "lead_ii.npz", ecg_id=ids, lead_ii_uv=np.round(1e3 * np.array(signals)).astype(np.int16))
    rows = "".join(f"{number},50,F,{'NORM SR' if number % 2 else 'AFIB'}\n" for number in ids[1:])
    (folder / "labels.csv").write_text("ecg_id,age,sex,scp_codes\n" + rows)
    return folder


def test_every_record_is_on_one_side_and_always_on_the_same(folder):
    ptbxl = PTBXL.open(folder)
    sides = ptbxl.sides()
    assert sorted(np.concatenate(list(sides.values()))) == list(range(RECORDS))
    assert {name: len(side) for name, side in sides.items()} == {"untouched": 8, "calibration": 4, "training": 12}
    again = PTBXL.open(folder).sides()
    assert all(np.array_equal(sides[name], again[name]) for name in sides)


def test_a_record_is_lead_ii_in_millivolts_with_its_statements(folder):
    ptbxl = PTBXL.open(folder)
    expected = simulate_recording(4.2, 3).recording.signal[0]
    assert ptbxl.recording(3).signal[0] == pytest.approx(expected, abs=6e-4)
    assert ptbxl.has(3, "NORM")
    assert not ptbxl.has(2, "NORM")
    assert not ptbxl.has(0, "NORM")  # has no row


def test_a_folder_that_is_not_ptbxl(folder, tmp_path):
    with pytest.raises(FileMissing, match=r"no lead_ii\.npz"):
        PTBXL.open(tmp_path)
    (tmp_path / "lead_ii.npz").write_bytes(b"PK")
    (tmp_path / "labels.csv").write_text("ecg_id\n")
    with pytest.raises(CorruptFile, match="is damaged"):
        PTBXL.open(tmp_path)


def test_no_two_cohorts_share_a_seed_and_none_is_learned_from_and_calibrated_on():
    parts = {part.name: part for recipe in RECIPES.values() for part in (*recipe.training, *recipe.calibration)}
    assert len({part.seed for part in parts.values()}) == len(parts)
    for recipe in RECIPES.values():
        assert not {part.name for part in recipe.training} & {part.name for part in recipe.calibration}


def test_a_model_is_made_and_made_again_from_what_is_there(folder, tmp_path, monkeypatch):
    torch.set_num_threads(1)
    monkeypatch.setattr(calibration, "FEWEST", 30)
    recipe = Recipe(
        "small",
        cohort="small",
        training=(Part("cells", "emergency", 12, 1), Part("real", "wonju", 16, 2, real=True)),
        calibration=(Part("others", "wonju", 24, 3, real=True),),
        settings={"model": "dcrnn-4k", "max_epochs": 1, "validation_fraction": 0.3, "test_fraction": 0.0},
    )
    model = make_model(recipe, tmp_path, PTBXL.open(folder), workers=1)
    estimator = Estimator.load(model)
    assert estimator.config.cohort.simulated
    assert "--real FOLDER" in estimator.config.cohort.made_by
    assert not estimator.estimate_recording(simulate_recording(5.0, seed=3).recording).abstained
    learned_from = {path.stem for path in (tmp_path / "real" / "training").iterdir()}
    assert not learned_from & {path.stem for path in (tmp_path / "real" / "calibration").iterdir()}
    first = model.rename(tmp_path / "first") / "model.onnx"
    again = make_model(recipe, tmp_path, PTBXL.open(folder), workers=1) / "model.onnx"
    assert again.read_bytes() == first.read_bytes()
