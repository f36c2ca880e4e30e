"""A page that is drawn, not photographed: its rows from the paths of a PDF."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from kalemia.digitization.curve import Trace
from kalemia.digitization.curves import is_trace
from kalemia.digitization.digitization import Findings
from kalemia.digitization.page_source import PageSource
from kalemia.digitization.paper_map import PaperMap
from kalemia.digitization.vector import Drawing, DrawnGrid

Points = Float[np.ndarray, "vertex 2"]

ROW_MM = 9.0
"""How far baselines of one row may lie apart."""
OVERLAP_MM = 2.0
PULSE_REACH_MM = 8.0


def read_drawn(findings: Findings, source: PageSource, drawing: Drawing, grid: DrawnGrid) -> tuple[Findings, str]:
    """Everything on a drawn page but what it means.

    Args:
        findings: with the picture.
        source: the page.
        drawing: its curves.
        grid: its grid.

    Returns:
        The findings, and what the grid is, in words.
    """
    pitch = np.array([grid.pitch_x_mm, grid.pitch_y_mm])
    curves = [curve / pitch for curve in drawing.curves]
    traces = tuple(_row(group) for group in _rows(curves))
    texts = tuple(replace(text, box=_scaled(text.box, pitch)) for text in drawing.texts)
    paper = PaperMap(
        np.diag(
            [drawing.width_mm / pitch[0] / source.rgb.shape[1], drawing.height_mm / pitch[1] / source.rgb.shape[0], 1.0]
        )
    )
    found = replace(findings, map=paper, grid_box=_scaled(grid.box, pitch), traces=traces, texts=texts)
    return found, grid.evidence


def _scaled(box: tuple[float, float, float, float], pitch: Float[np.ndarray, "2"]) -> tuple[float, float, float, float]:
    left, top, right, bottom = box
    return left / pitch[0], top / pitch[1], right / pitch[0], bottom / pitch[1]


def _rows(curves: list[Points]) -> list[list[Points]]:
    """Curves that follow each other on one baseline, from the top; pulses go to the row they stand on."""
    rows: list[list[Points]] = []
    leads = [curve for curve in curves if is_trace(curve)]
    for curve in sorted(leads, key=lambda curve: -np.ptp(curve[:, 0])):
        home = next((row for row in rows if _follows(curve, row)), None)
        if home is None:
            rows.append([curve])
        else:
            home.append(curve)
    for curve in curves:
        if not is_trace(curve) and rows:
            _add_pulse(curve, rows)
    return sorted(rows, key=lambda row: float(np.median(np.concatenate(row)[:, 1])))


def _follows(curve: Points, row: list[Points]) -> bool:
    level = float(np.median(np.concatenate([other[:, 1] for other in row])))
    apart = all(curve[0, 0] > other[-1, 0] - OVERLAP_MM or curve[-1, 0] < other[0, 0] + OVERLAP_MM for other in row)
    return apart and abs(float(np.median(curve[:, 1])) - level) < ROW_MM


def _add_pulse(curve: Points, rows: list[list[Points]]) -> None:
    """Add a short curve to the row whose baseline its ends stand on, if it lies beside the leads."""
    base = float(max(curve[0, 1], curve[-1, 1]))
    row = min(rows, key=lambda row: abs(base - float(np.median(row[0][:, 1]))))
    beside = all(curve[0, 0] > other[-1, 0] - OVERLAP_MM or curve[-1, 0] < other[0, 0] + OVERLAP_MM for other in row)
    if beside and abs(base - float(np.median(row[0][:, 1]))) < PULSE_REACH_MM:
        row.append(curve)


def _row(curves: list[Points]) -> Trace:
    """One trace of all the curves of a row, with the pen up between them."""
    x, height = [], []
    for curve in sorted(curves, key=lambda curve: curve[0, 0]):
        x += [np.maximum.accumulate(curve[:, 0]), curve[-1:, 0]]
        height += [-curve[:, 1], np.array([np.nan])]
    places = np.maximum.accumulate(np.concatenate(x)[:-1])
    heights = np.concatenate(height)[:-1]
    return Trace(places, heights, np.isfinite(heights).astype(float), 0.0)
