"""What reading a printed page adds to a recording, without printing it: a page takes seconds, this a millisecond.

Measured on 48 pages of PTB-XL records (12 each scanned, photographed, copied and in grey), `kalemia.digitize` against
the signal that was printed: heights of 0.997 of the true ones in the median page (0.926 in the 5th percentile), a fall
of the response to 0.89 at 60 Hz, 0.64 at 80 Hz and 0.44 at 100 Hz, and 9 uV of error beside (5 to 45), most of it from
5 to 40 Hz.
"""

import numpy as np
from jaxtyping import Float
from scipy import signal as dsp

SHARE = 0.15
"""Of the recordings of a cohort, chosen."""
CUTOFF_HZ, CUTOFF_LOG_SD = 92.0, 0.1
"""Where a pen has drawn half of the height."""
LOSS_MEDIAN, LOSS_LOG_SD, MOST_LOSS = 0.004, 1.5, 0.12
"""Of height."""
ERROR_MEDIAN_MV, ERROR_LOG_SD = 0.009, 0.7
ERROR_BAND_HZ = (2.0, 40.0)


def as_read_from_paper(
    signal_mv: Float[np.ndarray, " time"], fs: float, rng: np.random.Generator
) -> Float[np.ndarray, " time"]:
    """A lead as it comes back from a printed page.

    Args:
        signal_mv: without gaps.
        fs: sampling rate in Hz, at least 250.
        rng: source of chance.
    """
    cutoff_hz = min(CUTOFF_HZ * np.exp(rng.normal(0, CUTOFF_LOG_SD)), 0.45 * fs)
    drawn = dsp.sosfiltfilt(dsp.butter(2, cutoff_hz, fs=fs, output="sos"), signal_mv)
    loss = min(LOSS_MEDIAN * np.exp(rng.normal(0, LOSS_LOG_SD)), MOST_LOSS)
    band = dsp.butter(1, ERROR_BAND_HZ, "bandpass", fs=fs, output="sos")
    error = dsp.sosfilt(band, rng.standard_normal(len(drawn)))
    size_mv = ERROR_MEDIAN_MV * np.exp(rng.normal(0, ERROR_LOG_SD))
    read: Float[np.ndarray, " time"] = (1 - loss) * drawn + size_mv * error / error.std()
    return read
