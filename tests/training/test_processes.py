"""Several processes train and predict as one does."""

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pytest
import torch

from kalemia.cohorts import Cohort
from kalemia.errors import OutputError, RunError
from kalemia.preprocessing import Preprocessing
from kalemia.progress import Progress
from kalemia.simulation import simulate_cohort
from kalemia.training import Run, TrainingConfig, train
from kalemia.training.dataset import CohortCycles, TrainingBatches, prepare
from kalemia.training.processes import Place

LEARNABLE = TrainingConfig.load(
    overrides={
        "model": "dcrnn-4k",
        "augment": False,
        "batch_size": 64,
        "learning_rate": 3e-3,
        "max_epochs": 16,
        "validation_fraction": 0.45,
        "test_fraction": 0.1,
    }
)


@pytest.fixture(autouse=True, scope="module")
def _warnings_are_errors_in_other_processes_too() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONWARNINGS", "error")
        yield


@pytest.fixture(scope="module")
def learnable(tmp_path_factory) -> tuple[Cohort, CohortCycles]:
    """A cohort of 120 patients whose potassium can be learned from so few: from the height of a cycle, with errors."""
    cohort = simulate_cohort(tmp_path_factory.mktemp("cohorts") / "heights", patients=120, seed=0, progress=False)
    with Progress(shown=False) as silent:
        cycles = prepare(cohort, np.arange(len(cohort)), Preprocessing(), silent)
    height = cycles.pooled(np.ptp(cycles.signal[:, 0], axis=1))
    potassium = np.array(cohort.column("potassium"))
    rank = np.argsort(np.argsort(height)) / len(height)
    potassium[cycles.rows] = 3 + 4 * rank + np.random.default_rng(0).normal(0, 0.7, len(height))
    place = cohort.table.column_names.index("potassium")
    table = cohort.table.set_column(place, "potassium", pa.array(potassium))
    return Cohort(cohort.folder, table, cohort.description), cycles


@pytest.fixture(scope="module")
def runs(learnable, tmp_path_factory) -> dict[int, Run]:
    cohort, cycles = learnable
    folder = tmp_path_factory.mktemp("runs")
    torch.set_num_threads(1)
    return {
        processes: train(cohort, LEARNABLE, folder / str(processes), cycles=cycles, processes=processes, progress=False)
        for processes in (1, 2)
    }


def mae(estimate: np.ndarray | float, truth: np.ndarray) -> float:
    return float(np.abs(estimate - truth).mean())


def test_two_processes_reach_the_error_of_one(runs):
    one, two = (runs[processes].validation() for processes in (1, 2))
    assert mae(two.estimate, two.truth) == pytest.approx(mae(one.estimate, one.truth), rel=0.05)
    for side in (one, two):
        assert mae(side.estimate, side.truth) < 0.7 * mae(np.median(side.truth), side.truth)


def test_two_processes_know_the_same_recordings_and_measure_alike(runs):
    assert runs[1].split == runs[2].split
    validation = runs[2].validation()
    best = min(runs[2].epochs(), key=lambda epoch: epoch.validation_loss)
    assert mae(validation.estimate, validation.truth) == pytest.approx(best.validation_mae, abs=1e-5)
    first = [runs[processes].epochs()[0].train_loss for processes in (1, 2)]
    assert first[1] == pytest.approx(first[0], rel=0.2)


