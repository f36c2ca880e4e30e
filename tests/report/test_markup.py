from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from kalemia.report.markup import jpeg, rows, sentence


@pytest.mark.parametrize("most_bytes", [400_000, 100_000, 5_000])
def test_even_noise_fits(most_bytes):
    noise = np.random.default_rng(0).integers(0, 256, (1200, 2000, 3), np.uint8)
    data = jpeg(noise, most_bytes)
    assert len(data) <= most_bytes
    with Image.open(BytesIO(data)) as image:
        assert image.width / image.height == pytest.approx(2000 / 1200, rel=0.02)
        assert image.width <= 1600


def test_facts_stay_text():
    assert rows({"a": "<b>&"}) == "<tr><th scope='row'>a</th><td>&lt;b&gt;&amp;</td></tr>"


def test_a_sentence():
    assert sentence("flat line") == sentence("Flat line.") == "Flat line."
