"""The millimetre grid that is drawn on a page of a PDF."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from kalemia.digitization.strokes import Strokes
from kalemia.digitization.text import Box

_STRAIGHT_MM = 0.02
_MAX_CORNERS = 6
_DOT_MM = 0.6
"""A dot is smaller, a part of a line longer; so are the lines that traces are made of where each is two vertices."""
_THIN_FILL_MM = 0.6
_SAME_PLACE_MM = 0.03
_MIN_INK_MM = 8.0
"""Length of line on one place of the grid. A dot counts as 1 mm."""
_MIN_PLACES = 5
"""Four squares: a strip of 2 mV with large squares only."""
_PITCHES_MM = (0.3, 60.0)
_MAX_FINEST_MM = 12.0
"""Of a grid's finest lines: those of an ordinary plot are further apart."""
_REGULAR = 0.8
"""Share of the distances between neighbours that are multiples of the pitch."""
_BETWEEN_SQUARES_MM = 2.24
"""Halfway between small squares of 1 mm and large ones of 5 mm, by ratio."""
SMALL_PER_LARGE = 5


@dataclass(frozen=True)
class DrawnGrid:
    """The grid as it is drawn. A page drawn to another scale has millimetre squares that do not measure 1 mm.

    Attributes:
        pitch_x_mm: distance of the vertical lines of the small squares, in mm on paper; a fifth of that of the large
            ones where only these are drawn.
        pitch_y_mm: the same of the horizontal lines.
        box: what it covers.
        evidence: what was found, for the user to read.
    """

    pitch_x_mm: float
    pitch_y_mm: float
    box: Box
    evidence: str


@dataclass(frozen=True, eq=False)
class _Lines:
    """Straight lines along one axis: where, from, to, and of which stroke and pen."""

    place: Float[np.ndarray, " line"]
    ink_mm: Float[np.ndarray, " line"]
    stroke: Int[np.ndarray, " line"]
    pen: Int[np.ndarray, " line"]

    def only(self, which: Bool[np.ndarray, " line"]) -> "_Lines":
        return _Lines(self.place[which], self.ink_mm[which], self.stroke[which], self.pen[which])


@dataclass(frozen=True, eq=False)
class _Family:
    """Regular parallel lines of one pen."""

    lines: _Lines
    places: Float[np.ndarray, " place"]
    pitch_mm: float


