"""Reading: from a file to a `Recording`."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from jaxtyping import Float

from kalemia.errors import EmptyFile, FileMissing, InputError, SignalError, UnknownFormat
from kalemia.formats import FORMATS, HEAD_BYTES, Format, Request, format_of
from kalemia.formats.channels import Channel, to_recording
from kalemia.leads import standard_name, take_lead
from kalemia.recording import Recording

if TYPE_CHECKING:
    from kalemia.digitization import Corrections, Digitization
    from kalemia.digitization.stages import OnStage

_LARGEST_MV = 20.0  # the highest QRS complexes reach some 5 mV
_SMALLEST_MV = 0.02  # 0.2 mm on paper, less than the noise of most recordings
# A .txt in a folder of recordings is more often its licence than a recording.
_SIGNAL_SUFFIXES = frozenset(suffix for form in FORMATS for suffix in form.SUFFIXES) - {".txt"} | {".xml"}
_PDF = b"%PDF-"  # what is text at its beginning could pass for a table
_PAGE_LEAD = "II"


class Reading(NamedTuple):
    """What `read_with_page` gives.

    Attributes:
        recording: the ECG.
        digitization: how it was found on a page; `None` for a signal file.
    """

    recording: Recording
    digitization: "Digitization | None"


def read(
    path: str | os.PathLike[str], lead: str | None = None, fs: float | None = None, unit: str | None = None
) -> Recording:
    """Read an ECG from a signal file, or from a photograph, a scan or a PDF of a printed page.

    WFDB (header, signal file, or the record's name), EDF/EDF+, DICOM, SCP-ECG, HL7 aECG, Philips XML, GE MUSE XML, CSV
    (also with semicolons or tabs), NPY and NPZ; pages as PNG, JPEG, TIFF, BMP, WebP, GIF and PDF. The content decides,
    then the suffix. Of a page lead II is read, at 500 Hz, NaN where nothing was traced; `kalemia.digitize` says more.

    Args:
        path: the file.
        lead: give this lead only, such as `II`. If it is not in the file, it is taken from a modified lead, from two
            limb leads, or from the only signal if that has no name; each adds a warning. Of a page it is cut to where
            it is shown.
        fs: sampling rate in Hz, for files that do not state it. A page has its own scales: with it this and `unit` have
            no effect, which adds a warning.
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
        PageRefused: a picture, but no ECG can be taken from it for sure. Its attribute `findings` has what was seen.
        PageTooLarge, PageLocked: a page that cannot be opened.
    """
    return read_with_page(path, lead, fs, unit).recording


def read_with_page(
    path: str | os.PathLike[str],
    lead: str | None = None,
    fs: float | None = None,
    unit: str | None = None,
    *,
    corrections: "Corrections | None" = None,
    on_stage: "OnStage | None" = None,
) -> Reading:
    """As `read`, and how the recording was found if it was on a page.

    Args:
        path: as for `read`.
        lead: likewise.
        fs: likewise.
        unit: likewise.
        corrections: what the caller knows better than a page says. With a signal file they have no effect, which adds a
            warning.
        on_stage: told "file" when the file is opened, and of a page what `kalemia.digitize` tells.

    Raises:
        InputError: as `read`.
    """
    if not isinstance(path, (str, os.PathLike)) or not isinstance(os.fspath(path), str):
        raise InputError(f"a path was needed, as text or pathlib.Path, but {type(path).__name__} was given")
    given = Path(path)
    with named(given):
        request = Request.checked(lead, fs, unit)
        if on_stage is not None:
            on_stage("file")
        return _read(given, request, corrections, on_stage)


def of_samples(
    leads: Mapping[str, Float[np.ndarray, " time"]], fs: float, unit: str, lead: str | None = None
) -> Recording:
    """A recording from numbers that are there already, as if they had been read from a file.

    Args:
        leads: samples by the lead's name; of a single lead that may be empty.
        fs: sampling rate in Hz.
        unit: of the samples: `V`, `mV` or `uV`.
        lead: give this lead only, as `read`.

    Raises:
        EmptyFile, InvalidSignal, MissingLead: as `read`.
    """
    request = Request.checked(lead, fs, unit)
    if not leads:
        raise EmptyFile("no leads, and no samples. Give one lead at least")
    channels = [Channel(name or "signal 1", samples, fs, unit) for name, samples in leads.items()]
    return _as_asked(to_recording(channels, request), request)


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Put the file's name in front of what is wrong with it."""
    try:
        yield
    except (InputError, SignalError) as error:
        error.args = (f"{path.name or path}: {error}",)  # the same error, for it may carry what was found
        raise error from None


def files_in(path: Path) -> tuple[Path, ...]:
    """The files that a path stands for: of a folder those named as an ECG or a page, sorted; else itself.

    Raises:
        FileMissing: a folder that may not be read, or a name that nothing can have.
    """
    return _listed(path, _SIGNAL_SUFFIXES | _page_suffixes())


def pages_in(path: Path) -> tuple[Path, ...]:
    """Likewise, but of a folder the pages alone.

    Raises:
        FileMissing: as `files_in`.
    """
    return _listed(path, _page_suffixes())


def _listed(path: Path, suffixes: frozenset[str]) -> tuple[Path, ...]:
    with named(path):
        if not _is_folder(path):
            return (path,)
        try:
            files = sorted(file for file in path.iterdir() if file.suffix.lower() in suffixes and file.is_file())
        except OSError:
            raise FileMissing("a folder that cannot be read. Check that you may read it") from None
    return tuple(files) or (path,)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        raise FileMissing("not a name that a file can have. Check the path") from None


def _page_suffixes() -> frozenset[str]:
    from kalemia.digitization.source import SUFFIXES

    return frozenset(SUFFIXES)


def _read(given: Path, request: Request, corrections: "Corrections | None", on_stage: "OnStage | None") -> Reading:
    path = _existing(given)
    head = _head(path)
    form = format_of(path, head)
    if _is_page(path, head, form):
        return _from_page(path, request, corrections, on_stage)
    if form is None:
        raise _unknown(path)
    unused = ("A signal file is no page; its corrections had no effect.",) if corrections else ()
    return Reading(_as_asked(form.read(path, request), request).with_warning(*unused), None)


def _as_asked(recording: Recording, request: Request) -> Recording:
    """The lead that was asked for, and a word where its height is none that an ECG has."""
    recording = recording if request.lead is None else take_lead(recording, request.lead)
    return recording.with_warning(*_amplitude_warnings(recording))


def _is_page(path: Path, head: bytes, form: Format | None) -> bool:
    if form is not None and form.recognises(path, head) and not head.startswith(_PDF):
        return False  # also a DICOM file that begins like a TIFF image
    from kalemia.digitization.source import is_page  # only now: what it needs takes a while to load

    return is_page(head) is not None


def _from_page(path: Path, request: Request, corrections: "Corrections | None", on_stage: "OnStage | None") -> Reading:
    from kalemia.digitization import Corrections, digitize
    from kalemia.digitization.doubts import doubts_about

    lead = request.lead or _PAGE_LEAD
    known = asdict(corrections or Corrections())
    digitization = digitize(path, lead=standard_name(lead), on_stage=on_stage, **known)
    recording = digitization.recording.with_warning(*doubts_about(digitization))
    if request.fs is not None or request.unit is not None:
        recording = recording.with_warning("A page has its own scales; the sampling rate and the unit had no effect.")
    return Reading(recording, digitization)


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
