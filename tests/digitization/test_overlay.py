from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from kalemia.digitization import Findings, digitize
from kalemia.digitization.calibration import Calibration
from kalemia.digitization.curve import Trace
from kalemia.digitization.overlay import DOUBT, OTHER, STRIP, draw_overlay, save_overlay, strip_frame
from kalemia.digitization.paper_map import PaperMap
from kalemia.digitization.segments import Layout, Segment
from kalemia.errors import OutputError
from kalemia.recording import STANDARD_LEADS, Recording
from kalemia.simulation import simulate_recording
from kalemia.simulation.paper import PageStyle, degrade, on_image, print_page, print_pdf, write_image

STYLE = PageStyle(layout="1", paper="strip", dpi=150)


def curve_mm(page):
    """Where the curve is on paper."""
    segment = page.reference_segment
    x = segment.x_mm + np.arange(len(page.reference)) / 500 * page.style.speed_mm_per_s
    return np.column_stack([x, segment.baseline_mm - page.reference * page.style.gain_mm_per_mv])


@pytest.fixture(scope="module")
def photo():
    """A photographed strip of lead II with all that can be known about it, and where its curve is."""
    page = degrade(print_page(simulate_recording(6.0, seed=3).recording, STYLE), "phone", seed=2)
    curve = curve_mm(page)
    # the centre of the first pixel is (0.5, 0.5) for the printer and (0, 0) for the reader
    to_px = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]]) @ page.homography @ np.diag([page.px_per_mm] * 2 + [1.0])
    strip = Segment("II", 0, 0, curve[0, 0], curve[-1, 0], True, "label")
    findings = Findings(
        page.image,
        map=PaperMap(np.linalg.inv(to_px)),
        grid_box=(8.0, 25.0, 273.0, 65.0),
        traces=(Trace(curve[:, 0], -curve[:, 1], np.full(len(curve), 0.9), STYLE.pen_mm),),
        layout=Layout("1", (strip,)),
        calibration=Calibration(25.0, 10.0, 10.0, (("speed", "assumed"), ("gain", "assumed")), ("It is a test.",)),
        chosen=strip,
    )
    return SimpleNamespace(findings=findings, curve_px=on_image(page, curve))


def nearness(pixels, colour):
    """How far each pixel leans to a colour, away from grey: 1 is the colour itself."""
    wanted = np.array(colour, float) - np.mean(colour)
    given = pixels.astype(float) - pixels.mean(axis=-1, keepdims=True)
    return given @ wanted / (wanted @ wanted)


def under(overlay, findings, curve_px):
    """The overlay's pixels where the curve is."""
    scale = overlay.shape[1] / findings.picture.shape[1]
    columns, rows = np.floor(curve_px * scale).astype(int).T
    return overlay[rows, columns]


def test_the_trace_lies_on_the_curve(photo):
    pixels = under(draw_overlay(photo.findings), photo.findings, photo.curve_px)
    assert np.mean(nearness(pixels, STRIP) > 0.4) > 0.95


def test_the_trace_as_it_was_read_lies_on_the_curve(tmp_path):
    style = replace(STYLE, dpi=200)
    page = degrade(print_page(simulate_recording(6.0, seed=3).recording, style), "scan", seed=1)
    findings = digitize(write_image(tmp_path / "scan.png", page)).findings
    pixels = under(draw_overlay(findings), findings, on_image(page, curve_mm(page)))
    assert np.mean(nearness(pixels, STRIP) > 0.4) > 0.95


def test_beside_the_curve_there_is_no_trace(photo):
    beside = photo.curve_px - np.array([0, 3 * photo.findings.map.px_per_mm(photo.curve_px[0])])
    pixels = under(draw_overlay(photo.findings), photo.findings, beside)
    assert np.mean(nearness(pixels, STRIP) > 0.4) < 0.15  # the frame, and steep strokes


def test_a_doubtful_stretch_has_another_colour(photo):
    trace, half = photo.findings.traces[0], len(photo.curve_px) // 2
    middle = photo.findings.map.to_paper(photo.curve_px[half])[0]
    doubted = replace(trace, confidence=np.where(trace.x > middle, 0.3, 0.9))
    overlay = draw_overlay(replace(photo.findings, traces=(doubted,)))
    first, second = (
        under(overlay, photo.findings, part) for part in (photo.curve_px[: half - 50], photo.curve_px[half + 50 :])
    )
    assert np.mean(nearness(first, STRIP) > 0.4) > 0.95
    assert np.mean(nearness(second, DOUBT) > 0.4) > 0.95


def test_a_curve_that_was_not_chosen_has_another_colour(photo):
    overlay = draw_overlay(replace(photo.findings, chosen=None))
    pixels = under(overlay, photo.findings, photo.curve_px)
    assert np.mean(nearness(pixels, OTHER) > 0.3) > 0.8
    assert not np.any(nearness(pixels, STRIP) > 0.9)


