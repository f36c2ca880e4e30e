"""Estimates of recordings of a cohort, in this process or in several."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import lightning
import numpy as np
import torch
from jaxtyping import Float, Float32, Int
from torch import Tensor, nn

from kalemia.cohorts import Cohort
from kalemia.models import build
from kalemia.preprocessing import Preprocessing
from kalemia.progress import Progress
from kalemia.training.dataset import FORWARD_BATCH, CohortCycles, ValidationBatches, prepare
from kalemia.training.epochs import quiet_lightning, trainer_at
from kalemia.training.processes import Place, together

T = TypeVar("T")


@dataclass(frozen=True)
class Predictions:
    """Estimates of recordings of a cohort.

    Attributes:
        rows: which row of the cohort each is.
        estimate: mEq/L, cycles pooled.
        n_cycles: how many of them.
        dropped: row and reason of the recordings that gave no cycles.
    """

    rows: Int[np.ndarray, " recording"]
    estimate: Float[np.ndarray, " recording"]
    n_cycles: Int[np.ndarray, " recording"]
    dropped: dict[int, str]


@dataclass(frozen=True)
class Wanted:
    """What to estimate.

    Attributes:
        cohort: where the recordings come from.
        rows: which of them.
        preprocessing: how cycles are made of them.
    """

    cohort: Cohort
    rows: Int[np.ndarray, " row"]
    preprocessing: Preprocessing


@dataclass(frozen=True)
class _Task:
    """What each process is given; arrays, because PyTorch would share its tensors by open files."""

    wanted: Wanted
    architecture: str
    weights: dict[str, np.ndarray]


class _Predictor(lightning.LightningModule):
    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def predict_step(self, cycles: Float[Tensor, "batch lead 512"]) -> Float[Tensor, " batch"]:
        estimates: Tensor = self.model(cycles)[:, 0]
        return estimates


class _InOrder:
    """All cycles in order, without a length: Lightning refuses a process with none, but a share may give no cycles."""

    def __init__(self, cycles: CohortCycles) -> None:
        self._cycles = cycles

    def __iter__(self) -> Iterator[Float[Tensor, "batch lead 512"]]:
        return iter(ValidationBatches(self._cycles))


class _Told(Progress):
    """Tells another process of each item instead of drawing a bar."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__(shown=False)
        self._tell = tell

    def over(self, items: Iterable[T], description: str, total: int) -> Iterator[T]:  # noqa: ARG002
        for item in items:
            yield item
            self._tell(description)


def predict(model: nn.Module, wanted: Wanted, shown: Progress) -> Predictions:
    """Estimates of recordings, all in this process.

    Args:
        model: ready to estimate.
        wanted: of what.
        shown: told of each recording.
    """
    cycles = prepare(wanted.cohort, wanted.rows, wanted.preprocessing, shown)
    estimate = cycles.pooled(estimate_cycles(model, cycles.signal))
    return Predictions(cycles.rows, estimate, np.diff(cycles.start), cycles.dropped)


def predict_together(
    model: nn.Module, architecture: str, wanted: Wanted, processes: int, shown: Progress
) -> Predictions:
    """The same, the recordings dealt to several processes, each to exactly one; in the order of their rows.

    Args:
        model: ready to estimate.
        architecture: its name.
        wanted: of what.
        processes: how many.
        shown: told of each recording.

    Raises:
        RunError: a process failed.
    """
    wanted = replace(wanted, rows=np.unique(wanted.rows))
    task = _Task(wanted, architecture, {name: value.numpy() for name, value in model.state_dict().items()})
    bar = shown.begin("Preparing recordings", len(wanted.rows))
    parts = together(_predict_share, task, processes, lambda _: shown.advance(bar))
    rows, estimate, n_cycles = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("rows", "estimate", "n_cycles")
    )
    order = np.argsort(rows)
    dropped = {row: reason for part in parts for row, reason in part.dropped.items()}
    return Predictions(rows[order], estimate[order], n_cycles[order], dict(sorted(dropped.items())))


def _predict_share(task: _Task, place: Place, tell: Callable[[str], None]) -> Predictions:
    wanted = task.wanted
    cycles = prepare(wanted.cohort, place.share(wanted.rows), wanted.preprocessing, _Told(tell))
    model = build(task.architecture)
    model.load_state_dict({name: torch.from_numpy(value) for name, value in task.weights.items()})
    batches = _InOrder(cycles)
    with quiet_lightning():
        parts = trainer_at(place).predict(_Predictor(model), batches) or []
    each = torch.cat([torch.zeros(0), *parts]).double().numpy()
    return Predictions(cycles.rows, cycles.pooled(each), np.diff(cycles.start), cycles.dropped)


def estimate_cycles(model: nn.Module, cycles: Float32[np.ndarray, "cycle lead 512"]) -> Float[np.ndarray, " cycle"]:
    """The estimate of each cycle in mEq/L."""
    with torch.inference_mode():
        batches = [
            model(torch.from_numpy(cycles[i : i + FORWARD_BATCH]))[:, 0] for i in range(0, len(cycles), FORWARD_BATCH)
        ]
    return torch.cat(batches).double().numpy() if batches else np.zeros(0)
