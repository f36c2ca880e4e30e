"""What a page is made of: lines and words, in mm from the top left of the paper."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

Points = Float[np.ndarray, "point 2"]


@dataclass(frozen=True, eq=False)
class Lines:
    """Lines of one pen.

    Attributes:
        runs: x and y of the vertices of each; between two runs the pen is up.
        width_mm: of the pen.
        colour: `#rrggbb`.
        dashes_mm: length of a dash and of the gap behind it, or `None` for a solid line.
    """

    runs: tuple[Points, ...]
    width_mm: float
    colour: str
    dashes_mm: tuple[float, float] | None = None


@dataclass(frozen=True)
class Words:
    """One line of text.

    Attributes:
        text: what it says.
        x_mm: of its left edge.
        y_mm: of its lower or upper edge.
        size_mm: from ascender to descender.
        edge: which edge stands at `y_mm`.
    """

    text: str
    x_mm: float
    y_mm: float
    size_mm: float
    edge: Literal["bottom", "top"]


@dataclass(frozen=True)
class Drawing:
    """A page, in the order in which it is drawn."""

    width_mm: float
    height_mm: float
    paper_colour: str
    text_colour: str
    font: str
    lines: tuple[Lines, ...]
    words: tuple[Words, ...]


def straight(x0: float, y0: float, x1: float, y1: float) -> Points:
    """A run from one point to another."""
    return np.array([(x0, y0), (x1, y1)])
