import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

import kalemia
from kalemia import calibration
from kalemia.cohorts import Cohort
from kalemia.errors import CohortError, ModelInvalid, OutputError, RunError
from kalemia.estimation import Estimator
from kalemia.export import export_run, write_network
from kalemia.models import MODELS, build
from kalemia.models.folder import ModelConfig, load_intervals, load_network
from kalemia.onnx_session import open_session
from kalemia.simulation import simulate_cohort, simulate_recording
from kalemia.training import Run, TrainingConfig, train


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("export")
    cohort = simulate_cohort(folder / "tiny", patients=24, seed=0, progress=False)
    overrides = {"model": "dcrnn-4k", "max_epochs": 1, "cycles_per_recording": 1, "validation_fraction": 0.5}
    return train(cohort, TrainingConfig.load(overrides=overrides), folder / "run", progress=False)


@pytest.fixture(scope="module")
def model(run: Run) -> Path:
    return export_run(run, run.folder.parent / "model")


def test_the_network_estimates_what_pytorch_does_for_any_number_of_cycles(run, model):
    network, examples = load_network(model, ModelConfig.load(model)), run.validation().examples
    for cycles in (examples[:1], examples[:7], examples):
        with torch.no_grad():
            expected = run.model()(torch.from_numpy(cycles)).numpy()
        got = network.run(None, {"cycles": cycles})[0]
        assert got.shape == (len(cycles), 1)
        np.testing.assert_allclose(got, expected, atol=1e-4)


@pytest.mark.parametrize("name", MODELS)
def test_any_network_estimates_what_pytorch_does(name, tmp_path):
    torch.manual_seed(0)
    model, cycles = build(name, leads=2).eval(), torch.randn(3, 2, 512)
    write_network(model, tmp_path / "model.onnx", leads=2, samples=512)
    session = open_session(tmp_path / "model.onnx", "damaged")
    for count in (1, 3):
        with torch.inference_mode():
            expected = model(cycles[:count]).numpy()
        np.testing.assert_allclose(session.run(None, {"cycles": cycles[:count].numpy()})[0], expected, atol=1e-4)


def test_the_folder_says_where_the_model_comes_from(run, model):
    config = ModelConfig.load(model)
    assert config.architecture.parameters == 3_790
    assert config.preprocessing == run.config.preprocessing
    assert config.cohort == run.split.cohort
    assert config.cohort.simulated
    assert sorted(path.name for path in model.iterdir()) == ["README.md", "config.json", "intervals.json", "model.onnx"]


def test_intervals_are_those_of_the_validation_side(run, model):
    validation, intervals = run.validation(), load_intervals(model)
    low, high = intervals.bounds_of(validation.estimate)
    assert intervals.recordings == len(validation.truth)
    assert ((low <= validation.truth) & (validation.truth <= high)).mean() >= 0.9


def test_the_card_states_facts_and_limits(run, model):
    card = (model / "README.md").read_text()
    for words in (
        "Not a medical device",
        "simulated patients only",
        "3,790 parameters",
        "`dcrnn-4k`",
        "kalemia train tiny",
    ):
        assert words in card
    truth, estimate = run.validation().truth, run.validation().estimate
    row = re.search(r"\| all \| (\d+) \| ([\d.]+) \|", card)
    assert (int(row[1]), float(row[2])) == (len(truth), pytest.approx(np.abs(truth - estimate).mean(), abs=0.006))


def test_no_path_of_this_machine_is_in_the_model(run, model):
    for path in model.iterdir():
        content = path.read_bytes()
        assert str(Path(kalemia.__file__).parent).encode() not in content
        assert str(run.folder.parent).encode() not in content
    assert not onnx.load(model / "model.onnx").metadata_props


@pytest.fixture(scope="module")
def calibrated(run: Run) -> Path:
    """The same model, calibrated on other patients; with a network for references, which needs fewer pairs here."""
    others = simulate_cohort(run.folder.parent / "others", patients=230, seed=5, progress=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calibration, "FEWEST_PAIRS", 100)
        return export_run(run, run.folder.parent / "calibrated", calibration.calibrate(run, others, progress=False))


