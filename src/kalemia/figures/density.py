"""Many recordings as dots that darken where they lie close together."""

import numpy as np
from jaxtyping import Bool, Float, Int
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from scipy.spatial import cKDTree

from kalemia.figures import style

Potassium = Float[np.ndarray, " recording"]

REACH = 0.2  # mEq/L: what counts as near a dot
_LIGHT_TO_DARK = LinearSegmentedColormap.from_list("density", ["#8fc1e3", style.BLUE, "#06182b"])
"""Its lightest blue still stands out from paper, and it darkens throughout, also in greyscale."""


def near(x: Potassium, y: Potassium) -> Int[np.ndarray, " recording"]:
    """How many dots lie within `REACH` of each, itself included."""
    if not len(x):
        return np.zeros(0, dtype=int)
    dots = np.column_stack([x, y])
    # a little more than REACH: laboratories round to 0.1, and rounding errors would leave out some neighbours
    return np.asarray(cKDTree(dots).query_ball_point(dots, REACH + 1e-9, return_length=True))


def both_known(truth: Potassium, estimate: Potassium) -> Bool[np.ndarray, " recording"]:
    """Where there are a measurement and an estimate."""
    return np.isfinite(truth) & np.isfinite(estimate)


def draw_density(axes: Axes, x: Potassium, y: Potassium) -> PathCollection:
    """A dot for each recording, those with most others near them on top."""
    count = near(x, y)
    order = np.argsort(count, kind="stable")
    return axes.scatter(
        x[order],
        y[order],
        c=count[order],
        cmap=_LIGHT_TO_DARK,
        vmin=1,
        vmax=max(count.max(initial=0), 2),
        s=6,
        linewidths=0,
        rasterized=True,  # thousands of dots as vectors make a slow file
    )


def density_bar(figure: Figure, axes: Axes, dots: PathCollection) -> None:
    """What the colours mean, at the right of the axes."""
    bar = figure.colorbar(dots, ax=axes, shrink=0.6, aspect=25, pad=0.02, ticks=MaxNLocator(nbins=5, integer=True))
    bar.set_label(f"Recordings within {REACH} mEq/L", fontsize=style.SMALL, color=style.INK)
    bar.ax.tick_params(labelsize=style.SMALL, length=2, width=0.5, colors=style.INK)
    bar.outline.set_visible(False)
