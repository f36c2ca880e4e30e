import numpy as np

from kalemia.pooling import pool


def test_a_few_odd_cycles_do_not_move_the_estimate():
    assert pool(np.array([5.0, 5.1, 4.9, 12.0, 5.0])) == 5.0
