"""The one door to ecgdatakit: runs a parser, keeps its messages in, and gives the signals as channels.

Its texts are not passed on, because they quote the header, and headers hold names, birth dates and ids: what a user
must know is said again here. Its amplitudes are scaled in `kalemia.formats.channels`, so that sample values that mark a
gap can be taken out first. Its `sampling_rate` is rounded to whole Hz, so each format gives the exact one.
"""

import re
import warnings
from pathlib import Path

from ecgdatakit.exceptions import ChecksumWarning, UnsupportedFormatError
from ecgdatakit.models import ECGRecord
from ecgdatakit.parsing import Parser

from kalemia.errors import CorruptFile, EmptyFile, UnknownFormat
from kalemia.formats.channels import Channel

_WORTH_SAYING = (
    (
        re.compile(r"truncated: header declares (\d+) data records, only (\d+) are complete"),
        "The file is truncated: {1} of {0} data records are complete, and only these were read.",
    ),
    (re.compile(r"ends with an incomplete frame"), "The signal file ends within a sample; that one was left out."),
    (re.compile(r"additional multiplex group"), "The file holds further groups of leads; only the first was read."),
    (re.compile(r"only the first is read"), "The file holds several recordings; only the first was read."),
    (re.compile(r"Additional .* waveform ignored"), "The file holds several recordings; only the first was read."),
    (
        re.compile(r"give no physical unit"),
        "The header states no unit; the numbers were read as mV, the format's default.",
    ),
)


def parse(parser: type[Parser], path: Path) -> tuple[ECGRecord, tuple[str, ...]]:
    """Parse a file, and say what was noticed.

    Args:
        parser: the format's parser.
        path: the file.

    Returns:
        The record with stored (unscaled) samples, and warning sentences that quote nothing of the file.

    Raises:
        CorruptFile: broken or truncated.
        UnknownFormat: a variant of the format that ecgdatakit cannot read.
        EmptyFile: no signal in it.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            record = parser().parse(path)
        except UnsupportedFormatError:
            # `from None` here and below: the cause quotes the header, and tracebacks end up in logs.
            raise UnknownFormat(f"a variant of {parser.FORMAT_NAME} that this version cannot read") from None
        except Exception:  # a third-party parser on a damaged file can fail in any way
            raise CorruptFile(
                f"damaged or truncated; a whole {parser.FORMAT_NAME} file was needed. Copy or export it again"
            ) from None
    if not record.leads:
        raise EmptyFile(f"no signal in this {parser.FORMAT_NAME} file")
    return record, _sentences(caught)


def channels(record: ECGRecord, fs: float | None = None) -> list[Channel]:
    """The signals of a record.

    Args:
        record: as `parse` gives it.
        fs: exact sampling rate in Hz; the parser's rounded one if `None`.
    """
    return [
        Channel(
            name=lead.label,
            samples=lead.samples,
            fs=float(lead.sampling_rate) if fs is None else fs,
            unit=lead.resolution_unit,
            gain=lead.resolution,
            offset=lead.offset,
        )
        for lead in record.leads
    ]


def _sentences(caught: list[warnings.WarningMessage]) -> tuple[str, ...]:
    sentences: list[str] = []
    for warning in caught:
        if issubclass(warning.category, ChecksumWarning):
            sentences.append("A checksum in the file does not fit its samples; some may be damaged.")
        for pattern, sentence in _WORTH_SAYING:
            if found := pattern.search(str(warning.message)):
                sentences.append(sentence.format(*found.groups()))
    return tuple(dict.fromkeys(sentences))
