"""From trained weights to the folder that `kalemia.digitization.text_reading` reads."""

from pathlib import Path

import torch

from kalemia.digitization.line_reader import CONFIG, HEIGHT_PX, INPUT, NETWORK, OUTPUT, ReaderConfig
from kalemia.experiments.text_reader.network import LineReader
from kalemia.experiments.text_reader.words import ALPHABET
from kalemia.writing import whole_or_nothing, write_text

OPSET = 17


def export(network: LineReader, folder: Path, threshold: float) -> None:
    """Write the network and what belongs to it.

    Args:
        network: trained, in evaluation mode.
        folder: for model.onnx and config.json.
        threshold: confidence below which nothing is returned.
    """
    with whole_or_nothing(folder / NETWORK) as draft:
        torch.onnx.export(
            network.eval(),
            (torch.zeros(2, 1, HEIGHT_PX, 64),),
            str(draft),
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_axes={INPUT: {0: "line", 3: "column"}, OUTPUT: {0: "line", 1: "frame"}},
            opset_version=OPSET,
            dynamo=False,
        )
    config = ReaderConfig(alphabet=ALPHABET, threshold=threshold)
    write_text(folder / CONFIG, config.model_dump_json(indent=2) + "\n")
