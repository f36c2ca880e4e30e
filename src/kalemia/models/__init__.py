"""Models that estimate potassium, and the folder that a trained one is kept in.

The networks of `MODELS` read one cycle: an input is (batch, lead, 512) float32, an output (batch, 1) in mEq/L. Those of
`FEATURE_MODELS` read what `kalemia.features` measures, as a `kalemia.models.feature_model.FeatureModel`. Naming a model
needs neither PyTorch nor scikit-learn; building one may.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from kalemia.errors import ConfigError, MissingExtra

if TYPE_CHECKING:
    from torch import nn

    from kalemia.models.feature_model import FeatureModel


def _from(module: str, name: str, **options: float) -> Callable[..., Any]:
    """A class of a module beside this one, which is imported when it is called."""

    def make(*arguments: int) -> Any:  # noqa: ANN401 the tables below say what is made
        return getattr(import_module(f"kalemia.models.{module}"), name)(*arguments, **options)

    return make


MODELS: dict[str, Callable[[int], nn.Module]] = {
    "dcrnn": _from("dcrnn", "DCRNN"),  # 207,602 parameters with one lead
    "dcrnn-10k": _from("dcrnn", "DCRNN", width=3 / 16),  # 10,522
    "dcrnn-4k": _from("dcrnn", "DCRNN", width=3 / 32),  # 3,790
    "fnn": _from("fnn", "FNN"),  # 197,377
    "cnn": _from("cnn", "CNN"),  # 209,825
    "rnn": _from("rnn", "RNN"),  # 195,841
    "crnn": _from("crnn", "CRNN"),  # 2,274,433
    "resnet": _from("resnet", "ResNet"),  # 228,657
    "ribeiro": _from("ribeiro", "Ribeiro"),  # 6,768,737
    "se-resnet-34": _from("se_resnet", "SEResNet"),  # 7,379,949
}

FEATURE_MODELS: dict[str, Callable[[], FeatureModel]] = {
    "constant": _from("constant", "Constant"),
    "t-wave": _from("t_wave", "TWave"),
    "boosting": _from("boosting", "Boosting"),
}


def build(name: str, leads: int = 1) -> nn.Module:
    """A new, untrained network.

    Args:
        name: one of `MODELS`.
        leads: leads per cycle.

    Raises:
        ConfigError: no network of that name.
        MissingExtra: PyTorch is not installed.
    """
    if name not in MODELS:
        raise ConfigError(f"no model {name}. There are: {', '.join(MODELS)}.")
    try:
        return MODELS[name](leads)
    except ModuleNotFoundError as error:
        raise MissingExtra("building a model", "train") from error


def build_feature_model(name: str) -> FeatureModel:
    """A new model on features, not fitted.

    Args:
        name: one of `FEATURE_MODELS`.

    Raises:
        ConfigError: no model of that name.
        MissingExtra: scikit-learn is needed and not installed.
    """
    if name not in FEATURE_MODELS:
        raise ConfigError(f"no model {name} on features. There are: {', '.join(FEATURE_MODELS)}.")
    try:
        return FEATURE_MODELS[name]()
    except ModuleNotFoundError as error:
        raise MissingExtra("building a model", "train") from error