def find_drawn_grid(strokes: Strokes) -> tuple[DrawnGrid | None, Bool[np.ndarray, " stroke"]]:
    """The grid, and which strokes belong to it.

    Lines count, in one or several colours and widths, as single lines, rectangles or one long path, thin filled
    rectangles, and dots.
    """
    belongs = np.zeros(len(strokes), bool)
    down, across = _axis_lines(strokes)
    verticals, horizontals = _families(down), _families(across)
    if not _fine_enough(verticals) or not _fine_enough(horizontals):
        return None, belongs
    for family in (*verticals, *horizontals):
        belongs[family.lines.stroke] = True
    (x_mm, x_small), (y_mm, y_small) = _same_squares(_small_pitch(verticals), _small_pitch(horizontals))
    points = strokes.points[np.repeat(belongs, np.diff(strokes.starts))]
    (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    grid = DrawnGrid(
        pitch_x_mm=x_mm,
        pitch_y_mm=y_mm,
        box=(left, top, right, bottom),
        evidence=_evidence(verticals, horizontals, x_mm, y_mm, x_small or y_small),
    )
    return grid, belongs


def _axis_lines(strokes: Strokes) -> tuple[_Lines, _Lines]:
    """Vertical and horizontal lines. Dots stand in both."""
    low, high = (np.zeros((0, 2)), np.zeros((0, 2))) if not len(strokes) else strokes.boxes()
    size = high - low
    dot = np.all(size <= _DOT_MM, axis=1)
    first = np.setdiff1d(np.arange(len(strokes.points)), strokes.starts[1:] - 1)
    owner = np.searchsorted(strokes.starts, first, side="right") - 1
    step = np.abs(strokes.points[first + 1] - strokes.points[first])
    slanted = np.bincount(owner[(step > _STRAIGHT_MM).all(axis=1)], minlength=len(strokes)) > 0
    outlined = ~(slanted | strokes.filled | dot)
    lines = []
    for axis in (0, 1):
        side = outlined[owner] & (step[:, axis] <= _STRAIGHT_MM) & (step[:, 1 - axis] > _DOT_MM)
        thin = np.flatnonzero(strokes.filled & (size[:, axis] <= _THIN_FILL_MM) & (size[:, 1 - axis] > _DOT_MM))
        strips = np.concatenate([thin, np.flatnonzero(dot)])
        stroke = np.concatenate([owner[side], strips])
        sides = (strokes.points[first[side], axis] + strokes.points[first[side] + 1, axis]) / 2
        lines.append(
            _Lines(
                place=np.concatenate([sides, (low[strips, axis] + high[strips, axis]) / 2]),
                ink_mm=np.concatenate([step[side, 1 - axis], np.where(dot[strips], 1.0, size[strips, 1 - axis])]),
                stroke=stroke,
                pen=2 * _pens(strokes)[stroke] + dot[stroke],
            )
        )
    return lines[0], lines[1]


def _pens(strokes: Strokes) -> Int[np.ndarray, " stroke"]:
    """A number for each colour and width."""
    width_um = np.round(strokes.width_mm * 100).clip(0, 1e6).astype(np.int64)
    red, green, blue = strokes.colour.T.astype(np.int64)
    key = ((width_um * 256 + red) * 256 + green) * 256 + blue
    return np.unique(2 * key + strokes.filled, return_inverse=True)[1]


def _families(lines: _Lines) -> list[_Family]:
    """Per pen, its lines if they are regular."""
    families = []
    for pen in np.unique(lines.pen):
        kept, places = _places(lines.only(lines.pen == pen))
        pitch_mm = _regular_pitch(places)
        if pitch_mm is not None:
            families.append(_Family(kept, places, pitch_mm))
    return families


def _fine_enough(families: list[_Family]) -> bool:
    return any(family.pitch_mm <= _MAX_FINEST_MM for family in families)


def _places(lines: _Lines) -> tuple[_Lines, Float[np.ndarray, " place"]]:
    """Where lines stand, each place once, if there is enough line on it; and the lines there."""
    order = np.argsort(lines.place)
    group = np.empty(len(order), np.int64)
    group[order] = np.cumsum(np.diff(lines.place[order], prepend=lines.place[order[:1]]) > _SAME_PLACE_MM)
    ink = np.bincount(group, lines.ink_mm)
    enough = ink >= _MIN_INK_MM
    return lines.only(enough[group]), (np.bincount(group, lines.place * lines.ink_mm) / ink)[enough]


def _regular_pitch(places: Float[np.ndarray, " place"]) -> float | None:
    """The distance of regular places in mm, `None` if there is none."""
    if len(places) < _MIN_PLACES:
        return None
    guess = float(np.median(np.diff(places)))
    return _fitted_pitch(places, guess) if _PITCHES_MM[0] <= guess <= _PITCHES_MM[1] else None


def _fitted_pitch(places: Float[np.ndarray, " place"], guess_mm: float) -> float | None:
    """The pitch by least squares over all lines, `None` if too few stand at multiples of the guess from each other.

    Lines may be missing where others are drawn over them. Where the grid starts anew, as in panels, it gets an offset
    of its own.
    """
    distances = np.diff(places)
    steps = np.round(distances / guess_mm)
    good = (np.abs(distances - steps * guess_mm) < 0.1 * guess_mm) & (steps >= 1)
    if good.mean() < _REGULAR:
        return None
    panel = np.concatenate([[0], np.cumsum(~good)])
    number = np.concatenate([[0], np.cumsum(np.where(good, steps, 0))])
    count = np.bincount(panel)
    centred_number = number - (np.bincount(panel, number) / count)[panel]
    centred_place = places - (np.bincount(panel, places) / count)[panel]
    return float((centred_number * centred_place).sum() / (centred_number**2).sum())


def _small_pitch(families: list[_Family]) -> tuple[float, bool]:
    """The pitch of small squares in mm, and whether they are drawn: over all lines that fit them."""
    finest = min(family.pitch_mm for family in families)
    has_large = any(_is_large(family.pitch_mm, finest) for family in families)
    everything = np.unique(np.concatenate([family.places for family in families]))
    apart = np.append(np.diff(everything) > _SAME_PLACE_MM, True)
    pitch_mm = _fitted_pitch(everything[apart], finest) or finest
    if has_large or finest <= _BETWEEN_SQUARES_MM:
        return pitch_mm, True
    return pitch_mm / SMALL_PER_LARGE, False


def _is_large(pitch_mm: float, small_mm: float) -> bool:
    return abs(pitch_mm / small_mm - SMALL_PER_LARGE) < 0.25


def _same_squares(x: tuple[float, bool], y: tuple[float, bool]) -> tuple[tuple[float, bool], tuple[float, bool]]:
    """Both axes in small squares, where one of them has large ones only, as with rows of dots."""
    ratio = x[0] / y[0]
    if abs(ratio - SMALL_PER_LARGE) < 1:
        return (x[0] / SMALL_PER_LARGE, False), y
    if abs(1 / ratio - SMALL_PER_LARGE) < 1:
        return x, (y[0] / SMALL_PER_LARGE, False)
    return x, y


def _evidence(verticals: list[_Family], horizontals: list[_Family], x_mm: float, y_mm: float, small: bool) -> str:
    down, across = (sum(len(family.places) for family in families) for families in (verticals, horizontals))
    squares = "small squares" if small else "large squares only; small ones"
    size = f"{x_mm:.3f} x {y_mm:.3f} mm"
    return f"The PDF draws a grid of {down} vertical and {across} horizontal lines: {squares} of {size}."
