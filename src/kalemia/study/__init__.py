"""The study: cross-validation, comparisons, figures and a report, in one command."""

from kalemia.training import TrainingConfig as _TrainingConfig  # noqa: F401, I001  says what to install without PyTorch

from kalemia.study.options import Options
from kalemia.study.steps import reproduce

__all__ = ["Options", "reproduce"]
