"""A trained model is a folder that explains and rebuilds itself; nothing in it is pickled.

::

    model.onnx                  cycles (batch, lead, 512) float32 -> potassium (batch, 1) in mEq/L
    config.json                 `ModelConfig`: architecture, preprocessing, training cohort, versions
    intervals.json              `kalemia.intervals.Intervals`
    README.md                   the model card

Where there were enough patients to calibrate on, also::

    reweighting.json            `kalemia.reweighting.Reweighting`, for an estimate on a prior
    novelty.npz                 `kalemia.novelty.Novelty`
    personal.onnx               the network of `kalemia.personal`
    personal_intervals.json     as above, of estimates with a reference
    personal_reweighting.json   likewise
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeVar

import onnxruntime
from pydantic import BaseModel, ConfigDict, ValidationError

from kalemia import __version__
from kalemia.cycles import CYCLE_FS, CYCLE_SAMPLES
from kalemia.errors import ModelInvalid, ModelMissing
from kalemia.intervals import Intervals
from kalemia.novelty import Novelty
from kalemia.onnx_session import open_session
from kalemia.personal import INPUTS
from kalemia.preprocessing import Preprocessing
from kalemia.reweighting import Reweighting

NETWORK, CONFIG, INTERVALS, CARD = "model.onnx", "config.json", "intervals.json", "README.md"
REWEIGHTING, NOVELTY, PERSONAL = "reweighting.json", "novelty.npz", "personal.onnx"
PERSONAL_INTERVALS, PERSONAL_REWEIGHTING = f"personal_{INTERVALS}", f"personal_{REWEIGHTING}"

Part = TypeVar("Part")


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Architecture(_Strict):
    """What was trained."""

    name: str
    parameters: int
    leads: int = 1


class CohortSummary(_Strict):
    """Where the training recordings came from.

    Attributes:
        name: the cohort folder's name.
        fingerprint: of its table, see `kalemia.cohorts.Cohort.fingerprint`.
        simulated: whether the patients are simulated.
        patients: how many, all sides of the split together.
        recordings: likewise.
        made_by: the command that makes the same cohort again, where there is one.
    """

    name: str
    fingerprint: str
    simulated: bool
    patients: int
    recordings: int
    made_by: str | None = None


class ModelConfig(_Strict):
    """What is needed to use a model and to know where it comes from."""

    format_version: Literal[1] = 1
    kalemia_version: str = __version__
    architecture: Architecture
    preprocessing: Preprocessing
    fs: float = CYCLE_FS
    samples: int = CYCLE_SAMPLES
    unit: Literal["mEq/L"] = "mEq/L"
    cohort: CohortSummary

    def save(self, folder: Path) -> None:
        """Write it into a model folder."""
        (folder / CONFIG).write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "ModelConfig":
        """Read it from a model folder.

        Raises:
            ModelMissing: no such folder.
            ModelInvalid: the file is missing, damaged, or of another version.
        """
        data = _read(folder, CONFIG)
        try:
            config = cls.model_validate_json(data)
        except ValidationError as error:
            raise ModelInvalid(f"{folder.name}/{CONFIG}: {_first(error)}. Export the model again.") from None
        if (config.fs, config.samples) != (CYCLE_FS, CYCLE_SAMPLES):
            raise ModelInvalid(
                f"{folder.name}/{CONFIG}: the model reads {config.samples} samples at {config.fs:g} Hz; "
                f"this kalemia cuts {CYCLE_SAMPLES} at {CYCLE_FS:g} Hz. Export the model again."
            )
        if config.preprocessing.span != "cycle":
            raise ModelInvalid(
                f"{folder.name}/{CONFIG}: the model reads windows of {config.preprocessing.span}; this kalemia "
                'estimates from single cycles. Train one with span = "cycle".'
            )
        return config


def load_intervals(folder: Path, name: str = INTERVALS) -> Intervals:
    """The prediction intervals of a model folder.

    Raises:
        ModelMissing: no such folder.
        ModelInvalid: the file is missing or damaged.
    """
    return _parsed(folder, name, lambda data: Intervals.from_json(data.decode()))


def load_reweighting(folder: Path, name: str = REWEIGHTING) -> Reweighting | None:
    """How the estimates of a model folder are corrected on a prior; `None` where it has no such file.

    Raises:
        ModelInvalid: the file is damaged.
    """
    if not (folder / name).is_file():
        return None
    return _parsed(folder, name, lambda data: Reweighting.from_json(data.decode()))


def load_novelty(folder: Path) -> Novelty | None:
    """What the model of a folder has learned from looks like; `None` where it has no such file.

    Raises:
        ModelInvalid: the file is damaged.
    """
    return _parsed(folder, NOVELTY, Novelty.from_bytes) if (folder / NOVELTY).is_file() else None


def load_personal(folder: Path) -> onnxruntime.InferenceSession | None:
    """The network for personal estimates of a model folder; `None` where it has none.

    Raises:
        ModelInvalid: the file is damaged, or takes other inputs than `kalemia.personal` gives.
    """
    path = folder / PERSONAL
    if not path.is_file():
        return None
    session = open_session(path, f"{folder.name}/{PERSONAL}: not a network that ONNX Runtime reads. Export again.")
    nodes = (*session.get_inputs(), *session.get_outputs())
    shapes = [node.shape for node in nodes]
    if [shape[1:] for shape in shapes] != [[INPUTS], [1]] or {node.type for node in nodes} != {"tensor(float)"}:
        raise ModelInvalid(
            f"{folder.name}/{PERSONAL}: from and to {shapes}; needed is (batch, {INPUTS}) to (batch, 1). Export again."
        )
    return session


def load_network(folder: Path, config: ModelConfig) -> onnxruntime.InferenceSession:
    """The network of a model folder, ready to run.

    Args:
        folder: the model folder.
        config: its configuration.

    Raises:
        ModelMissing: no such folder.
        ModelInvalid: the file is missing or damaged, or takes other inputs than the configuration says.
    """
    path = _existing(folder, NETWORK)
    damaged = f"{folder.name}/{NETWORK}: not a network that ONNX Runtime reads. Export again."
    session = open_session(path, damaged)
    shapes = [node.shape for node in session.get_inputs()]
    needed: list[Any] = [config.architecture.leads, config.samples]
    if len(shapes) != 1 or shapes[0][1:] != needed:
        raise ModelInvalid(
            f"{folder.name}/{NETWORK}: takes inputs {shapes}; config.json says (batch, {needed[0]}, {needed[1]}). "
            "Export the model again."
        )
    return session


def _existing(folder: Path, name: str) -> Path:
    if not folder.is_dir():
        raise ModelMissing(f"{folder.name}: no such model folder in {folder.parent}.")
    if not (folder / name).is_file():
        raise ModelInvalid(f"{folder.name}: {name} is missing. Export the model again.")
    return folder / name


def _read(folder: Path, name: str) -> bytes:
    path = _existing(folder, name)
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelInvalid(f"{folder.name}/{name}: cannot be read. Export the model again.") from error


def _parsed(folder: Path, name: str, parse: Callable[[bytes], Part]) -> Part:
    data = _read(folder, name)
    try:
        return parse(data)
    except ValueError as error:  # text that is no UTF-8 as well
        raise ModelInvalid(f"{folder.name}/{name}: {error}. Export the model again.") from None


def _first(error: ValidationError) -> str:
    problem = error.errors(include_url=False)[0]
    where = ".".join(map(str, problem["loc"]))
    if where == "format_version":
        return f"format version {problem['input']}; this kalemia reads 1"
    message = problem["msg"][0].lower() + problem["msg"][1:]
    return f"{where}: {message}" if where else message