def test_it_fits_a_screen(photo):
    assert max(draw_overlay(photo.findings).shape[:2]) == 2200
    small = replace(photo.findings, picture=photo.findings.picture[::4, ::4], map=None)
    assert draw_overlay(small).shape[1] == 1600


def test_the_page_itself_stays_as_it_was(photo):
    before = photo.findings.picture.copy()
    draw_overlay(photo.findings)
    assert np.array_equal(photo.findings.picture, before)


@pytest.mark.parametrize("missing", ["chosen", "calibration", "layout", "traces", "grid_box", "map"])
def test_what_is_not_known_is_not_drawn(photo, missing):
    empty = () if missing == "traces" else None
    alone = {"traces": {"chosen": None, "layout": None}, "layout": {"chosen": None}}.get(missing, {})
    overlay = draw_overlay(replace(photo.findings, **{missing: empty}, **alone), "it is a test")
    assert overlay.dtype == np.uint8
    assert overlay.shape[1] == draw_overlay(photo.findings).shape[1]


def test_a_refusal_says_why_below_the_page(photo):
    picture = photo.findings.picture
    short, long = (draw_overlay(Findings(picture), reason) for reason in ("no grid", "no grid, " * 80))
    page_rows = round(picture.shape[0] * short.shape[1] / picture.shape[1])
    bar = short[page_rows + 2 :]
    assert np.median(bar[..., 0]) > np.median(bar[..., 2]) + 50
    assert len(long) > len(short)


def test_the_whole_picture_of_a_page_is_shown(photo):
    overlay = draw_overlay(Findings(photo.findings.picture))
    height = round(photo.findings.picture.shape[0] * overlay.shape[1] / photo.findings.picture.shape[1])
    page = overlay[:height].mean(axis=2)
    shown = np.asarray(Image.fromarray(photo.findings.picture).resize(page.shape[::-1])).mean(axis=2)
    assert np.corrcoef(page[::5, ::5].ravel(), shown[::5, ::5].ravel())[0, 1] > 0.98


def test_a_drawn_page_with_all_leads(tmp_path):
    recording = Recording(
        np.stack([simulate_recording(5.0, seed).recording.signal[0] for seed in range(12)]), 500, STANDARD_LEADS
    )
    path = tmp_path / "page.pdf"
    path.write_bytes(print_pdf(recording, PageStyle()))
    findings = digitize(path).findings
    pixels = draw_overlay(findings).reshape(-1, 3)
    assert np.sum(nearness(pixels, STRIP) > 0.6) > 2000
    assert np.sum(nearness(pixels, OTHER) > 0.4) > 2000


def test_the_frame_holds_the_strip(photo):
    left, top, right, bottom = strip_frame(photo.findings)
    mm = photo.findings.map.to_paper(photo.curve_px - 0.5)
    assert np.mean((mm > (left - 0.5, top)) & (mm < (right + 0.5, bottom))) > 0.999
    assert strip_frame(replace(photo.findings, chosen=None)) is None


@pytest.mark.parametrize("name", ["overlay.png", "overlay.jpg"])
def test_written_and_read_again(photo, tmp_path, name):
    overlay = draw_overlay(photo.findings)
    path = save_overlay(tmp_path / name, overlay)
    with Image.open(path) as image:
        assert image.size == overlay.shape[1::-1]


def test_another_suffix_is_refused(tmp_path):
    with pytest.raises(OutputError, match=r"overlay\.gif.*\.png"):
        save_overlay(tmp_path / "overlay.gif", np.zeros((4, 4, 3), np.uint8))


@pytest.mark.parametrize("reason", [None, "no grid"])
def test_further_warnings_stand_in_the_caption(photo, reason):
    plain, noted = (draw_overlay(photo.findings, reason, notes) for notes in ((), ("It was redacted.",)))
    assert noted.shape[0] > plain.shape[0]
    np.testing.assert_array_equal(noted[: plain.shape[0] // 2], plain[: plain.shape[0] // 2])


def test_strips_are_numbered_where_the_lead_is_missing(photo):
    """Then, and only then, the numbers are what one looks for."""
    refused = replace(photo.findings, chosen=None, calibration=None)
    named = draw_overlay(refused)
    numbered = draw_overlay(refused, "no lead II")
    rows = slice(0, round(named.shape[1] * photo.findings.picture.shape[0] / photo.findings.picture.shape[1]))
    assert not np.array_equal(numbered[rows], named[rows])
    taken = photo.findings
    np.testing.assert_array_equal(draw_overlay(taken)[rows], draw_overlay(taken, "scales disagree")[rows])


def test_a_strip_that_was_given_bears_its_new_name_alone(photo):
    given = replace(photo.findings.chosen, evidence="given")
    wrong = Layout("1", (replace(given, lead="V4"),))
    right = Layout("1", (given,))
    overlays = [draw_overlay(replace(photo.findings, layout=layout, chosen=given)) for layout in (wrong, right)]
    np.testing.assert_array_equal(*overlays)
