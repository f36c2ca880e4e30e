import json
import shutil

import numpy as np
import pytest
import torch

from kalemia.errors import CohortError, RunError
from kalemia.models import build
from kalemia.pooling import pool
from kalemia.progress import Progress
from kalemia.simulation import simulate_cohort
from kalemia.training import Run, TrainingConfig, train
from kalemia.training.dataset import prepare
from kalemia.training.module import learning_rate, loss_function, start_at
from kalemia.training.prediction import estimate_cycles


def changed(config: TrainingConfig, **values: object) -> TrainingConfig:
    return TrainingConfig.load(overrides={**config.model_dump(), **values})


@pytest.fixture(scope="module")
def run(cohort, tmp_path_factory) -> Run:
    torch.set_num_threads(1)
    overrides = {"model": "dcrnn-4k", "max_epochs": 2, "batch_size": 16, "validation_fraction": 0.3}
    config = TrainingConfig.load(overrides=overrides)
    return train(cohort, config, tmp_path_factory.mktemp("runs") / "run", progress=False)


def test_a_run_folder_holds_what_it_should_and_nothing_else(run):
    files = {str(path.relative_to(run.folder)) for path in run.folder.rglob("*") if path.is_file()}
    assert files == {
        "config.toml", "split.json", "metrics.csv", "loss.png", "architecture.png", "validation.csv",
        "example_cycles.npy",         "checkpoints/last.ckpt", "checkpoints/best.ckpt", "finished.json",
    }  # fmt: skip
    assert json.loads((run.folder / "finished.json").read_text())["epochs"] == 2


def test_the_run_opens_as_it_was(run):
    opened = Run.open(run.folder)
    assert opened == run
    assert opened.finished
    assert [epoch.epoch for epoch in opened.epochs()] == [1, 2]


def test_no_patient_is_on_two_sides_and_every_recording_on_one(run, cohort):
    patients = cohort.column("patient_id")
    sides = [set(patients[run.rows(cohort, side)]) for side in ("train", "validation", "test")]
    assert all(sides)
    assert sum(len(side) for side in sides) == len(set(patients))
    split = run.split
    assert sorted((*split.train, *split.validation, *split.test)) == sorted(cohort.column("recording_id"))


def test_training_starts_at_the_mean_potassium():
    model = build("dcrnn-4k")
    start_at(model, 5.25)
    with torch.inference_mode():
        estimates = model(torch.zeros(3, 1, 512))
    assert estimates.numpy() == pytest.approx(5.25, abs=0.5)
    assert model.output.bias.item() == pytest.approx(5.25)


def test_predictions_are_pooled_cycles(run, cohort):
    rows = run.rows(cohort, "test")
    predictions = run.predict(cohort, rows)
    assert set(predictions.rows) | set(predictions.dropped) == set(rows)
    recordings = dict(cohort.recordings())
    cycles = run.config.preprocessing.cycles(recordings[int(predictions.rows[0])])
    expected = pool(estimate_cycles(run.model(), cycles.signal.astype(np.float32)))
    assert predictions.estimate[0] == pytest.approx(expected, abs=1e-4)


def test_stored_validation_is_what_the_best_epoch_reached(run):
    validation = run.validation()
    best = min(run.epochs(), key=lambda epoch: epoch.validation_loss)
    assert np.abs(validation.estimate - validation.truth).mean() == pytest.approx(best.validation_mae, abs=1e-5)
    assert validation.examples.shape[1:] == (1, 512)


def test_a_finished_run_is_returned_as_it_is(run, cohort, capsys):
    before = {path: path.stat().st_mtime_ns for path in run.folder.rglob("*")}
    assert train(cohort, run.config, run.folder) == run
    assert "finished" in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in run.folder.rglob("*")} == before


def test_another_configuration_is_refused_with_what_differs(run, cohort):
    with pytest.raises(RunError, match="holds a run with seed = 0, this one has seed = 1"):
        train(cohort, changed(run.config, seed=1), run.folder, progress=False)


def test_another_cohort_is_refused(run, tmp_path):
    other = simulate_cohort(tmp_path / "other", patients=6, seed=1, progress=False)
    with pytest.raises(RunError, match=r"holds a run on another cohort \(tiny\)"):
        train(other, run.config, run.folder, progress=False)
    with pytest.raises(RunError, match="trained on another cohort"):
        run.rows(other, "test")


