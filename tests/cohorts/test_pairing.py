from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalemia.cohorts.pairing import by_minute, nearest

START = datetime(2024, 3, 1, 8, tzinfo=UTC)
SECONDS = st.integers(0, 7200) | st.integers(0, 120).map(lambda minute: 60 * minute)  # whole minutes tie more often
SAMPLES = st.lists(st.tuples(SECONDS, st.integers(20, 90).map(lambda k: k / 10)), max_size=12)


def at(seconds):
    return START + timedelta(seconds=seconds)


def oracle(ecg_s, samples, window):
    """By trying all: potassium, minutes, whether two are as near."""
    minutes = {}
    for seconds, potassium in samples:
        minutes.setdefault(seconds // 60, []).append((seconds, potassium))
    candidates = []
    for group in minutes.values():
        values = [potassium for _, potassium in group]
        seconds = sum(s for s, _ in group) / len(group)
        agree = max(values) - min(values) < 0.3001
        candidates.append(((seconds - ecg_s) / 60, sum(values) / len(values) if agree else None))
    inside = [one for one in candidates if abs(one[0]) <= window]
    if not inside:
        return None
    distance = min(abs(gap) for gap, _ in inside)
    best = [one for one in inside if abs(abs(one[0]) - distance) < 1e-6]
    gap, potassium = max(best)
    return potassium, gap, len(best) == 2


@given(ecg_s=SECONDS, samples=SAMPLES, window=st.integers(0, 90))
def test_it_finds_what_trying_all_finds(ecg_s, samples, window):
    values = by_minute([(at(seconds), potassium) for seconds, potassium in samples])
    assert [value.time for value in values] == sorted(value.time for value in values)
    assert sum(value.count for value in values) == len(samples)
    pair, wanted = nearest(at(ecg_s), values, window + 1e-6), oracle(ecg_s, samples, window + 1e-6)
    if wanted is None:
        assert pair is None
        return
    potassium, gap, _ = wanted
    assert pair.minutes == pytest.approx(gap, abs=1e-6)
    assert pair.value.potassium == (None if potassium is None else pytest.approx(potassium))
    if len(samples) == len(values):  # the mean time of several is rounded to a microsecond
        assert pair.tied == wanted[2]


def test_of_two_as_near_the_later_counts():
    pair = nearest(at(600), by_minute([(at(0), 4.0), (at(1200), 5.0)]), 60)
    assert (pair.value.potassium, pair.minutes, pair.tied) == (5.0, 10.0, True)


def test_the_window_holds_its_edges():
    values = by_minute([(at(0), 4.0)])
    assert nearest(at(3600), values, 60).minutes == -60
    assert nearest(at(3601), values, 60) is None
    assert nearest(at(0), [], 60) is None


def test_values_of_one_minute_are_one_if_they_agree():
    (value,) = by_minute([(at(0), 4.2), (at(30), 4.5)])
    assert (value.potassium, value.time, value.count) == (pytest.approx(4.35), at(15), 2)
    (value,) = by_minute([(at(0), 4.2), (at(30), 4.6)])
    assert value.potassium is None


def test_times_may_lack_a_zone():
    bare = datetime(2024, 3, 1, 8)
    assert nearest(bare, by_minute([(bare + timedelta(minutes=5), 4.0)]), 60).minutes == 5
