from base64 import b64encode
from collections import Counter
from io import BytesIO

import numpy as np
import pytest
from defusedxml import ElementTree
from PIL import Image

from kalemia.figures import style
from kalemia.study.pictures import MOST_BYTES, Picture, png, smallest, width_inches


def lines(count, width=style.COLUMN_INCHES):
    figure, axes = style.new_figure(width)
    walks = np.random.default_rng(0).normal(size=(count, 1000)).cumsum(axis=1)
    axes.plot(walks.T, linewidth=0.4)
    axes.set_xlabel("Time (s)")
    return figure


def test_a_light_figure_stays_a_drawing():
    data = smallest(lines(1))
    assert ElementTree.fromstring(data).tag.endswith("svg")
    assert len(b64encode(data)) <= MOST_BYTES


def test_a_heavy_figure_becomes_a_picture():
    figure = lines(40)
    data = smallest(figure)
    assert data.startswith(b"\x89PNG")
    assert len(data) < len(style.svg(figure).encode()) / 3


def test_a_very_heavy_figure_becomes_a_coarser_picture():
    data = smallest(lines(100, style.PAGE_INCHES))
    with Image.open(BytesIO(data)) as image:
        assert image.info["dpi"][0] < 199
    assert len(b64encode(data)) <= MOST_BYTES


def test_the_same_figure_gives_the_same_bytes():
    assert smallest(lines(1)) == smallest(lines(1))
    assert png(lines(30)) == png(lines(30))


def test_few_colours_look_like_all():
    figure = lines(5)
    figure.savefig(drawn := BytesIO(), format="png", dpi=200)
    with Image.open(drawn) as all_colours, Image.open(BytesIO(png(figure))) as few:
        assert few.mode == "P"
        difference = np.asarray(few.convert("RGB"), float) - np.asarray(all_colours.convert("RGB"), float)
    assert np.abs(difference).mean() < 1


@pytest.mark.parametrize("width", [style.COLUMN_INCHES, style.PAGE_INCHES])
def test_both_kinds_are_shown_alike_wide(width):
    figure = lines(1, width)
    assert width_inches(style.svg(figure).encode()) == pytest.approx(width, abs=0.01)
    assert width_inches(png(figure)) == pytest.approx(width, abs=0.01)


def test_a_picture_without_a_size_is_shown_as_wide_as_a_page():
    assert width_inches(b"<svg viewBox='0 0 1 1'/>") == style.PAGE_INCHES
    Image.new("L", (600, 10)).save(data := BytesIO(), "PNG")
    assert width_inches(data.getvalue()) == 2


def test_files_are_linked_by_their_kind():
    files = ("figures/a b#.png", "figures/a.svg", "a.csv")
    html = Picture(b"<svg/>", "a line", "Caption", files).html(Counter(Figure=2))
    assert '<a href="figures/a%20b%23.png" aria-label="Figure 3 as PNG">PNG</a> · <a' in html
    assert ">CSV</a>" in html


@pytest.mark.parametrize(
    "file",
    [
        "javascript:alert(1).png",
        "https://example.org/a.png",
        "//example.org/a.png",
        "/a.png",
        "../a.png",
        "a/../../b.png",
        "C:\\a.png",
        "a",
        "",
    ],
)
def test_a_file_that_does_not_lie_beside_the_report_is_refused(file):
    with pytest.raises(ValueError, match="relative to the report"):
        Picture(b"<svg/>", "a line", "Caption", (file,))


def test_a_picture_needs_an_alternative_text():
    with pytest.raises(ValueError, match="alternative text"):
        Picture(b"<svg/>", " ", "Caption")
