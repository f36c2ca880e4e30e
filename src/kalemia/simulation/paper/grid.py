"""The millimetre grid of a page."""

import math
from collections.abc import Callable

import numpy as np

from kalemia.simulation.paper.drawing import Lines, straight
from kalemia.simulation.paper.geometry import GRID_MM, Geometry
from kalemia.simulation.paper.inks import GRID_INKS, mixed_with_white
from kalemia.simulation.paper.style import PageStyle

MINOR_LINE_MM, MAJOR_LINE_MM, DOT_MM = 0.1, 0.2, 0.22
_DOT_LENGTH_MM = 0.01
"""A dash of next to no length with round ends is a dot."""

Box = tuple[float, float, float, float]


def grid_box(style: PageStyle, geometry: Geometry) -> Box:
    """Left, top, right and bottom of the grid in mm; whole 5 mm squares, unless it covers the page."""
    if style.grid_area == "page":
        return 0.0, 0.0, geometry.width_mm, geometry.height_mm
    across = _whole_squares(geometry.width_mm - 2 * style.margin_mm, math.floor)
    down = _whole_squares(geometry.rows_bottom_mm - geometry.rows_top_mm, math.ceil)
    left = (geometry.width_mm - across) / 2
    top = (geometry.rows_top_mm + geometry.rows_bottom_mm - down) / 2
    return left, top, left + across, top + down


def grid_lines(style: PageStyle, geometry: Geometry) -> tuple[Lines, ...]:
    """The grid, 1 mm below 5 mm."""
    if style.grid_pattern == "none":
        return ()
    box, ink = grid_box(style, geometry), GRID_INKS[style.grid_colour]
    minor, major = (mixed_with_white(colour, style.grid_strength) for colour in (ink.minor, ink.major))
    coarse = Lines(_lattice(box, GRID_MM), MAJOR_LINE_MM, major)
    if style.grid_pattern == "5 mm":
        return (coarse,)
    if style.grid_pattern == "dots":
        return Lines(_rows_of_dots(box), DOT_MM, minor, (_DOT_LENGTH_MM, 1 - _DOT_LENGTH_MM)), coarse
    return Lines(_lattice(box, 1.0), MINOR_LINE_MM, minor), coarse


def _whole_squares(length_mm: float, rounding: Callable[[float], int]) -> float:
    return GRID_MM * rounding(round(length_mm / GRID_MM, 6))


def _lattice(box: Box, pitch_mm: float) -> tuple[np.ndarray, ...]:
    left, top, right, bottom = box
    vertical = [straight(x, top, x, bottom) for x in _ticks(left, right, pitch_mm)]
    horizontal = [straight(left, y, right, y) for y in _ticks(top, bottom, pitch_mm)]
    return (*vertical, *horizontal)


def _rows_of_dots(box: Box) -> tuple[np.ndarray, ...]:
    left, top, right, bottom = box
    half = _DOT_LENGTH_MM / 2
    return tuple(straight(left - half, y, right + half, y) for y in _ticks(top, bottom, 1.0))


def _ticks(start: float, stop: float, step: float) -> np.ndarray:
    return start + step * np.arange(math.floor((stop - start) / step + 1e-6) + 1)
