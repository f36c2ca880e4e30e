"""An ECG drawn from Gaussian bells, whose every peak is known."""

from collections.abc import Callable

import hypothesis
import numpy as np
import pytest

from kalemia.recording import Recording

hypothesis.settings.register_profile("kalemia", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("kalemia")

# mV, s after R, width in s; T follows from the rate
WAVES = ((0.12, -0.16, 0.022), (-0.08, -0.025, 0.008), (1.1, 0.0, 0.011), (-0.2, 0.028, 0.010))
T_HEIGHT_MV = 0.3


def t_peak_s(rate: float) -> float:
    """Time from R to the peak of T, by Bazett's law with a QT of 0.40 s."""
    return 0.40 * np.sqrt(np.clip(60 / rate, 0.5, 1.1)) - 0.12


def draw(times: np.ndarray, r_times: np.ndarray, rate: float) -> np.ndarray:
    signal = np.zeros_like(times)
    for height, delay, width in (*WAVES, (T_HEIGHT_MV, t_peak_s(rate), 0.045)):
        for r in r_times:
            signal += height * np.exp(-0.5 * ((times - r - delay) / width) ** 2)
    return signal


@pytest.fixture
def make_ecg() -> Callable[..., tuple[Recording, np.ndarray]]:
    """Make lead II and the times of its R peaks in s: `make_ecg(rate=75, duration_s=10, fs=500, noise_mv=0)`."""

    def make(
        rate: float = 75, duration_s: float = 10, fs: float = 500, noise_mv: float = 0
    ) -> tuple[Recording, np.ndarray]:
        times = np.arange(round(duration_s * fs)) / fs
        r_times = np.arange(0.5, duration_s - 0.05, 60 / rate)
        noise = np.random.default_rng(0).normal(0, noise_mv, len(times)) if noise_mv else 0
        return Recording((draw(times, r_times, rate) + noise)[None], fs, ("II",)), r_times

    return make
