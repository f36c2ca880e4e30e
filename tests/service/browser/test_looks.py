"""Light and dark, for all eyes and ears, and light to load."""

import statistics

import pytest
from axe_playwright_python.sync_playwright import Axe

FIRST_PAINT_MS = 500
LARGEST_BYTES = 300_000
LOADS = 5


@pytest.fixture
def audited(visit):
    """A page into which the audit may be put; the policy of the service forbids it otherwise."""
    with visit(bypass_csp=True) as page:
        yield page


def assert_sound(page):
    """No violation that axe knows, light or dark; and dark is dark."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = Axe().run(page).response["violations"]
        assert [(fault["id"], fault["impact"], [node["target"] for node in fault["nodes"]]) for fault in found] == []
        red, green, blue = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
        assert max(red, green, blue) < 60 if scheme == "dark" else min(red, green, blue) > 200


def test_the_start(audited):
    audited.click("#options summary")
    audited.click("#add-reference")
    assert_sound(audited)


def test_the_result_of_a_page(audited, give, twelve_lead_page):
    give(audited, twelve_lead_page)
    assert_sound(audited)


def test_the_result_of_a_signal_file(audited, give, ecg_csv):
    give(audited, ecg_csv)
    assert_sound(audited)


def test_a_refusal(audited, give, page_without_ii):
    give(audited, page_without_ii, outcome="refusal")
    assert_sound(audited)


def test_while_it_waits_and_asks_for_a_token(audited):
    """Both views are shown by hand: they pass too quickly to be audited."""
    for view in ("progress", "refusal"):
        audited.evaluate(
            f"for (const each of document.querySelectorAll('main > *')) each.hidden = each.id !== '{view}'"
        )
        audited.evaluate(
            "document.querySelector('#refusal-title').textContent = 'This server asks for an access token'"
        )
        audited.evaluate("document.querySelector('#token-form').hidden = false")
        assert_sound(audited)


def test_it_is_light_and_there_at_once(visit):
    paints, sizes = [], []
    for _ in range(LOADS):
        with visit() as page:
            page.wait_for_selector("#prior option:nth-child(2)", state="attached")  # the last that it asks for
            painted = page.wait_for_function("performance.getEntriesByName('first-contentful-paint')[0]?.startTime")
            paints.append(painted.json_value())
            entries = "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
            sizes.append(page.evaluate(f"{entries}.reduce((sum, entry) => sum + entry.transferSize, 0)"))
    assert statistics.median(paints) < FIRST_PAINT_MS
    assert 20_000 < max(sizes) <= LARGEST_BYTES
