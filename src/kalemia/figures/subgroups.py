"""Error in parts of the cohort."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from kalemia.figures import style
from kalemia.figures.forest import Column, draw_row, hold, new_forest
from kalemia.figures.numbers import shown, with_interval


@dataclass(frozen=True)
class Subgroup:
    """Some of the recordings.

    Attributes:
        variable: what divides them, such as "age"; subgroups of one variable stand together.
        name: such as "65 and older".
        n: recordings in it.
        mae: in mEq/L; NaN where it has no recordings.
        low: lower end of its 95 % interval; NaN where there is none.
        high: upper end.
        constant: the MAE of one potassium for all in the same recordings.
    """

    variable: str
    name: str
    n: int
    mae: float
    low: float
    high: float
    constant: float


def subgroups(groups: Sequence[Subgroup]) -> Figure:
    """A row for each subgroup under the heading of its variable, with the constant's MAE beside the model's.

    Args:
        groups: from top to bottom.
    """
    rows = _rows(groups)
    columns = (
        Column("n", 0.16, "right", [f"{row.n:,}" if isinstance(row, Subgroup) else "" for row in rows]),
        Column("MAE (95 % interval)", 0.26, "left", [_model(row) for row in rows]),
        Column("constant", 1.0, "right", [shown(row.constant) if isinstance(row, Subgroup) else "" for row in rows]),
    )
    names = [f"   {row.name}" if isinstance(row, Subgroup) else row for row in rows]
    headings = [number for number, row in enumerate(rows) if isinstance(row, str)]
    figure, axes = new_forest(names or ["no subgroups"], columns, headings)
    for number, row in enumerate(rows):
        if isinstance(row, Subgroup):
            axes.plot(row.constant, number, "o", color=style.GREY, markersize=4.2, markerfacecolor="none")
            draw_row(axes, number, row.mae, row.low, row.high)
    hold(axes, [value for one in groups for value in (one.mae, one.low, one.high, one.constant)])
    axes.set_xlabel("Mean absolute error (mEq/L)")
    model = Line2D([], [], color=style.BLUE, marker="s", markersize=4.2, linewidth=1.1)
    constant = Line2D([], [], color=style.GREY, marker="o", markersize=4.2, markerfacecolor="none", linestyle="none")
    style.legend_above(axes, [model, constant], ["model, 95 % interval", "constant"])
    return figure


def _rows(groups: Sequence[Subgroup]) -> list[str | Subgroup]:
    """The variables, each before its subgroups."""
    rows: list[str | Subgroup] = []
    for variable, members in groupby(groups, key=lambda group: group.variable):
        rows += [variable, *members]
    return rows


def _model(row: str | Subgroup) -> str:
    if isinstance(row, str):
        return ""
    return with_interval(row.mae, row.low, row.high) if row.n else "no recordings"
