"""Drawings are written as PDF by hand, so that every vertex is known in mm; Matplotlib's are a second opinion."""

import io
from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from kalemia.digitization import pdf_paths
from kalemia.digitization.curves import is_trace
from kalemia.digitization.vector import read_drawing
from kalemia.errors import PageTooLarge

MM = 72 / 25.4
PAGE_MM = (280.0, 200.0)
BOX = (30.0, 20.0, 30.0 + PAGE_MM[0] * MM, 20.0 + PAGE_MM[1] * MM)  # not at the origin, as some pages are not


def written(content, rotate=0, forms=(), extra=b""):
    """A PDF of one page, 280 x 200 mm before it is turned."""
    forms = [(f"/Matrix[{numbers(matrix)}]", body) for matrix, body in forms]
    names = " ".join(f"/F{i} {5 + i} 0 R" for i in range(len(forms)))
    resources = f"<</Font<</H<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>/XObject<<{names}>>>>"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[{numbers(BOX)}]/Rotate {rotate}/Contents 4 0 R".encode()
        + f"/Resources {resources}".encode()
        + extra
        + b">>",
        stream("", content),
        *(
            stream(f"/Type/XObject/Subtype/Form/BBox[-999 -999 2999 2999]/Resources {resources}{head}", body)
            for head, body in forms
        ),
    ]
    data, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    end = (len(objects) + 1, table, len(objects) + 1, len(data))
    return data + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % end


def stream(head, content):
    return f"<<{head}/Length {len(content)}>>stream\n{content}\nendstream".encode()


def numbers(values):
    return " ".join(f"{value:.5f}" for value in values)


def drawing_of(content, **options):
    return drawing_in(written(content, **options))


def drawing_in(data):
    with pypdfium2.PdfDocument(data) as document:
        return read_drawing(document[0])


def in_points(points_mm):
    """From mm of the upright page, y downwards, to the points of its PDF."""
    return np.column_stack([BOX[0] + points_mm[:, 0] * MM, BOX[3] - points_mm[:, 1] * MM])


def line(points_mm, operator="S"):
    first, *rest = in_points(np.asarray(points_mm, float))
    return f"{numbers(first)} m " + " ".join(f"{numbers(point)} l" for point in rest) + f" {operator}\n"


def lead(x_mm=20.0, y_mm=60.0, vertices=500, step_mm=0.2):
    """A curve like a lead, in mm."""
    x = np.arange(vertices) * step_mm
    beat = 8 * np.exp(-0.5 * ((x % 20 - 8) / 0.5) ** 2) + 2 * np.exp(-0.5 * ((x % 20 - 14) / 1.5) ** 2)
    return np.column_stack([x_mm + x, y_mm - beat])


def grid(left=10.0, top=20.0, columns=250, rows=150, pitch=(1.0, 1.0), every=1, operator="S", skip=0):
    """Lines as pairs of points in mm, each `every`-th; of those that are multiples of `skip` none."""
    right, bottom = left + columns * pitch[0], top + rows * pitch[1]
    numbers = [i for i in range(max(columns, rows) + 1) if i % every == 0 and not (skip and i % skip == 0)]
    down = [[(left + i * pitch[0], top), (left + i * pitch[0], bottom)] for i in numbers if i <= columns]
    across = [[(left, top + i * pitch[1]), (right, top + i * pitch[1])] for i in numbers if i <= rows]
    return "".join(line(pair, operator) for pair in (*down, *across))


PINK = "1 0.7 0.7 RG 1 0.7 0.7 rg 0.2 w\n"
RED = "0.9 0.4 0.4 RG 0.9 0.4 0.4 rg 0.5 w\n"
BLACK = "0 0 0 RG 0 0 0 rg 0.7 w\n"
TRACE = BLACK + line(lead())


def rectangle(left, top, width, height, operator):
    x, y = in_points(np.array([[left, top + height]]))[0]
    return f"{numbers([x, y, width * MM, height * MM])} re {operator}\n"


def assert_same_curve(found, expected, atol=2e-4):
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, atol=atol)


# --- curves


