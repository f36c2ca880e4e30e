"""GE MUSE XML (`RestingECG`, restecg.dtd)."""

from pathlib import Path
from xml.etree.ElementTree import Element

from ecgdatakit.parsing.parsers.ge_muse_xml import GEMuseXMLParser

from kalemia.formats import ecgdatakit_adapter
from kalemia.formats.channels import to_recording
from kalemia.formats.request import Request
from kalemia.formats.xml_root import checked_root
from kalemia.recording import Recording

NAME = "GE MUSE XML"
SUFFIXES: tuple[str, ...] = ()


def recognises(path: Path, head: bytes) -> bool:
    """Whether the XML's root is that of a MUSE export."""
    return GEMuseXMLParser.can_parse(path, head)


def read(path: Path, request: Request) -> Recording:
    """Read the rhythm waveform. MUSE stores I, II and V1 to V6; the other limb leads follow from I and II.

    Raises:
        CorruptFile: broken XML or waveforms.
        InputError: other subclasses, as `kalemia.formats.channels.to_recording`.
    """
    root = checked_root(path)
    record, warnings = ecgdatakit_adapter.parse(GEMuseXMLParser, path)
    fs = request.sampling_rate(_exact_fs(root) or float(record.leads[0].sampling_rate))
    return to_recording(ecgdatakit_adapter.channels(record, fs), request, warnings)


def _exact_fs(root: Element) -> float | None:
    for waveform in root.findall("Waveform"):
        if (waveform.findtext("WaveformType") or "rhythm").strip().lower() == "rhythm":
            try:
                base = float(waveform.findtext("SampleBase") or "")
                return base * 10.0 ** float(waveform.findtext("SampleExponent") or 0)
            except (ValueError, OverflowError):
                return None
    return None
