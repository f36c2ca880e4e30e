from types import SimpleNamespace

import numpy as np
import pytest

from kalemia.digitization.digitization import Findings
from kalemia.digitization.drawn_page import read_drawn
from kalemia.digitization.pulses import find_pulses
from kalemia.digitization.source import open_pages
from kalemia.recording import Recording
from kalemia.simulation.paper import PageStyle, print_page, write_page

MM = 72 / 25.4


def read(folder, recording, **style):
    """What is read of a drawn page, and what is printed on it."""
    style = PageStyle(**style)
    (source,) = open_pages(write_page(folder / "page.pdf", recording, style))
    findings, words = read_drawn(Findings(source.rgb, 1), source, source.drawing, source.drawing.grid)
    segments = print_page(recording, PageStyle(**{**vars(style), "dpi": 50})).segments
    return SimpleNamespace(findings=findings, words=words, segments=segments, style=style)


@pytest.fixture(
    scope="module",
    params=[
        {},
        {"layout": "6x2", "gain_mm_per_mv": 5.0, "pulse": "right"},
        {"layout": "12x1", "pulse": "none"},
        {"layout": "3x4+V1+II+V5", "separator": "gap"},
        {"layout": "1", "paper": "strip", "speed_mm_per_s": 50.0},
    ],
    ids=str,
)
def page(request, tmp_path_factory, twelve_leads):
    return read(tmp_path_factory.mktemp("drawn"), twelve_leads, **request.param)


def test_a_trace_for_each_row_from_the_top(page, twelve_leads):
    assert len(page.findings.traces) == len({segment.row for segment in page.segments})
    baselines = [trace.baseline for trace in page.findings.traces]
    assert baselines == sorted(baselines, reverse=True)


def test_every_segment_is_exact(page, twelve_leads):
    style = page.style
    offsets = []
    for segment in page.segments:
        seconds = np.arange(0.02, segment.seconds - 0.02, 0.002)
        x = segment.x_mm + seconds * style.speed_mm_per_s
        first = round(segment.start_s * 500)
        piece = twelve_leads.lead(segment.lead)[first : first + round(segment.seconds * 500)]
        true = np.interp(seconds, np.arange(len(piece)) / 500, piece) * style.gain_mm_per_mv - segment.baseline_mm
        height, confidence = page.findings.traces[segment.row].at(x)
        np.testing.assert_allclose(height, true, atol=0.02)
        np.testing.assert_array_equal(confidence, 1)
        offsets.append(np.median(height - true))
    assert np.ptp(offsets) < 0.005


def test_pulses_stand_in_their_rows(page):
    for trace in page.findings.traces:
        left, right = find_pulses(trace)
        assert (left is not None) == (page.style.pulse == "left")
        assert (right is not None) == (page.style.pulse == "right")
        for pulse in (left, right):
            if pulse is not None:
                assert pulse.height_mm == pytest.approx(page.style.gain_mm_per_mv, abs=0.01)
                assert pulse.width_mm == pytest.approx(0.2 * page.style.speed_mm_per_s, abs=0.15)


def test_labels_stand_beside_their_leads(page):
    words = [(text.words, text.box) for text in page.findings.texts]
    for segment in page.segments:
        near = [box for name, box in words if name == segment.lead and abs(box[0] - segment.x_mm) < 4]
        assert any(abs((box[1] + box[3]) / 2 - segment.baseline_mm) < 12 for box in near)


def test_the_map_goes_from_picture_to_paper(page):
    height, width = page.findings.picture.shape[:2]
    corner = page.findings.map.to_paper(np.array([[0.0, 0.0], [width, height]]))
    composition_mm = np.array([max(s.x_mm + s.seconds * page.style.speed_mm_per_s for s in page.segments), 0])
    np.testing.assert_allclose(corner[0], 0, atol=0.2)
    assert corner[1, 0] > composition_mm[0]
    if page.style.paper == "A4":
        np.testing.assert_allclose(corner[1], (297, 210), atol=0.3)


def test_the_grid_is_where_the_rows_are(page):
    left, top, right, bottom = page.findings.grid_box
    for segment in page.segments:
        assert left < segment.x_mm < right
        assert top < segment.baseline_mm < bottom
    assert "mm" in page.words


def test_the_pen_is_up_in_gaps(tmp_path, twelve_leads):
    signal = twelve_leads.lead("II").copy()
    signal[2000:2500] = np.nan
    page = read(tmp_path, Recording(signal[None], 500, ("II",)), layout="1", pulse="none")
    (segment,), (trace,) = page.segments, page.findings.traces
    height, confidence = trace.at(segment.x_mm + np.array([3.0, 4.5, 6.0]) * 25)
    np.testing.assert_array_equal(np.isnan(height), [False, True, False])
    assert confidence[1] == 0


def written(content, size_mm):
    """A PDF of one page with nothing but this content."""
    width, height = (length * MM for length in size_mm)
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {width:.3f} {height:.3f}]/Contents 4 0 R/Resources<<>>>>",
        f"<</Length {len(content)}>>stream\n{content}\nendstream",
    ]
    data, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    end = f"xref\n0 5\n0000000000 65535 f \n{table}trailer\n<</Size 5/Root 1 0 R>>\nstartxref\n{len(data)}\n%%EOF\n"
    return data + end.encode()


def path(points_mm, height_mm):
    first, *rest = [f"{x * MM:.4f} {(height_mm - y) * MM:.4f}" for x, y in points_mm]
    return f"{first} m " + " ".join(f"{point} l" for point in rest) + " S\n"


@pytest.mark.parametrize("scale", [0.9, 1.0, 1.25])
def test_a_page_printed_larger_or_smaller_is_measured_in_its_own_grid(tmp_path, scale):
    x = np.arange(0, 200, 0.2)
    beats = 8 * np.exp(-0.5 * ((x % 20 - 8) / 0.5) ** 2)
    curve = np.column_stack([20 + x, 60 - beats])
    grid = [[(i, 10), (i, 110)] for i in range(10, 241)] + [[(10, j), (240, j)] for j in range(10, 111)]
    size = (260 * scale, 130 * scale)
    content = "0.1 w 1 0.7 0.7 RG\n" + "".join(path(np.array(line) * scale, size[1]) for line in grid)
    content += "0.8 w 0 0 0 RG\n" + path(curve * scale, size[1])
    (tmp_path / "page.pdf").write_bytes(written(content, size))
    (source,) = open_pages(tmp_path / "page.pdf")
    findings, _ = read_drawn(Findings(source.rgb, 1), source, source.drawing, source.drawing.grid)
    (trace,) = findings.traces
    assert trace.right - trace.left == pytest.approx(199.8, abs=0.05)
    assert np.ptp(trace.height) == pytest.approx(8, abs=0.02)
    left, top, right, bottom = findings.grid_box
    assert (right - left, bottom - top) == pytest.approx((230, 100), abs=0.1)
