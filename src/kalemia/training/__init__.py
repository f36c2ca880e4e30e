"""Training: from a cohort to a run folder with a trained model."""

from kalemia.errors import MissingExtra

try:
    import lightning as _lightning  # noqa: F401
    import torch as _torch  # noqa: F401
except ModuleNotFoundError as error:
    raise MissingExtra("training, evaluating or exporting a model", "train") from error

from kalemia.training.config import TrainingConfig
from kalemia.training.fit import train
from kalemia.training.prediction import Predictions
from kalemia.training.run import Run, Split

__all__ = ["Predictions", "Run", "Split", "TrainingConfig", "train"]
