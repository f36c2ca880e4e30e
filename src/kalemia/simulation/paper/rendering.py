"""Drawings as pixels and as PDF, both by Matplotlib, so that both show the same page."""

import io
from contextlib import AbstractContextManager

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, Transform

from kalemia.simulation.paper.drawing import Drawing, Lines, Words
from kalemia.simulation.paper.pixels import Image

MM_PER_INCH, POINTS_PER_INCH = 25.4, 72.0
POINTS_PER_MM = POINTS_PER_INCH / MM_PER_INCH

_RUNS_PER_PATH = 24
"""Agg's time grows faster than the length of a path."""


def to_pixels(drawing: Drawing, dpi: float) -> Image:
    """The drawing as RGB; x mm lie at `x * dpi / 25.4` px from the left edge of the first pixel."""
    rows, columns = (round(length * dpi / MM_PER_INCH) for length in (drawing.height_mm, drawing.width_mm))
    with _exact(), io.BytesIO() as file:
        # a hair more, because Matplotlib rounds the number of pixels down
        figure = _figure(drawing, (columns + 1e-6) / dpi, (rows + 1e-6) / dpi)
        figure.savefig(file, format="rgba", dpi=dpi, facecolor=drawing.paper_colour)
        pixels = np.frombuffer(file.getvalue(), np.uint8).reshape(rows, columns, 4)
    return pixels[..., :3].copy()


def to_pdf(drawing: Drawing) -> bytes:
    """The drawing as a PDF of one page, in paths and text. The same drawing gives the same bytes."""
    with _exact(), io.BytesIO() as file:
        figure = _figure(drawing, drawing.width_mm / MM_PER_INCH, drawing.height_mm / MM_PER_INCH)
        figure.savefig(file, format="pdf", facecolor=drawing.paper_colour, metadata={"CreationDate": None})
        return file.getvalue()


def _exact() -> AbstractContextManager[None]:
    """Settings under which every vertex is a sample, lines lie where they are and text stays text."""
    return mpl.rc_context({"path.simplify": False, "path.snap": False, "pdf.fonttype": 42})


def _figure(drawing: Drawing, width_in: float, height_in: float) -> Figure:
    figure = Figure(figsize=(width_in, height_in), facecolor=drawing.paper_colour)
    downwards = Affine2D().scale(1 / MM_PER_INCH, -1 / MM_PER_INCH).translate(0, height_in)
    on_paper = downwards + figure.dpi_scale_trans
    for lines in drawing.lines:
        for first in range(0, len(lines.runs), _RUNS_PER_PATH):
            _add_runs(figure, lines, lines.runs[first : first + _RUNS_PER_PATH], on_paper)
    for words in drawing.words:
        _add_words(figure, drawing, words, on_paper)
    return figure


def _add_runs(figure: Figure, lines: Lines, runs: tuple[np.ndarray, ...], on_paper: Transform) -> None:
    codes = [np.r_[Path.MOVETO, np.full(len(run) - 1, Path.LINETO)] for run in runs]
    path = Path(np.concatenate(runs), np.concatenate(codes).astype(Path.code_type))
    path.should_simplify = False
    width = lines.width_mm * POINTS_PER_MM
    # Matplotlib counts dashes in widths of the line
    dashes = (0, tuple(length / lines.width_mm for length in lines.dashes_mm)) if lines.dashes_mm else "solid"
    figure.add_artist(
        PathPatch(
            path,
            fill=False,
            edgecolor=lines.colour,
            linewidth=width,
            linestyle=dashes,
            capstyle="round",
            joinstyle="round",
            transform=on_paper,
            snap=False,
        )
    )


def _add_words(figure: Figure, drawing: Drawing, words: Words, on_paper: Transform) -> None:
    figure.text(
        words.x_mm,
        words.y_mm,
        words.text,
        fontsize=words.size_mm * POINTS_PER_MM,
        family=drawing.font,
        color=drawing.text_colour,
        va=words.edge,
        ha="left",
        transform=on_paper,
        parse_math=False,
    )
