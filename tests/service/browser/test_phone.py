"""The page on a phone: narrow, and touched."""

import pytest

PHONES = {"small": (320, 640), "usual": (390, 844)}
OVERLAPS = """elements => {
    const boxes = elements.map((each) => each.getBoundingClientRect());
    const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    return boxes.filter((box, place) => boxes.slice(place + 1).some((other) => meet(box, other))).length;
}"""


@pytest.fixture(params=PHONES.values(), ids=PHONES)
def phone(request, visit):
    width, height = request.param
    options = {"viewport": {"width": width, "height": height}, "is_mobile": True, "has_touch": True}
    with visit(**options) as page:
        yield page


def assert_it_fits(page):
    """Nothing is wider than the screen, and nothing that is touched is too small for a finger."""
    width = page.viewport_size["width"]
    assert page.evaluate("[innerWidth, document.documentElement.scrollWidth, visualViewport.scale]") == [
        width,
        width,
        1,
    ]
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, .button, select, summary, input[type=number]")]
            .filter((each) => each.checkVisibility())
            .map((each) => [each.id || each.textContent, each.getBoundingClientRect()])
            .filter(([, {width, height}]) => width < 44 || height < 36).map(([name]) => name)"""
    )
    assert small == []


def test_a_photograph_is_taken_and_its_result_read(phone, give, page_without_ii, photo):
    assert_it_fits(phone)
    camera = phone.locator("label:has(#camera)")
    assert camera.is_visible()
    assert phone.locator("#camera").get_attribute("capture") == "environment"
    taken = {"name": photo[0], "mimeType": "image/jpeg", "buffer": photo[1]}
    phone.on("filechooser", lambda chooser: chooser.set_files(taken))
    camera.tap()
    phone.wait_for_selector("#result:visible")
    assert_it_fits(phone)
    width, height = phone.viewport_size["width"], phone.viewport_size["height"]
    for part in ("#potassium", "#interval", "#notice", "#scale svg"):
        box = phone.locator(part).bounding_box()
        assert 0 <= box["x"] <= box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= height, f"{part} is not on the first screen"
    assert float(phone.locator("#potassium").evaluate("e => parseFloat(getComputedStyle(e).fontSize)")) >= 48
    overlaps = phone.locator("#scale text").evaluate_all(OVERLAPS)
    assert overlaps == 0
    phone.locator("#lead-strip").evaluate("strip => strip.scrollBy(200, 0)")
    assert phone.locator("#lead-strip").evaluate("strip => strip.scrollLeft") == 200

    phone.tap("#another")
    give(phone, page_without_ii, outcome="refusal")
    assert_it_fits(phone)
    phone.locator("#page-strips polygon").first.tap()
    assert phone.input_value("#strip") == "1"


def test_the_camera_is_offered_on_touch_screens_alone(page):
    assert not page.locator("label:has(#camera)").is_visible()
    assert page.locator(".drop-title").inner_text() == "Drop an ECG here, or paste a picture"
