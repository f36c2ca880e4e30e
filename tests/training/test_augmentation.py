import numpy as np
import pytest

from kalemia.preprocessing import Preprocessing
from kalemia.simulation import simulate_recording
from kalemia.training.augmentation import SHIFT_SAMPLES, augment


@pytest.fixture(scope="module")
def signal() -> np.ndarray:
    cycles = Preprocessing(normalisation="mv").cycles(simulate_recording(4.5, seed=2).recording)
    return np.tile(cycles.signal, (40, 1, 1))


def test_a_cycle_stays_a_cycle(signal):
    changed = augment(signal, "mv", np.random.default_rng(0))
    assert changed.shape == signal.shape
    assert changed.dtype == np.float32
    correlation = [np.corrcoef(a[0], b[0])[0, 1] for a, b in zip(signal, changed, strict=True)]
    assert np.median(correlation) > 0.85


def test_gain_varies_in_mv_alone(signal):
    def height_spread(normalisation: str) -> float:
        changed = augment(signal, normalisation, np.random.default_rng(1))
        return float(np.std(np.ptp(changed, axis=-1) / np.ptp(signal, axis=-1)))

    assert height_spread("mv") > 0.05
    assert height_spread("robust") < height_spread("mv") - 0.01


def test_r_moves_by_a_few_samples_at_most(signal):
    before = np.argmax(np.abs(signal[:, 0]), axis=-1)
    after = np.argmax(np.abs(augment(signal, "mv", np.random.default_rng(2))[:, 0]), axis=-1)
    assert np.percentile(np.abs(before - after), 90) <= SHIFT_SAMPLES + 2


def test_the_input_is_left_as_it_is(signal):
    before = signal.copy()
    augment(signal, "mv", np.random.default_rng(3))
    assert np.array_equal(before, signal)


@pytest.mark.parametrize(("fs", "samples"), [(500, SHIFT_SAMPLES), (256, 2)])
def test_a_window_is_moved_by_as_long_a_time_as_a_cycle(fs, samples):
    peak = np.zeros((30, 1, 512), np.float32)
    peak[..., 256] = 1
    changed = (augment(peak, "robust", np.random.default_rng(seed), fs) for seed in range(30))
    moved = [np.median(batch[:, 0].argmax(axis=-1)) - 256 for batch in changed]
    assert {abs(by) for by in moved} == set(range(samples + 1))
