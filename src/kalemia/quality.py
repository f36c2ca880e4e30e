"""What can be trusted of a recording: so far, whether what repeats in it is a heartbeat at all."""

import numpy as np

from kalemia.cycles import CYCLE_FS, R_INDEX, Cycles
from kalemia.errors import NoBeats

WIDE_S = 0.14
"""A QRS complex is rarely wider than this at half its height: 0.08 s and less in 99 % of LUDB and PTB-XL."""
WIDEST_S = 0.28
"""No QRS complex is wider; the sine wave of extreme hyperkalaemia comes near."""
LOW_SHARE = 0.3
"""Of the height of a cycle, the deflection at R has 0.4 and more in 99 % of LUDB and PTB-XL."""


def qrs_half_width_s(cycles: Cycles) -> float:
    """Width of the deflection at R at half its height over the median level, in s, of the first lead's median cycle."""
    cycle = cycles.median[0]
    deflection = cycle - np.median(cycle)
    low = np.flatnonzero(deflection * np.sign(deflection[R_INDEX]) <= abs(deflection[R_INDEX]) / 2)
    before, after = low[low < R_INDEX], low[low > R_INDEX]
    start = before[-1] if len(before) else -1
    end = after[0] if len(after) else len(cycle)
    return float(end - start - 1) / CYCLE_FS


def qrs_share_of_height(cycles: Cycles) -> float:
    """Height of the deflection at R over the peak-to-peak height, of the first lead's median cycle."""
    cycle = cycles.median[0]
    return float(abs(cycle[R_INDEX] - np.median(cycle)) / np.ptp(cycle))


def require_heartbeats(cycles: Cycles) -> tuple[str, ...]:
    """Refuse cycles that no heart makes: a pulse wave, breathing, a sine.

    Returns:
        Warnings where they are only doubtful.

    Raises:
        NoBeats: what repeats is too wide for a QRS complex.
    """
    width_s = qrs_half_width_s(cycles)
    if width_s > WIDEST_S:
        raise NoBeats(
            f"what repeats in it is {1e3 * width_s:.0f} ms wide at half its height, too wide for a QRS complex "
            f"(at most {1e3 * WIDEST_S:.0f} ms)"
        )
    doubts = []
    if width_s > WIDE_S:
        doubts.append(f"the QRS complex is {1e3 * width_s:.0f} ms wide at half its height: very wide, or not an ECG")
    if qrs_share_of_height(cycles) < LOW_SHARE:
        doubts.append("its cycles are highest away from R: R peaks may be misplaced, or it is not an ECG")
    return tuple(doubts)
