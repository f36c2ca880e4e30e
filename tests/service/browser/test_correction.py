"""A reading corrected by hand."""

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from kalemia.simulation import simulate_recording
from kalemia.simulation.paper import PageStyle, write_page


@pytest.fixture
def sent(page) -> Callable[[], dict[str, str]]:
    """The text fields of the last request for an estimate; Chromium does not show bodies that have files in them."""
    page.evaluate(
        """() => {
            const send = XMLHttpRequest.prototype.send;
            XMLHttpRequest.prototype.send = function (form) {
                window.sent = Object.fromEntries([...form].filter(([, value]) => typeof value === "string"));
                send.call(this, form);
            };
        }"""
    )
    return lambda: page.evaluate("window.sent")


@pytest.fixture(scope="module")
def page_on_its_side(tmp_path_factory) -> tuple[str, bytes]:
    path = tmp_path_factory.mktemp("side") / "side.png"
    write_page(path, simulate_recording(6.0, seed=1).recording, PageStyle(layout="1", dpi=120))
    Image.open(path).transpose(Image.Transpose.ROTATE_90).save(path)
    return path.name, path.read_bytes()


def read_again(page):
    page.click("#read-again")
    page.wait_for_selector("#progress:visible")
    page.wait_for_selector("#result:visible")


def facts(page) -> dict[str, str]:
    rows = page.locator("#page-facts > div").all()
    return {row.locator("dt").inner_text(): row.locator("dd").inner_text() for row in rows}


def test_another_strip_speed_and_gain(page, give, answer_to, sent, twelve_lead_page):
    give(page, twelve_lead_page)
    strips = answer_to(twelve_lead_page)["details"]["page"]["strips"]
    labels = page.locator("#strip option").all_inner_texts()
    assert [label.split(": ")[0] for label in labels[1:]] == [f"Row {strip['row']}" for strip in strips]
    assert sum("(read)" in label for label in labels) == 1

    first, second = strips[0]["number"], strips[5]["number"]
    page.select_option("#strip", str(first))
    assert page.locator("polygon[aria-checked=true]").get_attribute("data-number") == str(first)
    page.locator(f"polygon[data-number='{second}']").click()
    assert page.input_value("#strip") == str(second)
    page.fill("#speed", "50")
    page.fill("#gain", "5")
    read_again(page)
    assert sent() == {"detail": "full", "strip": str(second), "speed_mm_per_s": "50", "gain_mm_per_mv": "5"}
    assert facts(page)["Paper speed"].startswith("50 mm/s")
    assert facts(page)["Gain"].startswith("5 mm/mV")
    assert "(read)" in page.locator(f"#strip option[value='{second}']").inner_text()
    corrected = answer_to(twelve_lead_page, strip=str(second), speed_mm_per_s="50", gain_mm_per_mv="5")
    expected = "No estimate" if corrected["abstained"] else f"{corrected['potassium']:.1f} mEq/L"
    assert page.inner_text("#potassium") == expected
    assert (page.input_value("#speed"), page.input_value("#gain")) == ("50", "5")


def test_a_page_on_its_side_is_turned_by_hand(page, give, sent, page_on_its_side):
    give(page, page_on_its_side)
    assert page.input_value("#angle") == "90"  # found by itself
    number = page.inner_text("#potassium")

    before = np.array(list(page.locator("#page-picture").bounding_box().values()))
    page.click("#rotate-right")
    page.wait_for_function("getComputedStyle(document.querySelector('#picture-turn')).transform.startsWith('matrix')")
    page.wait_for_timeout(400)  # it turns in a quarter of a second
    after = np.array(list(page.locator("#page-picture").bounding_box().values()))
    assert (before[2] > before[3]) != (after[2] > after[3])
    assert page.locator("#strip").is_disabled()
    assert "Read again first" in page.inner_text("#strip-hint")
    page.click("#rotate-left")
    assert page.locator("#strip").is_enabled()

    page.fill("#angle", "88.5")
    read_again(page)
    assert sent() == {"detail": "full", "rotation_deg": "88.5"}
    assert page.input_value("#angle") == "88.5"
    width, height = page.locator("#page-picture").evaluate("image => [image.naturalWidth, image.naturalHeight]")
    assert width > height
    assert abs(float(page.inner_text("#potassium").split()[0]) - float(number.split()[0])) <= 0.5


def test_a_page_number_that_is_not_there(page, give, sent, twelve_lead_page):
    give(page, twelve_lead_page)
    page.fill("#page-number", "7")
    page.click("#read-again")
    page.wait_for_selector("#refusal:visible")
    assert sent() == {"detail": "full", "page": "7"}
    assert "page 7 was asked for" in page.inner_text("#refusal-detail").lower()
    assert "--" not in page.inner_text("#refusal-detail")
