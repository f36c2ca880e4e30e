"""How much of a strip was seen, and when that deserves a warning."""

import numpy as np

from kalemia.digitization.curve import is_doubtful
from kalemia.digitization.digitization import Digitization

LOW_CONFIDENCE = 0.5
"""Mean over the traced samples of lead II; readable pages reach 0.9."""
LEAST_TRACED = 0.9
"""Share of the strip that should have been traced."""
MOST_UNCERTAIN = 0.03
"""Share of what was traced that may be uncertain: the pen's fastest strokes on most pages."""


def doubts_about(digitization: Digitization) -> tuple[str, ...]:
    """One sentence each where the curve was followed badly, or in part only."""
    traced, confidence = traced_share(digitization), digitization.mean_confidence
    doubts = []
    if traced < LEAST_TRACED:
        doubts.append(f"Only {traced:.0%} of the strip could be traced.")
    if confidence < LOW_CONFIDENCE:
        doubts.append(f"The curve could hardly be told from what is around it: mean confidence {confidence:.2f} of 1.")
    elif (uncertain := uncertain_share(digitization)) > MOST_UNCERTAIN:
        doubts.append(f"{uncertain:.0%} of the curve is uncertain (orange in the overlay): its peaks may be cut.")
    return tuple(doubts)


def strip_seconds(digitization: Digitization) -> float:
    """From the first to the last sample that was traced of the first lead; with all leads the page may go on."""
    first, end = _ends(digitization)
    return (end - first) / digitization.recording.fs


def traced_share(digitization: Digitization) -> float:
    """Part of these seconds that was traced, 0 to 1."""
    first, end = _ends(digitization)
    return float(np.isfinite(digitization.recording.signal[0, first:end]).mean()) if end > first else 0.0


def uncertain_share(digitization: Digitization) -> float:
    """Part of what was traced of the first lead that is not to be believed, 0 to 1."""
    seen = np.isfinite(digitization.recording.signal[0])
    step_mm = digitization.speed_mm_per_s / digitization.recording.fs
    return float(is_doubtful(digitization.confidence[0], step_mm)[seen].mean()) if seen.any() else 0.0


def _ends(digitization: Digitization) -> tuple[int, int]:
    seen = np.flatnonzero(np.isfinite(digitization.recording.signal[0]))
    return (int(seen[0]), int(seen[-1]) + 1) if len(seen) else (0, 0)
