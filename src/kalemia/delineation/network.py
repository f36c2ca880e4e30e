"""The network that says of each sample of one lead whether it belongs to a P wave, a QRS complex, a T wave or none.

It was trained on the marks of cardiologists (`kalemia.experiments.delineation`; its card lies beside its weights). It
sees a lead at 500 Hz in a form that does not depend on gain, offset or polarity, so its answers do not either.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import onnxruntime
from jaxtyping import Float, Float32

from kalemia.onnx_session import open_session

FS_HZ = 500
"""Sampling rate that the network knows."""
NONE, P, QRS, T = range(4)
"""The classes, in the order of its answers."""
STRIDE = 32
"""Samples per frame of its coarsest layer: it takes multiples of this."""
WINDOW = 512 * STRIDE
"""Samples that go through the network at once: 33 s."""
MARGIN = 64 * STRIDE
"""What is discarded where a window was cut: 4.1 s, more than the network sees on one side of a sample (3.1 s)."""
BLOCK = 2 * FS_HZ
"""Amplitude is measured per 2 s: there is a beat in each down to 30 per minute."""
SHARP = FS_HZ // 50
"""Deflections that bend within 20 ms are those of QRS."""
QUIET = 0.2
"""Stretches with less than this share of the range of the liveliest tenth are pauses, or the lead was off."""
CLIP = 3.0
"""Where artefacts end, in amplitudes of the lead."""
FOLDER = Path(__file__).parent / "wave_network"
NETWORK = "model.onnx"
INPUT, OUTPUT = "leads", "probabilities"


@dataclass(frozen=True)
class WaveNetwork:
    """The network, ready to run."""

    session: onnxruntime.InferenceSession

    def probabilities(self, signal_mv: Float[np.ndarray, " time"]) -> Float32[np.ndarray, "4 time"]:
        """Probabilities of none, P, QRS and T, sample by sample.

        Any length: 33 s at a time go through the network, on a raster that begins with the signal.

        Args:
            signal_mv: one lead at 500 Hz without gaps.
        """
        samples = len(signal_mv)
        answers = np.empty((4, samples), np.float32)
        for first, start, stop, last in windows(samples):
            part = normalised(signal_mv[first:last])
            lead, lag = on_raster(part)
            (found,) = self.session.run([OUTPUT], {INPUT: lead[None, None]})
            answers[:, start:stop] = found[0, :, lag + start - first : lag + stop - first]
        return answers


@cache
def wave_network() -> WaveNetwork:
    """The network that is shipped.

    Raises:
        ModelInvalid: as `load`.
    """
    return load(FOLDER)


def load(folder: Path) -> WaveNetwork:
    """The network of a folder.

    Raises:
        ModelInvalid: its file is missing or damaged.
    """
    damaged = f"{folder.name}/{NETWORK}: missing or damaged. Install kalemia again."
    return WaveNetwork(open_session(folder / NETWORK, damaged))


def windows(samples: int) -> Iterator[tuple[int, int, int, int]]:
    """How a recording is cut: what a window sees begins, what it answers for begins, that ends, what it sees ends."""
    start = 0
    while start < samples:
        first = max(0, start - MARGIN)
        last = min(samples, first + WINDOW)
        stop = last if last == samples else last - MARGIN
        yield first, start, stop, last
        start = stop


def normalised(signal: Float[np.ndarray, " time"]) -> Float32[np.ndarray, " time"]:
    """A lead without its offset, its gain and its polarity; all zero if it is flat.

    The median is made 0, the range of the median stretch of 2 s 1, and what is sharp points mostly up.

    Args:
        signal: one lead at 500 Hz, in whatever unit.
    """
    centred = signal - _median(signal)
    amplitude = _amplitude(centred)
    if amplitude == 0:
        return np.zeros(len(signal), np.float32)
    scaled = np.clip(centred / (amplitude * _polarity(centred / amplitude)), -CLIP, CLIP)
    return scaled.astype(np.float32)


def on_raster(part: Float32[np.ndarray, " time"]) -> tuple[Float32[np.ndarray, " padded"], int]:
    """A normalised lead with zeros around it, and how many of them stand before it.

    The network is a little less exact between its frames than on them. So they are laid by what is sharpest in the
    lead, not by where it was cut.
    """
    lag = (-int(np.abs(_bend(part)).argmax())) % STRIDE if len(part) > 2 * SHARP else 0
    lead = np.zeros(-(-(lag + len(part)) // STRIDE) * STRIDE, np.float32)
    lead[lag : lag + len(part)] = part
    return lead, lag


def _amplitude(signal: Float[np.ndarray, " time"]) -> float:
    """Range of the lead in the median stretch of 2 s, of those in which the heart beats."""
    if len(signal) < BLOCK:
        return float(np.ptp(signal))
    ranges = np.sort(np.ptp(signal[: len(signal) // BLOCK * BLOCK].reshape(-1, BLOCK), axis=1))
    lively = ranges[np.searchsorted(ranges, QUIET * ranges[(9 * (len(ranges) - 1)) // 10]) :]
    return _median(lively)


def _median(values: Float[np.ndarray, " value"]) -> float:
    """As `np.median`, whose checks take longer than the median of a strip."""
    low, high = (len(values) - 1) // 2, len(values) // 2
    ordered = np.partition(values, (low, high))
    return float(ordered[low] + ordered[high]) / 2


def _polarity(signal: Float[np.ndarray, " time"]) -> float:
    """1 where what is sharp points mostly up, -1 where it points mostly down."""
    bend = np.clip(_bend(signal), -CLIP, CLIP)
    return 1.0 if (bend * bend) @ bend >= 0 else -1.0


def _bend(signal: Float[np.ndarray, " time"]) -> Float[np.ndarray, " inner"]:
    """How far each sample but the outermost lies above the line between those before and behind it, twice."""
    return 2 * signal[SHARP:-SHARP] - signal[: -2 * SHARP] - signal[2 * SHARP :]
