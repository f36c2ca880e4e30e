"""One optimisation step and one validation, as Lightning wants them."""

import math

import lightning
import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from kalemia.models import build
from kalemia.training.config import TrainingConfig
from kalemia.training.dataset import Batch, CohortCycles
from kalemia.training.losses import BalancedSquared, Loss, absolute, density_weights, huber, squared
from kalemia.training.processes import ALONE, Place


class Regressor(lightning.LightningModule):
    """Trains a model on single cycles and validates it on recordings, as it will be used.

    Args:
        config: of the run.
        validation: the validation recordings.
        potassium: theirs, mEq/L.
        place: of this process. Each validates its share of the recordings, and all know the result.

    Attributes:
        model: what is trained.
        train_loss: mean over the cycles of the last epoch, with dropout.
        validation_loss: mean over the validation recordings, their cycles pooled.
        validation_mae: the same in mEq/L.
    """

    def __init__(
        self,
        config: TrainingConfig,
        validation: CohortCycles,
        potassium: Float[np.ndarray, " recording"],
        place: Place = ALONE,
    ) -> None:
        super().__init__()
        self.config = config
        self.model = build(config.model)
        self.train_loss = self.validation_loss = self.validation_mae = math.nan
        self._loss = loss_function(config)
        self._place = place
        self._validation = validation.share(place)
        self._potassium = potassium
        self._weights = weights_of(config, potassium)
        self._train_losses: list[Tensor] = []
        self._estimates: list[Tensor] = []

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """AdamW (Loshchilov and Hutter 2019)."""
        config = self.config
        return torch.optim.AdamW(self.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay)

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:  # noqa: ARG002
        """Before the first batch: make the epoch a function of (seed, epoch) and of the weights alone.

        Lightning leaves out `on_train_epoch_start` in the first epoch after a resume.
        """
        if batch_idx == 0:
            entropy = [self.config.seed, self.current_epoch, self._place.rank]  # NumPy takes a last 0 for none
            seed = np.random.SeedSequence(entropy).generate_state(1)[0]
            torch.manual_seed(int(seed))
            self._train_losses.clear()
            for group in self.trainer.optimizers[0].param_groups:
                group["lr"] = learning_rate(self.config, self.current_epoch)

    def training_step(self, batch: Batch) -> Tensor:
        """The loss of one batch of cycles."""
        cycles, potassium, weights = batch
        losses = self._loss(self.model(cycles)[:, 0], potassium) * weights
        self._train_losses.append(losses.detach())
        return losses.mean()

    def on_validation_start(self) -> None:
        """The running statistics of batch normalisation are of the shares of one process: make them those of all."""
        for buffer in self.model.buffers():
            if buffer.is_floating_point():
                self._place.average(buffer)

    def validation_step(self, cycles: Float[Tensor, "batch lead 512"]) -> None:
        """Estimates of one batch of cycles, kept until all are there."""
        self._estimates.append(self.model(cycles)[:, 0])

    def on_validation_epoch_end(self) -> None:
        """Pool the cycles of each recording, then compare with its potassium."""
        own = self._validation.pooled(torch.cat(self._estimates).cpu().double().numpy())
        estimate = self._place.gathered(own)
        self._estimates.clear()
        loss = squared if self.config.loss == "balanced" else self._loss  # it compares batches, whatever their size
        losses = loss(torch.from_numpy(estimate), torch.from_numpy(self._potassium))
        self.validation_loss = float((losses * torch.from_numpy(self._weights)).mean())
        self.validation_mae = float(np.abs(estimate - self._potassium).mean())
        if self._train_losses:
            own_loss = float(torch.cat(self._train_losses).cpu().double().mean())
            self.train_loss = float(self._place.gathered(np.array([own_loss])).mean())


def loss_function(config: TrainingConfig) -> Loss:
    """The loss of each estimate."""
    if config.loss == "balanced":
        return BalancedSquared()
    return {"huber": huber(config.huber_delta), "squared": squared, "absolute": absolute}[config.loss]


def weights_of(config: TrainingConfig, potassium: Float[np.ndarray, " recording"]) -> Float[np.ndarray, " recording"]:
    """How much each recording counts in the loss, by its potassium in mEq/L; 1 on average."""
    return density_weights(potassium) if config.weighting == "density" else np.ones(len(potassium))


def learning_rate(config: TrainingConfig, epoch: int) -> float:
    """A cosine from the full rate in epoch 0 to zero after the last (Loshchilov and Hutter 2017)."""
    return config.learning_rate * (1 + math.cos(math.pi * epoch / config.max_epochs)) / 2


def start_at(model: nn.Module, potassium: float) -> None:
    """Set the last bias, so that an untrained model estimates the mean of the training recordings."""
    linear = [layer for layer in model.modules() if isinstance(layer, nn.Linear)][-1]
    nn.init.constant_(linear.bias, potassium)
