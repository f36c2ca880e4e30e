"""The strip alone, laid flat and large, with what was read from it."""

from dataclasses import replace

import cv2
import numpy as np

from kalemia.digitization.canvas import canvas_of
from kalemia.digitization.digitization import Findings
from kalemia.digitization.overlay import draw_grid, draw_traces, strip_frame
from kalemia.digitization.page import Picture
from kalemia.digitization.paper_map import PaperMap

LINE_MM = 130.0
"""A longer strip is broken into lines: 5 s at 25 mm/s, and a little."""
_PX_PER_MM = 10.0
_BORDER_MM = 2.0
_BETWEEN_PX = 12


def draw_close_up(findings: Findings) -> Picture | None:
    """The chosen strip with its curve lying on it, 5 s to the line at 25 mm/s; `None` where none was chosen.

    Args:
        findings: of a page.
    """
    frame = strip_frame(findings)
    if frame is None or findings.map is None:
        return None
    left, top, right, bottom = frame
    lines = max(1, int(np.ceil((right - left) / LINE_MM)))
    length = (right - left) / lines
    size = round((length + 2 * _BORDER_MM) * _PX_PER_MM), round((bottom - top) * _PX_PER_MM)
    corners = [(left + line * length - _BORDER_MM, top) for line in range(lines)]
    pieces = [_piece(findings, findings.map, corner, size) for corner in corners]
    gap = np.full((_BETWEEN_PX, pieces[0].shape[1], 3), 255, np.uint8)
    return np.concatenate([part for piece in pieces for part in (piece, gap)][:-1])


def _piece(findings: Findings, paper: PaperMap, corner_mm: tuple[float, float], size_px: tuple[int, int]) -> Picture:
    """A part of the page as if it lay flat, with its curves."""
    step, (left, top) = 1 / _PX_PER_MM, corner_mm
    flat = PaperMap(np.array([[step, 0, left + step / 2], [0, step, top + step / 2], [0, 0, 1]]))
    pixels = np.stack(np.meshgrid(*(np.arange(length, dtype=float) for length in size_px)), axis=-1)
    there = paper.to_picture(flat.to_paper(pixels)).astype(np.float32)
    white = (255, 255, 255)
    picture = cv2.remap(
        findings.picture,
        there[..., 0],
        there[..., 1],
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=white,
    )
    canvas = canvas_of(np.asarray(picture), flat)
    if findings.grid_box is not None:
        draw_grid(canvas, findings.grid_box)
    draw_traces(canvas, replace(findings, picture=canvas.pixels, map=flat))
    return canvas.pixels
