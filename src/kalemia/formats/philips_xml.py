"""Philips (Sierra) ECG XML, versions 1.03 to 1.04.02, also with XLI compression."""

from pathlib import Path

from ecgdatakit.parsing.parsers.sierra_xml import SierraXMLParser

from kalemia.formats import ecgdatakit_adapter
from kalemia.formats.channels import to_recording
from kalemia.formats.request import Request
from kalemia.formats.xml_root import checked_root
from kalemia.recording import Recording

NAME = "Philips XML"
SUFFIXES: tuple[str, ...] = ()


def recognises(path: Path, head: bytes) -> bool:
    """Whether the XML's root is that of a Philips ECG."""
    return SierraXMLParser.can_parse(path, head)


def read(path: Path, request: Request) -> Recording:
    """Read the rhythm waveforms.

    Raises:
        CorruptFile: broken XML or waveforms.
        InputError: other subclasses, as `kalemia.formats.channels.to_recording`.
    """
    checked_root(path)
    record, warnings = ecgdatakit_adapter.parse(SierraXMLParser, path)
    fs = request.sampling_rate(float(record.leads[0].sampling_rate))
    return to_recording(ecgdatakit_adapter.channels(record, fs), request, warnings)
