import numpy as np
import pytest

from kalemia.features import FEATURES, measure_features
from kalemia.personal import INPUTS, Reference, Seen, pair, waves_of
from kalemia.simulation import simulate_recording
from kalemia.training.personal import pairs_of, train_personal


def test_the_waves_of_a_recording_are_its_features():
    measured = measure_features(simulate_recording(4.5, seed=1).recording)
    waves = waves_of(measured)
    assert waves[list(FEATURES).index("t_height_mv")] == measured.median["t_height_mv"]
    assert len(waves) == len(FEATURES) + 1


def test_a_pair_has_today_and_the_change_since_then():
    today, then = (Seen(estimate, np.full(len(FEATURES) + 1, value)) for estimate, value in ((5.0, 3.0), (4.4, 1.0)))
    inputs = pair(today, Reference(then, 4.1))
    assert inputs.shape == (INPUTS,)
    assert inputs[:3] == pytest.approx([5.0, 4.4, 4.1])
    assert set(inputs[3:]) == {3.0, 2.0}


def test_every_recording_is_paired_with_every_other_of_its_patient():
    seen = [Seen(float(number), np.zeros(len(FEATURES) + 1)) for number in range(4)]
    pairs, places = pairs_of(seen, np.arange(4.0), np.array(["a", "b", "a", "a"]))
    assert sorted(zip(places.tolist(), pairs[:, 1].astype(int).tolist(), strict=True)) == [
        (0, 2), (0, 3), (2, 0), (2, 3), (3, 0), (3, 2),
    ]  # fmt: skip


def patients(count: int, rng: np.random.Generator) -> tuple[list[Seen], np.ndarray, np.ndarray]:
    """Two ECGs each, whose estimates are off by the same error; a wave is missing now and then."""
    truth = rng.uniform(3, 7, (count, 2))
    estimate = truth + rng.normal(0, 0.8, (count, 1)) + rng.normal(0, 0.1, (count, 2))
    waves = np.where(rng.random((2 * count, len(FEATURES) + 1)) < 0.05, np.nan, 0.0)
    seen = [Seen(float(one), wave) for one, wave in zip(estimate.ravel(), waves, strict=True)]
    return seen, truth.ravel(), np.repeat(np.arange(count), 2).astype(str)


def test_an_error_of_the_patients_own_is_learned_away():
    rng = np.random.default_rng(0)
    seen, truth, names = patients(600, rng)
    pairs, places = pairs_of(seen, truth, names)
    network = train_personal(pairs, truth[places], seed=0)
    others, others_truth, names = patients(300, rng)
    pairs, places = pairs_of(others, others_truth, names)
    alone = np.abs(pairs[:, 0] - others_truth[places]).mean()
    personal = np.abs(network.estimates(pairs) - others_truth[places]).mean()
    assert personal < 0.5 * alone
