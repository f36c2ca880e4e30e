"""What a model makes of potassium in one part of the ECG alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from kalemia.figures import style

COLUMNS, PANEL_INCHES = 3, 1.9
BAND = (5, 95)
"""Percentiles of the patients."""


@dataclass(frozen=True, eq=False)
class CausalResponse:
    """Estimates of the same patients while one thing alone was changed.

    Attributes:
        changed: what was changed.
        quantity: what `given` is, with its unit.
        given: the levels it was given, rising.
        potassium: that a model would see who knew everything, at each level, mEq/L.
        estimates: mEq/L; NaN where the model abstained.
    """

    changed: str
    quantity: str
    given: Sequence[float]
    potassium: Sequence[float]
    estimates: Float[np.ndarray, "patient level"]

    def percentile(self, percent: float) -> Float[np.ndarray, " level"]:
        """Over the patients with an estimate; NaN at a level where there is none."""
        estimated = (level[np.isfinite(level)] for level in self.estimates.T)
        return np.array([np.percentile(level, percent) if level.size else np.nan for level in estimated])

    @property
    def median(self) -> Float[np.ndarray, " level"]:
        """Over the patients with an estimate."""
        return self.percentile(50)


def causal_response(responses: Sequence[CausalResponse]) -> Figure:
    """A panel for each thing that was changed: median and 5 to 95 % of the estimates, and what potassium was.

    Args:
        responses: at least one.
    """
    columns = min(COLUMNS, len(responses))
    rows = -(-len(responses) // columns)
    figure = style.empty_figure(style.PAGE_INCHES, rows * PANEL_INCHES + 0.5)
    panels = figure.subplots(rows, columns, sharey=True, squeeze=False).ravel()
    for axes in panels[len(responses) :]:
        axes.set_visible(False)
    for axes, response in zip(panels, responses, strict=False):
        _draw(style.calm(axes), response)
    figure.supylabel("Estimated potassium (mEq/L)", fontsize=style.MEDIUM, color=style.INK)
    figure.legend(
        handles=[
            Line2D([], [], color=style.BLUE, linewidth=1.4, marker="o", markersize=3),
            Patch(facecolor=style.BLUE, alpha=0.25),
            Line2D([], [], color=style.INK, linewidth=0.9, linestyle="--"),
        ],
        labels=["median of the patients", f"{BAND[0]} to {BAND[1]} %", "potassium given"],
        loc="outside upper center",
        ncols=3,
        frameon=False,
        fontsize=style.SMALL,
    )
    return figure


def _draw(axes: Axes, response: CausalResponse) -> None:
    low, high = (response.percentile(percent) for percent in BAND)
    axes.plot(response.given, response.potassium, color=style.INK, linewidth=0.9, linestyle="--")
    axes.fill_between(response.given, low, high, color=style.BLUE, alpha=0.25, linewidth=0)
    axes.plot(response.given, response.median, color=style.BLUE, linewidth=1.4, marker="o", markersize=3)
    axes.set_title(response.changed, loc="left", fontsize=style.MEDIUM, pad=3)
    axes.set_xlabel(response.quantity)
