"""NPY: one NumPy array, (time,), (lead, time) or (time, lead): https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html."""

from pathlib import Path

import numpy as np

from kalemia.errors import CorruptFile
from kalemia.formats.arrays import channels_of, lead_by_time
from kalemia.formats.channels import to_recording
from kalemia.formats.request import Request
from kalemia.recording import Recording

NAME = "NPY"
SUFFIXES: tuple[str, ...] = (".npy",)

_HOW_TO_STATE_FS = "An NPY needs one: add --fs 500"


def recognises(_path: Path, head: bytes) -> bool:
    """Whether the file begins with NumPy's magic string."""
    return head.startswith(b"\x93NUMPY")


def read(path: Path, request: Request) -> Recording:
    """Read an array. It has no names, rate or unit: these are asked of the caller, or assumed with a warning.

    Raises:
        MissingSamplingRate: no `request.fs`.
        CorruptFile: truncated, or pickled Python objects instead of numbers.
        InputError: other subclasses, as `kalemia.formats.arrays.lead_by_time`.
    """
    fs = request.sampling_rate(None, _HOW_TO_STATE_FS)
    try:
        # Mapped, so that a header that claims more than the file holds allocates nothing.
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception:  # NumPy parses the header as Python text, which can fail in many ways
        raise CorruptFile(
            "damaged, truncated, or pickled objects. Save a plain array of numbers with numpy.save"
        ) from None
    channels, warnings = channels_of(lead_by_time(array), fs, unit="")
    return to_recording(channels, request, warnings, assume_mv=True)
