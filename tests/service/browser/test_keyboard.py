"""The whole way by the keyboard alone, with the focus seen at every stop."""

import re

import pytest
from playwright.sync_api import expect

IS_SEEN = """() => {
    const focused = document.activeElement;
    const drawn = [focused, focused.closest("label"), focused.nextElementSibling].filter(Boolean);
    const outlined = drawn.some((each) => {
        const {outlineStyle, outlineWidth} = getComputedStyle(each);
        const box = each.getBoundingClientRect();
        return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 && box.width > 10 && box.height > 10;
    });
    return outlined || (focused.matches("polygon") && parseFloat(getComputedStyle(focused).strokeWidth) >= 4);
}"""
MOST_STOPS = 40


@pytest.fixture
def walk(page):
    """Press Tab until an element has the focus; every stop on the way must be seen."""

    def walked(goal: str, key: str = "Tab") -> None:
        for _ in range(MOST_STOPS):
            page.keyboard.press(key)
            assert page.evaluate(IS_SEEN), page.evaluate("document.activeElement.outerHTML.slice(0, 120)")
            if page.evaluate(f"document.activeElement.matches({goal!r})"):
                return
        pytest.fail(f"{goal} is not reached by {key}")

    return walked


def focused(page) -> str:
    return page.evaluate("document.activeElement.id")


def test_from_the_first_key_to_a_download(page, walk):
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate(IS_SEEN)
    assert page.locator(".skip").evaluate("link => link.getBoundingClientRect().top") >= 0
    page.keyboard.press("Enter")
    assert focused(page) == "main"

    walk("#try-example")
    page.keyboard.press("Enter")
    page.wait_for_selector("#progress:visible")
    assert focused(page) == "progress-title"
    page.wait_for_selector("#result:visible")
    assert focused(page) == "result-title"
    assert page.inner_text("#status").startswith("Estimated potassium ")

    walk("#strip")
    page.keyboard.press("ArrowDown")
    assert page.input_value("#strip") == "1"
    walk("polygon", "Shift+Tab")
    walk("#read-again")
    page.keyboard.press("Enter")
    page.wait_for_selector("#progress:visible")
    page.wait_for_selector("#result:visible")
    assert focused(page) == "result-title"
    assert page.input_value("#strip") == "1"

    walk("#strip-signal input")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#lead-strip svg")).to_have_attribute("aria-label", re.compile("as read$"))
    walk("#download-json")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "simulated_patient_result.json"


def test_files_strips_and_pictures(page, walk, twelve_lead_page):
    name, content = twelve_lead_page
    file = {"name": name, "mimeType": "application/pdf", "buffer": content}
    page.on("filechooser", lambda chooser: chooser.set_files(file))
    walk("#file")
    page.keyboard.press("Enter")
    page.wait_for_selector("#result:visible")

    walk("polygon")
    first = page.evaluate("document.activeElement.dataset.number")
    page.keyboard.press("ArrowRight")
    second = page.evaluate("document.activeElement.dataset.number")
    assert int(second) == int(first) + 1
    page.keyboard.press("Space")
    assert page.input_value("#strip") == second
    walk("#enlarge")
    page.keyboard.press("Enter")
    page.wait_for_selector("#viewer:visible")
    assert focused(page) == "viewer-close"
    assert page.evaluate(IS_SEEN)
    page.keyboard.press("Enter")
    assert not page.locator("#viewer").is_visible()
    assert focused(page) == "enlarge"


def test_cancelling_goes_back_with_the_file_kept(page, walk):
    walk("#try-example")
    page.keyboard.press("Enter")
    page.wait_for_selector("#progress:visible")
    walk("#cancel")
    page.keyboard.press("Enter")
    page.wait_for_selector("#start:visible")
    assert page.inner_text("#kept-name") == "simulated_patient.jpg"
    assert page.inner_text("#status") == "Cancelled"
    assert not page.locator("#result").is_visible()
    walk("#estimate-kept")
    page.keyboard.press("Enter")
    page.wait_for_selector("#result:visible")
    assert page.inner_text("#result-file") == "simulated_patient.jpg"
