"""ONNX Runtime, set up the same way for every network that kalemia runs."""

from pathlib import Path

import onnxruntime

from kalemia.errors import ModelInvalid


def open_session(path: Path, damaged: str) -> onnxruntime.InferenceSession:
    """A network, ready to run on one thread, which is fastest for what one recording or page asks of it.

    Args:
        path: of the ONNX file.
        damaged: what to say where it cannot be read.

    Raises:
        ModelInvalid: the file is missing or damaged.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4  # errors are raised; ONNX Runtime would also print them
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors share no base but this
        raise ModelInvalid(damaged) from error
