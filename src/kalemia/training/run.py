"""A training run: a folder that is written during training and read by whatever follows.

::

    config.toml                  how it was trained
    split.json                   `Split`: the cohort, and which recording is on which side
    metrics.csv                  one row per epoch
    loss.png                     the same as a figure
    architecture.png             the model, drawn from itself
    checkpoints/last.ckpt        everything to go on from the last finished epoch
    checkpoints/best.ckpt        the weights of the epoch with the lowest validation loss
    validation.csv               measured and estimated potassium of the validation recordings, by the best weights
    example_cycles.npy           some of their cycles, to check an exported model with
    finished.json                there once training is over
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

import numpy as np
import torch
from jaxtyping import Float, Float32, Int
from matplotlib.figure import Figure
from pydantic import BaseModel, ConfigDict, ValidationError
from torch import nn

from kalemia.cohorts import Cohort
from kalemia.errors import RunError
from kalemia.figures.loss import loss_curve
from kalemia.models import build
from kalemia.models.folder import CohortSummary
from kalemia.progress import Progress
from kalemia.training import checkpoints, history
from kalemia.training.config import TrainingConfig
from kalemia.training.prediction import Predictions, Wanted, predict, predict_together

CONFIG, SPLIT, FINISHED = "config.toml", "split.json", "finished.json"
LOSS_FIGURE, ARCHITECTURE_FIGURE = "loss.png", "architecture.png"
VALIDATION, EXAMPLES = "validation.csv", "example_cycles.npy"
Side = Literal["train", "validation", "test"]


class Split(BaseModel):
    """Which recording is on which side; no patient is on two.

    Attributes:
        cohort: the cohort that was split.
        train: recording ids.
        validation: likewise.
        test: likewise.
        known_patients: who is on the first two sides; scoring the model on them would flatter it.
        dropped: recordings of the first two sides that gave no cycles, and why.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cohort: CohortSummary
    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]
    known_patients: tuple[str, ...]
    dropped: dict[str, str]

    def side(self, name: Side) -> tuple[str, ...]:
        """The recording ids of one side."""
        return {"train": self.train, "validation": self.validation, "test": self.test}[name]


@dataclass(frozen=True)
class ValidationResult:
    """The validation side, by the best weights.

    Attributes:
        truth: measured potassium in mEq/L.
        estimate: mEq/L, cycles pooled.
        examples: some of the cycles.
    """

    truth: Float[np.ndarray, " recording"]
    estimate: Float[np.ndarray, " recording"]
    examples: Float32[np.ndarray, "cycle lead 512"]


@dataclass(frozen=True)
class Run:
    """A run on disk.

    Attributes:
        folder: where it is.
        config: how it was trained.
        split: on what.
    """

    folder: Path
    config: TrainingConfig
    split: Split

    @classmethod
    def open(cls, folder: str | Path) -> Self:
        """Read a run folder.

        Raises:
            RunError: not a run folder, or one of its files is damaged.
        """
        folder = Path(folder)
        for name in (CONFIG, SPLIT):
            if not (folder / name).is_file():
                raise RunError(f"{folder.name}: not a training run, it has no {name}. Make one: kalemia train.")
        try:
            split = Split.model_validate_json((folder / SPLIT).read_bytes())
        except ValidationError:
            raise RunError(f"{folder.name}/{SPLIT}: damaged. Delete the run folder and train again.") from None
        return cls(folder, TrainingConfig.load(folder / CONFIG), split)

    @property
    def finished(self) -> bool:
        """Whether training is over."""
        return (self.folder / FINISHED).is_file()

    def require_finished(self) -> None:
        """Refuse a run whose training is not over.

        Raises:
            RunError: it is not.
        """
        if not self.finished:
            raise RunError(f"{self.folder.name}: training is not finished. Go on with it: kalemia train.")

    def require_single_cycles(self) -> None:
        """Refuse a run whose model reads windows: how an estimate is judged and explained knows single cycles alone.

        Raises:
            RunError: it does.
        """
        if self.config.span != "cycle":
            raise RunError(
                f"{self.folder.name}: its model reads windows of {self.config.span}; a model folder needs one that "
                'reads single cycles. Train with span = "cycle".'
            )

    def epochs(self) -> tuple[history.Epoch, ...]:
        """The finished epochs.

        Raises:
            RunError: there are none, or the file is damaged.
        """
        path = self.folder / checkpoints.METRICS
        try:
            return history.from_csv(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise RunError(f"{self.folder.name}: no epoch is finished yet. Train first.") from None
        except ValueError:
            raise RunError(f"{self.folder.name}/{path.name}: damaged. Delete the run folder and train again.") from None

    def loss_figure(self) -> Figure:
        """The loss over the epochs, with the epoch whose weights were kept.

        Raises:
            RunError: as `epochs`.
        """
        epochs = self.epochs()
        return loss_curve(
            [epoch.epoch for epoch in epochs],
            [epoch.train_loss for epoch in epochs],
            [epoch.validation_loss for epoch in epochs],
            history.best(epochs).epoch,
            name=f"{self.config.loss.capitalize()} loss",
        )

    def model(self) -> nn.Module:
        """The model with its best weights, ready to estimate.

        Raises:
            RunError: the checkpoint is missing or damaged.
        """
        path = self.folder / checkpoints.BEST
        weights = checkpoints.load(path)
        with torch.random.fork_rng():  # the first weights are random, and replaced at once
            model = build(self.config.model)
        try:
            model.load_state_dict(weights)
        except (RuntimeError, TypeError):
            raise RunError(f"{path.name}: holds other weights than {self.config.model} has. Train again.") from None
        return model.eval()

    def validation(self) -> ValidationResult:
        """The validation recordings as the best weights estimate them.

        Raises:
            RunError: the run is not finished, or a file is damaged.
        """
        self.require_finished()
        try:
            _, *lines = (self.folder / VALIDATION).read_text(encoding="utf-8").splitlines()
            truth, estimate = np.array([line.rsplit(",", 2)[1:] for line in lines], dtype=float).T
            examples = np.load(self.folder / EXAMPLES, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise RunError(f"{self.folder.name}: {VALIDATION} or {EXAMPLES} is damaged. Train again.") from error
        return ValidationResult(truth, estimate, examples)

    def rows(self, cohort: Cohort, side: Side) -> Int[np.ndarray, " row"]:
        """The rows of one side of the split.

        Raises:
            RunError: the cohort is not the one that the run was trained on.
        """
        if cohort.fingerprint != self.split.cohort.fingerprint:
            raise RunError(
                f"{self.folder.name}: trained on another cohort ({self.split.cohort.name}), whose split says nothing "
                "about this one. Give that cohort, or use all recordings of this one."
            )
        return np.flatnonzero(np.isin(cohort.column("recording_id").astype(str), self.split.side(side)))

    def predict(
        self,
        cohort: Cohort,
        rows: Int[np.ndarray, " row"] | None = None,
        *,
        processes: int = 1,
        progress: bool = False,
    ) -> Predictions:
        """Estimate recordings of any cohort.

        Args:
            cohort: where they come from.
            rows: which of them; all by default.
            processes: how many prepare and estimate them, on the CPU. Estimates differ in the last digits at most.
            progress: whether to show a bar.

        Raises:
            RunError: the checkpoint is missing or damaged, or a process failed.
        """
        model = self.model()
        wanted = Wanted(cohort, np.arange(len(cohort)) if rows is None else rows, self.config.preprocessing)
        with Progress(shown=progress) as shown:
            if min(processes, len(wanted.rows)) <= 1:
                return predict(model, wanted, shown)
            return predict_together(model, self.config.model, wanted, processes, shown)
