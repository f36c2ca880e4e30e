from dataclasses import replace

import numpy as np
import pytest

from kalemia.cycles import Cycle, Cycles
from kalemia.errors import UnknownShape
from kalemia.novelty import Novelty, shape_of

TIME = np.linspace(0, 1, 512)


def waves(rng: np.random.Generator, count: int) -> np.ndarray:
    """Bells of about one height and width."""
    centre, width = rng.normal(0.33, 0.01, (count, 1)), rng.normal(0.03, 0.004, (count, 1))
    bells = np.exp(-0.5 * ((TIME - centre) / width) ** 2) + 0.3 * np.exp(-0.5 * ((TIME - 0.65) / 0.08) ** 2)
    bells += rng.normal(0, 0.005, bells.shape)
    bells -= np.median(bells, axis=1, keepdims=True)
    return bells / np.ptp(bells, axis=1, keepdims=True)


def cycles_of(shape: np.ndarray) -> Cycles:
    one = Cycle(shape[None].astype(np.float32), 0.8, 1.0)
    return Cycles((one, replace(one, r_s=1.8)), (), "mv")


@pytest.fixture(scope="module")
def novelty() -> Novelty:
    rng = np.random.default_rng(0)
    return Novelty.fit(waves(rng, 1500), waves(rng, 400))


def test_the_share_that_is_called_unusual_is_that_of_real_ones(novelty):
    distances = np.array([novelty.distance(shape) for shape in waves(np.random.default_rng(1), 1000)])
    assert 0.002 < np.mean(distances > novelty.unusual) < 0.06
    assert np.median(distances) == pytest.approx(1, abs=0.4)


def test_known_shapes_pass_without_a_word(novelty):
    shapes = waves(np.random.default_rng(2), 40)
    usual = [shape for shape in shapes if novelty.distance(shape) < novelty.unusual]
    assert len(usual) > 30
    assert all(novelty.doubts(cycles_of(shape)) == () for shape in usual)


def test_another_shape_is_refused_with_its_distance(novelty):
    with pytest.raises(UnknownShape, match="unlike any that the model has learned from"):
        novelty.doubts(cycles_of(np.sin(20 * TIME)))


def test_the_gain_does_not_matter():
    shape = waves(np.random.default_rng(3), 1)[0]
    assert shape_of(cycles_of(7 * shape)) == pytest.approx(shape_of(cycles_of(shape)), abs=1e-5)
    assert np.ptp(shape_of(cycles_of(shape))) == pytest.approx(1)


def test_round_trip(novelty):
    again, shape = Novelty.from_bytes(novelty.to_bytes()), waves(np.random.default_rng(4), 1)[0]
    assert again.distance(shape) == pytest.approx(novelty.distance(shape))
    assert again.unusual == novelty.unusual


@pytest.mark.parametrize("data", [b"", b"PK", b"{}", b"\x93NUMPY"])
def test_damaged_data_are_refused(data):
    with pytest.raises(ValueError, match=r"."):
        Novelty.from_bytes(data)


def test_a_truncated_archive_is_refused(novelty):
    data = novelty.to_bytes()
    for end in range(1, len(data), len(data) // 20):
        with pytest.raises(ValueError, match=r"."):
            Novelty.from_bytes(data[:end])
