import numpy as np
import pytest
from scipy import signal as dsp

from kalemia.simulation import simulate_recording
from kalemia.simulation.from_paper import as_read_from_paper

FS = 500


@pytest.fixture(scope="module")
def lead():
    return simulate_recording(4.5, seed=3).recording.signal[0].astype(float)


def test_it_stays_nearly_what_it_was(lead):
    """As near as digitized pages come: 12 to 30 dB."""
    ratios = [
        20 * np.log10(lead.std() / (as_read_from_paper(lead, FS, np.random.default_rng(seed)) - lead).std())
        for seed in range(40)
    ]
    assert 15 < np.median(ratios) < 32
    assert min(ratios) > 5


def test_high_frequencies_are_lost_and_low_ones_are_not():
    noise = np.random.default_rng(0).normal(size=200_000)
    frequencies, power = dsp.welch(noise, FS, nperseg=1024)
    _, left = dsp.welch(as_read_from_paper(noise, FS, np.random.default_rng(1)), FS, nperseg=1024)
    response = np.sqrt(left / power)
    assert response[np.argmin(abs(frequencies - 20))] > 0.85
    assert response[np.argmin(abs(frequencies - 150))] < 0.3


def test_a_seed_gives_the_same(lead):
    one, other = (as_read_from_paper(lead, FS, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(one, other)
