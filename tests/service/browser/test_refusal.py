"""Where there is no number: a page that is refused, a file that cannot be read, a signal that allows no conclusion."""

import ast
import re
from pathlib import Path

import kalemia

OPTION = re.compile(r"(?<![\w-])--[a-z]")
NUMBER = re.compile(r"mEq/L|\d\.\d")
SOURCE = Path(kalemia.__file__).parent


def assert_refused(page, problem):
    """A refusal in the words of the service, without any number and any option of the command line."""
    said = page.inner_text("body")
    assert page.inner_text("#refusal-title") == problem["title"]
    assert page.locator("#advice li").all_inner_texts() == problem["advice"]
    assert not page.locator("#result").is_visible()
    assert not NUMBER.search(said)
    assert not OPTION.search(said)


def test_a_blank_picture(page, give, answer_to, blank_png):
    problem = answer_to(blank_png)
    give(page, blank_png, outcome="refusal")
    assert_refused(page, problem)
    assert page.inner_text("#refusal-file") == "blank.png"
    detail = problem["detail"].removeprefix("blank.png: ")
    assert page.inner_text("#refusal-detail").lower().startswith(detail[:40].lower())
    assert page.evaluate("document.activeElement.id") == "refusal-title"
    assert page.locator("#correction").is_visible()
    assert page.locator("#page-picture").get_attribute("src") == problem["page"]["overlay"]
    assert problem["page"]["seen"] in page.locator("#page-picture").get_attribute("alt")
    assert page.locator("#strip").is_disabled()
    page.click("#another")
    assert page.locator("#start").is_visible()
    assert not page.locator("#kept").is_visible()


def test_a_page_without_lead_ii_is_corrected_by_hand(page, give, answer_to, page_without_ii):
    problem = answer_to(page_without_ii)
    give(page, page_without_ii, outcome="refusal")
    assert_refused(page, problem)
    assert problem["page"]["seen"] in page.inner_text("#page-facts")
    assert page.locator("#page-picture").evaluate("image => image.complete && image.naturalWidth") > 1000
    strips = page.locator("#strip option").all_inner_texts()
    assert len(strips) == 1 + len(problem["page"]["strips"])
    page.select_option("#strip", index=1)
    page.click("#read-again")
    page.wait_for_selector("#result:visible")
    corrected = answer_to(page_without_ii, strip=str(problem["page"]["strips"][0]["number"]))
    assert page.inner_text("#potassium") == f"{corrected['potassium']:.1f} mEq/L"


def test_files_that_cannot_be_read_as_they_are(page, give, answer_to, flat_csv):
    give(page, flat_csv, outcome="refusal")
    assert_refused(page, answer_to(flat_csv))
    assert "sampling rate under Options" in page.inner_text("#refusal-detail")
    page.click("#another")
    letter = ("letter.bin", bytes(range(256)) * 8)
    give(page, letter, outcome="refusal")
    assert_refused(page, answer_to(letter))
    assert not page.locator("#printed-page").is_visible()


def test_an_abstention_says_why_and_has_no_number(page, give, answer_to, flat_csv):
    answer = answer_to(flat_csv, fs="500", unit="mV")
    page.click("#options summary")
    page.fill("#fs", "500")
    page.select_option("#unit", "mV")
    give(page, flat_csv)
    assert page.inner_text("#potassium") == "No estimate"
    assert page.inner_text("#interval")[1:].rstrip(".") == answer["reason"][1:].rstrip(".")
    assert "mEq/L" not in page.inner_text(".answer")
    for part in ("#scale", "#printed-page", "#cycle-part"):
        assert not page.locator(part).is_visible()
    assert page.locator("#notice").is_visible()


def texts_with_options() -> list[str]:
    """What readers of files and pages say with an option of the command line in it."""
    modules = [SOURCE / "reading.py", *SOURCE.glob("formats/*.py"), *SOURCE.glob("digitization/*.py")]
    return [text for module in modules for text in strings_of(module) if OPTION.search(text)]


def strings_of(module: Path) -> list[str]:
    """Strings of a module, documentation aside, with a number for each value that is filled in."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    filled = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    parts = {id(part) for node in filled for part in node.values}
    alone = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    texts = [
        "".join(str(getattr(part, "value", 3)) if isinstance(part, ast.Constant) else "3" for part in node.values)
        for node in filled
    ]
    return texts + [node.value for node in alone if id(node) not in parts | documentation]


def test_no_text_of_the_readers_reaches_the_page_with_an_option_of_the_command_line(page):
    texts = texts_with_options()
    assert len(texts) >= 12
    shown = page.evaluate(
        "async texts => { const {here} = await import('/static/js/wording.js'); return texts.map(here); }", texts
    )
    assert [text for text in shown if OPTION.search(text)] == []
