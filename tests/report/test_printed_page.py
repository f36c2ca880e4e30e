import base64
import re
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from kalemia.digitization import digitize
from kalemia.estimation import Estimator
from kalemia.report.page import as_html
from kalemia.simulation import simulate_recording
from kalemia.simulation.paper import PageStyle, print_page, write_image


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    page = print_page(simulate_recording(6.0, seed=1).recording, PageStyle(layout="1", paper="strip", dpi=200))
    return digitize(write_image(tmp_path_factory.mktemp("pages") / "page.png", page))


@pytest.fixture(scope="module")
def html(found):
    estimator = Estimator.load()
    estimate = estimator.estimate_recording(found.recording)
    return as_html("page.png", found.recording, estimate, estimator, digitization=found)


def photographs(html):
    return [base64.b64decode(data) for data in re.findall(r"data:image/jpeg;base64,([^\"]+)", html)]


def test_the_overlay_and_the_strip_stand_on_the_page(html, found):
    overlay, close_up = (Image.open(BytesIO(data)) for data in photographs(html))
    assert overlay.width / overlay.height == pytest.approx(np.divide(*found.overlay().shape[1::-1]), rel=0.01)
    assert close_up.width > 2 * close_up.height


def test_what_was_found_stands_on_the_page(html, found):
    for words in ("25 mm/s", "10 mm/mV", found.evidence["grid"], found.evidence["lead"], "of the strip traced"):
        assert words in html


def test_the_page_stays_small(html):
    assert all(len(data) < 300_000 for data in photographs(html))


def test_without_a_printed_page_there_is_no_photograph(found):
    estimator = Estimator.load()
    html = as_html("a.csv", found.recording, estimator.estimate_recording(found.recording), estimator)
    assert not photographs(html)
    assert "printed page" not in html
