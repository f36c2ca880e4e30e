import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kalemia.runs import runs_of


def test_runs_begin_and_end_where_they_do():
    assert runs_of(np.array([True, True, False, True, False])).tolist() == [[0, 2], [3, 4]]
    assert runs_of(np.array([False, True])).tolist() == [[1, 2]]
    assert runs_of(np.array([], dtype=bool)).shape == (0, 2)


@given(st.lists(st.booleans(), max_size=60))
def test_runs_are_all_that_holds_and_never_touch(values):
    mask = np.array(values, dtype=bool)
    runs = runs_of(mask)
    again = np.zeros(len(mask), dtype=bool)
    for start, stop in runs:
        again[start:stop] = True
    np.testing.assert_array_equal(again, mask)
    assert (np.diff(runs.ravel()) > 0).all()
