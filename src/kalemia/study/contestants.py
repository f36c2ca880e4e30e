"""What a study compares: each contestant is a TOML file, those that come with kalemia in the folder beside this module.

::

    title = "DCRNN, squared error"
    group = "loss"          # core, models, input, loss, ablation or yours
    learner = "network"     # or constant, t-wave, boosting
    folds = "all"           # or "one", where all would take too long

    [training]              # of a network: any key of kalemia/training/default.toml
    loss = "squared"
"""

import itertools
import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kalemia.errors import ConfigError
from kalemia.training import TrainingConfig

Group = Literal["core", "models", "input", "loss", "ablation", "yours"]
CONSTANT, T_WAVE, BOOSTING, STUDY_MODEL = "constant", "t-wave", "boosting", "dcrnn"
_NAME = r"^[a-z0-9][a-z0-9._-]*$"


class Contestant(BaseModel):
    """One of those that are compared.

    Attributes:
        name: of the file, and of the folder of its results.
        title: in tables and figures.
        group: what it is compared for; `core` is always part of a study.
        learner: a network, or one of the models on features.
        folds: whether all folds are run, or the first one alone.
        training: of a network: what differs from the study's way to train.
        about: the comment at the head of the file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str = Field(pattern=_NAME)
    title: str = Field(min_length=1, max_length=60)
    group: Group = "yours"
    learner: Literal["network", "constant", "t-wave", "boosting"] = "network"
    folds: Literal["all", "one"] = "all"
    training: dict[str, Any] = {}
    about: str = ""

    def config(self, common: Mapping[str, object], seed: int) -> TrainingConfig:
        """How the network is trained.

        Args:
            common: what the study trains all networks with.
            seed: of the weights and the order of the data.

        Raises:
            ConfigError: an unknown key or a value out of range.
        """
        try:
            return TrainingConfig.load(overrides={**common, "seed": seed, **self.training})
        except ConfigError as error:
            raise ConfigError(f"{self.name}.toml: {error}") from None


def shipped() -> tuple[Contestant, ...]:
    """Those that come with kalemia: the constant first, then by group and name."""
    folder = resources.files("kalemia.study").joinpath("contestants")
    found = [_parsed(path.name, path.read_text(encoding="utf-8")) for path in folder.iterdir()]
    return tuple(sorted(found, key=_place))


def load_contestant(path: Path) -> Contestant:
    """One of your own.

    Raises:
        ConfigError: no such file, not TOML, an unknown key or a value out of range.
    """
    try:
        return _parsed(path.name, path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path.name}: cannot be read ({error}). Name a TOML file.") from None


def require_own_names(contestants: Sequence[Contestant]) -> None:
    """No two results in one folder.

    Raises:
        ConfigError: two contestants have one name or one title.
    """
    for what in ("name", "title"):
        each = [getattr(contestant, what) for contestant in contestants]
        twice = [one for one in each if each.count(one) > 1]
        if twice:
            raise ConfigError(f"two contestants have the {what} {twice[0]}. Give yours another one.")


def _parsed(file: str, text: str) -> Contestant:
    try:
        settings = {"name": file.removesuffix(".toml"), "about": _head(text), **tomllib.loads(text)}
        contestant = Contestant(**settings)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: not a TOML file: {error}.") from None
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        where = ".".join(map(str, problem["loc"]))
        raise ConfigError(f"{file}: {where}: {problem['msg'].lower()}. See docs/study.md.") from None
    if contestant.learner == "network":
        contestant.config({}, seed=0)  # a wrong key is told before anything is done
    elif contestant.training:
        raise ConfigError(f"{file}: a {contestant.learner} model has no settings of training. Remove [training].")
    return contestant


def _head(text: str) -> str:
    """The comment at the head of a file as one line."""
    lines = itertools.takewhile(lambda line: line.startswith("#"), text.splitlines())
    return " ".join(line.removeprefix("#").strip() for line in lines)


def _place(contestant: Contestant) -> tuple[int, int, str]:
    groups: tuple[Group, ...] = ("core", "models", "input", "loss", "ablation", "yours")
    core = (CONSTANT, T_WAVE, BOOSTING, STUDY_MODEL)
    first = core.index(contestant.name) if contestant.name in core else len(core)
    return groups.index(contestant.group), first, contestant.name
