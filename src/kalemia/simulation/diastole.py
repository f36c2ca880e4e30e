"""A slower heart: in a recording, the pause between T and the next beat is drawn out."""

from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int
from scipy.interpolate import CubicSpline

LEAST_PAUSE_S = 0.04
"""Where T and the next beat leave less room than this, they are left as they are."""
MOST_STRETCH = 2.5
AWAY_S = 0.02
"""A pause begins this far behind T and ends this far before the next beat."""


def slowed(
    mv: Float[np.ndarray, " time"],
    r: Int[np.ndarray, " beat"],
    pause_s: tuple[float, float],
    factor: float,
    fs: float,
) -> Float[np.ndarray, " time"]:
    """The lead with longer RR intervals, cut to its length: what comes last is pushed out.

    Waves are moved by whole samples, so that they and their noise stay as they are.

    Args:
        mv: one lead in mV.
        r: samples of its R peaks.
        pause_s: where T ends, in s from R, and where the next beat begins, in s from its own R.
        factor: of the RR intervals, 1 or more.
        fs: sampling rate in Hz.
    """
    parts, done = [], 0
    for before, after in pairwise(r):
        start = int(before + round((pause_s[0] + AWAY_S) * fs))
        stop = int(after + round((pause_s[1] - AWAY_S) * fs))
        longer = min(round((factor - 1) * (after - before)), round((MOST_STRETCH - 1) * (stop - start)))
        if stop - start >= LEAST_PAUSE_S * fs and longer > 0:
            parts += [mv[done:start], _drawn_out(mv[start : stop + 1], longer)[:-1]]
            done = stop
    return np.concatenate([*parts, mv[done:]])[: len(mv)]


def _drawn_out(mv: Float[np.ndarray, " time"], longer: int) -> Float[np.ndarray, " longer"]:
    """The same with so many more samples."""
    here, wanted = np.arange(len(mv)), np.linspace(0, len(mv) - 1, len(mv) + longer)
    return CubicSpline(here, mv)(wanted) if np.isfinite(mv).all() else np.interp(wanted, here, mv)
