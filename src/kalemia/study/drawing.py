"""A figure of the study, with the numbers behind it."""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from kalemia.figures import style
from kalemia.figures.curve import Curve
from kalemia.writing import write_text

Columns = Mapping[str, Sequence[object] | np.ndarray]
"""Of a table: names and values, all as long."""

DECIMALS = 6


@dataclass(frozen=True, eq=False)
class Drawing:
    """One figure.

    Attributes:
        name: of its files.
        caption: what it shows, for a paper.
        alt: the same in a phrase, for those who do not see it.
        figure: drawn.
        data: what it was drawn from.
    """

    name: str
    caption: str
    alt: str
    figure: Figure
    data: Columns

    @property
    def files(self) -> tuple[str, ...]:
        """Where it lies, relative to the report."""
        return tuple(f"figures/{self.name}.{kind}" for kind in ("png", "svg", "csv"))


def write_drawing(drawing: Drawing, folder: Path) -> None:
    """Write figure and data.

    Args:
        drawing: what to write.
        folder: of the report.

    Raises:
        OutputError: they cannot be written there.
    """
    png, svg, data = (folder / file for file in drawing.files)
    style.save(drawing.figure, png)
    style.save(drawing.figure, svg)
    write_text(data, as_csv(drawing.data))


def as_csv(columns: Columns) -> str:
    """A table as text; what is not a number, or not known, is an empty field."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in zip(*columns.values(), strict=True))
    return text.getvalue()


def of_curves(curves: Sequence[Curve], x: str, y: str) -> Columns:
    """Curves as one table."""
    columns: dict[str, list[object]] = {name: [] for name in ("curve", x, y, "low", "high")}
    for curve in curves:
        rows = zip([curve.name] * len(curve.x), curve.x, curve.y, curve.low, curve.high, strict=True)
        for row in rows:
            for name, value in zip(columns, row, strict=True):
                columns[name].append(value)
    return columns


def _cell(value: object) -> object:
    if isinstance(value, float | np.floating):
        return "" if math.isnan(value) else f"{value:.{DECIMALS}g}"
    return "" if value is None else value
