"""How each kind of contestant learns from one fold, and what it estimates then."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int

from kalemia.cycles import CYCLE_SAMPLES
from kalemia.models import build, build_feature_model
from kalemia.pooling import pool
from kalemia.progress import Progress
from kalemia.study.contestants import Contestant
from kalemia.study.designs import Fold
from kalemia.study.workbench import Workbench
from kalemia.training import TrainingConfig, train
from kalemia.training.checkpoints import METRICS
from kalemia.training.fit import Sides
from kalemia.training.history import best
from kalemia.training.prediction import estimate_cycles

Rows = Int[np.ndarray, " row"]


@dataclass(frozen=True, eq=False)
class Estimates:
    """Of some recordings.

    Attributes:
        rows: which of the cohort they are.
        start: estimates `start[i]` to `start[i + 1]` are of the cycles of recording i; a model on features gives one.
        each: mEq/L.
    """

    rows: Rows
    start: Int[np.ndarray, " recording+1"]
    each: Float[np.ndarray, " cycle"]

    @property
    def pooled(self) -> Float[np.ndarray, " recording"]:
        """One for each recording, mEq/L."""
        return np.array([pool(self.each[first:last]) for first, last in pairwise(self.start)], dtype=float)

    @property
    def spread(self) -> Float[np.ndarray, " recording"]:
        """Standard deviation between the cycles of each recording, mEq/L."""
        return np.array([self.each[first:last].std() for first, last in pairwise(self.start)], dtype=float)


@dataclass(frozen=True, eq=False)
class Learned:
    """What came of one training.

    Attributes:
        validation: estimates of the validation side.
        test: of the test side.
        parameters: of a network, how many were learned.
        training_s: seconds it took on one core; `None` where it was finished before.
        inference_ms: per recording of the test side, from prepared cycles or features on.
        epochs: of a network.
        best_epoch: whose weights were kept.
    """

    validation: Estimates
    test: Estimates
    parameters: int | None
    training_s: float | None
    inference_ms: float
    epochs: int | None = None
    best_epoch: int | None = None


def learn(contestant: Contestant, bench: Workbench, fold: Fold, run_folder: Path, seed: int) -> Learned:
    """Train on a fold and estimate its validation and test side, on one core.

    Args:
        contestant: who learns.
        bench: from what.
        fold: who is on which side.
        run_folder: of a network; an interrupted training goes on there.
        seed: of a network.
    """
    with _one_thread():
        if contestant.learner == "network":
            return _network(contestant, bench, fold, run_folder, seed)
        return _on_features(contestant.learner, bench, fold)


def _on_features(name: str, bench: Workbench, fold: Fold) -> Learned:
    model = build_feature_model(name)
    begun = time.perf_counter()
    model.fit(bench.inputs.waves(fold.train), bench.potassium[fold.train])
    training_s = time.perf_counter() - begun

    def estimate(rows: Rows) -> Estimates:
        return Estimates(rows, np.arange(len(rows) + 1), model.estimate(bench.inputs.waves(rows)))

    validation = estimate(fold.validation)
    begun = time.perf_counter()
    test = estimate(fold.test)
    return Learned(validation, test, None, training_s, _ms_each(begun, test))


def _network(contestant: Contestant, bench: Workbench, fold: Fold, run_folder: Path, seed: int) -> Learned:
    config = contestant.config(bench.plan.common_training, seed)
    with Progress(shown=False) as silent:
        cycles = bench.inputs_for(config.preprocessing, 1, silent).cycles()
    before = _epochs_so_far(run_folder)
    begun = time.perf_counter()
    sides: Sides = {"train": fold.train, "validation": fold.validation, "test": fold.test}
    run = train(bench.cohort, config, run_folder, sides=sides, cycles=cycles, progress=False)
    elapsed, epochs = time.perf_counter() - begun, run.epochs()
    fresh = len(epochs) - before
    model = run.model()

    def estimate(rows: Rows) -> Estimates:
        of_side = cycles.only(rows)
        return Estimates(of_side.rows, of_side.start, estimate_cycles(model, of_side.signal))

    validation = estimate(fold.validation)
    begun = time.perf_counter()
    test = estimate(fold.test)
    return Learned(
        validation=validation,
        test=test,
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        training_s=elapsed * len(epochs) / fresh if fresh else None,
        inference_ms=_ms_each(begun, test),
        epochs=len(epochs),
        best_epoch=best(epochs).epoch,
    )


def seconds_per_cycle(config: TrainingConfig) -> float:
    """How long a network learns from one cycle on one core of this machine, measured."""
    with _one_thread(), torch.random.fork_rng():
        model = build(config.model)
        cycles = torch.randn(config.batch_size, 1, CYCLE_SAMPLES)
        taken = []
        for _ in range(3):
            begun = time.perf_counter()
            model(cycles).square().mean().backward()
            taken.append(time.perf_counter() - begun)
    return min(taken) / config.batch_size


def _epochs_so_far(run_folder: Path) -> int:
    path = run_folder / METRICS
    return max(0, len(path.read_text(encoding="utf-8").splitlines()) - 1) if path.is_file() else 0


def _ms_each(begun: float, estimates: Estimates) -> float:
    return 1000 * (time.perf_counter() - begun) / max(len(estimates.rows), 1)


@contextmanager
def _one_thread() -> Iterator[None]:
    """The same number of threads everywhere, so that a training gives the same bits however many run beside it."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
