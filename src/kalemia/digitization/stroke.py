"""A pen's stroke along a curve, and the curve whose stroke looks most like what is on the paper.

Analysis by synthesis: the stroke of a first guess is drawn (all points closer to the curve than the pen's radius,
blurred as the picture is), compared with the ink, and the curve moved to where the two agree better: Gauss-Newton, with
one unknown per column. Where two strokes run into each other, as at the top of a narrow R wave, there is no edge to
measure any more; the drawing has run together there as well.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float, Float32, Int
from scipy import ndimage
from scipy.linalg import solveh_banded

from kalemia.digitization.curve import Columns

Shade = Float32[np.ndarray, "row column"]
Values = Float[np.ndarray, " pixel"]

ROUNDS = 10
FIRST_BLUR_PX = 1.0
_NARROWEST_PX, _WIDEST_PX = 0.4, 15.0
_SHARPEST_PX, _MOST_BLURRED_PX = 0.35, 3.0
_STIFFNESS, _SHARP_BEND_PX, _DAMPING = 0.02, 1.0, 0.02
"""A pen does not tremble within its own stroke. Sharp bends, the tips of waves, are left as they are."""
_LONGEST_STEP_PX = 2.0
_PEN_STEP_PX, _BLUR_STEP_PX = 0.3, 0.2
_OUTLIER = 0.5
"""Ink that is off by so much counts half: what crosses the stroke does not belong to it."""
_DARKNESS_PX = 41
_FAINTEST, _PALE, _DARK = 0.15, 0.3, 1.2
"""Below the first there is no stroke to compare with."""


@dataclass(frozen=True)
class Pen:
    """A round pen: radius in px, and standard deviation of the picture's blur in px."""

    radius: float
    blur: float

    @property
    def reach(self) -> float:
        """How far from the curve there is ink."""
        return self.radius + 2 * self.blur + 1


@dataclass(frozen=True, eq=False)
class Fit:
    """A curve with its stroke.

    Attributes:
        curve: height in px downwards, one value per column.
        pen: that drew it.
        misfit: ink that the stroke does not have but the paper does, or the other way round, beside the ink of the
            stroke, per column.
    """

    curve: Columns
    pen: Pen
    misfit: Columns


@dataclass(frozen=True, eq=False)
class _Pixels:
    """Pixels near a curve, with the nearest point of the curve to each: on a segment, from 0 to 1 along it."""

    rows: Int[np.ndarray, " pixel"]
    columns: Int[np.ndarray, " pixel"]
    distance: Values
    segment: Int[np.ndarray, " pixel"]
    along: Values
    below: Values


@dataclass(frozen=True, eq=False)
class _Comparison:
    """The ink beside a drawn stroke.

    Attributes:
        drawn: the stroke.
        rest: ink that it does not explain.
        weight: how much a pixel counts.
        steepness: how much ink changes with the distance from the curve's edge, at the near and at the far edge.
    """

    drawn: Values
    rest: Values
    weight: Values
    steepness: tuple[Values, Values]


def fit_stroke(ink: Shade, curve: Columns, radius: float) -> Fit:
    """The curve whose stroke is the ink.

    Args:
        ink: 0 paper, 1 ink.
        curve: a first guess, a few px from the truth: height in px downwards for each column.
        radius: of the pen in px, a first guess.
    """
    pen = Pen(float(np.clip(radius, _NARROWEST_PX, _WIDEST_PX)), FIRST_BLUR_PX)
    for _ in range(ROUNDS):
        pixels = _near(ink.shape[0], curve, pen.reach)
        compared = _compared(ink, pixels, pen)
        curve = curve + _step(curve, pixels, compared)
        pen = _better_pen(pen, pixels, compared)
    pixels = _near(ink.shape[0], curve, pen.reach)
    compared = _compared(ink, pixels, pen)
    off, drawn = (np.bincount(pixels.segment, ink, len(curve)) for ink in (np.abs(compared.rest), compared.drawn))
    return Fit(curve, pen, off / np.maximum(drawn, 1e-6))


def _near(height: int, curve: Columns, reach: float) -> _Pixels:
    """The pixels within reach of a curve."""
    rows, columns = _around(height, curve, reach)
    side = int(np.ceil(reach))
    padded = np.pad(curve, side, mode="edge").astype(np.float32)
    rise = np.diff(padded, append=padded[-1])
    scale = 1 / (1 + rise**2)
    squared = np.full(len(rows), np.inf, np.float32)
    segment, along, below = np.zeros(len(rows), np.intp), np.zeros_like(squared), np.zeros_like(squared)
    for offset in range(-side, side):
        candidate = columns + (side + offset)
        under = rows.astype(np.float32) - padded[candidate]
        part = np.clip((under * rise[candidate] - offset) * scale[candidate], 0, 1)
        under -= part * rise[candidate]
        distance = under**2 + (part + offset) ** 2
        nearer = distance < squared
        for kept, new in ((squared, distance), (segment, candidate), (along, part), (below, under)):
            np.copyto(kept, new, where=nearer, casting="same_kind")
    near = squared < reach**2
    segment = np.clip(segment - side, 0, len(curve) - 1)
    return _Pixels(rows[near], columns[near], np.sqrt(squared[near]), segment[near], along[near], below[near])