def test_every_recording_is_predicted_exactly_once(runs, cohort, capfd):
    rows = np.arange(len(cohort))[: 2 * (len(cohort) // 2) - 1][::-1]
    several, one = (runs[1].predict(cohort, rows, processes=processes) for processes in (2, 1))
    ids = Counter(cohort.column("recording_id")[[*several.rows, *several.dropped]])
    assert ids == Counter(cohort.column("recording_id")[rows])
    assert np.array_equal(several.rows, one.rows)
    assert several.estimate == pytest.approx(one.estimate, abs=1e-5)
    assert np.array_equal(several.n_cycles, one.n_cycles)
    assert several.dropped == one.dropped
    assert capfd.readouterr() == ("", "")


def after(epochs: int, act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Do something when so many epochs are told of."""

    def advance(self, task, note=""):
        told.append(note)
        if len(told) == epochs:
            act()

    told: list[str] = []
    monkeypatch.setattr(Progress, "advance", advance)


def test_a_killed_process_and_a_failed_one_are_one_line_and_the_run_goes_on(
    runs, learnable, tmp_path, monkeypatch, capfd
):
    cohort, cycles = learnable
    folder = tmp_path / "run"
    with monkeypatch.context() as patch:
        after(2, lambda: multiprocessing.active_children()[0].kill(), patch)
        with pytest.raises(RunError, match=r"process \d of 2 was killed, perhaps for its memory"):
            train(cohort, LEARNABLE, folder, cycles=cycles, processes=2, progress=False)
    assert not multiprocessing.active_children()

    def block_metrics():
        (folder / "metrics.csv").rename(tmp_path / "metrics.csv")
        (folder / "metrics.csv").mkdir()

    with monkeypatch.context() as patch:
        after(2, block_metrics, patch)
        with pytest.raises(OutputError, match=r"^metrics\.csv: cannot be written"):
            train(cohort, LEARNABLE, folder, cycles=cycles, processes=2, progress=False)
    assert not multiprocessing.active_children()
    assert not list(folder.rglob(".*"))
    assert capfd.readouterr() == ("", "")

    (folder / "metrics.csv").rmdir()
    epochs = train(cohort, LEARNABLE, folder, cycles=cycles, processes=1, progress=False).epochs()
    assert len(epochs) == LEARNABLE.max_epochs
    assert epochs[:4] == runs[2].epochs()[:4]  # to the bit, over a kill


def test_without_gloo_there_is_one_line(cohort, config, tmp_path, monkeypatch):
    monkeypatch.setattr("torch.distributed.is_gloo_available", lambda: False)
    with pytest.raises(RunError, match=r"this PyTorch has no gloo.* Use one process"):
        train(cohort, config, tmp_path / "run", processes=2, progress=False)


def places(processes: int) -> list[Place]:
    return [Place(rank, processes) for rank in range(processes)]


@pytest.mark.parametrize(("count", "processes"), [(10, 3), (9, 3), (2, 3), (0, 2), (5, 1)])
def test_every_value_is_in_exactly_one_share(count, processes):
    shares = [place.share(np.arange(count)) for place in places(processes)]
    assert sorted(np.concatenate(shares)) == list(range(count))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def batches(config: TrainingConfig, place: Place) -> list[tuple[np.ndarray, ...]]:
    signal = np.random.default_rng(0).normal(size=(60, 1, 512)).astype(np.float32)
    cycles = CohortCycles(signal, np.arange(0, 61, 4), np.arange(15), {})
    taken = TrainingBatches(cycles, np.linspace(3, 8, 15), np.linspace(0.5, 1.5, 15), config, lambda: 2, place)
    parts = [tuple(tensor.numpy() for tensor in batch) for batch in taken]
    assert len(parts) == len(taken)
    return parts


@pytest.mark.parametrize("processes", [2, 4])
def test_shares_of_a_batch_are_equal_and_make_up_the_batch_that_one_process_draws(processes):
    config = TrainingConfig.load(overrides={"batch_size": 16, "cycles_per_recording": 3})  # 45 cycles: 16, 16 and 13
    whole = batches(config, Place())
    shares = [batches(config, place) for place in places(processes)]
    for number, batch in enumerate(whole):
        parts = [share[number] for share in shares]
        assert len({len(part[0]) for part in parts}) == 1
        for kind in range(3):
            together = np.concatenate([part[kind] for part in parts])
            cut = len(batch[kind]) // processes * processes
            if cut == len(batch[kind]) or kind:  # noise of a batch is drawn for all of its cycles at once
                assert np.array_equal(np.sort(together, axis=0), np.sort(batch[kind][:cut], axis=0))


def test_a_batch_that_cannot_be_dealt_evenly_is_cut(cohort):
    config = TrainingConfig.load(overrides={"batch_size": 16, "cycles_per_recording": 3})
    shares = [batches(config, place) for place in places(3)]
    assert [[len(potassium) for _, potassium, _ in share] for share in shares] == [[5, 5, 5]] * 3
