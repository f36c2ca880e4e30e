import re
from html.parser import HTMLParser

import numpy as np
import pytest

from kalemia.answers import Estimate
from kalemia.estimation import Estimator
from kalemia.recording import Recording
from kalemia.report.page import as_html
from kalemia.simulation import simulate_recording

SIMULATED = "not a medical device; this model has learned from simulated patients only"


@pytest.fixture(scope="module")
def estimator():
    return Estimator.load()


def page_of(recording, estimator, file="ecg.csv"):
    return as_html(file, recording, estimator.estimate_recording(recording), estimator)


@pytest.fixture(scope="module")
def page(estimator):
    return page_of(simulate_recording(6.0, seed=1).recording, estimator)


class Tags(HTMLParser):
    """Collects tags, and checks that they close."""

    VOID = frozenset({"meta", "img", "br"})

    def __init__(self, text):
        super().__init__()
        self.seen, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_whole(page):
    assert Tags(page).open == []
    assert "$" not in re.sub(r"base64,[^\"]+", "", page)


def test_the_page_stands_alone(page):
    links = [attrs.get(key) for _, attrs in Tags(page).seen for key in ("src", "href") if key in attrs]
    assert links
    assert all(link.startswith("data:image/svg+xml;base64,") for link in links)
    assert "<script" not in page


def test_the_page_says_what_it_is_not(page):
    assert SIMULATED in page


def test_every_picture_is_described(page):
    pictures = [attrs for tag, attrs in Tags(page).seen if tag == "img"]
    assert len(pictures) == 5
    assert all(attrs["alt"] for attrs in pictures)


def test_the_number_and_its_interval_stand_on_the_page(estimator):
    recording = simulate_recording(6.0, seed=1).recording
    estimate = estimator.estimate_recording(recording)
    page = as_html("ecg.csv", recording, estimate, estimator)
    low, high = estimate.interval
    assert f"{estimate.potassium:.1f} <small>mEq/L" in page
    assert f"90 % interval {low:.1f} to {high:.1f} mEq/L" in page


def test_what_the_model_looks_at_stands_behind_the_single_cycles(page):
    headings = re.findall(r"<h2>(.*?)</h2>", page)
    cycles = next(number for number, heading in enumerate(headings) if heading.startswith("Single cycles"))
    assert headings[cycles + 1] == "What the model looks at"
    assert "not what potassium has done to it" in page


def test_of_an_estimate_that_was_not_made_nothing_was_looked_at(estimator):
    recording = simulate_recording(6.0, seed=1).recording
    page = as_html("ecg.csv", recording, Estimate(None, None, "default", 0, reason="too poor"), estimator)
    assert "Single cycles" in page
    assert "What the model looks at" not in page


def test_a_refusal_has_a_page_too(estimator):
    page = page_of(Recording(np.zeros((1, 5000)), 500, ("II",)), estimator)
    assert "No estimate" in page
    assert "Flat line in II" in page
    assert "What the model looks at" not in page
    assert SIMULATED in page


def test_a_hostile_file_name_stays_text(estimator):
    page = page_of(Recording(np.zeros((1, 5000)), 500, ("II",)), estimator, file="<script>alert(1)</script>$file")
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;$file" in page