def test_a_curve_comes_back_as_drawn():
    drawing = drawing_of(TRACE)
    (curve,) = drawing.curves
    assert_same_curve(curve, lead())
    assert curve.dtype == np.float64
    assert (drawing.width_mm, drawing.height_mm) == pytest.approx(PAGE_MM, abs=1e-3)
    assert drawing.grid is None


def shown(points_mm, rotate):
    """Where points lie on the page after it is turned clockwise."""
    x, y = points_mm.T
    width, height = PAGE_MM
    return np.column_stack({0: (x, y), 90: (height - y, x), 180: (width - x, height - y), 270: (y, width - x)}[rotate])


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_a_page_is_read_as_it_is_displayed(rotate):
    laid = shown(lead(), -rotate % 360) if rotate == 180 else lead()
    if rotate in (90, 270):  # drawn upwards or downwards on the page, so that it lies level when displayed
        x, y = lead(x_mm=10).T
        laid = np.column_stack([y, PAGE_MM[1] - x] if rotate == 90 else [PAGE_MM[0] - y, x])
    data = written(BLACK + line(laid), rotate=rotate)
    (curve,) = drawing_in(data).curves
    assert_same_curve(curve, shown(laid, rotate))
    with pypdfium2.PdfDocument(data) as document:
        picture = document[0].render(scale=4).to_numpy()[..., 0]
    columns, rows = (curve * MM * 4).astype(int).T
    assert (picture[rows, columns] < 160).mean() > 0.95  # the picture has ink where the curve is


def test_a_cropped_page_begins_at_its_crop():
    left, bottom, right, top = BOX
    crop = f"/CropBox[{numbers([left + 10 * MM, bottom + 5 * MM, right - 3 * MM, top - 7 * MM])}]".encode()
    drawing = drawing_of(TRACE, extra=crop)
    assert_same_curve(drawing.curves[0], lead() - (10, 7))
    assert (drawing.width_mm, drawing.height_mm) == pytest.approx((PAGE_MM[0] - 13, PAGE_MM[1] - 12), abs=1e-3)


def test_forms_within_forms():
    inner = ((1, 0, 0, 1, -15, 8), line(lead()))
    outer = ((0.5, 0, 0, -1, 4, 900), "q 1 0 0 1 20 0 cm /F0 Do Q")
    (curve,) = drawing_of("q 2 0 0 1.5 7 -250 cm /F1 Do Q", forms=[inner, outer]).curves
    x, y = in_points(lead()).T
    x, y = x - 15 + 20, y + 8
    x, y = 0.5 * x + 4, -y + 900
    x, y = 2 * x + 7, 1.5 * y - 250
    expected = np.column_stack([(x - BOX[0]) / MM, (BOX[3] - y) / MM])
    assert_same_curve(curve, expected, atol=2e-3)


@pytest.mark.parametrize("backwards", [False, True])
def test_pairs_of_points_become_one_curve(backwards):
    pairs = [line(pair) for pair in zip(lead()[:-1], lead()[1:], strict=True)]
    (curve,) = drawing_of(BLACK + "".join(reversed(pairs) if backwards else pairs)).curves
    assert_same_curve(curve, lead())


def test_pieces_in_any_order_become_one_curve():
    points = lead()
    pieces = [line(points[start : start + 51]) for start in range(0, 451, 50)]
    order = np.random.default_rng(0).permutation(len(pieces))
    (curve,) = drawing_of(BLACK + "".join(pieces[i] for i in order)).curves
    assert_same_curve(curve, points)


def test_pieces_of_another_pen_are_not_joined():
    points = lead()
    curves = drawing_of(BLACK + line(points[:251]) + RED + line(points[250:])).curves
    assert [len(curve) for curve in curves] == [251, 250] or [len(curve) for curve in curves] == [250, 251]


def test_a_curve_drawn_from_right_to_left_is_turned():
    (curve,) = drawing_of(BLACK + line(lead()[::-1])).curves
    assert_same_curve(curve, lead())


def test_all_leads_in_one_path():
    leads = [lead(y_mm=40.0 + 30 * row) for row in range(4)]
    curves = drawing_of(BLACK + "".join(line(points, "") for points in leads) + "S").curves
    assert len(curves) == 4
    for curve, points in zip(curves, leads, strict=True):
        assert_same_curve(curve, points)


