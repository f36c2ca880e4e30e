"""How well estimates tell cases from others: receiver operating characteristic, and precision against recall."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MultipleLocator

from kalemia.figures import style
from kalemia.figures.curve import Curve
from kalemia.figures.numbers import shown
from kalemia.figures.series import anything, draw_curves, names

_EMPTY = "one class only"


def roc(curves: Sequence[Curve], note: str = "") -> Figure:
    """Sensitivity against 1 - specificity, with the diagonal of chance.

    Args:
        curves: false-positive rate and sensitivity, 0 to 1; NaN where there is one class only.
        note: what was counted, such as "n = 1,567, 893 with K ≥ 5.5 mEq/L".
    """
    figure, axes = _square(curves, note)
    chance = Line2D([0, 1], [0, 1], color=style.GREY, linewidth=0.8, linestyle=style.DASHED)
    axes.add_line(chance)
    _draw(figure, axes, curves, chance, "chance")
    axes.set_xlabel("1 − specificity (share of non-cases flagged)")
    axes.set_ylabel("Sensitivity (share of cases flagged)")
    return figure


def precision_recall(curves: Sequence[Curve], prevalence: float, note: str = "") -> Figure:
    """Precision against recall, with the prevalence, which is the precision of chance.

    Args:
        curves: recall and precision, 0 to 1; NaN where there is one class only.
        prevalence: the share of cases; NaN draws none.
        note: what was counted, such as "n = 1,567, 893 with K ≥ 5.5 mEq/L".
    """
    figure, axes = _square(curves, note)
    chance = Line2D([0, 1], [prevalence, prevalence], color=style.GREY, linewidth=0.8, linestyle=style.DASHED)
    axes.add_line(chance)
    _draw(figure, axes, curves, chance, f"chance: prevalence {shown(prevalence)}")
    axes.set_xlabel("Recall (share of cases flagged)")
    axes.set_ylabel("Precision (share of cases among the flagged)")
    return figure


def _square(curves: Sequence[Curve], note: str) -> tuple[Figure, Axes]:
    figure, axes = style.new_figure(height=3.3 + 0.14 * len(curves))
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MultipleLocator(0.2))
    style.note_above(axes, note)
    return figure, axes


def _draw(figure: Figure, axes: Axes, curves: Sequence[Curve], chance: Line2D, name: str) -> None:
    lines = draw_curves(axes, curves)
    style.legend_below(figure, [*lines, chance], [*names(curves), name])
    if not anything(curves):
        style.say(axes, _EMPTY)