def _around(height: int, curve: Columns, reach: float) -> tuple[Int[np.ndarray, " pixel"], Int[np.ndarray, " pixel"]]:
    """Rows and columns of all pixels that may be within reach."""
    size = 2 * int(np.ceil(reach)) + 1
    first = np.floor(ndimage.minimum_filter1d(curve, size) - reach)
    last = np.ceil(ndimage.maximum_filter1d(curve, size) + reach)
    first, last = (np.clip(edge, 0, height - 1).astype(np.intp) for edge in (first, last))
    counts = last - first + 1
    columns = np.repeat(np.arange(len(curve)), counts)
    return np.arange(len(columns)) + np.repeat(first - np.cumsum(counts) + counts, counts), columns


def _compared(ink: Shade, pixels: _Pixels, pen: Pen) -> _Comparison:
    """The stroke that a pen would have left, as dark as the ink is around there, beside the ink."""
    seen = ink[pixels.rows, pixels.columns].astype(np.float64)
    whole = _drawn(pixels, pen, ink.shape[1])
    darkness = _darkness(seen, whole, pixels.segment, ink.shape[1])[pixels.segment]
    drawn = np.clip(darkness, _PALE, _DARK) * whole
    rest = seen - np.minimum(drawn, 1)
    weight = (darkness > _FAINTEST) / (1 + (rest / _OUTLIER) ** 2)
    # where ink is as dark as ink can be, a little more of it makes no difference
    scale = np.where(drawn < 1, np.clip(darkness, _PALE, _DARK), 0) / (np.sqrt(2 * np.pi) * pen.blur)
    near, far = ((pen.radius + sign * pixels.distance) / pen.blur for sign in (-1, 1))
    return _Comparison(
        np.minimum(drawn, 1), rest, weight, (scale * np.exp(-(near**2) / 2), scale * np.exp(-(far**2) / 2))
    )


def _drawn(pixels: _Pixels, pen: Pen, width: int) -> Values:
    """The stroke, 1 where it is whole."""
    top = pixels.rows.min()
    picture = np.zeros((pixels.rows.max() - top + 1, width), np.float32)
    at = pixels.rows - top, pixels.columns
    picture[at] = np.clip(pen.radius + 0.5 - pixels.distance, 0, min(1.0, 2 * pen.radius))
    # an edge that runs over a whole pixel has some blur already
    rest = max(pen.blur**2 - 1 / 12, 0.01) ** 0.5
    return cv2.GaussianBlur(picture, (0, 0), rest)[at].astype(np.float64)


def _darkness(seen: Values, drawn: Values, segment: Int[np.ndarray, " pixel"], width: int) -> Columns:
    """How dark the stroke is around each column."""
    both, own = (
        ndimage.uniform_filter1d(np.bincount(segment, ink * drawn, width), _DARKNESS_PX) for ink in (seen, drawn)
    )
    return both / np.maximum(own, 1e-6)


def _step(curve: Columns, pixels: _Pixels, compared: _Comparison) -> Columns:
    """How far to move the curve in each column."""
    width = len(curve)
    following = np.minimum(pixels.segment + 1, width - 1)
    near, far = compared.steepness
    # ink grows where the curve comes nearer
    change = (far - near) * -pixels.below / np.maximum(pixels.distance, 1e-3)
    first, second = change * (1 - pixels.along), change * pixels.along
    pull, weight = compared.weight * compared.rest, compared.weight
    bends = np.diff(curve, 2)
    stiffness = _STIFFNESS / (1 + (bends / _SHARP_BEND_PX) ** 2)
    band = _bending(stiffness)
    band[2] += np.bincount(pixels.segment, weight * first**2, width)
    band[2] += np.bincount(following, weight * second**2, width) + _DAMPING
    band[1, 1:] += np.bincount(pixels.segment, weight * first * second, width)[:-1]
    wanted = np.bincount(pixels.segment, pull * first, width) + np.bincount(following, pull * second, width)
    straighter = np.diff(np.pad(stiffness * bends, 2), 2)
    step: Columns = solveh_banded(band, wanted - straighter)
    return np.clip(step, -_LONGEST_STEP_PX, _LONGEST_STEP_PX)


def _bending(stiffness: Columns) -> Float[np.ndarray, "3 column"]:
    """Sum of squared second differences, each times its stiffness, as the upper bands of its matrix."""
    padded = np.pad(stiffness, 2)
    ahead, here, behind = padded[2:], padded[1:-1], padded[:-2]
    band = np.zeros((3, len(here)))
    band[2] = ahead + 4 * here + behind
    band[1, 1:] = -2 * (here + behind)[1:]
    band[0, 2:] = stiffness
    return band


def _better_pen(pen: Pen, pixels: _Pixels, compared: _Comparison) -> Pen:
    """The pen whose stroke is as wide, and as sharp, as the ink."""
    near, far = compared.steepness
    wider = near + far
    softer = -(near * (pen.radius - pixels.distance) + far * (pen.radius + pixels.distance)) / pen.blur
    columns = np.stack([wider, softer])
    normal = (columns * compared.weight) @ columns.T + np.eye(2)
    radius, blur = np.linalg.solve(normal, columns @ (compared.weight * compared.rest))
    return Pen(
        float(np.clip(pen.radius + np.clip(radius, -_PEN_STEP_PX, _PEN_STEP_PX), _NARROWEST_PX, _WIDEST_PX)),
        float(np.clip(pen.blur + np.clip(blur, -_BLUR_STEP_PX, _BLUR_STEP_PX), _SHARPEST_PX, _MOST_BLURRED_PX)),
    )