def test_beziers_are_flattened():
    knots = np.column_stack([20 + np.arange(30) * 5.0, 60 + 10 * np.sin(np.arange(30))])
    slopes = np.gradient(knots, axis=0) / 3
    content = f"{numbers(in_points(knots[:1])[0])} m\n"
    for p, q, a, b in zip(knots[:-1], knots[1:], slopes[:-1], slopes[1:], strict=True):
        content += numbers(in_points(np.array([p + a, q - b, q])).ravel()) + " c\n"
    (curve,) = drawing_of(BLACK + content + "S").curves
    t = np.linspace(0, 1, 1000)[:, None]
    for p, q, a, b in zip(knots[:-1], knots[1:], slopes[:-1], slopes[1:], strict=True):
        true = (1 - t) ** 3 * p + 3 * (1 - t) ** 2 * t * (p + a) + 3 * (1 - t) * t**2 * (q - b) + t**3 * q
        assert np.abs(np.interp(true[:, 0], *curve.T) - true[:, 1]).max() < 0.02


def test_what_a_clip_hides_is_cut_away():
    points = lead(vertices=1200, step_mm=0.1)
    clip = rectangle(0, 56, 100, 50, "W n")  # the R peaks reach above it, and its right edge is at 100 mm
    curves = drawing_of("q " + clip + BLACK + line(points) + "Q").curves
    curves = [curve for curve in curves if len(curve) > 20]
    assert len(curves) == 5
    for curve in curves:
        assert curve[:, 1].min() >= 56 - 1e-3
        assert curve[:, 0].max() <= 100 + 1e-3
        assert np.abs(np.interp(curve[:, 0], *points.T) - curve[:, 1]).max() < 1e-3


def test_white_and_invisible_ink_is_not_there():
    assert drawing_of("1 1 1 RG 1 w " + line(lead())) is None
    assert drawing_of(BLACK + line(lead(), "n")) is None


PULSE = [(10, 60), (12, 60), (12, 50), (17, 50), (17, 60), (20, 60)]


def test_pulses_are_curves_of_their_own():
    pulse, curve = drawing_of(BLACK + line(PULSE) + line(lead())).curves  # the lead begins where the pulse ends
    assert_same_curve(pulse, np.array(PULSE, float))
    assert_same_curve(curve, lead())


def test_pulses_drawn_side_by_side():
    sides = "".join(line(pair) for pair in pairwise(PULSE))
    found = drawing_of(BLACK + sides + line(lead(x_mm=21))).curves
    assert sorted(len(curve) for curve in found) == [6, 500]


def test_frames_ticks_and_letters_are_no_curves():
    frame = rectangle(5, 5, 270, 190, "S") + line([(5, 5), (275, 5), (275, 195), (5, 195), (5, 5)])
    ticks = "".join(line([(x, 60), (x, 63)]) for x in range(20, 200, 25)) + line([(10, 100), (250, 100)])
    letter = line([(30, 70), (30.5, 72), (31, 70), (30.2, 71), (30.8, 71)])
    (curve,) = drawing_of(BLACK + frame + ticks + letter + line(lead())).curves
    assert_same_curve(curve, lead())


def test_a_flat_lead_is_a_curve():
    flat = np.column_stack([20 + np.arange(500) * 0.2, np.full(500, 90.0)])
    assert len(drawing_of(TRACE + line(flat)).curves) == 2


# --- pages without a drawing


@pytest.mark.parametrize(
    "content",
    [
        "",
        "BT /H 12 Tf 100 100 Td (Discharge letter) Tj ET",
        PINK + grid() + BLACK + rectangle(5, 5, 270, 190, "S"),
        BLACK + line(lead(vertices=90)),
        BLACK + line(lead()[:, ::-1]),
        BLACK + line(np.column_stack([50 * np.cos(np.arange(300)), 50 * np.sin(np.arange(300))]) + 100),
    ],
    ids=["empty", "text", "grid", "short", "upwards", "circle"],
)
def test_nothing_drawn(content):
    assert drawing_of(content) is None


@pytest.mark.parametrize("limit", ["_MAX_OBJECTS", "MAX_VERTICES"])
def test_too_much_is_refused(limit, monkeypatch):
    monkeypatch.setattr(pdf_paths, limit, 100)
    with pytest.raises(PageTooLarge, match="more than 100 lines"):
        drawing_of(PINK + grid() + TRACE)


