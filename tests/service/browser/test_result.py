"""What is shown of an answer, in words and in pixels."""

import base64
import io
import json
import re

import cv2
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from kalemia.digitization.overlay import STRIP

PAPER, TRACE = (255, 250, 247), (27, 27, 27)
MEAN_CYCLE, RAISING, LOWERING = (0, 103, 165), (224, 122, 47), (59, 143, 196)


@pytest.fixture(scope="module")
def answer(answer_to, photo):
    return answer_to(photo)


@pytest.fixture(scope="module")
def result(visit):
    """The example, read once for all tests here."""
    with visit(viewport={"width": 1280, "height": 800}) as page:
        page.click("#try-example")
        page.wait_for_selector("#result:visible")
        yield page


def pixels_of(picture: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).astype(int)


def is_near(pixels: np.ndarray, colour: tuple[int, int, int], tolerance: int = 12) -> np.ndarray:
    return (np.abs(pixels - colour) <= tolerance).all(axis=-1)


def heights_of(mask: np.ndarray) -> np.ndarray:
    """Mean height of what is marked in each column; NaN in columns without."""
    rows = np.arange(len(mask), 0, -1)[:, None]
    count = mask.sum(axis=0)
    return np.where(count > 0, (mask * rows).sum(axis=0) / np.maximum(count, 1), np.nan)


def likeness(heights: np.ndarray, signal_mv: list[float]) -> float:
    """Correlation of a curve in pixels with a signal over the same time."""
    signal = np.asarray(signal_mv, dtype=float)
    at = np.linspace(0, len(signal) - 1, len(heights))
    expected = np.interp(at, np.arange(len(signal)), signal)
    seen = np.isfinite(heights) & np.isfinite(expected)
    return float(np.corrcoef(heights[seen], expected[seen])[0, 1])


def test_the_number_is_the_services_with_interval_and_notice_beside_it(result, answer):
    low, high = answer["interval"]
    assert result.inner_text("#potassium") == f"{answer['potassium']:.1f} mEq/L"
    assert result.inner_text("#interval") == f"90 % interval {low:.1f} to {high:.1f} mEq/L, from 12 cycles"
    assert result.inner_text("#notice") == answer["notice"]
    number, notice = (result.locator(part).bounding_box() for part in ("#potassium", "#notice"))
    assert notice["y"] + notice["height"] < 800
    assert number["y"] <= notice["y"] + notice["height"] / 2 <= number["y"] + number["height"] + 30
    assert 0 < notice["x"] - (number["x"] + number["width"]) < 150


def test_the_needle_stands_where_the_number_is_on_the_scale(result, answer):
    def middle(selector: str) -> float:
        box = result.locator(f"#scale {selector}").bounding_box()
        return box["x"] + box["width"] / 2

    four, eight = (middle(f".scale-tick:text-is('{edge}')") for edge in (4, 8))
    places = [four + (value - 4) / 4 * (eight - four) for value in (answer["potassium"], *answer["interval"])]
    line = result.locator("#scale .interval-line").bounding_box()
    assert middle(".dot") == pytest.approx(places[0], abs=1.5)
    assert (line["x"], line["x"] + line["width"]) == pytest.approx(places[1:], abs=5)  # the line has a width


def test_the_blue_curve_lies_in_the_strip_and_is_the_signal(result, answer):
    page = answer["details"]["page"]
    picture = base64.b64decode(result.get_attribute("#page-picture", "src").partition(",")[2])
    blue = is_near(pixels_of(picture), STRIP, 60)
    (strip,) = (strip for strip in page["strips"] if strip["chosen"])
    corners = np.array(strip["box"], np.float32)
    filled = cv2.fillConvexPoly(np.zeros(blue.shape, np.uint8), np.round(corners).astype(np.int32), 1)
    with_frame = cv2.dilate(filled, np.ones((41, 41))) == 1
    assert (blue & with_frame).sum() > 5000
    assert (blue & ~with_frame).sum() < 0.05 * (blue & with_frame).sum()  # the legend

    width, height = 1500, 300
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    laid = cv2.warpPerspective(blue.astype(np.uint8), cv2.getPerspectiveTransform(corners, flat), (width, height))
    curve = laid[15:-15] == 1  # without the frame
    assert np.isfinite(heights_of(curve)).mean() > 0.95
    assert likeness(heights_of(curve), answer["details"]["strip"]["as_read_mv"]) > 0.9


