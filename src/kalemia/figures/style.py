"""How every figure of kalemia looks, and how it is saved.

Sizes are those of a printed journal column. Colours tell apart for people who do not see red from green; those of the
six potassium ranges also darken from the lowest range to the highest, so that they keep their order in greyscale.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from kalemia.errors import OutputError
from kalemia.writing import whole_or_nothing

COLUMN_INCHES = 3.5  # one journal column, 89 mm
MIDDLE_INCHES = 5.2  # one column and a half, 132 mm
PAGE_INCHES = 7.2  # two columns, 183 mm
DPI = 300

SMALL = 6.5  # points: tick labels, notes, legends
MEDIUM = 7.5  # points: axis labels, panel titles

INK = "#262626"
GREY = "#7a7a7a"
PALE = "#dddddd"
BLUE = "#0072b2"  # the first of two things compared (Okabe and Ito 2008)
ORANGE = "#d55e00"  # the second
GRID_MAJOR = "#f0b8b0"  # ECG paper, 5 mm lines
GRID_MINOR = "#fae3df"  # ECG paper, 1 mm lines

# One per potassium range, lowest first: < 4.0, 4.0-5.0, 5.0-6.0, 6.0-7.0, 7.0-8.0, > 8.0 mEq/L.
RANGE_COLOURS = ("#bcdff2", "#86c9b7", "#d99b2b", "#cc6f2c", "#a33b32", "#5e1a38")

Line = Literal["-"] | tuple[float, tuple[float, ...]]
"""Dashes, as matplotlib takes them."""
DASHED: Line = (0, (5, 3.5))
"""The line of what a curve is compared with: identity, chance, a nominal value."""


PLATE: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "pad": 1}
"""Behind a text through which a line would run."""


@dataclass(frozen=True)
class Look:
    """How one of several models is drawn: its line and its marker tell it apart where its colour does not.

    Attributes:
        colour: from Okabe and Ito 2008, https://jfly.uni-koeln.de/color.
        line: its dashes.
        marker: as matplotlib calls it.
    """

    colour: str
    line: Line
    marker: str


_LOOKS = (
    Look(BLUE, "-", "o"),
    Look(ORANGE, (0, (5, 1.2)), "s"),
    Look("#009e73", (0, (5, 1.2, 1.2, 1.2)), "^"),
    Look("#a0508a", (0, (1.2, 1.2)), "D"),
    Look("#b07a00", (0, (9, 1.5)), "v"),
    Look("#56b4e9", (0, (5, 1.2, 1.2, 1.2, 1.2, 1.2)), "P"),
    Look(INK, (0, (2.5, 1)), "X"),
)

_SUFFIXES = (".png", ".svg", ".pdf")


def new_figure(width: float = COLUMN_INCHES, height: float = 2.6) -> tuple[Figure, Axes]:
    """A figure with one set of axes in the common look; sizes in inches."""
    figure = empty_figure(width, height)
    return figure, calm(figure.add_subplot())


def empty_figure(width: float, height: float) -> Figure:
    """A figure without axes, for several panels; sizes in inches. Give each of its axes to `calm`."""
    return Figure(figsize=(width, height), dpi=DPI, layout="constrained")


def calm(axes: Axes) -> Axes:
    """Give axes the common look: thin lines, small type, no box around the data."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_linewidth(0.6)
    axes.spines[["left", "bottom"]].set_color(INK)
    axes.tick_params(labelsize=SMALL, width=0.6, length=2.5, colors=INK)
    for axis in (axes.xaxis, axes.yaxis):
        axis.label.set_fontsize(MEDIUM)
        axis.label.set_color(INK)
    axes.title.set_fontsize(MEDIUM)
    return axes


def look(number: int) -> Look:
    """The look of the first, second, ... of several models; after seven the looks begin again."""
    return _LOOKS[number % len(_LOOKS)]


def say(axes: Axes, text: str) -> None:
    """Write into the middle of axes why there is nothing in them."""
    written = axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", fontsize=MEDIUM, color=GREY)
    written.set_bbox(PLATE)


def note_above(axes: Axes, text: str) -> None:
    """A short note over the right end of the axes, such as the number of recordings."""
    axes.set_title(text, loc="right", fontsize=SMALL, color=GREY, pad=4)


def on(background: str | tuple[float, ...]) -> str:
    """The ink to write with on a background: dark or white, whichever is easier to read."""
    red, green, blue = to_rgb(background) if isinstance(background, str) else background[:3]
    return INK if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "white"


def legend_above(axes: Axes, handles: Sequence[Artist] | None = None, labels: Sequence[str] | None = None) -> None:
    """A legend over the axes in one line, where no curve can run through it.

    Args:
        axes: whose legend.
        handles: what it names; every labelled line by default.
        labels: the names, one for each of the handles.
    """
    if handles is None or labels is None:
        handles, labels = axes.get_legend_handles_labels()
    axes.legend(
        handles,
        labels,
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        ncols=len(labels),
        frameon=False,
        fontsize=SMALL,
        columnspacing=1.2,
        handlelength=1.6,
    )


def legend_below(
    figure: Figure, handles: Sequence[Artist], labels: Sequence[str], columns: int = 1, handle_length: float = 3.2
) -> None:
    """A legend under all axes, which make room for it; for more names than one line holds.

    Args:
        figure: whose legend.
        handles: what it names; nothing is drawn without any.
        labels: the names, one for each of the handles.
        columns: how many names stand beside each other.
        handle_length: room for a line, in letters; enough by default for one period of every look.
    """
    if handles:
        figure.legend(
            handles,
            labels,
            loc="outside lower center",
            ncols=min(columns, len(handles)),
            frameon=False,
            fontsize=SMALL,
            columnspacing=1.4,
            handlelength=handle_length,
            labelcolor=INK,
        )


def save(figure: Figure, path: str | Path) -> Path:
    """Write a figure so that the file is whole or not there; the same figure gives the same bytes.

    Args:
        figure: what to write.
        path: where to. Its suffix decides the format: `.png`, `.svg` or `.pdf`.

    Returns:
        The path written.

    Raises:
        OutputError: the suffix is none of these, or the file cannot be written there.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in _SUFFIXES:
        raise OutputError(f"{path.name}: no figure format {suffix or 'without a suffix'}. Use {', '.join(_SUFFIXES)}.")
    with whole_or_nothing(path) as draft:
        _write(figure, draft, suffix[1:])
    return path


def svg(figure: Figure) -> str:
    """The figure as an `<svg>` element to put into a page; the same figure gives the same text."""
    text = io.StringIO()
    _write(figure, text, "svg")
    document = text.getvalue()
    return document[document.index("<svg") :]


def _write(figure: Figure, target: Path | io.StringIO, kind: str) -> None:
    # A date or a random id would make two writings of one figure differ.
    dates: dict[str, dict[str, None]] = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
    with mpl.rc_context({"svg.hashsalt": "kalemia"}):
        figure.savefig(target, format=kind, metadata=dates[kind])
    # The layout starts from where it ended before, and would move a little with each writing.
    figure.set_layout_engine("none")
