"""The epochs of a run, by Lightning: in this process, or in several that share every batch (its DDP).

Several processes step by the mean of their gradients, which is that of the whole batch. What is drawn is drawn alike in
each. Three things are of a share and not of the whole batch: the statistics of batch normalisation, whose running means
are averaged before each validation; dropout; and the potassium values that the balanced loss compares.
"""

import inspect
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
from jaxtyping import Float
from lightning.fabric.plugins.environments.lightning import LightningEnvironment
from lightning.pytorch.strategies import DDPStrategy
from torch.nn.parallel import DistributedDataParallel

from kalemia.training.checkpoints import LAST, Checkpoints
from kalemia.training.config import TrainingConfig
from kalemia.training.dataset import CohortCycles, TrainingBatches, ValidationBatches
from kalemia.training.history import Epoch
from kalemia.training.module import Regressor, start_at, weights_of
from kalemia.training.processes import ALONE, Place, together

_PARAMETERS = inspect.signature(DistributedDataParallel).parameters
# PyTorch 2.13 renamed it
_SYNC_BUFFERS = "forward_sync_buffers" if "forward_sync_buffers" in _PARAMETERS else "broadcast_buffers"


@dataclass(frozen=True)
class Fit:
    """What is fitted to what.

    Attributes:
        folder: the run folder.
        config: how.
        train_side: the training recordings.
        train_potassium: theirs, mEq/L.
        validation_side: the validation recordings.
        validation_potassium: theirs, mEq/L.
        resumed: whether it goes on from the last checkpoint.
    """

    folder: Path
    config: TrainingConfig
    train_side: CohortCycles
    train_potassium: Float[np.ndarray, " recording"]
    validation_side: CohortCycles
    validation_potassium: Float[np.ndarray, " recording"]
    resumed: bool


def run_epochs(fit: Fit, processes: int, on_epoch: Callable[[list[Epoch]], None]) -> list[Epoch]:
    """Train until it is over; the epochs, those before a resume included.

    Args:
        fit: what is fitted to what.
        processes: how many; no more are begun than there is work for.
        on_epoch: told of the epochs so far after each.

    Raises:
        RunError: the loss is not finite, or a process failed.
    """
    processes = min(processes, fit.config.batch_size, len(fit.train_side), len(fit.validation_side))
    if processes <= 1:
        return _run(fit, ALONE, on_epoch)
    return together(_run, fit, processes, on_epoch)[0]


def _run(fit: Fit, place: Place, on_epoch: Callable[[list[Epoch]], None]) -> list[Epoch]:
    config = fit.config
    keeper = Checkpoints(fit.folder, on_epoch)
    with torch.random.fork_rng(), quiet_lightning():
        torch.manual_seed(config.seed)
        module = Regressor(config, fit.validation_side, fit.validation_potassium, place)
        start_at(module.model, float(fit.train_potassium.mean()))
        trainer = trainer_at(place, max_epochs=config.max_epochs, callbacks=[keeper], num_sanity_val_steps=0)
        weights = weights_of(config, fit.train_potassium)
        batches = TrainingBatches(
            fit.train_side, fit.train_potassium, weights, config, lambda: trainer.current_epoch, place
        )
        validation = ValidationBatches(fit.validation_side.share(place))
        last = fit.folder / LAST if fit.resumed else None
        try:
            trainer.fit(module, batches, validation, ckpt_path=last, weights_only=True)
        except SystemExit:  # what Lightning makes of Ctrl-C
            raise KeyboardInterrupt from None
    return keeper.epochs


def trainer_at(place: Place, **options: Any) -> lightning.Trainer:  # noqa: ANN401 as Lightning types them
    """A trainer that writes nothing by itself and shows nothing; alone, it takes a GPU if there is one."""
    where: dict[str, Any] = {"accelerator": "auto", "devices": 1}
    if place.processes > 1:
        buffers: dict[str, Any] = {_SYNC_BUFFERS: False}  # would wait in validation for a process with fewer batches
        cluster = LightningEnvironment()  # whatever cluster the environment speaks of
        strategy = DDPStrategy(cluster_environment=cluster, process_group_backend="gloo", **buffers)
        where = {"accelerator": "cpu", "devices": place.processes, "strategy": strategy}
    return lightning.Trainer(
        **where,
        **options,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )


@contextmanager
def quiet_lightning() -> Iterator[None]:
    """Without Lightning's notes on the hardware and its tips, and without a warning meant for Lightning's authors."""
    logger = logging.getLogger("lightning.pytorch")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            # Lightning 2.6 on PyTorch 2.13
            warnings.filterwarnings("ignore", r"`isinstance\(treespec, LeafSpec\)`", FutureWarning)
            yield
    finally:
        logger.setLevel(before)
