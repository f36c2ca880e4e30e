"""Reading: from a file to a `Recording`."""

import os
from pathlib import Path

import numpy as np
from jaxtyping import Float

from kalemia.errors import EmptyFile, FileMissing, InputError, UnknownFormat
from kalemia.formats import FORMATS, HEAD_BYTES, Request, format_of
from kalemia.leads import take_lead
from kalemia.recording import Recording

_LARGEST_MV = 20.0  # the highest QRS complexes reach some 5 mV
_SMALLEST_MV = 0.02  # 0.2 mm on paper, less than the noise of most recordings
# A .txt in a folder of recordings is more often its licence than a recording.
_FOLDER_SUFFIXES = {suffix for form in FORMATS for suffix in form.SUFFIXES} - {".txt"} | {".xml"}
_PAGES = {
    b"\x89PNG": "PNG image",
    b"\xff\xd8\xff": "JPEG image",
    b"%PDF": "PDF",
    b"II*\x00": "TIFF image",
    b"MM\x00*": "TIFF image",
}


def read(
    path: str | os.PathLike[str], lead: str | None = None, fs: float | None = None, unit: str | None = None
) -> Recording:
    """Read an ECG from a signal file, whatever its format.

    WFDB (header, signal file, or the record's name), EDF/EDF+, DICOM, SCP-ECG, HL7 aECG, Philips XML, GE MUSE XML, CSV
    (also with semicolons or tabs), NPY and NPZ; the content decides, then the suffix.

    Args:
        path: the file.
        lead: give this lead only, such as `II`. If it is not in the file, it is taken from a modified lead, from two
            limb leads, or from the only signal if that has no name; each adds a warning.
        fs: sampling rate in Hz, for files that do not state it.
        unit: `V`, `mV` or `uV`, for files that do not state it or state it wrongly.

    Returns:
        The ECG leads in mV, at their own sampling rate.

    Raises:
        FileMissing: no file there, or a folder, or no permission.
        EmptyFile: no bytes or no samples.
        UnknownFormat: no reader knows the content.
        CorruptFile: broken or truncated.
        MissingLead: nothing in the file gives the lead asked for.
        MissingSamplingRate: neither the file nor `fs` states it.
        InvalidSignal: samples, units or a rate that cannot be an ECG's, or a rate that contradicts the file's.
    """
    if not isinstance(path, (str, os.PathLike)) or not isinstance(os.fspath(path), str):
        raise InputError(f"a path was needed, as text or pathlib.Path, but {type(path).__name__} was given")
    given = Path(path)
    try:
        recording = _read(given, Request.checked(lead, fs, unit))
    except InputError as error:
        raise type(error)(f"{given.name or given}: {error}") from None
    return recording.with_warning(*_amplitude_warnings(recording))


def files_in(path: Path) -> tuple[Path, ...]:
    """The files that a path stands for: of a folder those in it that are named as an ECG, sorted; else itself."""
    if not path.is_dir():
        return (path,)
    files = sorted(file for file in path.iterdir() if file.suffix.lower() in _FOLDER_SUFFIXES and file.is_file())
    return tuple(files) or (path,)


def _read(given: Path, request: Request) -> Recording:
    path = _existing(given)
    head = _head(path)
    form = format_of(path, head)
    page = next((kind for magic, kind in _PAGES.items() if head.startswith(magic)), None)
    if page and not (form and form.recognises(path, head)):  # a DICOM file may begin like a TIFF image
        raise UnknownFormat(f"a {page}. Printed pages cannot be read by this version yet; a signal file is needed")
    if form is None:
        raise _unknown(path)
    recording = form.read(path, request)
    return recording if request.lead is None else take_lead(recording, request.lead)


def _existing(path: Path) -> Path:
    try:
        # A WFDB record goes by its name alone: 100 for 100.hea and 100.dat.
        header = path.with_name(f"{path.name}.hea") if path.name else path
        if not path.exists() and header.is_file():
            return header
        if path.is_dir():
            raise FileMissing("a folder. Name a file in it, whatever its suffix")
        if path.exists() and not path.is_file():
            raise FileMissing("not a regular file. Save the recording to a file first")
        if not path.exists():
            raise FileMissing("no such file. Check the name and the folder")
    except (OSError, ValueError):
        raise FileMissing("not a name that a file can have. Check the path") from None
    return path


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError:
        raise FileMissing("cannot be opened. Check that you may read it") from None
    if not head:
        raise EmptyFile("empty. Copy or export it again")
    return head


def _unknown(path: Path) -> InputError:
    if path.suffix.lower() == ".dat":
        return FileMissing(f'its header "{path.stem}.hea" is not there. A WFDB record needs both in one folder')
    known = ", ".join(form.NAME for form in FORMATS)
    return UnknownFormat(f"of no format that can be read. Known are: {known}")


def _amplitude_warnings(recording: Recording) -> tuple[str, ...]:
    typical_mv = float(np.median([_typical_peak_to_peak_mv(row, recording.fs) for row in recording.signal]))
    height = f"The signal's height of {typical_mv:.3g} mV looks like"
    if typical_mv > _LARGEST_MV:
        doubt = "microvolts read as millivolts: 1000 times too large? If so, say the unit with --unit uV."
    elif 0 < typical_mv < _SMALLEST_MV:
        doubt = "volts read as millivolts: 1000 times too small? If so, say the unit with --unit V."
    else:
        return ()
    return (f"{height} {doubt}",)


def _typical_peak_to_peak_mv(signal: Float[np.ndarray, " time"], fs: float) -> float:
    """Median peak-to-peak of windows of about 1 s; 0 if there is nothing to measure. Gaps are left out."""
    window = max(1, min(round(fs), len(signal)))
    windows = signal[: len(signal) // window * window].reshape(-1, window)
    seen = windows[np.isfinite(windows).all(axis=1)]
    if not len(seen):
        seen = signal[np.isfinite(signal)][None]
    return float(np.median(np.ptp(seen, axis=1))) if seen.size else 0.0
