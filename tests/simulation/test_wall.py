import numpy as np
import pytest

from kalemia.errors import ConfigError
from kalemia.simulation.wall import LAYERS, Wall


def test_each_layer_takes_its_share():
    layers = Wall(0.40, 0.25, 0.35).layers(120)
    assert [int((layers == number).sum()) for number in range(len(LAYERS))] == [48, 30, 42]
    assert (np.diff(layers) >= 0).all()


def test_a_wall_can_lack_a_layer():
    assert set(Wall(0.5, 0.0, 0.5).layers(10).tolist()) == {0, 2}


@pytest.mark.parametrize(
    "shares", [(0.4, 0.25, 0.3), (0.5, 0.5, 0.5), (-0.1, 0.6, 0.5), (1.2, -0.1, -0.1), (np.nan, 0.5, 0.5), (0, 0, 0)]
)
def test_a_wall_that_does_not_sum_to_one(shares):
    with pytest.raises(ConfigError, match=r"wall .*sum to 1"):
        Wall(*shares)
