from itertools import pairwise

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from kalemia.errors import OutputError
from kalemia.figures import style


@pytest.fixture
def figure() -> Figure:
    figure, axes = style.new_figure()
    axes.plot([0, 1], [0, 1])
    return figure


@pytest.mark.parametrize(("suffix", "start"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")])
def test_the_suffix_decides_the_format(figure, tmp_path, suffix, start):
    path = style.save(figure, tmp_path / "new" / f"figure{suffix}")
    assert path.read_bytes().startswith(start)
    assert [other.name for other in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_the_same_figure_gives_the_same_bytes(figure, tmp_path, suffix):
    first, second = (style.save(figure, tmp_path / f"{name}{suffix}") for name in "ab")
    assert first.read_bytes() == second.read_bytes()


def test_a_layout_that_has_not_settled_stays_where_it_was_first_written(tmp_path):
    figure, axes = style.new_figure()
    [line] = axes.plot([0, 1], [0, 1])
    axes.set_aspect("equal")
    style.legend_below(figure, [line], ["line"])
    first, second = (style.save(figure, tmp_path / f"{name}.png").read_bytes() for name in "ab")
    assert first == second


@pytest.mark.parametrize("name", ["figure", "figure.gif"])
def test_other_formats_are_refused(figure, tmp_path, name):
    with pytest.raises(OutputError, match=r"\.png, \.svg, \.pdf"):
        style.save(figure, tmp_path / name)


def test_a_failure_leaves_what_was_there(tmp_path, monkeypatch, figure):
    path = tmp_path / "figure.png"
    path.write_text("before")

    def full_disk(target, **kwargs):
        target.write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(figure, "savefig", full_disk)
    with pytest.raises(OutputError, match=r"figure\.png.*No space left"):
        style.save(figure, path)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_svg_is_one_element_for_a_page(figure):
    text = style.svg(figure)
    assert text.startswith("<svg")
    assert text.rstrip().endswith("</svg>")
    assert text == style.svg(figure)


def test_settings_of_the_user_are_left_alone(figure, tmp_path):
    before = dict(mpl.rcParams)
    style.save(figure, tmp_path / "figure.svg")
    assert dict(mpl.rcParams) == before


def luminance(colour: str) -> float:
    red, green, blue = mpl.colors.to_rgb(colour)
    return 0.299 * red + 0.587 * green + 0.114 * blue


def test_ranges_keep_their_order_in_greyscale():
    greys = [luminance(colour) for colour in style.RANGE_COLOURS]
    assert greys == sorted(greys, reverse=True)
    assert min(a - b for a, b in pairwise(greys)) > 0.03


def test_ink_is_readable_on_every_range():
    for colour in style.RANGE_COLOURS:
        assert abs(luminance(style.on(colour)) - luminance(colour)) > 0.3
