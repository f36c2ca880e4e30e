"""From a training run to a model folder that estimates without PyTorch."""

import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from jaxtyping import Float32
from torch import nn

from kalemia.calibration import Calibration
from kalemia.errors import ModelInvalid
from kalemia.intervals import Intervals
from kalemia.model_card import model_card
from kalemia.models.depthwise import freeze
from kalemia.models.folder import (
    CARD,
    INTERVALS,
    NETWORK,
    NOVELTY,
    PERSONAL,
    PERSONAL_INTERVALS,
    PERSONAL_REWEIGHTING,
    REWEIGHTING,
    Architecture,
    ModelConfig,
    load_network,
)
from kalemia.personal import INPUTS
from kalemia.training import Run
from kalemia.writing import require_new, whole_or_nothing, write_text

OPSET = 17
TOLERANCE = 1e-4
"""Largest difference from PyTorch in mEq/L: far below the last digit that is shown."""
INPUT, OUTPUT, BATCH = "cycles", "potassium", "batch"


def export_run(run: Run, folder: str | Path, calibration: Calibration | None = None) -> Path:
    """Write a finished run's best model as a model folder, whole or not at all.

    The network is compared with PyTorch on cycles of validation recordings. Without a calibration the intervals come
    from those recordings' estimates: their patients gave no weights, but decided when training stopped; and the model
    knows no priors, no references, and not what is unusual.

    Args:
        run: a finished run.
        folder: the model folder to make; it must not exist, or be empty.
        calibration: of the run, on patients that took no part in it.

    Returns:
        The model folder.

    Raises:
        RunError: the run is not finished, or damaged, or its model reads windows instead of single cycles.
        CohortError: no calibration, and too few validation recordings for intervals.
        ModelInvalid: the network estimates otherwise than PyTorch does.
        OutputError: the folder exists and is not empty, or cannot be written.
    """
    folder = Path(folder)
    require_new(folder)
    run.require_single_cycles()
    validation, model = run.validation(), run.model()
    fitted = calibration.intervals if calibration else Intervals.fit(validation.estimate, validation.truth)
    config = _describe(run, model)
    with whole_or_nothing(folder) as draft:
        draft.mkdir()
        config.save(draft)
        write_network(model, draft / NETWORK, leads=config.architecture.leads, samples=config.samples)
        _compare(model, draft, config, validation.examples)
        write_text(draft / INTERVALS, fitted.to_json())
        if calibration is not None:
            _write_calibration(calibration, draft)
        write_text(draft / CARD, model_card(folder.name, config, run.config, validation, calibration))
    return folder


def _write_calibration(calibration: Calibration, folder: Path) -> None:
    write_text(folder / REWEIGHTING, calibration.reweighting.to_json())
    (folder / NOVELTY).write_bytes(calibration.novelty.to_bytes())
    personal = calibration.personal
    if personal is not None:
        write_onnx(personal.network, torch.zeros(1, INPUTS), folder / PERSONAL, ("pairs", OUTPUT))
        write_text(folder / PERSONAL_INTERVALS, personal.intervals.to_json())
        write_text(folder / PERSONAL_REWEIGHTING, personal.reweighting.to_json())


def write_network(model: nn.Module, path: Path, leads: int, samples: int) -> None:
    """Write a model as ONNX, for any number of cycles at once."""
    example = torch.zeros(1, leads, samples)
    write_onnx(freeze(model, example), example, path, (INPUT, OUTPUT))


def write_onnx(model: nn.Module, example: torch.Tensor, path: Path, names: tuple[str, str]) -> None:
    """Write a network as ONNX, for any number of inputs like the example; names of the input and the output."""
    with warnings.catch_warnings():
        # The exporter that replaces this one needs onnxscript, a further dependency.
        for message in ("You are using the legacy TorchScript-based ONNX export", "The feature will be removed"):
            warnings.filterwarnings("ignore", message, DeprecationWarning)
        # PyTorch's layers check shapes while they are traced; `freeze` has fixed these.
        warnings.filterwarnings("ignore", "Converting a tensor to a Python boolean", Warning, r"torch\.")
        # The initial state of the LSTM takes its batch size from the input; `_compare` runs several sizes.
        warnings.filterwarnings("ignore", "Exporting a model to ONNX with a batch_size other than 1", UserWarning)
        torch.onnx.export(
            model,
            (example,),
            path,
            dynamo=False,
            input_names=names[:1],
            output_names=names[1:],
            dynamic_axes={name: {0: BATCH} for name in names},
            opset_version=OPSET,
        )
    network = onnx.load(path)
    onnx.checker.check_model(network, full_check=True)


def _describe(run: Run, model: nn.Module) -> ModelConfig:
    parameters = sum(parameter.numel() for parameter in model.parameters())
    return ModelConfig(
        architecture=Architecture(name=run.config.model, parameters=parameters),
        preprocessing=run.config.preprocessing,
        cohort=run.split.cohort,
    )


def _compare(
    model: nn.Module, folder: Path, config: ModelConfig, cycles: Float32[np.ndarray, "cycle lead 512"]
) -> None:
    """Run the written network beside PyTorch, on single cycles and on all at once."""
    session = load_network(folder, config)
    with torch.inference_mode():
        expected = model(torch.from_numpy(cycles)).numpy()
    alone = np.concatenate([session.run(None, {INPUT: cycle[None]})[0] for cycle in cycles])
    together = session.run(None, {INPUT: cycles})[0]
    difference = max(np.abs(alone - expected).max(), np.abs(together - expected).max())
    if not difference < TOLERANCE:
        raise ModelInvalid(
            f"{NETWORK}: differs from PyTorch by {difference:.2g} mEq/L; at most {TOLERANCE:g} is allowed. "
            "The weights may be damaged: train again."
        )
