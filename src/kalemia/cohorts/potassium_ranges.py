"""The six potassium ranges in which the study reports its cohort and its errors."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

EDGES = (4.0, 5.0, 6.0, 7.0, 8.0)  # mEq/L; a range holds its lower edge, not its upper one
LABELS = ("< 4.0", "4.0-5.0", "5.0-6.0", "6.0-7.0", "7.0-8.0", "> 8.0")
STUDY_COUNTS = (52, 190, 496, 336, 341, 152)  # patients of the Wonju Severance Hospital study, 1,567 in all


def range_index(potassium: Float[np.ndarray, " row"]) -> Int[np.ndarray, " row"]:
    """The range, 0 to 5, in which each potassium (mEq/L) falls."""
    return np.digitize(potassium, EDGES)


def count_ranges(potassium: Float[np.ndarray, " row"]) -> Int[np.ndarray, " 6"]:
    """How many potassium values (mEq/L) fall in each range."""
    return np.bincount(range_index(potassium), minlength=len(LABELS))


def scaled_counts(total: int) -> tuple[int, ...]:
    """The study's counts scaled to another total by largest remainder; they sum to `total` exactly."""
    return shared_out(total, np.array(STUDY_COUNTS) / sum(STUDY_COUNTS))


def shared_out(total: int, shares: Sequence[float] | Float[np.ndarray, " part"]) -> tuple[int, ...]:
    """A total in whole parts by largest remainder; they sum to `total` exactly.

    Args:
        total: what is to be shared out.
        shares: of each part; they sum to 1.
    """
    wanted = np.asarray(shares) * total
    counts = np.floor(wanted + 1e-9).astype(np.int64)
    largest_first = np.argsort(counts - wanted, kind="stable")
    counts[largest_first[: total - int(counts.sum())]] += 1
    return tuple(int(count) for count in counts)
