import numpy as np
import pytest

from kalemia.cohorts.potassium_ranges import EDGES, LABELS, STUDY_COUNTS, count_ranges, range_index, scaled_counts


def test_the_study_has_six_ranges_and_1567_patients():
    assert len(LABELS) == len(STUDY_COUNTS) == len(EDGES) + 1 == 6
    assert sum(STUDY_COUNTS) == 1567
    assert scaled_counts(1567) == STUDY_COUNTS


def test_a_range_holds_its_lower_edge():
    assert range_index(np.array([3.99, 4.0, 4.99, 5.0, 8.0, 9.9])).tolist() == [0, 1, 1, 2, 5, 5]
    assert count_ranges(np.array([3.0, 3.5, 8.5])).tolist() == [2, 0, 0, 0, 0, 1]


@pytest.mark.parametrize("total", [1, 2, 6, 30, 100, 1000, 5001])
def test_scaled_counts_sum_exactly_and_stay_near_the_share(total):
    counts = scaled_counts(total)
    assert sum(counts) == total
    assert np.all(np.abs(np.array(counts) - np.array(STUDY_COUNTS) * total / 1567) < 1)
