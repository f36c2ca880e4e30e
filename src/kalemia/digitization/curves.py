"""From strokes to curves: what is drawn in pieces is joined, what is no curve is left out."""

from itertools import pairwise

import numpy as np
from jaxtyping import Bool
from scipy.spatial import cKDTree

from kalemia.digitization.strokes import Points, Strokes

_SAME_POINT_MM = 0.01
_STRAIGHT_MM = 0.05
_MIN_SIZE_MM = 2.0
"""Smaller are letters drawn with a pen, and ticks; the smallest calibration pulses are 2.5 mm wide and 5 mm high."""
_MANY_VERTICES = 100
_LEAST_LENGTH_MM = 15.0
_MIN_VERTICES, _MAX_CORNERS = 4, 8
"""Of a calibration pulse."""
_BACKWARDS_MM = 0.02
_MAX_BACKWARDS = 0.02


def find_curves(strokes: Strokes, not_grid: Bool[np.ndarray, " stroke"]) -> tuple[Points, ...]:
    """Traces and calibration pulses, each from left to right: no lines, frames, ticks or letters.

    Args:
        strokes: of the page.
        not_grid: which of them may be curves.
    """
    pens = np.column_stack([strokes.colour, np.round(strokes.width_mm, 3)])
    candidates = np.flatnonzero(not_grid & ~strokes.filled & (np.diff(strokes.starts) > 1))
    _, pen = np.unique(pens[candidates], axis=0, return_inverse=True)
    curves: list[Points] = []
    for one in np.unique(pen):
        pieces = [strokes.of(stroke) for stroke in candidates[pen == one]]
        # a pulse may end where its lead begins
        curves += [piece for piece in pieces if _is_pulse(piece)]
        curves += _joined([piece for piece in pieces if not _is_pulse(piece)])
    curves = [curve for curve in curves if len(curve) >= _MIN_VERTICES]
    curves = [_left_to_right(_without_repeats(curve)) for curve in curves]
    return tuple(curve for curve in curves if _is_curve(curve))


def is_trace(curve: Points) -> bool:
    """Whether a curve has as many vertices as a lead, and runs from left to right."""
    forward = np.diff(curve[:, 0])
    return (
        len(curve) >= _MANY_VERTICES
        and bool(np.ptp(curve[:, 0]) >= _LEAST_LENGTH_MM)
        and float((forward < -_BACKWARDS_MM).mean()) <= _MAX_BACKWARDS
    )


def _joined(pieces: list[Points]) -> list[Points]:
    """Pieces of one pen, each joined to the one that begins where it ends; those drawn one after the other first."""
    chains = _joined_in_order(pieces)
    if len(chains) < 2:
        return chains
    begins, ends = np.array([chain[0] for chain in chains]), np.array([chain[-1] for chain in chains])
    _, following = cKDTree(begins).query(ends, distance_upper_bound=_SAME_POINT_MM)
    return _followed(chains, following)


def _joined_in_order(pieces: list[Points]) -> list[Points]:
    if not pieces:
        return []
    begins, ends = np.array([piece[0] for piece in pieces]), np.array([piece[-1] for piece in pieces])
    apart = (np.abs(begins[1:] - ends[:-1]) > _SAME_POINT_MM).any(axis=1)
    bounds = np.concatenate([[0], np.flatnonzero(apart) + 1, [len(pieces)]])
    return [np.concatenate(pieces[a:b]) for a, b in pairwise(bounds)]


def _followed(chains: list[Points], following: np.ndarray) -> list[Points]:
    """Chains joined along `following`, which has `len(chains)` where nothing follows. Each is used once."""
    taken = np.zeros(len(chains) + 1, bool)
    followed = np.zeros(len(chains) + 1, bool)
    followed[following[following != np.arange(len(chains))]] = True
    joined = []
    # first those that follow none; what is then left goes in circles
    for first in (*np.flatnonzero(~followed[:-1]), *np.flatnonzero(followed[:-1])):
        run, at = [], int(first)
        while at < len(chains) and not taken[at]:
            taken[at] = True
            run.append(chains[at])
            at = int(following[at])
        if run:
            joined.append(np.concatenate(run))
    return joined


def _is_pulse(piece: Points) -> bool:
    """Whether a piece has the corners of a calibration pulse and is no part of a curve."""
    return _MIN_VERTICES <= len(piece) <= _MAX_CORNERS and bool((np.diff(piece, axis=0) == 0).any(axis=1).all())


def _without_repeats(curve: Points) -> Points:
    moved = (np.diff(curve, axis=0) != 0).any(axis=1)
    return curve[np.concatenate([[True], moved])]


def _left_to_right(curve: Points) -> Points:
    return curve[::-1] if curve[0, 0] > curve[-1, 0] else curve


def _is_curve(curve: Points) -> bool:
    """Whether it is neither straight nor a frame nor too small; a flat lead is straight, but has many vertices."""
    if len(curve) >= _MANY_VERTICES:
        return bool(np.ptp(curve, axis=0).max() > _MIN_SIZE_MM)
    size = np.ptp(curve, axis=0)
    if len(curve) < _MIN_VERTICES or size.max() < _MIN_SIZE_MM or (curve[0] == curve[-1]).all():
        return False
    return bool(size.min() > _STRAIGHT_MM)