def test_the_picture_is_shown_whole_with_the_strip_over_it(result, answer):
    natural = result.evaluate(
        "(({naturalWidth: w, naturalHeight: h}) => [w, h])(document.querySelector('#page-picture'))"
    )
    shown = result.locator("#page-picture").bounding_box()
    assert shown["width"] / shown["height"] == pytest.approx(natural[0] / natural[1], rel=0.01)
    polygon = result.locator("#page-strips polygon").first.bounding_box()
    corners = np.array(answer["details"]["page"]["strips"][0]["box"]) * shown["width"] / natural[0]
    left, top = corners.min(axis=0)
    assert (polygon["x"] - shown["x"], polygon["y"] - shown["y"]) == pytest.approx(
        (left, top), abs=6
    )  # its line has a width


def test_lead_ii_is_drawn_on_ecg_paper(result, answer):
    strip = answer["details"]["strip"]
    drawn = pixels_of(result.locator("#lead-strip").screenshot())
    trace = is_near(drawn, TRACE, 40)  # the letters QRS are less dark
    assert is_near(drawn, PAPER).mean() > 0.3
    assert is_near(drawn, (236, 179, 169)).mean() > 0.01  # every fifth line
    path = result.locator("#lead-strip .trace").bounding_box()
    left = round(path["x"] - result.locator("#lead-strip").bounding_box()["x"])
    curve = trace[: round(path["height"]) + 60, left : left + round(path["width"])]
    assert np.isfinite(heights_of(curve)).mean() > 0.8
    assert likeness(heights_of(curve), strip["cleaned_mv"]) > 0.8
    assert result.locator("#lead-strip .letter.wave-QRS").count() == len(strip["waves"]["QRS"])


def test_the_strip_as_read_is_another_curve(result):
    cleaned = result.locator("#lead-strip .trace").get_attribute("d")
    result.click("#strip-signal label:has-text('As read')")
    expect(result.locator("#lead-strip .trace")).not_to_have_attribute("d", cleaned)
    expect(result.locator("#lead-strip svg")).to_have_attribute("aria-label", re.compile("as read$"))
    result.click("#strip-signal label:has-text('Cleaned')")
    expect(result.locator("#lead-strip .trace")).to_have_attribute("d", cleaned)


def test_cycles_and_attribution_are_drawn(result, answer):
    cycles = pixels_of(result.locator("#cycles").screenshot())
    mean = is_near(cycles, MEAN_CYCLE, 40)
    assert np.isfinite(heights_of(mean)).mean() > 0.7
    change = np.array(answer["details"]["attribution"]["change"])
    drawn = pixels_of(result.locator("#attribution").screenshot())
    raised, lowered = is_near(drawn, RAISING).sum(), is_near(drawn, LOWERING).sum()
    assert raised / lowered == pytest.approx(change.clip(0).sum() / -change.clip(None, 0).sum(), rel=0.4)


def test_all_facts_are_there(result, answer):
    details = answer["details"]
    for label, text in details["facts"]:
        assert f"{label}\n{text}" in result.inner_text("#facts")
    for measure in details["measures"]:
        assert measure["name"] in result.inner_text("#measures")
    assert details["page"]["evidence"]["speed"] in result.inner_text("#page-facts")


def test_what_can_be_kept(result, answer):
    def kept(button: str) -> tuple[str, str]:
        with result.expect_download() as download:
            result.click(button)
        return download.value.suggested_filename, download.value.path().read_text(encoding="utf-8")

    number = f"{answer['potassium']:.1f}"
    name, report = kept("#download-report")
    assert name == "simulated_patient_report.html"
    assert number in re.sub(r"<(style|script).*?</\1>|<[^>]*>", " ", report, flags=re.DOTALL)
    name, table = kept("#download-csv")
    lines = table.splitlines()
    assert name == "simulated_patient_lead_II.csv"
    assert lines[0] == "time_s,ii_mv"
    assert len(lines) == pytest.approx(5000, rel=0.05)
    name, text = kept("#download-json")
    assert name == "simulated_patient_result.json"
    told = json.loads(text)
    assert (told["potassium"], told["interval"]) == (answer["potassium"], answer["interval"])


def test_pictures_open_in_full_size(result):
    result.click("#enlarge")
    shown, natural = result.evaluate(
        "(image => [image.clientWidth, image.naturalWidth])(document.querySelector('#viewer-picture'))"
    )
    assert shown >= natural > 1000
    result.keyboard.press("Escape")
    assert not result.locator("#viewer").is_visible()