def test_a_calibrated_model_knows_priors_references_and_shapes(calibrated):
    names = {path.name for path in calibrated.iterdir()}
    assert names == {
        "README.md", "config.json", "intervals.json", "model.onnx", "reweighting.json", "novelty.npz",
        "personal.onnx", "personal_intervals.json", "personal_reweighting.json",
    }  # fmt: skip
    recording = simulate_recording(5.0, seed=3).recording
    estimator = Estimator.load(calibrated)
    reference = estimator.reference(simulate_recording(4.0, seed=3).recording, 4.0)
    for references, prior in (((), None), ((), "dialysis"), ([reference], None), ([reference], "wonju")):
        estimate = estimator.estimate_recording(recording, references, prior)
        low, high = estimate.interval
        assert low <= estimate.potassium <= high
        assert (estimate.references, estimate.prior) == (len(references), prior)


def test_what_was_measured_for_the_calibration_is_not_measured_again(run, calibrated):
    stored = (run.folder / calibration.STORED).stat().st_mtime_ns
    others = Cohort.open(run.folder.parent / "others")
    again = calibration.calibrate(run, others, progress=False)
    assert (run.folder / calibration.STORED).stat().st_mtime_ns == stored
    assert again.intervals == load_intervals(calibrated)


def test_the_card_of_a_calibrated_model_has_figures_of_patients_it_never_met(calibrated):
    card = (calibrated / "README.md").read_text()
    for words in ("took no part in training", "label-conditional", "--prior", "--reference", "instead of"):
        assert words in card
    assert "validation side" not in card


def test_a_damaged_file_of_measurements_is_measured_again(run, calibrated, monkeypatch):
    stored = run.folder / calibration.STORED
    before = stored.read_bytes()
    monkeypatch.setattr(calibration, "_measure", lambda *_: pytest.fail("measures again"))
    for damaged in (before[: len(before) // 2], b"", b"PK"):
        stored.write_bytes(damaged)
        with pytest.raises(pytest.fail.Exception, match="measures again"):
            calibration.calibrate(run, Cohort.open(run.folder.parent / "others"), progress=False)
    stored.write_bytes(before)


def test_an_unfinished_run_is_not_calibrated(run, tmp_path):
    unfinished = Run(tmp_path, run.config, run.split)
    with pytest.raises(RunError, match="training is not finished"):
        calibration.calibrate(unfinished, Cohort.open(run.folder.parent / "others"), progress=False)


def test_calibrating_on_known_patients_is_refused(run):
    with pytest.raises(CohortError, match="of its patients took part in training"):
        calibration.calibrate(run, Cohort.open(run.folder.parent / "tiny"), progress=False)


def test_too_few_to_calibrate_on_are_refused(run, tmp_path):
    few = simulate_cohort(tmp_path / "few", patients=6, seed=9, progress=False)
    stored = run.folder / calibration.STORED
    stored.unlink(missing_ok=True)
    with pytest.raises(CohortError, match="to calibrate it takes 500"):
        calibration.calibrate(run, few, progress=False)


def test_a_folder_with_something_in_it_is_left_alone(run, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(OutputError, match="already there"):
        export_run(run, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_unfinished_run_is_not_exported(run, tmp_path, monkeypatch):
    monkeypatch.setattr(Run, "finished", False)
    with pytest.raises(RunError, match="training is not finished"):
        export_run(run, tmp_path / "model")


def test_a_network_that_differs_from_pytorch_is_not_left_behind(run, tmp_path, monkeypatch):
    monkeypatch.setattr("kalemia.export.TOLERANCE", 0.0)
    with pytest.raises(ModelInvalid, match="differs from PyTorch"):
        export_run(run, tmp_path / "model")
    assert not list(tmp_path.iterdir())


def test_a_run_on_windows_is_refused(run, tmp_path):
    windows = replace(run, config=run.config.model_copy(update={"span": "2 s"}))
    with pytest.raises(RunError, match="reads windows of 2 s; a model folder needs one that reads single cycles"):
        export_run(windows, tmp_path / "model")
    assert not (tmp_path / "model").exists()
    with pytest.raises(RunError, match="reads windows of 2 s"):
        calibration.calibrate(windows, Cohort.open(run.folder.parent / "tiny"), progress=False)
