"""What an electrocardiograph adds to the heart's signal.

Sizes are a hospital's (`hospitals.py`). Those of hospital A are of lead II in PTB-XL (Wagner et al. 2020): between the
beats 6 uV of noise above 40 Hz in the median record (2 to 25 uV), 40 uV of wander below 0.5 Hz (6 to 220 uV).
"""

import numpy as np
from jaxtyping import Float
from scipy import signal as scipy_signal

from kalemia.simulation.hospitals import HOSPITAL_A, Hospital

MAX_GAIN_ERROR = 0.05
"""What IEC 60601-2-25 allows."""


def add_noise(
    clean_mv: Float[np.ndarray, " time"], fs: float, rng: np.random.Generator, hospital: Hospital = HOSPITAL_A
) -> Float[np.ndarray, " time"]:
    """A recording as a device gives it: electrodes, muscle and mains added, amplified, filtered, quantised.

    Args:
        clean_mv: the heart's own signal in mV.
        fs: sampling rate in Hz.
        rng: source of chance.
        hospital: whose device it is.
    """
    samples = len(clean_mv)
    heart_and_body = clean_mv + baseline_wander(samples, fs, rng, hospital) + muscle(samples, fs, rng, hospital)
    added = mains(samples, fs, rng, hospital) + electrode_steps(samples, fs, rng, hospital)
    amplified = gain_error(heart_and_body + added, rng, hospital)
    return quantise(device_filter(amplified, fs, rng, hospital), rng, hospital)


def baseline_wander(
    samples: int, fs: float, rng: np.random.Generator, hospital: Hospital = HOSPITAL_A
) -> Float[np.ndarray, " time"]:
    """Breathing (0.15-0.35 Hz) and the slow drift of skin potentials, in mV."""
    time_s = np.arange(samples) / fs
    size_mv = hospital.wander_mv * np.exp(rng.normal(0, 0.8))
    breathing = np.sin(2 * np.pi * rng.uniform(0.15, 0.35) * time_s + rng.uniform(0, 2 * np.pi))
    return size_mv * (0.6 * breathing + _smooth_walk(samples, fs, rng))


def muscle(
    samples: int, fs: float, rng: np.random.Generator, hospital: Hospital = HOSPITAL_A
) -> Float[np.ndarray, " time"]:
    """Muscle and amplifier noise: broad-band with more power at low frequencies, swelling and fading, in mV."""
    size_mv = hospital.muscle_mv * np.exp(rng.normal(0, 0.65))
    white = rng.standard_normal(samples)
    coloured = scipy_signal.lfilter([1.0], [1.0, -0.75], white) * np.sqrt(1 - 0.75**2)
    swell = np.exp(0.35 * _smooth_walk(samples, fs, rng))
    noise: Float[np.ndarray, " time"] = size_mv * swell * (0.8 * coloured + 0.4 * white)
    return noise


def mains(
    samples: int, fs: float, rng: np.random.Generator, hospital: Hospital = HOSPITAL_A
) -> Float[np.ndarray, " time"]:
    """The mains' 50 or 60 Hz and its third harmonic, strong in a few recordings, in mV."""
    size_mv = hospital.hum_mv * np.exp(rng.normal(0, 1.0))
    mains_hz = rng.choice(hospital.mains_hz) * (1 + rng.normal(0, 0.0005))
    phase = 2 * np.pi * mains_hz * np.arange(samples) / fs + rng.uniform(0, 2 * np.pi)
    hum: Float[np.ndarray, " time"] = size_mv * (np.sin(phase) + 0.15 * np.sin(3 * phase + rng.uniform(0, 2 * np.pi)))
    return hum


def electrode_steps(
    samples: int, fs: float, rng: np.random.Generator, hospital: Hospital = HOSPITAL_A
) -> Float[np.ndarray, " time"]:
    """In some recordings an electrode moves: the baseline jumps and creeps back, or a spike of motion, in mV."""
    signal = np.zeros(samples)
    if rng.random() < hospital.step_share:
        start = int(rng.integers(samples))
        since_s = np.arange(samples - start) / fs
        signal[start:] += rng.normal(0, 0.35) * np.exp(-since_s / rng.uniform(0.4, 4.0))
    if rng.random() < hospital.glitch_share:
        time_s = np.arange(samples) / fs - rng.uniform(0, samples / fs)
        signal += rng.normal(0, 1.0) * np.exp(-0.5 * (time_s / rng.uniform(0.02, 0.12)) ** 2)
    return signal


def gain_error(
    signal_mv: Float[np.ndarray, " time"], rng: np.random.Generator, hospital: Hospital = HOSPITAL_A
) -> Float[np.ndarray, " time"]:
    """Amplifier gain within the few per cent that IEC 60601-2-25 allows."""
    error = hospital.gain_mean - 1 + rng.normal(0, hospital.gain_sd)
    return signal_mv * (1 + float(np.clip(error, -MAX_GAIN_ERROR, MAX_GAIN_ERROR)))


def device_filter(
    signal_mv: Float[np.ndarray, " time"], fs: float, rng: np.random.Generator, hospital: Hospital = HOSPITAL_A
) -> Float[np.ndarray, " time"]:
    """One of the filter settings in use: low-pass 25 to 150 Hz, high-pass 0.05 to 0.5 Hz.

    The low-pass runs in both directions, as a device compensates for its delay; the high-pass forwards only, so that
    its phase distorts the ST segment as it does in real devices.
    """
    low_pass_hz = float(rng.choice(hospital.low_pass_hz, p=hospital.low_pass_shares))
    high_pass_hz = float(rng.choice(hospital.high_pass_hz, p=hospital.high_pass_shares))
    smooth = scipy_signal.sosfiltfilt(scipy_signal.butter(2, low_pass_hz, fs=fs, output="sos"), signal_mv)
    high_pass = scipy_signal.butter(1, high_pass_hz, "highpass", fs=fs, output="sos")
    settled = scipy_signal.sosfilt_zi(high_pass) * np.mean(smooth[: round(fs)])
    filtered: Float[np.ndarray, " time"] = scipy_signal.sosfilt(high_pass, smooth, zi=settled)[0]
    return filtered


def quantise(
    signal_mv: Float[np.ndarray, " time"], rng: np.random.Generator, hospital: Hospital = HOSPITAL_A
) -> Float[np.ndarray, " time"]:
    """Round to a device's least significant bit."""
    resolution_mv = float(rng.choice(hospital.resolutions_mv))
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
