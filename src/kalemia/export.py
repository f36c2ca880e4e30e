"""From a training run to a model folder that estimates without PyTorch."""

import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from jaxtyping import Float32
from torch import nn

from kalemia.errors import ModelInvalid
from kalemia.intervals import Intervals
from kalemia.model_card import model_card
from kalemia.models.depthwise import freeze
from kalemia.models.folder import CARD, INTERVALS, NETWORK, Architecture, ModelConfig, load_network
from kalemia.training import Run
from kalemia.writing import require_new, whole_or_nothing

OPSET = 17
TOLERANCE = 1e-4
"""Largest difference from PyTorch in mEq/L: far below the last digit that is shown."""
INPUT, OUTPUT, BATCH = "cycles", "potassium", "batch"


def export_run(run: Run, folder: str | Path) -> Path:
    """Write a finished run's best model as a model folder, whole or not at all.

    The network is compared with PyTorch on cycles of validation recordings. The intervals come from those recordings'
    estimates: their patients gave no weights, but decided when training stopped.

    Args:
        run: a finished run.
        folder: the model folder to make; it must not exist, or be empty.

    Returns:
        The model folder.

    Raises:
        RunError: the run is not finished, or damaged.
        CohortError: too few validation recordings for intervals.
        ModelInvalid: the network estimates otherwise than PyTorch does.
        OutputError: the folder exists and is not empty, or cannot be written.
    """
    folder = Path(folder)
    require_new(folder)
    validation, model = run.validation(), run.model()
    intervals = Intervals.fit(validation.estimate, validation.truth)
    config = _describe(run, model)
    with whole_or_nothing(folder) as draft:
        draft.mkdir()
        config.save(draft)
        write_network(model, draft / NETWORK, leads=config.architecture.leads, samples=config.samples)
        _compare(model, draft, config, validation.examples)
        (draft / INTERVALS).write_text(intervals.to_json(), encoding="utf-8")
        (draft / CARD).write_text(model_card(folder.name, config, run.config, validation, intervals), encoding="utf-8")
    return folder


def write_network(model: nn.Module, path: Path, leads: int, samples: int) -> None:
    """Write a model as ONNX, for any number of cycles at once."""
    example = torch.zeros(1, leads, samples)
    frozen = freeze(model, example)
    with warnings.catch_warnings():
        # The exporter that replaces this one needs onnxscript, a further dependency.
        for message in ("You are using the legacy TorchScript-based ONNX export", "The feature will be removed"):
            warnings.filterwarnings("ignore", message, DeprecationWarning)
        # PyTorch's layers check shapes while they are traced; `freeze` has fixed these.
        warnings.filterwarnings("ignore", "Converting a tensor to a Python boolean", Warning, r"torch\.")
        # The initial state of the LSTM takes its batch size from the input; `_compare` runs several sizes.
        warnings.filterwarnings("ignore", "Exporting a model to ONNX with a batch_size other than 1", UserWarning)
        torch.onnx.export(
            frozen,
            (example,),
            path,
            dynamo=False,
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_axes={INPUT: {0: BATCH}, OUTPUT: {0: BATCH}},
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
