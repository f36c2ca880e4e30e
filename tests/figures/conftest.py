from itertools import combinations

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from kalemia.figures.by_range import ByRange
from kalemia.figures.curve import Curve
from kalemia.figures.style import save

NAN = float("nan")


@pytest.fixture
def pair() -> tuple[np.ndarray, np.ndarray]:
    """Measured and estimated potassium, all six ranges among them."""
    rng = np.random.default_rng(0)
    truth = np.round(rng.uniform(2.8, 9.2, 300), 1)
    return truth, 5.2 + 0.5 * (truth - 5.2) + rng.normal(0, 0.6, 300)


def written(figure: Figure) -> list[Text]:
    """Every text that is seen: ticks outside the limits have labels too, which are not drawn."""
    texts = [*figure.texts, *(text for legend in figure.legends for text in legend.get_texts())]
    for axes in figure.axes:
        texts += axes.texts
        if axes.get_legend():
            texts += axes.get_legend().get_texts()
        if not axes.axison:
            continue
        texts += [axes.title, axes._left_title, axes._right_title]
        for axis in (axes.xaxis, axes.yaxis):
            ticks = axis._update_ticks()
            texts += [axis.label, axis.offsetText]
            texts += [label for tick in ticks for label in (tick.label1, tick.label2)]
    return [text for text in texts if text.get_visible() and text.get_text().strip()]


@pytest.fixture
def check(tmp_path):
    """Check what holds for every figure: no text on another or beyond the canvas, the same bytes twice."""

    def checked(figure: Figure) -> Figure:
        figure.dpi = figure._original_dpi = 120  # as legible to this check as 300, and faster
        first, second = (save(figure, tmp_path / f"{name}.png").read_bytes() for name in "ab")
        assert first == second
        boxes = [(text.get_text(), text.get_window_extent()) for text in written(figure)]
        for text, box in boxes:
            assert box.x0 >= -1, f"{text!r} is cut off"
            assert box.y0 >= -1, f"{text!r} is cut off"
            assert box.x1 <= figure.bbox.x1 + 1, f"{text!r} is cut off"
            assert box.y1 <= figure.bbox.y1 + 1, f"{text!r} is cut off"
        for (text, box), (other, near) in combinations(boxes, 2):
            wide = min(box.x1, near.x1) - max(box.x0, near.x0)
            high = min(box.y1, near.y1) - max(box.y0, near.y0)
            assert min(wide, high) < 2, f"{text!r} lies on {other!r}"
        return figure

    return checked


@pytest.fixture
def legend():
    """What the legend under the axes says."""
    return lambda figure: [text.get_text() for text in figure.legends[0].get_texts()]


@pytest.fixture
def curve():
    """A falling curve with a band, or one without any value."""

    def made(name: str, start: float = 1.0, end: float = 0.8, note: str = "", known: bool = True) -> Curve:
        x = np.linspace(0.05, 1, 20)
        y = np.linspace(start, end, 20) if known else np.full(20, np.nan)
        return Curve(name, x, y, y - 0.05, y + 0.05, note)

    return made


@pytest.fixture
def by_range():
    """A measure in each range, with an interval of 0.1 at either side; NaN where the range is empty."""

    def made(name: str, value: float = 0.9, empty: tuple[int, ...] = ()) -> ByRange:
        values = value + 0.1 * np.abs(np.arange(6) - 2.5)
        values[list(empty)] = np.nan
        return ByRange(name, values, values - 0.1, values + 0.1)

    return made
