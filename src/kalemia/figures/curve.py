"""What a figure with curves is drawn from."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True)
class Curve:
    """A line, with its band where it has one.

    Attributes:
        name: of what is drawn, for the legend.
        x: rising, in the unit of the axis.
        y: likewise; NaN breaks the line.
        low: lower edge of the 95 % band; NaN where there is none.
        high: upper edge.
        note: what the legend adds to the name, such as "AUROC 0.83 (0.81 to 0.85)".
    """

    name: str
    x: Float[np.ndarray, " point"]
    y: Float[np.ndarray, " point"]
    low: Float[np.ndarray, " point"]
    high: Float[np.ndarray, " point"]
    note: str = ""
