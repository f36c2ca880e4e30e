"""HL7 annotated ECG (aECG), the XML of drug trials: HL7 V3 Normative Edition, Annotated ECG R1."""

from pathlib import Path

from ecgdatakit.parsing.parsers.hl7_aecg import HL7aECGParser

from kalemia.formats import ecgdatakit_adapter
from kalemia.formats.channels import to_recording
from kalemia.formats.request import Request
from kalemia.formats.xml_root import checked_root
from kalemia.recording import Recording

NAME = "HL7 aECG"
SUFFIXES: tuple[str, ...] = ()


def recognises(path: Path, head: bytes) -> bool:
    """Whether the XML's root is that of an annotated ECG."""
    return HL7aECGParser.can_parse(path, head)


def read(path: Path, request: Request) -> Recording:
    """Read the first rhythm series.

    Raises:
        CorruptFile: broken XML, or a series without lead or time.
        InputError: other subclasses, as `kalemia.formats.channels.to_recording`.
    """
    checked_root(path)
    record, warnings = ecgdatakit_adapter.parse(HL7aECGParser, path)
    fs = request.sampling_rate(float(record.raw_metadata["rhythm_time"]["sampling_rate_exact"]))
    return to_recording(ecgdatakit_adapter.channels(record, fs), request, warnings)
