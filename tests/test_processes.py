import math
import os

import pytest

from kalemia.errors import OutputError
from kalemia.processes import cores, done_in_any_order


def test_alone_or_together_all_is_done():
    assert sorted(done_in_any_order(math.sqrt, [4.0, 9.0, 16.0], workers=1)) == [2.0, 3.0, 4.0]
    assert sorted(done_in_any_order(math.sqrt, [4.0, 9.0, 16.0], workers=2)) == [2.0, 3.0, 4.0]
    assert list(done_in_any_order(math.sqrt, [], workers=2)) == []


def test_a_worker_that_is_killed_is_one_line():
    with pytest.raises(OutputError, match="killed, perhaps for its memory; run the same command again"):
        list(done_in_any_order(os._exit, [1, 1], workers=2))


def test_there_is_a_core():
    assert cores() >= 1