def test_a_folder_with_other_files_is_left_alone(run, cohort, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(RunError, match="holds other files"):
        train(cohort, run.config, tmp_path, progress=False)
    with pytest.raises(RunError, match="a file, not a folder"):
        train(cohort, run.config, tmp_path / "thesis.txt", progress=False)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_cohort_without_a_usable_recording_is_refused_with_the_reasons(cohort, config, tmp_path):
    with pytest.raises(RunError, match=r"tiny: no usable recording on the train side\. .*MissingLead"):
        train(cohort, changed(config, lead="V9"), tmp_path / "run", progress=False)


def test_index_recordings_only(cohort, config, tmp_path):
    run = train(cohort, changed(config, recordings="index", max_epochs=1), tmp_path / "run", progress=False)
    assert run.split.cohort.recordings == run.split.cohort.patients == 24


def test_a_model_learns_from_windows_of_2_s_and_estimates_from_them(cohort, config, tmp_path):
    run = train(cohort, changed(config, span="2 s", max_epochs=1), tmp_path / "run", progress=False)
    rows = run.rows(cohort, "test")
    predictions = Run.open(run.folder).predict(cohort, rows)
    assert set(predictions.n_cycles) <= {1, 2, 3, 4, 5}  # of 10 s
    assert np.isfinite(predictions.estimate).all()


def test_index_recordings_need_their_column(cohort, config, tmp_path):
    without = type(cohort)(cohort.folder, cohort.table.drop_columns(["is_index"]), cohort.description)
    with pytest.raises(CohortError, match="no column is_index"):
        train(without, changed(config, recordings="index"), tmp_path / "run", progress=False)


@pytest.mark.parametrize("name", ["config.toml", "split.json"])
def test_opening_an_incomplete_run_names_the_file(run, tmp_path, name):
    shutil.copytree(run.folder, tmp_path / "run")
    (tmp_path / "run" / name).unlink()
    with pytest.raises(RunError, match=f"not a training run, it has no {name}"):
        Run.open(tmp_path / "run")


@pytest.mark.parametrize("name", ["split.json", "metrics.csv", "validation.csv", "checkpoints/best.ckpt"])
@pytest.mark.parametrize("content", ["", "{", "a,b\n1\n"])
def test_a_damaged_file_is_one_line(run, tmp_path, name, content):
    shutil.copytree(run.folder, tmp_path / "run")
    (tmp_path / "run" / name).write_text(content)
    with pytest.raises(RunError, match="damaged") as caught:
        damaged = Run.open(tmp_path / "run")
        damaged.epochs()
        damaged.validation()
        damaged.model()
    assert "\n" not in str(caught.value)


def test_a_loss_that_is_not_finite_ends_training_with_advice(cohort, config, tmp_path):
    with pytest.raises(RunError, match=r"the loss of epoch 1 is not finite\. Lower learning_rate"):
        train(cohort, changed(config, learning_rate=1e20, loss="squared"), tmp_path / "run", progress=False)


def test_nothing_outside_is_changed(cohort, config, tmp_path, capfd):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    train(cohort, changed(config, max_epochs=1), tmp_path / "run", progress=False)
    assert torch.equal(torch.rand(3), expected)
    assert capfd.readouterr() == ("", "")


def test_losses():
    estimate, truth = torch.tensor([5.0, 5.0]), torch.tensor([5.5, 8.0])
    for loss, expected in (("huber", [0.125, 2.5]), ("squared", [0.25, 9.0]), ("absolute", [0.5, 3.0])):
        config = TrainingConfig.load(overrides={"loss": loss})
        assert loss_function(config)(estimate, truth).tolist() == pytest.approx(expected)


def test_learning_rate_falls_from_the_full_rate_towards_zero():
    config = TrainingConfig.load(overrides={"max_epochs": 10, "learning_rate": 0.1})
    rates = [learning_rate(config, epoch) for epoch in range(11)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[10] == pytest.approx(0)
    assert all(np.diff(rates) < 0)


def dealt(cohort, *shares):
    """Rows of the first patients, the next ones, and so on."""
    patients = cohort.column("patient_id")
    groups = np.array_split(np.unique(patients), len(shares))
    return {name: np.flatnonzero(np.isin(patients, group)) for name, group in zip(shares, groups, strict=True)}


def test_sides_and_cycles_can_be_given(cohort, config, tmp_path):
    config = changed(config, max_epochs=1)
    sides = dealt(cohort, "train", "validation", "test")
    with Progress(shown=False) as silent:
        cycles = prepare(cohort, np.arange(len(cohort)), config.preprocessing, silent)
    given = train(cohort, config, tmp_path / "given", sides=sides, cycles=cycles, progress=False)
    own = train(cohort, config, tmp_path / "own", sides=sides, progress=False)
    assert all(np.array_equal(given.rows(cohort, side), rows) for side, rows in sides.items())
    assert (given.folder / "metrics.csv").read_text() == (own.folder / "metrics.csv").read_text()
    others = dealt(cohort, "validation", "train", "test")
    with pytest.raises(RunError, match="another split of the cohort"):
        train(cohort, config, given.folder, sides=others, progress=False)


def test_a_patient_on_two_given_sides_is_refused(cohort, config, tmp_path):
    sides = dealt(cohort, "train", "validation", "test")
    sides["test"] = np.append(sides["test"], sides["train"][:1])
    with pytest.raises(RunError, match="1 patients are on two sides"):
        train(cohort, config, tmp_path / "run", sides=sides, progress=False)
