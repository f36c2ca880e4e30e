"""A killed run goes on from its last finished epoch and ends like an unbroken one, to the bit."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from kalemia.cohorts import Cohort
from kalemia.errors import RunError
from kalemia.training import Run, TrainingConfig, train
from kalemia.training.checkpoints import Checkpoints, load

KILLED_RUN = """
import os, signal, sys
import torch
from kalemia.cohorts import Cohort
from kalemia.training import TrainingConfig, train
from kalemia.training.checkpoints import Checkpoints

cohort, config, run, last_epoch, moment = sys.argv[1:]
torch.set_num_threads(1)
finish_epoch = Checkpoints.on_train_epoch_end

def kill(self, trainer, module):
    if len(self.epochs) == int(last_epoch) and moment == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    finish_epoch(self, trainer, module)
    if len(self.epochs) == int(last_epoch) and moment == "after":
        os.kill(os.getpid(), signal.SIGKILL)

Checkpoints.on_train_epoch_end = kill
from pathlib import Path
train(Cohort.open(cohort), TrainingConfig.load(Path(config)), run, progress=False)
"""


class KilledError(BaseException):
    pass


def start_and_kill(cohort: Cohort, config: TrainingConfig, run: Path, after_epochs: int, moment: str) -> None:
    settings = run.with_suffix(".toml")
    settings.write_text(config.to_toml())
    command = [sys.executable, "-c", KILLED_RUN, str(cohort.folder), str(settings), str(run), str(after_epochs), moment]
    assert subprocess.run(command, check=False).returncode == -9


@pytest.fixture(scope="module")
def unbroken(cohort: Cohort, tmp_path_factory: pytest.TempPathFactory) -> Run:
    config = TrainingConfig.load(
        overrides={"model": "dcrnn-4k", "max_epochs": 4, "batch_size": 16, "validation_fraction": 0.3}
    )
    torch.set_num_threads(1)
    return train(cohort, config, tmp_path_factory.mktemp("runs") / "unbroken", progress=False)


def assert_same(one: Run, other: Run) -> None:
    for name in ("metrics.csv", "finished.json", "validation.csv", "split.json", "config.toml", "example_cycles.npy"):
        assert (one.folder / name).read_bytes() == (other.folder / name).read_bytes()
    assert_same_tensors(one.model().state_dict(), other.model().state_dict())
    last, other_last = (load(run.folder / "checkpoints/last.ckpt") for run in (one, other))
    assert_same_tensors(last["state_dict"], other_last["state_dict"])
    assert last["epoch"] == other_last["epoch"]


def assert_same_tensors(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> None:
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_twice_killed_run_ends_like_the_unbroken_one(cohort, unbroken, tmp_path):
    start_and_kill(cohort, unbroken.config, tmp_path / "run", after_epochs=1, moment="after")
    assert len(Run.open(tmp_path / "run").epochs()) == 1
    start_and_kill(cohort, unbroken.config, tmp_path / "run", after_epochs=2, moment="before")
    assert not Run.open(tmp_path / "run").finished
    assert_same(train(cohort, unbroken.config, tmp_path / "run", progress=False), unbroken)


def test_run_killed_after_its_last_epoch_trains_no_further(cohort, unbroken, tmp_path):
    shutil.copytree(unbroken.folder, tmp_path / "run")
    for name in ("finished.json", "validation.csv", "loss.png"):
        (tmp_path / "run" / name).unlink()
    assert_same(train(cohort, unbroken.config, tmp_path / "run", progress=False), unbroken)


def test_run_killed_while_a_checkpoint_was_written_goes_on_from_the_one_before(cohort, unbroken, tmp_path, monkeypatch):
    def fail(self, trainer, module):
        if len(self.epochs) == 2:
            monkeypatch.setattr("torch.save", broken_save)
        finish_epoch(self, trainer, module)

    def broken_save(content, path, **options):
        raise KilledError

    finish_epoch, save = Checkpoints.on_train_epoch_end, torch.save
    monkeypatch.setattr(Checkpoints, "on_train_epoch_end", fail)
    with pytest.raises(KilledError):
        train(cohort, unbroken.config, tmp_path / "run", progress=False)
    monkeypatch.setattr("torch.save", save)
    monkeypatch.setattr(Checkpoints, "on_train_epoch_end", finish_epoch)
    assert_same(train(cohort, unbroken.config, tmp_path / "run", progress=False), unbroken)


@pytest.mark.parametrize("keep", [0, 100, 20_000])
def test_damaged_checkpoint_is_one_line(cohort, unbroken, tmp_path, keep):
    shutil.copytree(unbroken.folder, tmp_path / "run")
    (tmp_path / "run/finished.json").unlink()
    path = tmp_path / "run/checkpoints/last.ckpt"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(RunError, match=r"last\.ckpt: the checkpoint is damaged") as caught:
        train(cohort, unbroken.config, tmp_path / "run", progress=False)
    assert "\n" not in str(caught.value)
