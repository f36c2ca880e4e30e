"""The Viterbi algorithm on a picture: the cheapest way from the left edge to the right.

Forney 1973, doi:10.1109/PROC.1973.9030. Every row of a column is a state, so nothing has to be found before. What a
step from one column to the next costs is the sum of what lies between the two heights in the new column; such a
cost is a distance along a line, and its minimum over all heights is found in two sweeps (Felzenszwalb and Huttenlocher
2012, doi:10.4086/toc.2012.v008a019). The whole takes time proportional to the number of pixels.
"""

import numpy as np
from jaxtyping import Float32, Int

_LOWERED_EVERY = 64
"""Columns after which the sum so far is taken away: small costs would drown in a large one."""


def cheapest_path(
    stay: Float32[np.ndarray, "row column"], climb: Float32[np.ndarray, "row column"]
) -> Int[np.ndarray, " column"]:
    """The row of the cheapest path in every column.

    Args:
        stay: what it costs to be at a pixel.
        climb: what it costs to go over a pixel upwards or downwards within its column.
    """
    rows, columns = stay.shape
    numbers = np.arange(rows, dtype=np.int32)
    came_from = np.empty((columns, rows), np.int32)
    costs = stay[:, 0].astype(np.float32)
    stay_by_column = np.ascontiguousarray(stay.T)
    heights = np.cumsum(climb.T, axis=1, dtype=np.float32)
    for column in range(1, columns):
        height = heights[column]
        down, down_from = _sweep(costs - height, numbers)
        up, up_from = _sweep((costs + height)[::-1], numbers)
        down, up, up_from = down + height, up[::-1] - height, rows - 1 - up_from[::-1]
        climbs = up < down
        came_from[column] = np.where(climbs, up_from, down_from)
        costs = np.where(climbs, up, down) + stay_by_column[column]
        if column % _LOWERED_EVERY == 0:
            costs -= costs.min()
    path = np.empty(columns, np.intp)
    path[-1] = int(np.argmin(costs))
    for column in range(columns - 1, 0, -1):
        path[column - 1] = came_from[column, path[column]]
    return path


def _sweep(
    values: Float32[np.ndarray, " row"], numbers: Int[np.ndarray, " row"]
) -> tuple[Float32[np.ndarray, " row"], Int[np.ndarray, " row"]]:
    """The least value so far at each row, and where it stands."""
    least = np.minimum.accumulate(values)
    return least, np.maximum.accumulate(np.where(values <= least, numbers, 0))
