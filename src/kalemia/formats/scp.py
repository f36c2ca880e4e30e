"""SCP-ECG (EN 1064, ISO 11073-91064)."""

import struct
from pathlib import Path

import numpy as np
from ecgdatakit.models import Lead
from ecgdatakit.parsing.parsers.scp_ecg import SCPECGParser

from kalemia.errors import CorruptFile
from kalemia.formats import ecgdatakit_adapter
from kalemia.formats.channels import Channel, to_recording
from kalemia.formats.request import Request
from kalemia.recording import Recording

NAME = "SCP-ECG"
SUFFIXES: tuple[str, ...] = (".scp", ".ecg")

_POINTERS_AT = 22  # record CRC and size (6 bytes), then the header of section 0 (16 bytes)
_POINTER = struct.Struct("<HII")  # section id, length, position counted from 1
_LEAD = struct.Struct("<IIB")  # first sample and last sample, counted from 1, lead code
_SECTION_HEADER = 16
_LEADS_SECTION = 3
_MAX_SAMPLES_PER_BYTE = 8  # the shortest Huffman code has one bit


def recognises(path: Path, head: bytes) -> bool:
    """Whether the file begins with the pointer section of an SCP record."""
    return SCPECGParser.can_parse(path, head)


def read(path: Path, request: Request) -> Recording:
    """Read the rhythm data (section 6); a lead that starts later than the others has NaN before.

    Raises:
        CorruptFile: broken, truncated, or claiming more than the file can hold.
        InputError: other subclasses, as `kalemia.formats.channels.to_recording`.
    """
    _check_claims(path.read_bytes())
    record, warnings = ecgdatakit_adapter.parse(SCPECGParser, path)
    fs = request.sampling_rate(1e6 / record.raw_metadata["rhythm_sample_interval_us"])
    channels = ecgdatakit_adapter.channels(record, fs)
    on_one_clock = [_from_first_sample(*pair) for pair in zip(channels, record.leads, strict=True)]
    return to_recording(on_one_clock, request, warnings)


def _from_first_sample(channel: Channel, lead: Lead) -> Channel:
    before = np.full(int(lead.annotations.get("start_sample", 1)) - 1, np.nan)
    samples = np.concatenate([before, channel.samples]) if len(before) else channel.samples
    return Channel(channel.name, samples, channel.fs, channel.unit, channel.gain, channel.offset)


def _check_claims(data: bytes) -> None:
    # The parser allocates as many samples as section 3 claims before it looks whether they are there.
    try:
        last_samples = _last_samples(data)
    except (struct.error, IndexError):
        raise CorruptFile("truncated within its directory. Copy or export it again") from None
    if sum(last_samples) > _MAX_SAMPLES_PER_BYTE * len(data):
        raise CorruptFile(f"claims {sum(last_samples)} samples, more than it can hold. Copy or export it again")


def _last_samples(data: bytes) -> list[int]:
    end = 6 + struct.unpack_from("<I", data, 10)[0]
    last_samples: list[int] = []
    for at in range(_POINTERS_AT, min(end, len(data)) - _POINTER.size + 1, _POINTER.size):
        section, length, position = _POINTER.unpack_from(data, at)
        if section == _LEADS_SECTION and length:
            first = position - 1 + _SECTION_HEADER
            last_samples = [_LEAD.unpack_from(data, first + 2 + n * _LEAD.size)[1] for n in range(data[first])]
    return last_samples
