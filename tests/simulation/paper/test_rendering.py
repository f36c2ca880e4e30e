import numpy as np
import pypdfium2
import pytest

from kalemia.simulation.paper.drawing import Drawing, Lines, Words, straight
from kalemia.simulation.paper.rendering import to_pdf, to_pixels


def drawing(*lines, words=()):
    return Drawing(60.0, 40.0, "#ffffff", "#000000", "DejaVu Sans", lines, tuple(words))


def test_a_line_lies_where_it_was_drawn():
    dpi, at_mm = 254.0, 12.345  # 10 px per mm
    image = to_pixels(drawing(Lines((straight(at_mm, 0, at_mm, 40),), 0.4, "#000000")), dpi)
    darkness = 255.0 - image[200, :, 0]
    centres = np.arange(image.shape[1]) + 0.5
    assert image.shape == (400, 600, 3)
    assert (darkness * centres).sum() / darkness.sum() / 10 == pytest.approx(at_mm, abs=0.005)
    assert darkness.sum() / 255 / 10 == pytest.approx(0.4, abs=0.01)


@pytest.mark.parametrize("dpi", [97, 150, 203, 300])
def test_the_image_is_as_large_as_the_paper(dpi):
    assert to_pixels(drawing(), dpi).shape == (round(40 / 25.4 * dpi), round(60 / 25.4 * dpi), 3)


def test_every_vertex_is_in_the_pdf(paths_mm):
    x = np.linspace(5, 55, 2000)
    curve = np.column_stack([x, 20 + 5 * np.sin(x) + np.random.default_rng(0).normal(0, 0.01, 2000)])
    curve[500:600, 1] = 20  # a flat line, of which a simplified path would keep two points
    data = to_pdf(drawing(Lines((curve,), 0.3, "#000000")))
    path = max(paths_mm(data), key=len)
    np.testing.assert_allclose(path, curve, atol=2e-4)


def test_text_in_the_pdf_is_text():
    words = (Words("25 mm/s $x$", 10, 10, 4, "top"), Words("aVR", 10, 30, 4, "bottom"))
    (page,) = pypdfium2.PdfDocument(to_pdf(drawing(words=words)))
    text = page.get_textpage().get_text_bounded()
    assert "25 mm/s $x$" in text
    assert "aVR" in text


def test_words_stand_on_their_edge():
    image = to_pixels(drawing(words=(Words("H", 10, 10, 5, "top"), Words("H", 40, 30, 5, "bottom"))), 254)
    rows, columns = np.nonzero(image[..., 0] < 128)
    upper, lower = rows[columns < 300], rows[columns > 300]
    assert 100 <= upper.min() < upper.max() < 160
    assert 240 < lower.min() < lower.max() <= 300


def test_the_same_page_gives_the_same_bytes():
    page = drawing(Lines((straight(0, 0, 9, 9),), 0.3, "#000000"), words=(Words("II", 5, 5, 4, "top"),))
    assert to_pdf(page) == to_pdf(page)
