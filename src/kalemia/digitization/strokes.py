"""The lines that are drawn on a page of a PDF, as polylines in mm on paper."""

from dataclasses import dataclass

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from jaxtyping import Bool, Float, Int, UInt8

from kalemia.digitization.pdf_paths import MAX_VERTICES, Paths, read_paths, require_drawable

Points = Float[np.ndarray, "vertex 2"]

_FLATNESS_MM = 0.005
_MAX_STEPS = 64
_CLIP_TOLERANCE_MM = 0.02


@dataclass(frozen=True, eq=False)
class Strokes:
    """All strokes of a page, in the order of drawing.

    Attributes:
        points: of all strokes, one after the other: mm on paper, x right and y down.
        starts: where each stroke begins in `points`, and at last the number of points.
        colour: red, green, blue of each.
        width_mm: of each pen.
        filled: whether it is the outline of an area that is filled and not stroked.
    """

    points: Points
    starts: Int[np.ndarray, " stroke_plus_1"]
    colour: UInt8[np.ndarray, "stroke 3"]
    width_mm: Float[np.ndarray, " stroke"]
    filled: Bool[np.ndarray, " stroke"]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def of(self, stroke: int) -> Points:
        """The points of one stroke."""
        return self.points[self.starts[stroke] : self.starts[stroke + 1]]

    def boxes(self) -> tuple[Float[np.ndarray, "stroke 2"], Float[np.ndarray, "stroke 2"]]:
        """Left and top of each stroke, then right and bottom; there must be one."""
        return np.minimum.reduceat(self.points, self.starts[:-1]), np.maximum.reduceat(self.points, self.starts[:-1])


def read_strokes(page: pypdfium2.PdfPage) -> Strokes:
    """Everything stroked on a page, and the outlines of what is filled; white and invisible ink are left out.

    Paths within form XObjects are found too. Bezier curves become polylines, closed paths end where they begin, and
    what a rectangular clip hides is cut away.

    Raises:
        PageTooLarge: more than 150,000 objects or 500,000 vertices.
    """
    return _clipped(*_flattened(read_paths(page)))


def _flattened(paths: Paths) -> tuple[Strokes, Float[np.ndarray, "stroke 4"]]:
    """The paths as polylines in mm, and the box that clips each."""
    path = np.array(paths.path, np.int64)
    kind = np.array(paths.kind, np.int8)
    matrices = np.array(paths.matrices, float).reshape(-1, 3, 2)[path]
    raw = np.stack([np.array(paths.x), np.array(paths.y), np.ones(len(path))], axis=1)
    points = np.einsum("vi,vij->vj", raw, matrices)
    finite = np.isfinite(points).all(axis=1)
    points[~finite] = 0.0
    points, kind, path = _without_curves(points, kind, path)
    starts = np.flatnonzero((kind == pdfium.FPDF_SEGMENT_MOVETO) | (np.diff(path, prepend=-1) != 0))
    owner = path[starts]
    strokes = Strokes(
        points=points,
        starts=np.append(starts, len(points)),
        colour=np.array(paths.colours, np.uint8).reshape(-1, 3)[owner],
        width_mm=np.array(paths.widths_mm, float)[owner],
        filled=np.array(paths.filled, bool)[owner],
    )
    return strokes, np.array(paths.clips, float).reshape(-1, 4)[owner]


def _without_curves(
    points: Points, kind: Int[np.ndarray, " vertex"], path: Int[np.ndarray, " vertex"]
) -> tuple[Points, Int[np.ndarray, " vertex"], Int[np.ndarray, " vertex"]]:
    """Bezier curves, of which each has three vertices after the one before it, replaced by short straight lines."""
    bezier = kind == pdfium.FPDF_SEGMENT_BEZIERTO
    if not bezier.any():
        return points, kind, path
    place = np.flatnonzero(bezier)
    first = place[: len(place) // 3 * 3 : 3]
    first = first[first > 0]
    p0, p1, p2, p3 = (points[np.minimum(first + offset, len(points) - 1)] for offset in (-1, 0, 1, 2))
    bend = np.maximum(np.linalg.norm(p0 - 2 * p1 + p2, axis=1), np.linalg.norm(p1 - 2 * p2 + p3, axis=1))
    # a chord of 1/n of the curve is off by at most 1/8 of the second derivative, itself at most 6 times the bend
    steps = np.clip(np.ceil(np.sqrt(0.75 * bend / _FLATNESS_MM)), 1, _MAX_STEPS).astype(int)
    require_drawable(int(steps.sum()), MAX_VERTICES)
    curve = np.repeat(np.arange(len(first)), steps)
    t = ((np.arange(len(curve)) - np.repeat(np.cumsum(steps) - steps, steps) + 1) / steps[curve])[:, None]
    s = 1 - t
    along = s**3 * p0[curve] + 3 * s * s * t * p1[curve] + 3 * s * t * t * p2[curve] + t**3 * p3[curve]
    order = np.argsort(np.concatenate([np.flatnonzero(~bezier), first[curve]]), kind="stable")
    lines = np.full(len(along), pdfium.FPDF_SEGMENT_LINETO, kind.dtype)
    return (
        np.concatenate([points[~bezier], along])[order],
        np.concatenate([kind[~bezier], lines])[order],
        np.concatenate([path[~bezier], path[first][curve]])[order],
    )


def _clipped(strokes: Strokes, boxes: Float[np.ndarray, "stroke 4"]) -> Strokes:
    """The strokes without what lies outside their boxes; one that leaves its box and comes back is then two."""
    if not len(strokes):
        return strokes
    low, high = strokes.boxes()
    beyond = np.maximum(boxes[:, :2] - low, high - boxes[:, 2:]).max(axis=1)
    whole = beyond <= _CLIP_TOLERANCE_MM
    if np.all(whole):
        return strokes
    pieces: list[tuple[int, Points]] = []
    for stroke in range(len(strokes)):
        points = strokes.of(stroke)
        pieces += [(stroke, piece) for piece in ([points] if whole[stroke] else _pieces_inside(points, boxes[stroke]))]
    owner = np.array([stroke for stroke, _ in pieces], np.int64)
    lengths = [len(piece) for _, piece in pieces]
    return Strokes(
        points=np.concatenate([piece for _, piece in pieces] or [np.empty((0, 2))]),
        starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        colour=strokes.colour[owner],
        width_mm=strokes.width_mm[owner],
        filled=strokes.filled[owner],
    )


def _pieces_inside(points: Points, box: Float[np.ndarray, " 4"]) -> list[Points]:
    """The parts of a polyline within a box (Liang and Barsky's clipping of each of its lines)."""
    if len(points) == 1:
        return []
    start, step = points[:-1], np.diff(points, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        to_low, to_high = (box[:2] - start) / step, (box[2:] - start) / step
    inside = (start >= box[:2]) & (start <= box[2:])
    still = step == 0
    enter = np.where(still, np.where(inside, -np.inf, np.inf), np.minimum(to_low, to_high)).max(axis=1).clip(0, None)
    leave = np.where(still, np.inf, np.maximum(to_low, to_high)).min(axis=1).clip(None, 1)
    lines = np.flatnonzero(enter < leave)
    begin = start[lines] + enter[lines, None] * step[lines]
    end = start[lines] + leave[lines, None] * step[lines]
    broken = (np.diff(lines) != 1) | (leave[lines[:-1]] < 1)
    runs = np.split(np.arange(len(lines)), np.flatnonzero(broken) + 1)
    return [np.concatenate([begin[run[:1]], end[run]]) for run in runs if len(run)]
