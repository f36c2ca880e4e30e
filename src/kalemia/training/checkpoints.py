"""After each epoch: the state of the run on disk, whole, so that a killed run goes on from there."""

import math
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import lightning
import torch

from kalemia.errors import RunError
from kalemia.training.history import Epoch, best, is_over, to_csv
from kalemia.training.module import Regressor
from kalemia.writing import whole_or_nothing, write_text

LAST = "checkpoints/last.ckpt"
BEST = "checkpoints/best.ckpt"
METRICS = "metrics.csv"


class Checkpoints(lightning.Callback):
    """Writes metrics and checkpoints after each epoch, and stops training once it is over.

    The last checkpoint holds the epochs so far, so that they and the weights are always of one moment. Early stopping
    follows from them, and so is the same after a resume. Of several processes all note the same; the first one writes.

    Args:
        folder: the run folder.
        on_epoch: told of the epochs so far after each, by the process that writes.
    """

    def __init__(self, folder: Path, on_epoch: Callable[[list[Epoch]], None]) -> None:
        self.epochs: list[Epoch] = []
        self._folder = folder
        self._on_epoch = on_epoch

    def state_dict(self) -> dict[str, Any]:
        """What the last checkpoint keeps of this."""
        return {"epochs": [asdict(epoch) for epoch in self.epochs]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from there."""
        self.epochs = epochs_of(state_dict)

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Note the epoch, keep the best weights, and write everything."""
        module = cast("Regressor", pl_module)
        number = len(self.epochs) + 1
        if not math.isfinite(module.validation_loss):
            raise RunError(f"{self._folder.name}: the loss of epoch {number} is not finite. Lower learning_rate.")
        epoch = Epoch(number, module.train_loss, module.validation_loss, module.validation_mae)
        self.epochs.append(epoch)
        config = module.config
        trainer.should_stop = is_over(self.epochs, config.max_epochs, config.patience)
        if not trainer.is_global_zero:
            trainer.save_checkpoint(self._folder / LAST)  # takes part, and writes nothing
            return
        if best(self.epochs) is epoch:
            with whole_or_nothing(self._folder / BEST) as draft:
                torch.save(module.model.state_dict(), draft)
        with whole_or_nothing(self._folder / LAST) as draft:
            trainer.save_checkpoint(draft)
        write_text(self._folder / METRICS, to_csv(self.epochs))
        self._on_epoch(self.epochs)


def epochs_of(state: dict[str, Any]) -> list[Epoch]:
    """The finished epochs in the state of a `Checkpoints`."""
    return [Epoch(**epoch) for epoch in state["epochs"]]


def finished_epochs(checkpoint: dict[str, Any]) -> list[Epoch]:
    """The finished epochs in a last checkpoint."""
    return epochs_of(checkpoint["callbacks"][Checkpoints.__qualname__])


def load(path: Path) -> dict[str, Any]:
    """A checkpoint, tensors and plain values only.

    Raises:
        RunError: the file is missing or damaged.
    """
    try:
        loaded: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise RunError(f"{path.name}: no such checkpoint in {path.parent}. Train first.") from None
    except Exception:  # torch.load has no error of its own for a damaged file: whatever breaks first is raised
        raise RunError(f"{path.name}: the checkpoint is damaged. Delete the run folder and train again.") from None
    return loaded
