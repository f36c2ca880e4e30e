"""What NPY and NPZ share: from an array of unknown orientation to channels."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Shaped

from kalemia.errors import EmptyFile, InvalidSignal
from kalemia.formats.channels import Channel
from kalemia.leads import names_for_unnamed

_MAX_LEADS = 64


def lead_by_time(array: Shaped[np.ndarray, "..."]) -> Shaped[np.ndarray, "lead time"]:
    """The array with one row per lead; the longer axis is time.

    Raises:
        EmptyFile: no samples.
        InvalidSignal: not numbers, or not of one or two dimensions, or more rows than any ECG has leads.
    """
    if not (np.issubdtype(array.dtype, np.integer) or np.issubdtype(array.dtype, np.floating)):
        raise InvalidSignal("the array does not hold real numbers. Save the signal as float32 or float64")
    if array.ndim not in (1, 2):
        raise InvalidSignal(
            f"an array of {array.ndim} dimensions. One recording is (time,), (lead, time) or (time, lead)"
        )
    if array.size == 0:
        raise EmptyFile("no samples in it")
    rows = array[None] if array.ndim == 1 else array
    rows = rows.T if rows.shape[0] > rows.shape[1] else rows
    if len(rows) > _MAX_LEADS:
        raise InvalidSignal(f"{len(rows)} rows are more than an ECG has leads. Save one recording per file")
    return rows


def channels_of(
    rows: Shaped[np.ndarray, "lead time"], fs: float, unit: str, names: Sequence[str] | None = None
) -> tuple[list[Channel], tuple[str, ...]]:
    """One channel per row, and warnings about names that had to be assumed."""
    warnings: tuple[str, ...] = ()
    if names is None:
        names, warnings = names_for_unnamed(len(rows))
    return [Channel(name, row, fs, unit) for name, row in zip(names, rows, strict=True)], warnings
