"""What an electrocardiograph adds to the heart's signal.

Sizes are those of lead II in PTB-XL (Wagner et al. 2020): between the beats 6 uV of noise above 40 Hz in the median
record (2 to 25 uV), 40 uV of wander below 0.5 Hz (6 to 220 uV).
"""

import numpy as np
from jaxtyping import Float
from scipy import signal as scipy_signal

STEP_SHARE, GLITCH_SHARE = 0.04, 0.02  # of recordings
MAINS_HZ = (50.0, 60.0)
RESOLUTIONS_MV = (0.001, 0.0025, 0.00488, 0.005)  # least significant bit of common devices
LOW_PASS_HZ = (40.0, 100.0, 150.0)
LOW_PASS_SHARES = (0.15, 0.30, 0.55)
HIGH_PASS_HZ = (0.05, 0.15, 0.5)
HIGH_PASS_SHARES = (0.7, 0.2, 0.1)


def add_noise(clean_mv: Float[np.ndarray, " time"], fs: float, rng: np.random.Generator) -> Float[np.ndarray, " time"]:
    """A recording as a device gives it: electrodes, muscle and mains added, amplified, filtered, quantised.

    Args:
        clean_mv: the heart's own signal in mV.
        fs: sampling rate in Hz.
        rng: source of chance.
    """
    samples = len(clean_mv)
    heart_and_body = clean_mv + baseline_wander(samples, fs, rng) + muscle(samples, fs, rng)
    at_electrodes = heart_and_body + mains(samples, fs, rng) + electrode_steps(samples, fs, rng)
    return quantise(device_filter(gain_error(at_electrodes, rng), fs, rng), rng)


def baseline_wander(samples: int, fs: float, rng: np.random.Generator) -> Float[np.ndarray, " time"]:
    """Breathing (0.15-0.35 Hz) and the slow drift of skin potentials, in mV."""
    time_s = np.arange(samples) / fs
    size_mv = 0.050 * np.exp(rng.normal(0, 0.8))
    breathing = np.sin(2 * np.pi * rng.uniform(0.15, 0.35) * time_s + rng.uniform(0, 2 * np.pi))
    return size_mv * (0.6 * breathing + _smooth_walk(samples, fs, rng))


def muscle(samples: int, fs: float, rng: np.random.Generator) -> Float[np.ndarray, " time"]:
    """Muscle and amplifier noise: broad-band with more power at low frequencies, swelling and fading, in mV."""
    size_mv = 0.0085 * np.exp(rng.normal(0, 0.65))
    white = rng.standard_normal(samples)
    coloured = scipy_signal.lfilter([1.0], [1.0, -0.75], white) * np.sqrt(1 - 0.75**2)
    swell = np.exp(0.35 * _smooth_walk(samples, fs, rng))
    noise: Float[np.ndarray, " time"] = size_mv * swell * (0.8 * coloured + 0.4 * white)
    return noise


def mains(samples: int, fs: float, rng: np.random.Generator) -> Float[np.ndarray, " time"]:
    """50 or 60 Hz and its third harmonic, strong in a few recordings, in mV."""
    size_mv = 0.002 * np.exp(rng.normal(0, 1.0))
    mains_hz = rng.choice(MAINS_HZ) * (1 + rng.normal(0, 0.0005))
    phase = 2 * np.pi * mains_hz * np.arange(samples) / fs + rng.uniform(0, 2 * np.pi)
    hum: Float[np.ndarray, " time"] = size_mv * (np.sin(phase) + 0.15 * np.sin(3 * phase + rng.uniform(0, 2 * np.pi)))
    return hum


def electrode_steps(samples: int, fs: float, rng: np.random.Generator) -> Float[np.ndarray, " time"]:
    """In some recordings an electrode moves: the baseline jumps and creeps back, or a spike of motion, in mV."""
    signal = np.zeros(samples)
    if rng.random() < STEP_SHARE:
        start = int(rng.integers(samples))
        since_s = np.arange(samples - start) / fs
        signal[start:] += rng.normal(0, 0.35) * np.exp(-since_s / rng.uniform(0.4, 4.0))
    if rng.random() < GLITCH_SHARE:
        time_s = np.arange(samples) / fs - rng.uniform(0, samples / fs)
        signal += rng.normal(0, 1.0) * np.exp(-0.5 * (time_s / rng.uniform(0.02, 0.12)) ** 2)
    return signal


def gain_error(signal_mv: Float[np.ndarray, " time"], rng: np.random.Generator) -> Float[np.ndarray, " time"]:
    """Amplifier gain within the few per cent that IEC 60601-2-25 allows."""
    return signal_mv * (1 + float(np.clip(rng.normal(0, 0.015), -0.05, 0.05)))


def device_filter(
    signal_mv: Float[np.ndarray, " time"], fs: float, rng: np.random.Generator
) -> Float[np.ndarray, " time"]:
    """One of the filter settings in use: low-pass 40 to 150 Hz, high-pass 0.05 to 0.5 Hz.

    The low-pass runs in both directions, as a device compensates for its delay; the high-pass forwards only, so that
    its phase distorts the ST segment as it does in real devices.
    """
    low_pass_hz = float(rng.choice(LOW_PASS_HZ, p=LOW_PASS_SHARES))
    high_pass_hz = float(rng.choice(HIGH_PASS_HZ, p=HIGH_PASS_SHARES))
    smooth = scipy_signal.sosfiltfilt(scipy_signal.butter(2, low_pass_hz, fs=fs, output="sos"), signal_mv)
    high_pass = scipy_signal.butter(1, high_pass_hz, "highpass", fs=fs, output="sos")
    settled = scipy_signal.sosfilt_zi(high_pass) * np.mean(smooth[: round(fs)])
    filtered: Float[np.ndarray, " time"] = scipy_signal.sosfilt(high_pass, smooth, zi=settled)[0]
    return filtered


def quantise(signal_mv: Float[np.ndarray, " time"], rng: np.random.Generator) -> Float[np.ndarray, " time"]:
    """Round to a device's least significant bit."""
    resolution_mv = float(rng.choice(RESOLUTIONS_MV))
    return np.round(signal_mv / resolution_mv) * resolution_mv


def _smooth_walk(samples: int, fs: float, rng: np.random.Generator) -> Float[np.ndarray, " time"]:
    """A wandering line of unit standard deviation with knots a second apart."""
    knots = round(samples / fs) + 3
    walk = np.cumsum(rng.standard_normal(knots))
    walk = (walk - walk.mean()) / max(float(walk.std()), 1e-9)
    places = np.arange(samples) / fs
    left = places.astype(np.int64)
    share = 0.5 - 0.5 * np.cos(np.pi * (places - left))
    line: Float[np.ndarray, " time"] = walk[left] * (1 - share) + walk[left + 1] * share
    return line
