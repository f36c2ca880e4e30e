"""DICOM ECG waveforms: https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.10.9.html."""

from pathlib import Path

from ecgdatakit.models import ECGRecord
from ecgdatakit.parsing.parsers.dicom_waveform import DICOMWaveformParser

from kalemia.formats import ecgdatakit_adapter
from kalemia.formats.channels import to_recording
from kalemia.formats.request import Request
from kalemia.recording import Recording

NAME = "DICOM"
SUFFIXES: tuple[str, ...] = (".dcm", ".dicom")


def recognises(path: Path, head: bytes) -> bool:
    """Whether the file has DICOM's preamble."""
    return DICOMWaveformParser.can_parse(path, head)


def read(path: Path, request: Request) -> Recording:
    """Read the first group of rhythm leads; padding values become NaN.

    Raises:
        CorruptFile: broken or truncated.
        InputError: other subclasses, as `kalemia.formats.channels.to_recording`.
    """
    record, warnings = ecgdatakit_adapter.parse(DICOMWaveformParser, path)
    fs = request.sampling_rate(_exact_fs(record))
    return to_recording(ecgdatakit_adapter.channels(record, fs), request, warnings)


def _exact_fs(record: ECGRecord) -> float:
    shape = (len(record.leads), len(record.leads[0].samples))
    for group in record.raw_metadata["multiplex_groups"]:
        rate = float(group["sampling_frequency"])
        if (group["channels"], group["samples"]) == shape and round(rate) == record.leads[0].sampling_rate:
            return rate
    return float(record.leads[0].sampling_rate)
