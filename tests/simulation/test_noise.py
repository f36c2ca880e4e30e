import numpy as np
import pytest

from kalemia.simulation import noise
from kalemia.simulation.hospitals import HOSPITAL_A

SAMPLES, FS = 5000, 500.0


def deviations(source, count=60):
    return np.array([source(SAMPLES, FS, np.random.default_rng(seed)).std() for seed in range(count)])


@pytest.mark.parametrize(
    ("source", "low_mv", "high_mv"),
    [(noise.baseline_wander, 0.02, 0.12), (noise.muscle, 0.005, 0.02), (noise.mains, 0.0005, 0.005)],
)
def test_typical_sizes(source, low_mv, high_mv):
    assert low_mv < np.median(deviations(source)) < high_mv


def test_mains_is_at_50_or_60_hz():
    hums = [noise.mains(SAMPLES, FS, np.random.default_rng(seed)) for seed in range(20)]
    found = {round(np.argmax(np.abs(np.fft.rfft(hum))) / 10) for hum in hums}
    assert found == {50, 60}


def test_wander_is_slow():
    spectrum = np.abs(np.fft.rfft(noise.baseline_wander(SAMPLES, FS, np.random.default_rng(0)))) ** 2
    assert spectrum[30:].sum() < 0.02 * spectrum.sum()


def test_few_recordings_have_a_step():
    assert 0 < np.mean(deviations(noise.electrode_steps, 400) > 0) < 0.15


def test_gain_stays_within_5_per_cent():
    gains = [noise.gain_error(np.ones(1), np.random.default_rng(seed))[0] for seed in range(300)]
    assert np.all(np.abs(np.array(gains) - 1) <= 0.05)
    assert np.std(gains) > 0.005


def test_quantised_to_a_device_step():
    rounded = noise.quantise(np.random.default_rng(0).normal(0, 1, 1000), np.random.default_rng(1))
    step = np.diff(np.unique(rounded)).min()
    assert min(abs(step - known) for known in HOSPITAL_A.resolutions_mv) < 1e-9


def test_the_device_filter_keeps_the_t_wave():
    time_s = np.arange(SAMPLES) / FS
    wave = np.exp(-0.5 * ((time_s % 1.0 - 0.5) / 0.04) ** 2)
    for seed in range(10):
        filtered = noise.device_filter(wave, FS, np.random.default_rng(seed))
        assert np.ptp(filtered[1000:]) == pytest.approx(1.0, abs=0.12)
