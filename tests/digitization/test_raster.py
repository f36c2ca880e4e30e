from types import SimpleNamespace

import numpy as np
import pytest

from kalemia.digitization.digitization import Findings
from kalemia.digitization.printed_scales import lead_of
from kalemia.digitization.raster import read_picture
from kalemia.errors import NoGrid, NoTrace
from kalemia.recording import Recording
from kalemia.simulation.paper import PageStyle, degrade, on_image, print_page
from kalemia.simulation.paper.warping import quarter_turns

OFF_MM = 0.15
"""Median distance of a trace from the curve: half a pen."""


def printed(recording, **style):
    return print_page(recording, PageStyle(**{"dpi": 200, **style}))


def strip(recording, **style):
    return printed(recording.only("II"), layout="1", paper="strip", **style)


def curve_mm(page, segment, recording):
    first = round(segment.start_s * recording.fs)
    piece = recording.lead(segment.lead)[first : first + round(segment.seconds * recording.fs)]
    x = segment.x_mm + np.arange(len(piece)) / recording.fs * page.style.speed_mm_per_s
    return np.column_stack([x, segment.baseline_mm - piece * page.style.gain_mm_per_mv])


def off_mm(findings, page, segment, recording):
    """Distances of the curve that was printed from the trace of its row, on the sheet."""
    true = findings.map.to_paper(on_image(page, curve_mm(page, segment, recording)) - 0.5)
    trace = findings.traces[segment.row]
    height, _ = trace.at(true[:, 0])
    return np.abs(height + true[:, 1])


@pytest.fixture(scope="module")
def page(twelve_leads):
    """A scan of all leads, read."""
    page = degrade(printed(twelve_leads, layout="6x2", gain_mm_per_mv=5.0, dpi=150), "scan", 1)
    findings, words = read_picture(Findings(page.image))
    return SimpleNamespace(page=page, findings=findings, words=words)


def test_a_trace_for_each_row(page):
    assert len(page.findings.traces) == len({segment.row for segment in page.page.segments})
    assert all(trace.is_there for trace in page.findings.traces)


def test_traces_lie_on_their_curves(page, twelve_leads):
    for segment in page.page.segments:
        off = off_mm(page.findings, page.page, segment, twelve_leads)
        assert np.isfinite(off).mean() > 0.95
        assert np.nanmedian(off) < OFF_MM


def test_traces_begin_and_end_with_their_rows(page):
    segments = page.page.segments
    speed = page.page.style.speed_mm_per_s
    ends = [(min(s.x_mm for s in segments), 60.0), (max(s.x_mm + s.seconds * speed for s in segments), 60.0)]
    left, right = page.findings.map.to_paper(on_image(page.page, np.array(ends)) - 0.5)[:, 0]
    for trace in page.findings.traces:
        assert left - 14 < trace.left < left + 1
        assert right - 1 < trace.right < right + 14


def test_confidence_is_high_on_a_clean_page(page):
    for trace in page.findings.traces:
        seen = np.isfinite(trace.height)
        assert trace.confidence[seen].mean() > 0.7
        assert (trace.confidence[~seen] == 0).all()


def test_most_labels_and_the_scales_are_read(page):
    words = [text.words for text in page.findings.texts]
    assert len({lead_of(word) for word in words} - {None}) >= 8
    assert any("mm" in word for word in words)


def test_the_grid_holds_the_rows(page):
    left, top, right, bottom = page.findings.grid_box
    for trace in page.findings.traces:
        assert left - 5 < trace.left < trace.right < right + 5
        assert top < -trace.baseline < bottom
    assert page.words


# ---- which way up


