import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from kalemia.estimation import Estimate, Estimator
from kalemia.recording import Recording
from kalemia.report import as_html, as_json, as_text, error_as_json
from kalemia.simulation import simulate_recording

KEYS = {"file", "potassium", "interval", "n_cycles", "warnings", "abstained", "reason", "error"}
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
    assert len(pictures) == 4
    assert all(attrs["alt"] for attrs in pictures)


def test_the_number_and_its_interval_stand_on_the_page(estimator):
    recording = simulate_recording(6.0, seed=1).recording
    estimate = estimator.estimate_recording(recording)
    page = as_html("ecg.csv", recording, estimate, estimator)
    low, high = estimate.interval
    assert f"{estimate.potassium:.1f} <small>mEq/L" in page
    assert f"90 % interval {low:.1f} to {high:.1f} mEq/L" in page


def test_a_refusal_has_a_page_too(estimator):
    page = page_of(Recording(np.zeros((1, 5000)), 500, ("II",)), estimator)
    assert "No estimate" in page
    assert "Flat line in II" in page
    assert SIMULATED in page


def test_a_hostile_file_name_stays_text(estimator):
    page = page_of(Recording(np.zeros((1, 5000)), 500, ("II",)), estimator, file="<script>alert(1)</script>$file")
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;$file" in page


def test_json_of_an_estimate():
    estimate = Estimate(5.84123, (5.06, 6.61), "default", 9, {"gap in the signal": 1}, ("odd unit",))
    content = json.loads(json.dumps(as_json("a.csv", estimate)))
    assert set(content) >= KEYS
    assert content["potassium"] == 5.841
    assert content["interval"] == [5.06, 6.61]
    assert content["warnings"] == ["odd unit"]
    assert content["abstained"] is False
    assert content["error"] is None


def test_json_of_an_abstention_and_of_an_error():
    abstained = as_json("a.csv", Estimate(None, None, "default", 0, reason="flat line"))
    failed = error_as_json("a.csv", "a.csv: no such file")
    assert set(abstained) == set(failed)
    assert (abstained["abstained"], abstained["reason"], abstained["error"]) == (True, "flat line", None)
    assert (failed["abstained"], failed["reason"], failed["error"]) == (False, None, "a.csv: no such file")


def test_text_names_file_cycles_and_warnings():
    text = as_text("a.csv", Estimate(5.84, (5.06, 6.61), "default", 9, warnings=("odd unit",)))
    assert text == "a.csv: 5.8 mEq/L (90 % interval 5.1 to 6.6), from 9 cycles\n  warning: odd unit"
