"""A digitized strip as a text table: `time_s,ii_mv`, and a column for each further lead."""

from pathlib import Path

import numpy as np

from kalemia.recording import Recording
from kalemia.writing import write_text

_TIME = "time_s"


def strip_as_csv(recording: Recording) -> str:
    """The samples of a strip, one row each; an empty cell where nothing was traced.

    Args:
        recording: in mV; times are written to 0.1 ms, heights to 0.1 µV.
    """
    titles = ",".join([_TIME, *(f"{lead.lower()}_mv" for lead in recording.leads)])
    times = np.arange(recording.signal.shape[1]) / recording.fs
    rows = (
        f"{time:.4f},{','.join(map(_cell, column))}\n" for time, column in zip(times, recording.signal.T, strict=True)
    )
    return f"{titles}\n{''.join(rows)}"


def write_strip(path: Path, recording: Recording) -> Path:
    """Write `strip_as_csv`, whole or not at all.

    Raises:
        OutputError: it cannot be written there.
    """
    return write_text(path, strip_as_csv(recording))


def remove_strip(path: Path) -> None:
    """Remove a strip that was written here before; any other file stays.

    Where a page is refused, the strip of another page must not pass for its own.
    """
    if path.is_file() and _is_strip(path):
        path.unlink()


def _is_strip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_TIME) + 1) == f"{_TIME},".encode()


def _cell(height_mv: float) -> str:
    return "" if np.isnan(height_mv) else f"{height_mv:.4f}"