@pytest.mark.parametrize(("turns", "labels"), [(1, "above"), (2, "none")])
def test_a_picture_that_was_turned_is_turned_back(twelve_leads, turns, labels):
    """By its words, or else by its calibration pulse."""
    page = strip(twelve_leads, labels=labels, footer="{speed} mm/s" if labels == "above" else "", dpi=150)
    upright, _ = read_picture(Findings(page.image))
    turned, _ = read_picture(Findings(quarter_turns(page.image, turns)[0]))
    np.testing.assert_array_equal(turned.picture, page.image)
    (expected,), (found,) = upright.traces, turned.traces
    np.testing.assert_allclose(found.height, expected.height, atol=1e-6)


def test_an_upright_picture_stays_as_it_is(page):
    np.testing.assert_array_equal(page.findings.picture, page.page.image)


def test_qrs_complexes_that_point_down_do_not_turn_a_page(twelve_leads):
    page = strip(Recording(-twelve_leads.signal, 500, twelve_leads.leads), dpi=150)
    findings, _ = read_picture(Findings(page.image))
    np.testing.assert_array_equal(findings.picture, page.image)


# ---- what carries no curve


BARE_PAPER = [
    (None, {}),
    (None, {"grid_pattern": "5 mm", "dpi": 200}),
    ("scan", {"grid_pattern": "dots", "grid_colour": "black"}),
    ("scan", {"grid_colour": "grey", "grid_area": "page", "dpi": 200}),
]


@pytest.mark.parametrize(("condition", "style"), BARE_PAPER, ids=str)
def test_graph_paper_has_no_trace(condition, style):
    nothing = Recording(np.full((1, 3000), np.nan), 500, ("II",))
    page = print_page(
        nothing,
        PageStyle(
            **{"layout": "1", "paper": "strip", "pulse": "none", "labels": "none", "footer": "", "dpi": 150, **style}
        ),
    )
    page = degrade(page, condition, 1) if condition else page
    with pytest.raises(NoTrace, match="curve") as caught:
        read_picture(Findings(page.image))
    findings = caught.value.findings
    assert findings.map is not None
    assert findings.grid_box is not None
    assert findings.traces == ()


def test_a_straight_line_is_no_trace(twelve_leads):
    flat = Recording(np.zeros((1, 3000)), 500, ("II",))
    page = print_page(flat, PageStyle(layout="1", paper="strip", pulse="none", dpi=150))
    with pytest.raises(NoTrace):
        read_picture(Findings(page.image))


def test_without_a_grid_nothing_is_read(twelve_leads):
    with pytest.raises(NoGrid):
        read_picture(Findings(strip(twelve_leads, grid_pattern="none", dpi=150).image))


# ---- robustness


def test_a_frame_around_the_grid_is_no_trace(twelve_leads):
    page = strip(twelve_leads, dpi=150)
    image = page.image.copy()
    height, width = image.shape[:2]
    for line in (slice(20, 24), slice(height - 24, height - 20)):
        image[line, 20 : width - 20] = 0
    image[20 : height - 20, 20:24] = image[20 : height - 20, width - 24 : width - 20] = 0
    findings, _ = read_picture(Findings(image))
    (trace,) = findings.traces
    off = off_mm(findings, page, page.reference_segment, twelve_leads)
    assert np.nanmedian(off) < OFF_MM
    assert trace.right - trace.left < 275


def test_light_and_shadow_change_little(twelve_leads):
    page = strip(twelve_leads, dpi=150)
    light = np.linspace(1.0, 0.5, page.image.shape[1])[None, :, None]
    findings, _ = read_picture(Findings((page.image * light).astype(np.uint8)))
    assert np.nanmedian(off_mm(findings, page, page.reference_segment, twelve_leads)) < OFF_MM


def test_a_long_pause_stays_in_one_trace(twelve_leads):
    signal = twelve_leads.lead("II").copy()
    signal[1500:3000] = np.median(signal)
    page = strip(Recording(signal[None], 500, ("II",)), dpi=150)
    findings, _ = read_picture(Findings(page.image))
    off = off_mm(findings, page, page.reference_segment, Recording(signal[None], 500, ("II",)))
    assert np.isfinite(off).mean() > 0.95
    assert np.nanmedian(off) < OFF_MM
