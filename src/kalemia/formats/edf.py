"""EDF and EDF+ (European Data Format): https://www.edfplus.info/specs/edfplus.html."""

from pathlib import Path

import numpy as np
from ecgdatakit.models import ECGRecord
from ecgdatakit.parsing.parsers.edf import EDFParser
from jaxtyping import Float

from kalemia.errors import CorruptFile
from kalemia.formats import ecgdatakit_adapter
from kalemia.formats.channels import Channel, to_recording
from kalemia.formats.request import Request
from kalemia.recording import Recording

NAME = "EDF"
SUFFIXES: tuple[str, ...] = (".edf", ".rec", ".bdf")

_MAX_STRETCH = 20  # a recording that is less than 1/20 signal is not worth its memory


def recognises(path: Path, head: bytes) -> bool:
    """Whether the file begins as EDF, EDF+ or BDF does."""
    return EDFParser.can_parse(path, head)


def read(path: Path, request: Request) -> Recording:
    """Read the ECG leads that share a rate; other channels are left out, pauses between data records (EDF+D) are NaN.

    Raises:
        CorruptFile: broken, or with pauses far longer than the signal.
        InputError: other subclasses, as `kalemia.formats.channels.to_recording`.
    """
    record, warnings = ecgdatakit_adapter.parse(EDFParser, path)
    channels = [_with_exact_rate(channel, record) for channel in ecgdatakit_adapter.channels(record)]
    starts_s = _record_starts_s(record)
    if starts_s is not None:
        channels = [_with_pauses(channel, starts_s) for channel in channels]
        warnings += ("The recording was paused; the pauses are gaps.",)
    recording = to_recording(channels, request, warnings)
    request.sampling_rate(recording.fs)
    return recording


def _with_exact_rate(channel: Channel, record: ECGRecord) -> Channel:
    exact = record.raw_metadata.get("exact_sampling_rates", {})
    return Channel(
        channel.name, channel.samples, exact.get(channel.name, channel.fs), channel.unit, channel.gain, channel.offset
    )


def _record_starts_s(record: ECGRecord) -> Float[np.ndarray, " record"] | None:
    # ecgdatakit joins data records end to end, also where the recorder paused: that would shift all that follows.
    metadata = record.raw_metadata
    starts_s = np.asarray(metadata.get("record_onsets", []), dtype=np.float64)
    if len(starts_s) != metadata["num_records"]:
        return None
    starts_s = starts_s - starts_s[0]
    unbroken_s = metadata["record_duration"] * np.arange(len(starts_s))
    if np.allclose(starts_s, unbroken_s, atol=1e-3):
        return None
    return starts_s


def _with_pauses(channel: Channel, starts_s: Float[np.ndarray, " record"]) -> Channel:
    records = channel.samples.reshape(len(starts_s), -1)
    starts = np.rint(starts_s * channel.fs)
    length = starts.max() + records.shape[1]
    if starts.min() < 0 or np.any(np.diff(starts) < 0) or not length <= _MAX_STRETCH * channel.samples.size:
        raise CorruptFile("the start times of its data records make no sense. Export it again without pauses (EDF+C)")
    samples = np.full(int(length), np.nan)
    for start, values in zip(starts.astype(np.int64), records, strict=True):
        samples[start : start + len(values)] = values
    return Channel(channel.name, samples, channel.fs, channel.unit, channel.gain, channel.offset)
