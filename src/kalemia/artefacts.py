"""What in a lead comes from the recorder and not from the heart: where it is flat, and where its range ends.

Both are looked for in the lead as it was read, because filters round them off.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from kalemia.runs import runs_of

FLAT_S = 1.0
"""From here on, samples that are all the same mean a lead that was off. 0.3 s is the longest such run between the ends
of 1469 strips of PTB-XL; a signal without any noise has longer ones between slow beats."""
CLIPPED_S = 0.006
"""An R peak stays at its highest value for a sample or two. What stays longer, and..."""
STEP = 0.02
"""...gets there in a step of at least this share of the lead's range, was cut off."""
FEWEST_CUTS = 2
"""One such place may be chance: 2 of 1469 strips of PTB-XL have one, none has two."""
SAME = 1e-3
"""Share of the range that counts as the same value: what filters leave of a plateau is not exactly flat."""

Signal = Float[np.ndarray, " time"]
Spans = Float[np.ndarray, "span 2"]


@dataclass(frozen=True, eq=False)
class Artefacts:
    """Where a lead does not show the heart, as spans in seconds.

    Attributes:
        flat_s: the lead was off.
        clipped_s: the signal left the recorder's range.
    """

    flat_s: Spans
    clipped_s: Spans


def find_artefacts(signal: Signal, fs: float) -> Artefacts:
    """Flat and clipped parts of a lead.

    Args:
        signal: one lead as it was read, in whatever unit; NaN is neither.
        fs: sampling rate in Hz.
    """
    return Artefacts(flat_s=_flat(signal, fs) / fs, clipped_s=_clipped(signal, fs) / fs)


def _flat(signal: Signal, fs: float) -> Int[np.ndarray, "span 2"]:
    runs = runs_of(np.diff(signal, prepend=np.nan) == 0) - np.array([1, 0])  # with the first of the same samples
    return runs[runs[:, 1] - runs[:, 0] >= FLAT_S * fs]


def _clipped(signal: Signal, fs: float) -> Int[np.ndarray, "span 2"]:
    """Plateaus at either end of the range."""
    seen = signal[np.isfinite(signal)]
    height = float(np.ptp(seen)) if seen.size else 0.0
    if height == 0:
        return np.empty((0, 2), dtype=np.intp)
    ends = (signal >= seen.max() - SAME * height, signal <= seen.min() + SAME * height)
    cuts = [runs for end in ends if len(runs := _plateaus(signal, end, height, fs)) >= FEWEST_CUTS]
    return np.concatenate([np.empty((0, 2), dtype=np.intp), *cuts])


def _plateaus(
    signal: Signal, at_the_end: Bool[np.ndarray, " time"], height: float, fs: float
) -> Int[np.ndarray, "s 2"]:
    """Where the signal stays at an end of its range that it reached or left in a step."""
    runs = runs_of(at_the_end)
    runs = runs[runs[:, 1] - runs[:, 0] >= max(3, round(CLIPPED_S * fs))]
    steps = np.abs(np.diff(signal, prepend=signal[0], append=signal[-1]))  # before each sample, and behind the last
    return runs[np.fmax(steps[runs[:, 0]], steps[runs[:, 1]]) >= STEP * height]
