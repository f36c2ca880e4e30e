"""Who was left out of a study at which step, as STARD and TRIPOD ask for it.

doi:10.1136/bmj.h5527 (STARD 2015), doi:10.1136/bmj-2023-078378 (TRIPOD+AI).
"""

import textwrap
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from kalemia.cohorts.flow import FlowStep
from kalemia.figures import style

# Inches.
_MARGIN, _LINE, _PAD, _GAP = 0.1, 0.14, 0.09, 0.22
_LEFT_WIDTH, _RIGHT = 2.3, 2.8
_SIGN = 0.062  # a sign of this size is no wider on average
_TITLE_SIGNS, _REASON_SIGNS = 30, 44
"""Signs on a line of a box."""
_MIDDLE = _MARGIN + _LEFT_WIDTH / 2

_Rows = list[tuple[str, list[str]]]
"""A count, and the lines that say of what."""


def flow_diagram(steps: Sequence[FlowStep]) -> Figure:
    """The steps from the top down, and what was left out between them to the right, with numbers of ECGs and patients.

    Args:
        steps: as `kalemia.cohorts.flow.Flow` counts them.
    """
    left, right = [_left_lines(step) for step in steps], [_right_lines(step) for step in steps]
    heights = [_height(len(title) + 1) for title in left]
    gaps = [2 * _GAP if not rows else _height(_count_lines(rows)) + 2 * _GAP for rows in right]
    total = sum(heights) + sum(gaps[1:]) + 2 * _MARGIN
    right_width = max(map(_width, right), default=0)
    figure, axes = _canvas(_RIGHT + right_width + _MARGIN if right_width else _LEFT_WIDTH + 2 * _MARGIN, total)
    top = total - _MARGIN
    for place, step in enumerate(steps):
        if place:
            _arrow(axes, (_MIDDLE, top), (_MIDDLE, top - gaps[place]))
            _draw_excluded(axes, right[place], top - _GAP, right_width)
            top -= gaps[place]
        _draw_left(axes, step, left[place], top, last=place == len(steps) - 1)
        top -= heights[place]
    return figure


def _canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """Axes over a whole figure, which count in inches."""
    figure = style.empty_figure(width, height)
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.axis("off")
    return figure, axes


def _left_lines(step: FlowStep) -> list[str]:
    return textwrap.wrap(step.title, _TITLE_SIGNS) or [""]


def _right_lines(step: FlowStep) -> _Rows:
    """All that were left out, then those for each reason."""
    if not step.excluded:
        return []
    total = sum(excluded.recordings for excluded in step.excluded)
    reasons = [(f"{one.recordings:,}", textwrap.wrap(one.reason, _REASON_SIGNS)) for one in step.excluded]
    return [(f"{total:,}", ["left out"]), *reasons]


def _count_lines(rows: _Rows) -> int:
    return sum(len(lines) for _, lines in rows)


def _width(rows: _Rows) -> float:
    """Of a box around such rows; none if there is nothing in it."""
    if not rows:
        return 0
    return _number_width(rows) + _SIGN * max(len(line) for _, lines in rows for line in lines) + _PAD


def _number_width(rows: _Rows) -> float:
    """From the edge of the box to the reasons, with the counts in between."""
    return _SIGN * (max(len(count) for count, _ in rows) + 1) + _PAD


def _height(lines: int) -> float:
    return lines * _LINE + 2 * _PAD


def _draw_left(axes: Axes, step: FlowStep, title: Sequence[str], top: float, *, last: bool) -> None:
    lines = [*title, f"n = {step.recordings:,} ({step.patients:,} {'patient' if step.patients == 1 else 'patients'})"]
    _box(axes, _MARGIN, top, _LEFT_WIDTH, _height(len(lines)), style.BLUE if last else style.INK)
    for number, line in enumerate(lines):
        weight = "bold" if number < len(title) else "normal"
        y = top - _PAD - (number + 0.5) * _LINE
        axes.text(
            _MIDDLE,
            y,
            line,
            ha="center",
            va="center",
            fontsize=style.MEDIUM,
            weight=weight,
            color=style.INK,
        )


def _draw_excluded(axes: Axes, rows: _Rows, top: float, width: float) -> None:
    if not rows:
        return
    height = _height(_count_lines(rows))
    _arrow(axes, (_MIDDLE, top - height / 2), (_RIGHT, top - height / 2))
    _box(axes, _RIGHT, top, width, height, style.GREY)
    x, y = _RIGHT + _number_width(rows), top - _PAD - _LINE / 2
    for number, (count, lines) in enumerate(rows):
        look: dict[str, Any] = {
            "va": "center",
            "fontsize": style.MEDIUM,
            "color": style.INK,
            "weight": "normal" if number else "bold",
        }
        axes.text(x - _SIGN, y, count, ha="right", **look)
        for line in lines:
            axes.text(x, y, line, ha="left", **look)
            y -= _LINE


def _box(axes: Axes, left: float, top: float, width: float, height: float, colour: str) -> None:
    axes.add_patch(Rectangle((left, top - height), width, height, facecolor="white", edgecolor=colour, linewidth=0.8))


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    look = {"arrowstyle": "-|>", "color": style.GREY, "linewidth": 0.8, "mutation_scale": 7, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", end, start, arrowprops=look)
