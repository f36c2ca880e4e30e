"""NPZ: named NumPy arrays. `signal` with `leads`, or one array per lead (`II`, `ii_mv`); `fs` and `unit` if known."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Shaped

from kalemia.errors import CorruptFile, InvalidSignal
from kalemia.formats.arrays import channels_of, lead_by_time
from kalemia.formats.channels import Channel, to_recording
from kalemia.formats.request import Request
from kalemia.formats.table_layout import named_column
from kalemia.formats.units import voltage_unit
from kalemia.leads import is_lead, listed, standard_name
from kalemia.recording import Recording

NAME = "NPZ"
SUFFIXES: tuple[str, ...] = (".npz",)

_FS_KEYS = ("fs", "fs_hz", "sampling_rate", "sampling_frequency", "sample_rate")
_UNIT_KEYS = ("unit", "units")
_NAMES_KEYS = ("leads", "lead_names", "channels", "sig_name")
_SIGNAL_KEYS = ("signal", "signals", "ecg", "p_signal", "data", "x", "arr_0")
_HOW_TO_STATE_FS = 'An NPZ needs one: add --fs 500, or save it as "fs"'
_MAX_BYTES = 2 * 2**30  # twelve leads of twelve hours in float64 at 500 Hz
_Arrays = Mapping[str, Shaped[np.ndarray, "..."]]


def recognises(_path: Path, head: bytes) -> bool:
    """Whether this is a zip archive whose first member is an array."""
    return head.startswith(b"PK\x03\x04") and b".npy" in head[:512]


def read(path: Path, request: Request) -> Recording:
    """Read named arrays.

    Raises:
        MissingSamplingRate: neither `fs` in the file nor `request.fs`.
        CorruptFile: broken archive, or pickled Python objects instead of numbers.
        InvalidSignal: no array in it is a signal.
        InputError: other subclasses, as `kalemia.formats.arrays.lead_by_time`.
    """
    arrays = _arrays(path)
    fs = request.sampling_rate(_stated_fs(arrays), _HOW_TO_STATE_FS)
    unit = _stated_text(arrays, _UNIT_KEYS)
    channels, warnings = _channels(arrays, fs, unit[0] if unit else "")
    return to_recording(channels, request, warnings, assume_mv=True)


def _arrays(path: Path) -> _Arrays:
    try:
        with zipfile.ZipFile(path) as archive:
            too_large = sum(member.file_size for member in archive.infolist()) > _MAX_BYTES
        if too_large:
            raise CorruptFile("it unpacks to more than any recording needs. Save one recording per file")
        with np.load(path, allow_pickle=False) as archive:
            return {key: archive[key] for key in archive.files}
    except CorruptFile:
        raise
    except Exception:  # zip, zlib and NumPy each fail in their own ways on damaged content
        raise CorruptFile("damaged, truncated, or pickled objects. Save plain arrays with numpy.savez") from None


def _stated_fs(arrays: _Arrays) -> float | None:
    for key in _FS_KEYS:
        if key in arrays and arrays[key].size == 1 and np.issubdtype(arrays[key].dtype, np.number):
            fs = float(np.real(arrays[key]).item())
            if not (np.isfinite(fs) and fs > 0):
                raise InvalidSignal(f'the sampling rate "{key}" is {fs:g}; it must be a positive number')
            return fs
    return None


def _stated_text(arrays: _Arrays, keys: tuple[str, ...]) -> list[str]:
    found = next((arrays[key] for key in keys if key in arrays and arrays[key].dtype.kind in "US"), None)
    if found is None:
        return []
    return [item.decode("latin-1") if isinstance(item, bytes) else str(item) for item in found.ravel().tolist()]


def _channels(arrays: _Arrays, fs: float, unit: str) -> tuple[list[Channel], tuple[str, ...]]:
    by_lead = _one_array_per_lead(arrays, fs, unit)
    if by_lead:
        return by_lead, ()
    key = _signal_key(arrays)
    rows = lead_by_time(arrays[key])
    names = _stated_text(arrays, _NAMES_KEYS) or None
    if names is not None and len(names) != len(rows):
        raise InvalidSignal(f"{len(rows)} rows of signal but {len(names)} lead names. Save one name per row")
    return channels_of(rows, fs, unit or voltage_unit(key.rpartition("_")[2]) or "", names)


def _one_array_per_lead(arrays: _Arrays, fs: float, unit: str) -> list[Channel]:
    columns = {key: named_column(key) for key in arrays}
    leads = [key for key, column in columns.items() if is_lead(standard_name(column.name)) and arrays[key].ndim == 1]
    return [Channel(columns[key].name, lead_by_time(arrays[key])[0], fs, columns[key].unit or unit) for key in leads]


def _signal_key(arrays: _Arrays) -> str:
    for name in _SIGNAL_KEYS:
        for key in arrays:
            if key == name or (key.startswith(f"{name}_") and voltage_unit(key.rpartition("_")[2])):
                return key
    arrays_of_numbers = [key for key, array in arrays.items() if array.ndim > 0 and array.dtype.kind in "iuf"]
    if len(arrays_of_numbers) != 1:
        raise InvalidSignal(f'no array called "signal". It has: {listed(list(arrays))}')
    return arrays_of_numbers[0]
