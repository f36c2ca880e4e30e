"""Which laboratory value belongs to an ECG: the nearest in time of the same patient."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

SAME_MINUTE_AGREEMENT = 0.3
"""mEq/L that values of one minute may differ: what a repeat on another analyser may (blood gas or serum)."""
_ROUNDING = 1e-9


@dataclass(frozen=True)
class LabValue:
    """What the laboratory said of one minute.

    Attributes:
        time: of the sample; the mean where there are several.
        potassium: mEq/L, likewise; `None` where they disagree.
        count: how many values it stands for.
    """

    time: datetime
    potassium: float | None
    count: int


@dataclass(frozen=True)
class Pair:
    """The value that belongs to an ECG.

    Attributes:
        value: what the laboratory said.
        minutes: from the ECG to the sample; negative where the sample came first.
        tied: whether another value was as near on the other side; the later one is taken.
    """

    value: LabValue
    minutes: float
    tied: bool


def by_minute(samples: Iterable[tuple[datetime, float]]) -> list[LabValue]:
    """The values of one patient in order of time, those of the same minute as one.

    Args:
        samples: time and potassium in mEq/L.
    """
    groups = groupby(sorted(samples), lambda sample: sample[0].replace(second=0, microsecond=0))
    return [_as_one(list(group)) for _, group in groups]


def _as_one(samples: list[tuple[datetime, float]]) -> LabValue:
    first = samples[0][0]
    time = first + sum((time - first for time, _ in samples), timedelta()) / len(samples)
    values = [potassium for _, potassium in samples]
    agree = max(values) - min(values) <= SAME_MINUTE_AGREEMENT + _ROUNDING
    return LabValue(time, sum(values) / len(values) if agree else None, len(samples))


def nearest(ecg_time: datetime, values: Sequence[LabValue], window_minutes: float) -> Pair | None:
    """The value nearest to an ECG; `None` if none is in the window.

    Args:
        ecg_time: when the ECG was taken.
        values: as `by_minute` gives them.
        window_minutes: how far the sample may be, before or after, itself included.
    """
    place = bisect_left(values, ecg_time, key=lambda value: value.time)
    around = values[max(place - 1, 0) : place + 1]
    pairs = [Pair(value, (value.time - ecg_time) / timedelta(minutes=1), tied=False) for value in around]
    if not pairs:
        return None
    best = min(pairs, key=lambda pair: (abs(pair.minutes), -pair.minutes))
    if abs(best.minutes) > window_minutes:
        return None
    tied = len(pairs) == 2 and abs(pairs[0].minutes) == abs(pairs[1].minutes)
    return Pair(best.value, best.minutes, tied)
