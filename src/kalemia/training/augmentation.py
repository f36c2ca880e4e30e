"""What the same cycle could have looked like in another recording: other noise, gain, wander, paper.

Drawn anew for every cycle of every epoch; the place of R and the smoothness of the noise for every batch. Sizes are
those that recordings have after cleaning; where a number is not measured it says "chosen".
"""

import numpy as np
from jaxtyping import Float32
from scipy.ndimage import uniform_filter1d

from kalemia.cycles import CYCLE_FS, CYCLE_SAMPLES, Normalisation

GAIN_SD = 0.07
"""Calibration of devices and of pages (the 5th percentile of measured pages reads 7 % too low)."""
NOISE_SHARE, NOISE_LOG_SD = 0.012, 0.8
"""Of the height of a cycle (chosen)."""
SMOOTHEST = 11
"""Samples over which noise is averaged at most: white noise, or as smooth as muscle and a pen leave it."""
WANDER_SHARE, WANDER_LOG_SD = 0.018, 0.8
"""Of the height of a cycle: what is left of baseline wander (chosen)."""
PEN_SHARE, PEN_SAMPLES = 0.15, 5
"""Share of cycles drawn by a pen (as in simulated cohorts), and over how many samples it smooths: half at 92 Hz."""
SHIFT_SAMPLES = 3
"""How far R may lie from where it was found, in samples. All numbers of samples are those of a cycle; a window of 2 s
has fewer in the same time."""

Signals = Float32[np.ndarray, "cycle lead 512"]


def augment(signal: Signals, normalisation: Normalisation, rng: np.random.Generator, fs: float = CYCLE_FS) -> Signals:
    """Cycles as they could have been.

    Args:
        signal: cycles, or windows of 2 s, normalised.
        normalisation: of these. Gain is varied where it shows, in mV.
        rng: source of chance.
        fs: sampling rate of the signal in Hz.
    """
    count = len(signal)
    height = np.ptp(signal, axis=-1, keepdims=True)
    shift, smoothest, pen_samples = (round(n * fs / CYCLE_FS) for n in (SHIFT_SAMPLES, SMOOTHEST, PEN_SAMPLES))
    places = np.arange(CYCLE_SAMPLES) + int(rng.integers(-shift, shift + 1))
    shifted = signal[..., np.clip(places, 0, CYCLE_SAMPLES - 1)]
    pen = rng.random(count) < PEN_SHARE
    shifted[pen] = uniform_filter1d(shifted[pen], pen_samples, axis=-1)
    gain = np.exp(rng.normal(0, GAIN_SD, (count, 1, 1))) if normalisation == "mv" else 1.0
    added = _noise(signal.shape, smoothest, rng) + _wander(signal.shape, rng)
    return (gain * (shifted + height * added)).astype(np.float32)


def _noise(shape: tuple[int, ...], smoothest: int, rng: np.random.Generator) -> Signals:
    white = rng.standard_normal(shape, dtype=np.float32)
    noise = uniform_filter1d(white, int(rng.integers(1, smoothest + 1)), axis=-1)
    size = NOISE_SHARE * np.exp(rng.normal(0, NOISE_LOG_SD, (shape[0], 1, 1)))
    return np.asarray(size * noise / noise.std(axis=-1, keepdims=True))


def _wander(shape: tuple[int, ...], rng: np.random.Generator) -> Signals:
    """A slope and a slow wave."""
    time = np.linspace(-1, 1, CYCLE_SAMPLES)
    size = WANDER_SHARE * np.exp(rng.normal(0, WANDER_LOG_SD, (shape[0], 1, 1)))
    slope, wave = rng.normal(size=(2, shape[0], 1, 1))
    phase = rng.uniform(0, 2 * np.pi, (shape[0], 1, 1))
    return np.asarray(size * (slope * time + wave * np.sin(3 * time + phase)))
