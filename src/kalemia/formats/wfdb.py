"""WFDB records (PhysioNet): a text header `.hea` and the signal files that it names.

Header: https://physionet.org/physiotools/wag/header-5.htm, signal files: https://physionet.org/physiotools/wag/signal-5.htm
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ecgdatakit.models import ECGRecord
from ecgdatakit.parsing.parsers.wfdb import WFDBParser
from jaxtyping import Float

from kalemia.errors import CorruptFile, FileMissing
from kalemia.formats import ecgdatakit_adapter
from kalemia.formats.channels import Channel, to_recording
from kalemia.formats.request import Request
from kalemia.recording import Recording

NAME = "WFDB"
SUFFIXES: tuple[str, ...] = (".hea",)

_RECORD_LINE = re.compile(
    rb"^[\w.-]+(?:/(?P<segments>\d+))?[ \t]+\d+(?:[ \t]+(?P<fs>[\d.eE+-]+)\S*(?:[ \t]+(?P<samples>\d{1,18}))?)?"
)
_NOT_POSITIVE = re.compile(rb"-.*|[0.]+")
_DEFAULT_FS_HZ = 250.0
_DEFAULT_GAIN_PER_MV = 200.0
_INVALID_SAMPLE = {
    "16": -(2**15),
    "61": -(2**15),
    "160": -(2**15),
    "24": -(2**23),
    "32": -(2**31),
    "80": -(2**7),
    "212": -(2**11),
    "310": -(2**9),
    "311": -(2**9),
}
_STORED_AS = re.compile(r"(?P<format>\d+)(?:x(?P<per_frame>\d{1,9}))?")
_SAMPLE_BYTES = {"8": 1, "80": 1, "16": 2, "61": 2, "160": 2, "212": 1.5, "24": 3, "32": 4, "310": 4 / 3, "311": 4 / 3}
_MAX_SAMPLES = 2**28  # of all signals together: six days of one lead at 500 Hz


@dataclass(frozen=True)
class _Claims:
    """What a header says of its size: samples per signal, and bytes per frame of each file it names (0 if unknown)."""

    samples: int
    frame_bytes: dict[str, float]
    multi_segment: bool


def recognises(path: Path, head: bytes) -> bool:
    """Whether this is a WFDB header, or a signal file beside its header."""
    if path.suffix.lower() == ".hea":
        return _record_line(head) is not None
    return path.suffix.lower() == ".dat" and path.with_suffix(".hea").is_file()


def read(path: Path, request: Request) -> Recording:
    """Read a record from its header or its signal file; invalid samples and null segments become NaN.

    Raises:
        FileMissing: a signal file or a segment is not there.
        CorruptFile: broken, truncated, or claiming more than its files can hold.
        InputError: other subclasses, as `kalemia.formats.channels.to_recording`.
    """
    header = path if path.suffix.lower() == ".hea" else path.with_suffix(".hea")
    _check_claims(header)
    record, warnings = ecgdatakit_adapter.parse(WFDBParser, header)
    if record.raw_metadata["sampling_frequency_stated"]:
        fs = request.sampling_rate(record.raw_metadata["sampling_frequency"])
    elif request.fs is not None:
        fs = request.fs
    else:
        fs = _DEFAULT_FS_HZ
        warnings += (f"The header states no sampling rate; the format's default of {fs:g} Hz was used.",)
    specs = record.raw_metadata["signal_specs"]
    if any(spec["gain"] == 0 for spec in specs):
        warnings += (f"The header states no gain; the format's default of {_DEFAULT_GAIN_PER_MV:g} per mV was used.",)
    return to_recording(_channels(record, specs, fs), request, warnings)


def _channels(record: ECGRecord, specs: list[dict[str, Any]], fs: float) -> list[Channel]:
    stored_formats = record.recording.acquisition.signal.data_encoding.removeprefix("format_").split(",format_")
    # A layout header (multi-segment records) has format 0; the segments' format says what marks an invalid sample.
    common = stored_formats[0] if len(stored_formats) == 1 else ""
    return [
        Channel(
            name=lead.label,
            samples=_without_invalid(lead.samples, _INVALID_SAMPLE.get(str(spec["fmt"] or common))),
            fs=fs * spec["samples_per_frame"],
            # ecgdatakit leaves signals with gain 0 uncalibrated; the format gives them a default.
            unit=lead.resolution_unit or "mV",
            gain=lead.resolution if spec["gain"] else 1 / _DEFAULT_GAIN_PER_MV,
            offset=lead.offset if spec["gain"] else -spec["baseline"] / _DEFAULT_GAIN_PER_MV,
        )
        for lead, spec in zip(record.leads, specs, strict=True)
    ]


def _without_invalid(samples: Float[np.ndarray, " time"], marker: int | None) -> Float[np.ndarray, " time"]:
    if marker is not None:
        samples[samples == marker] = np.nan
    return samples


def _record_line(text: bytes) -> re.Match[bytes] | None:
    lines = (line.strip() for line in text.splitlines())
    return next((_RECORD_LINE.match(line) for line in lines if line and not line.startswith(b"#")), None)


def _check_claims(header: Path) -> None:
    # The parser allocates what a header claims for null signals and null segments: hold claims against files first.
    claims = _claims(header)
    if not all(_beside(header, name) for name in claims.frame_bytes):
        raise FileMissing("a file that it names is not there. A record needs all its files in one folder")
    there = _MAX_SAMPLES if claims.multi_segment else _samples_there(header.parent, claims.frame_bytes)
    if claims.samples > there:
        raise CorruptFile(
            f"truncated: the header claims {claims.samples} samples, {there} are there. Copy or export the record again"
        )


def _samples_there(folder: Path, frame_bytes: dict[str, float]) -> int:
    sizes = ((folder / name).stat().st_size / size if size else _MAX_SAMPLES for name, size in frame_bytes.items())
    return int(min(sizes, default=0))


def _claims(header: Path) -> _Claims:
    text = header.read_bytes()
    found = _record_line(text)
    if found is None:
        raise CorruptFile("no record line in this WFDB header. Copy or export the record again")
    if found["fs"] and _NOT_POSITIVE.fullmatch(found["fs"]):
        raise CorruptFile(
            "the header states a sampling rate that is not positive. Correct it, or export the record again"
        )
    lines = (line.split() for line in text.decode("latin-1").splitlines() if not line.lstrip().startswith("#"))
    body = [cells for cells in lines if len(cells) > 1][1:]
    if found["segments"]:
        samples = sum(int(cells[1][:18]) for cells in body if cells[1].isdecimal())
        return _Claims(samples, {f"{cells[0]}.hea": 0.0 for cells in body if cells[0] != "~"}, multi_segment=True)
    frame_bytes: dict[str, float] = {}
    for name, stored_as in (cells[:2] for cells in body):
        if name != "~" and (spec := _STORED_AS.match(stored_as)):
            size = _SAMPLE_BYTES.get(spec["format"], 0.0) * int(spec["per_frame"] or 1)
            frame_bytes[name] = frame_bytes.get(name, 0.0) + size
    return _Claims(int(found["samples"] or 0), frame_bytes, multi_segment=False)


def _beside(header: Path, name: str) -> bool:
    # A name with a folder in it could point anywhere on the machine.
    return Path(name).name == name and (header.parent / name).is_file()
