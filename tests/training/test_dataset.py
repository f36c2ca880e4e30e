import numpy as np
import pytest

from kalemia.preprocessing import Preprocessing
from kalemia.progress import Progress
from kalemia.training import TrainingConfig
from kalemia.training.dataset import CohortCycles, TrainingBatches, ValidationBatches, prepare


@pytest.fixture
def cycles() -> CohortCycles:
    """Recordings of 1, 5 and 10 cycles; each cycle is filled with its own number."""
    signal = np.broadcast_to(np.arange(16, dtype=np.float32)[:, None, None], (16, 1, 512)).copy()
    return CohortCycles(signal, np.array([0, 1, 6, 16]), np.array([2, 5, 7]), {9: "TooShort: 1 s", 3: "TooShort: 2 s"})


def drawn(cycles: CohortCycles, epoch: int, seed: int = 0, **settings: object) -> tuple[np.ndarray, np.ndarray]:
    config = TrainingConfig.load(
        overrides={"cycles_per_recording": 4, "batch_size": 5, "seed": seed, "augment": False, **settings}
    )
    batches = TrainingBatches(cycles, np.array([3.0, 5.0, 8.0]), np.ones(3), config, epoch=lambda: epoch)
    parts = list(batches)
    assert len(parts) == len(batches) == 3
    return tuple(np.concatenate([part[i].numpy() for part in parts]) for i in (0, 1))


def test_every_recording_weighs_the_same_and_keeps_its_potassium(cycles):
    signal, potassium = drawn(cycles, epoch=0)
    number = signal[:, 0, 0]
    assert [(potassium == k).sum() for k in (3.0, 5.0, 8.0)] == [4, 4, 4]
    assert set(number[potassium == 3.0]) == {0}
    assert len(set(number[potassium == 5.0])) == 4
    assert set(number[potassium == 8.0]) <= set(range(6, 16))


def test_the_draw_follows_from_seed_and_epoch_alone(cycles):
    first = drawn(cycles, epoch=3)[0]
    assert np.array_equal(first, drawn(cycles, epoch=3)[0])
    assert not np.array_equal(first, drawn(cycles, epoch=4)[0])
    assert not np.array_equal(first, drawn(cycles, epoch=3, seed=1)[0])


def test_augmented_cycles_are_drawn_alike_and_differ_from_the_recorded_ones(cycles):
    first = drawn(cycles, epoch=3, augment=True)[0]
    assert np.array_equal(first, drawn(cycles, epoch=3, augment=True)[0])
    assert not np.array_equal(first, drawn(cycles, epoch=4, augment=True)[0])


def test_weights_go_with_their_recordings(cycles):
    config = TrainingConfig.load(overrides={"cycles_per_recording": 2, "batch_size": 5})
    batches = TrainingBatches(cycles, np.array([3.0, 5.0, 8.0]), np.array([0.3, 0.5, 0.8]), config, epoch=lambda: 0)
    for _, potassium, weights in batches:
        assert weights.numpy() == pytest.approx(potassium.numpy() / 10)


def test_pooling_is_by_recording(cycles):
    assert cycles.pooled(np.arange(16.0)).tolist() == [0.0, 3.0, 10.5]


def test_part_of_the_recordings(cycles):
    part = cycles.only([5, 3])
    assert part.rows.tolist() == [5]
    assert part.start.tolist() == [0, 5]
    assert part.signal[:, 0, 0].tolist() == [1, 2, 3, 4, 5]
    assert list(part.dropped) == [3]
    assert len(cycles.only([])) == 0


def test_dropped_recordings_are_counted_by_reason(cycles):
    assert cycles.summary_of_dropped() == "2 of 5 recordings left out (TooShort 2)"


def test_validation_sees_every_cycle_once_in_order(cycles):
    batches = list(ValidationBatches(cycles))
    assert np.array_equal(np.concatenate([batch.numpy() for batch in batches]), cycles.signal)


def test_prepared_cycles_are_those_of_the_preprocessing(cohort):
    rows = np.array([1, 4])
    with Progress(shown=False) as progress:
        prepared = prepare(cohort, rows, Preprocessing(), progress)
    recordings = dict(cohort.recordings())
    assert set(prepared.rows) | set(prepared.dropped) == {1, 4}
    for place, row in enumerate(prepared.rows):
        expected = Preprocessing().cycles(recordings[row]).signal
        got = prepared.signal[prepared.start[place] : prepared.start[place + 1]]
        assert np.allclose(got, expected, atol=1e-6)


def test_a_missing_lead_drops_the_recording_with_its_reason(cohort):
    with Progress(shown=False) as progress:
        prepared = prepare(cohort, np.array([0]), Preprocessing(lead="V9"), progress)
    assert len(prepared) == 0
    assert prepared.dropped[0].startswith("MissingLead: no lead V9")
