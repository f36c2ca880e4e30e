"""The file of the template library: waves as whole numbers, whose second differences are small and compress well."""

import io
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, Float64

from kalemia.errors import ModelInvalid
from kalemia.writing import whole_or_nothing

FIRST_MS, STEP_MS, SAMPLES = 60.0, 2.0, 250
"""When waves are sampled, from the stimulus: all of the wall is activated by the first, and at rest by the last."""
LAST_MS = FIRST_MS + STEP_MS * (SAMPLES - 1)
UNIT = 2e-5
"""Resolution of waves, mV/mm²: about 1/4000 of a T wave."""
AXES = {
    "potassium_mm": "potassium, mM",
    "calcium_mm": "calcium, mM",
    "mid_share": "mid layer, share of the wall",
    "endo_share": "endo layer, share of endo and epi",
    "ks_gradient": "gradient of IKs",
    "kr": "IKr",
    "period_ms": "period, ms",
}
"""What each axis is called in the file, and in words."""
MARKS = 4
"""First and last activation, first and last repolarisation."""


@dataclass(frozen=True)
class TemplateArrays:
    """What the file holds.

    Attributes:
        levels: rising levels of each of `AXES`.
        phi: waves, one axis for each of `AXES`, then samples.
        marks_ms: of each wave when the first and the last node were activated, and repolarised.
    """

    levels: dict[str, Float64[np.ndarray, " level"]]
    phi: Float32[np.ndarray, "*place sample"]
    marks_ms: Float32[np.ndarray, "*place 4"]


def write_templates(arrays: TemplateArrays, path: Path) -> None:
    """Write the file, whole or not at all.

    Raises:
        OutputError: it cannot be written there.
    """
    whole = np.round(arrays.phi / UNIT).astype(np.int32)
    bends = np.diff(whole, n=2, axis=-1, prepend=np.zeros((*whole.shape[:-1], 2), np.int32))
    with whole_or_nothing(path) as draft:
        marks_ms = np.round(arrays.marks_ms, 1).astype(np.float32)
        parts: dict[str, Any] = {"bends": bends.astype(np.int16), "marks_ms": marks_ms, **arrays.levels}
        np.savez_compressed(draft, **parts)


def read_templates(path: Path) -> TemplateArrays:
    """Read the file.

    Raises:
        ModelInvalid: it is missing, damaged, or of another version.
    """
    try:
        content = path.read_bytes()
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            damaged = archive.testzip() is not None
        if damaged:
            raise ModelInvalid(_damaged(path))
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            levels = {name: file[name].astype(float) for name in AXES}
            whole = np.cumsum(np.cumsum(file["bends"], axis=-1, dtype=np.int32), axis=-1, dtype=np.int32)
            arrays = TemplateArrays(levels, whole.astype(np.float32) * np.float32(UNIT), file["marks_ms"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ModelInvalid(_damaged(path)) from error
    places = tuple(len(level) for level in levels.values())
    rising = all(level.ndim == 1 and np.all(np.diff(level) > 0) for level in levels.values())
    if arrays.phi.shape != (*places, SAMPLES) or arrays.marks_ms.shape != (*places, MARKS) or not rising:
        raise ModelInvalid(_damaged(path))
    return arrays


def _damaged(path: Path) -> str:
    return f"{path.parent.name}/{path.name}: missing or damaged. Install kalemia again."