# --- grids


def cells():
    return "".join(rectangle(10 + x, 20 + y, 1, 1, "S") for x in range(30) for y in range(30))


def dots(pitch=(1.0, 1.0)):
    return "".join(
        rectangle(10 + x * pitch[0] - 0.05, 20 + y * pitch[1] - 0.05, 0.1, 0.1, "f")
        for x in range(40)
        for y in range(round(40 / pitch[1]))
    )


def thin_rectangles():
    return "".join(
        rectangle(10 + i - 0.05, 20, 0.1, 100, "f") + rectangle(10, 20 + i - 0.05, 100, 0.1, "f") for i in range(101)
    )


GRIDS = {
    "one colour": PINK + grid(),
    "two colours": PINK + grid() + RED + grid(every=5),
    "each line once": PINK + grid(skip=5) + RED + grid(every=5),
    "large only": RED + grid(every=5),
    "one path": PINK + grid(operator="") + "S",
    "squares": PINK + cells(),
    "filled": PINK + thin_rectangles(),
    "dots": PINK + dots(),
    "dots and lines": PINK + dots() + RED + grid(every=5, columns=40, rows=40),
    "rows of dots": PINK + dots(pitch=(1.0, 5.0)),
    "the trace's pen": BLACK + grid(),
    "framed": RED + rectangle(10, 20, 250, 150, "S") + grid(every=5),
}


LARGE_ONLY = ("large only", "framed")


@pytest.mark.parametrize("name", GRIDS)
def test_grids(name):
    drawing = drawing_of(GRIDS[name] + TRACE)
    (curve,) = drawing.curves
    assert_same_curve(curve, lead())
    found = drawing.grid
    assert (found.pitch_x_mm, found.pitch_y_mm) == pytest.approx((1, 1), abs=1e-5)
    assert "vertical" in found.evidence
    assert ("large squares only" in found.evidence) == (name in LARGE_ONLY)
    assert found.box[:2] == pytest.approx((10, 20), abs=0.06)


@pytest.mark.parametrize("pitch", [(0.94, 0.94), (0.707, 0.707), (1.41, 1.41), (1.07, 0.8)])
@pytest.mark.parametrize("every", [1, 5])
def test_a_page_drawn_to_another_scale(pitch, every):
    found = drawing_of(PINK + grid(pitch=pitch, columns=150, rows=100, every=every) + TRACE).grid
    assert (found.pitch_x_mm, found.pitch_y_mm) == pytest.approx(pitch, rel=1e-5)


def test_panels_with_gaps_between():
    panels = "".join(grid(top=10 + 47.3 * i, columns=100, rows=40) for i in range(3))
    found = drawing_of(PINK + panels + TRACE).grid
    assert (found.pitch_x_mm, found.pitch_y_mm) == pytest.approx((1, 1), abs=1e-4)
    assert found.box == pytest.approx((10, 10, 110, 144.6), abs=1e-3)


@pytest.mark.parametrize(
    "lines",
    [
        "".join(line([(10, y), (250, y)]) for y in range(20, 120, 5)),
        "".join(
            line([(10, 20 + i**1.5), (250, 20 + i**1.5)]) + line([(10 + i**1.5, 20), (10 + i**1.5, 90)])
            for i in range(20)
        ),
        "".join(
            line([(10 + 40 * i, 20), (10 + 40 * i, 90)]) + line([(10, 20 + 15 * i), (250, 20 + 15 * i)])
            for i in range(6)
        ),
    ],
    ids=["ruled", "irregular", "plot"],
)
def test_lines_that_are_no_grid(lines):
    assert drawing_of(RED + lines + TRACE).grid is None


# --- texts


def text(words, x_mm, y_mm, size=10, matrix="1 0 0 1"):
    x, y = in_points(np.array([[x_mm, y_mm]]))[0]
    return f"BT /H {size} Tf {matrix} {numbers([x, y])} Tm ({words}) Tj ET\n"


