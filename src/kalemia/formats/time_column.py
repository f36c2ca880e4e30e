"""The sampling rate from a column of times."""

import numpy as np
from jaxtyping import Float

from kalemia.errors import CorruptFile, InvalidSignal

_ROUNDING_S = 1e-3
_LONGEST_STEP_S = 0.2  # 5 Hz: a longer step cannot be between two samples of an ECG


def sampling_rate(
    times: Float[np.ndarray, " time"], seconds: float | None, title: str, first_row: int
) -> tuple[float, tuple[str, ...]]:
    """The rate that explains the times, and warnings.

    Args:
        times: one per sample, in an unknown or known unit.
        seconds: seconds per unit of time; `None` if the file does not say (then seconds, or milliseconds if steps are
            long).
        title: the column's title, for messages.
        first_row: row of the first time in the file, counted from 1, for messages.

    Raises:
        CorruptFile: a time is missing.
        InvalidSignal: the times do not rise evenly, or fewer than two.
    """
    if len(times) < 2:
        raise InvalidSignal(f'one row is not enough to tell the sampling rate from column "{title}". Add --fs 500')
    if not np.isfinite(times).all():
        row = first_row + int(np.argmin(np.isfinite(times)))
        raise CorruptFile(f'row {row}, column "{title}": no time there. Fill it, or remove the column and add --fs 500')
    step = (times[-1] - times[0]) / (len(times) - 1)
    _check_even(times, step, title, first_row)
    warnings: tuple[str, ...] = ()
    if seconds is None:
        seconds, warnings = _unit_by_step(step, title)
    return _whole_if_close(1 / (step * seconds), len(times)), warnings


def _check_even(times: Float[np.ndarray, " time"], step: float, title: str, first_row: int) -> None:
    # Rounded times wander around the straight line by less than a sample; a gap or a jump does not.
    if step > 0:
        wander = np.arange(len(times), dtype=np.float64)
        wander *= -step
        wander += times
        wander -= times[0]
        if np.abs(wander, out=wander).max() <= step:
            return
    jump = first_row + 1 + int(np.argmax(np.abs(np.diff(times) - max(step, 0.0))))
    raise InvalidSignal(
        f'column "{title}" does not rise evenly (see row {jump}). Even sampling is needed: fill gaps with empty cells'
    )


def _unit_by_step(step: float, title: str) -> tuple[float, tuple[str, ...]]:
    if step <= _LONGEST_STEP_S:
        return 1.0, ()
    if abs(step - 1) < 1e-6:
        raise InvalidSignal(
            f'column "{title}" counts in steps of 1: samples or milliseconds? '
            'Name it "time_ms", or remove it and add --fs 500'
        )
    return 1e-3, (f'Column "{title}" states no unit; it was read as milliseconds.',)


def _whole_if_close(fs: float, count: int) -> float:
    # Times rounded to milliseconds give 499.95 for 500.
    whole = round(fs)
    if whole and abs((count - 1) / whole - (count - 1) / fs) <= _ROUNDING_S:
        return float(whole)
    return float(fs)
