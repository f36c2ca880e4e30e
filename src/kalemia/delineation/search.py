"""The waves of a lead, at any sampling rate, of any length, with gaps."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache

import numpy as np
from jaxtyping import Float
from scipy import signal as dsp

from kalemia.delineation.beat import Beat
from kalemia.delineation.network import FS_HZ, WaveNetwork, wave_network
from kalemia.delineation.r_peaks import finite_stretches
from kalemia.delineation.waves import REFRACTORY_S, waves_from
from kalemia.filtering import require_fs

SHORTEST_STRETCH_S = 1.0
"""What is shorter between two gaps is not looked at."""
BLOCK_S, MARGIN_S = 300.0, 30.0
"""A long recording is looked at block by block, so that memory is bounded; in each, this much on both sides is seen
too. At 30 beats per minute that is more beats than the rhythm around a beat is judged by."""
MAX_DENOMINATOR = 1000
"""Sampling rates are taken as fractions of 500 Hz with no larger denominator."""

Signal = Float[np.ndarray, " time"]
Report = Callable[[int], object]
"""Told how many samples of a signal are done."""


def find_waves(
    signal_mv: Signal, fs: float = FS_HZ, network: WaveNetwork | None = None, report: Report | None = None
) -> tuple[Beat, ...]:
    """The beats of one lead with onset, peak and offset of P, QRS and T.

    The marks depend neither on gain, offset and polarity of the lead nor on its sampling rate. They lie within the
    signal; a wave that is not there is `None`.

    Args:
        signal_mv: one lead; NaN marks what was not seen and splits the search.
        fs: sampling rate in Hz, at least 100.
        network: another network than the one that is shipped.
        report: told after every block how many samples are done.

    Raises:
        SamplingRateTooLow: `fs` is below 100 Hz.
        ModelInvalid: the network's file is missing or damaged.
    """
    require_fs(fs)
    network = network or wave_network()
    return tuple(
        beat
        for stretch in finite_stretches(signal_mv)
        if stretch.stop - stretch.start >= round(SHORTEST_STRETCH_S * fs)
        for beat in _search(signal_mv, int(stretch.start), int(stretch.stop), fs, network, report)
    )


def _search(
    signal: Signal, start: int, stop: int, fs: float, network: WaveNetwork, report: Report | None
) -> Iterator[Beat]:
    """The beats of a stretch: from each block those whose R peak lies in it, and none twice at a seam."""
    block, margin = round(BLOCK_S * fs), round(MARGIN_S * fs)
    free = start
    for seam in range(start, stop, block):
        end = stop if seam + block >= stop - margin else seam + block
        first, last = max(start, seam - margin), min(stop, end + margin)
        for beat in _beats(signal[first:last], first, fs, network):
            r_peak = beat.qrs.peak or 0
            if free <= r_peak < end:
                free = r_peak + round(REFRACTORY_S / 2 * fs)
                yield beat
        if report is not None:
            report(end)
        if end == stop:
            return


def _beats(part: Signal, first: int, fs: float, network: WaveNetwork) -> Iterator[Beat]:
    """The beats of a part of a signal, in samples of the signal."""
    ratio = _samples_per_own(fs)
    at_500_hz = part.astype(np.float64)
    if ratio != 1:
        at_500_hz = dsp.resample_poly(at_500_hz, ratio.denominator, ratio.numerator, padtype="line")
    if np.ptp(at_500_hz) == 0:
        return
    last = first + len(part) - 1
    beats = waves_from(network.probabilities(at_500_hz), at_500_hz)
    if ratio == 1 and first == 0:
        yield from beats
        return
    for beat in beats:
        yield beat.mapped(lambda point: min(last, first + round(point * float(ratio))))


@cache
def _samples_per_own(fs: float) -> Fraction:
    """Samples of a signal for each at the network's sampling rate."""
    return (Fraction(fs) / FS_HZ).limit_denominator(MAX_DENOMINATOR)
