"""File formats: one module each, all alike.

Each module has `NAME`, `SUFFIXES`, `recognises(path, head)` (by content) and `read(path, request)`, which gives a
`Recording`: signal in mV, standard lead names, exact sampling rate, NaN where a sample is invalid. A module's errors do
not name the file; `kalemia.reading` puts the name in front. Headers' names, birth dates and ids go nowhere.
"""

from pathlib import Path
from typing import Protocol

from kalemia.formats import delimited, dicom, edf, ge_muse_xml, hl7_aecg, npy, npz, philips_xml, scp, wfdb
from kalemia.formats.request import Request
from kalemia.recording import Recording

__all__ = ["FORMATS", "HEAD_BYTES", "Format", "Request", "format_of"]

HEAD_BYTES = 4096


class Format(Protocol):
    """What a module of this package offers."""

    NAME: str
    SUFFIXES: tuple[str, ...]

    def recognises(self, path: Path, head: bytes, /) -> bool:
        """Whether the first `HEAD_BYTES` bytes, or the files beside, are of this format."""
        ...

    def read(self, path: Path, request: Request, /) -> Recording:
        """The ECG in the file, or an `InputError`."""
        ...


# Formats with a magic string come first; a text table, which has none, is last.
FORMATS: tuple[Format, ...] = (dicom, edf, npy, npz, scp, hl7_aecg, philips_xml, ge_muse_xml, wfdb, delimited)


def format_of(path: Path, head: bytes) -> Format | None:
    """The format of a file by its first `HEAD_BYTES` bytes, or else by its suffix.

    A name is believed only where the content says nothing: then the format's own reader tells what is wrong with it.
    """
    by_content = (form for form in FORMATS if form.recognises(path, head))
    by_suffix = (form for form in FORMATS if path.suffix.lower() in form.SUFFIXES)
    return next(by_content, None) or next(by_suffix, None)
