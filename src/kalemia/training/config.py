"""How a model is trained: one flat, commented TOML file."""

import difflib
import json
import re
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from kalemia.cycles import Normalisation
from kalemia.errors import ConfigError
from kalemia.models import MODELS
from kalemia.preprocessing import Preprocessing, Span
from kalemia.windows import require_normalisation


class TrainingConfig(BaseModel):
    """What `default.toml` beside this file explains key by key; the defaults stand there too, and only there."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    model: str
    lead: str = Field(min_length=1)
    span: Span
    normalisation: Normalisation
    recordings: Literal["all", "index"]
    loss: Literal["huber", "squared", "absolute", "balanced"]
    huber_delta: float = Field(gt=0)
    weighting: Literal["none", "density"]
    augment: bool
    learning_rate: float = Field(gt=0)
    weight_decay: float = Field(ge=0)
    batch_size: int = Field(ge=1)
    cycles_per_recording: int = Field(ge=1)
    max_epochs: int = Field(ge=1)
    patience: int = Field(ge=1)
    validation_fraction: float = Field(gt=0, lt=1)
    test_fraction: float = Field(ge=0, lt=1)
    seed: int = Field(ge=0)

    @field_validator("model")
    @classmethod
    def _model_exists(cls, name: str) -> str:
        if name not in MODELS:
            raise ValueError(f"there are {', '.join(MODELS)}")
        return name

    @model_validator(mode="after")
    def _something_left_to_train_on(self) -> Self:
        if self.validation_fraction + self.test_fraction >= 1:
            raise ValueError("validation_fraction and test_fraction leave nothing to train on")
        return self

    @model_validator(mode="after")
    def _normalisation_fits_the_span(self) -> Self:
        if self.span != "cycle":
            try:
                require_normalisation(self.normalisation)
            except ConfigError as error:
                raise ValueError(str(error).rstrip(".")) from None
        return self

    @property
    def preprocessing(self) -> Preprocessing:
        """How cycles are made of a recording."""
        return Preprocessing(lead=self.lead, normalisation=self.normalisation, span=self.span)

    @classmethod
    def load(cls, path: Path | None = None, overrides: Mapping[str, object] | None = None) -> Self:
        """The defaults, then what a TOML file says, then the overrides.

        Args:
            path: a TOML file with any of the keys.
            overrides: further values, as from the command line.

        Raises:
            ConfigError: no such file, not TOML, an unknown key or a value out of range.
        """
        given = {**({} if path is None else _parse(path)), **(overrides or {})}
        where = "the configuration" if path is None else path.name
        unknown = [key for key in given if key not in cls.model_fields]
        if unknown:
            raise ConfigError(f"{where}: unknown key {unknown[0]}. {_suggestion(unknown[0], list(cls.model_fields))}")
        try:
            return cls.model_validate({**tomllib.loads(_default_text()), **given})
        except ValidationError as error:
            raise ConfigError(f"{where}: {_first(error)}") from None

    def to_toml(self) -> str:
        """The default file, comments included, with the values of this configuration."""
        values = self.model_dump()

        def own_value(line: re.Match[str]) -> str:
            return f"{line[1]} = {json.dumps(values[line[1]], ensure_ascii=False)}"

        return re.sub(r"^(\w+) = .*$", own_value, _default_text(), flags=re.MULTILINE)


def _default_text() -> str:
    return resources.files("kalemia.training").joinpath("default.toml").read_text(encoding="utf-8")


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path.name}: no such file in {path.parent}.") from None
    except OSError as error:
        raise ConfigError(f"{path.name}: cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path.name}: not a TOML file: {error}.") from None


def _suggestion(key: str, known: list[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    return f"Did you mean {close[0]}?" if close else f"There are: {', '.join(known)}."


def _first(error: ValidationError) -> str:
    problem = error.errors(include_url=False)[0]
    message = problem["msg"].removeprefix("Value error, ")
    message = message[0].lower() + message[1:]
    if not problem["loc"]:
        return f"{message}."
    return f"{problem['loc'][0]} = {json.dumps(problem['input'], default=str)}: {message}."