def test_texts_stand_apart():
    content = "".join(text(name, 20 + 60 * i, 40) for i, name in enumerate(["I", "aVR", "V1", "V4"]))
    content += text("II", 20, 80) + text("25 mm/s   10 mm/mV", 20, 190) + text("0.05-150 Hz", 100, 190)
    texts = drawing_of(content + TRACE).texts
    assert [one.words for one in texts] == ["I", "aVR", "V1", "V4", "II", "25 mm/s 10 mm/mV", "0.05-150 Hz"]
    left, top, right, bottom = texts[4].box
    assert (left, bottom) == pytest.approx((20.3, 80), abs=0.2)
    assert bottom - top == pytest.approx(0.72 * 10 / MM, abs=0.2)  # Helvetica's capitals
    assert 1 < right - left < 2.5
    assert {one.confidence for one in texts} == {1.0}


def test_texts_lie_as_the_page_is_displayed():
    upright = shown(lead(), 180)
    x, y = in_points(shown(np.array([[20.0, 80.0]]), 180))[0]
    content = f"BT /H 10 Tf -1 0 0 -1 {numbers([x, y])} Tm (aVF) Tj ET\n"
    (found,) = drawing_of(content + BLACK + line(upright), rotate=180).texts
    assert found.words == "aVF"
    assert (found.box[0], found.box[3]) == pytest.approx((20, 80), abs=0.3)


def test_texts_on_their_side_or_beside_the_page_are_left_out():
    content = text("III", 20, 80, matrix="0 1 -1 0") + text("II", 290, 80) + text("V6", 30, 80)
    assert [one.words for one in drawing_of(content + TRACE).texts] == ["V6"]


# --- Matplotlib, and anything


@pytest.mark.parametrize("panels", [1, 6])
def test_matplotlib(panels):
    times = np.arange(2500) / 500
    signal_mv = np.interp(times, lead()[:, 0] / 25, (60 - lead()[:, 1]) / 10) + 0.05 * np.sin(40 * times)
    figure = Figure(figsize=(11.7, 8.3))
    for axes in figure.subplots(panels, squeeze=False).ravel():
        axes.plot(times, signal_mv, "k", lw=0.7)
        for axis, small in ((axes.xaxis, 0.04), (axes.yaxis, 0.1)):
            axis.set_minor_locator(MultipleLocator(small))
            axis.set_major_locator(MultipleLocator(5 * small))
            axis.set_tick_params(label1On=False)
        axes.grid(which="minor", color="mistyrose", lw=0.2)
        axes.grid(which="major", color="pink", lw=0.4)
        axes.set(xlim=(0, 5), ylim=(-1.5, 1.5))
    buffer = io.BytesIO()
    with mpl.rc_context({"path.simplify": False}):
        figure.savefig(buffer, format="pdf")
    drawing = drawing_in(buffer.getvalue())
    assert len(drawing.curves) == panels
    for curve in drawing.curves:
        seconds = (curve[:, 0] - curve[0, 0]) / drawing.grid.pitch_x_mm * 0.04
        found_mv = (curve[0, 1] - curve[:, 1]) / drawing.grid.pitch_y_mm * 0.1 + signal_mv[0]
        noise = np.interp(times, seconds, found_mv) - signal_mv
        assert 10 * np.log10(signal_mv.var() / noise.var()) > 60


@settings(max_examples=60, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_curve(data):
    steps = data.draw(st.lists(st.floats(0.15, 1), min_size=120, max_size=150))
    heights = data.draw(st.lists(st.floats(10, 190), min_size=len(steps), max_size=len(steps)))
    points = np.column_stack([20 + np.cumsum(steps), heights])
    (curve,) = drawing_of(BLACK + line(points)).curves
    assert is_trace(curve)
    assert_same_curve(curve, points)


OPERATORS = st.sampled_from([*"mlchSfWnqQwvyBd", "re", "cm", "RG", "rg", "/F0", "Do", "b*", "BT", "ET"])
OPERANDS = st.one_of(st.integers(-2000, 2000).map(str), st.floats(-1e9, 1e9).map(repr), st.sampled_from(["0", "1e30"]))


@settings(max_examples=150, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(words=st.lists(st.one_of(OPERATORS, OPERANDS, OPERANDS), max_size=60))
def test_any_content(words):
    content = " ".join(words)
    drawing_of(content + "\n" + TRACE, forms=[((1, 0, 0, 1, 0, 0), content)])
