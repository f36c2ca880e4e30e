import numpy as np
import pypdfium2
import pytest
from PIL import Image

from kalemia.errors import ConfigError, OutputError
from kalemia.simulation.paper import PageStyle, degrade, print_page, print_pdf, write_page

STYLE = PageStyle(dpi=100)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif"])
def test_images_state_their_resolution(tmp_path, recording, suffix):
    path = write_page(tmp_path / f"page{suffix}", recording, STYLE)
    with Image.open(path) as image:
        assert image.info["dpi"] == pytest.approx((100, 100), abs=0.1)
        assert image.size == (1169, 827)


def test_a_png_holds_every_pixel(tmp_path, recording):
    path = write_page(tmp_path / "page.png", recording, STYLE, degrade="scan", seed=5)
    expected = degrade(print_page(recording, STYLE), "scan", 5).image
    np.testing.assert_array_equal(np.asarray(Image.open(path)), expected)


def test_a_clean_pdf_has_paths_and_a_degraded_one_a_picture(tmp_path, recording):
    clean = write_page(tmp_path / "clean.pdf", recording, STYLE)
    assert clean.read_bytes() == print_pdf(recording, STYLE)
    scanned = write_page(tmp_path / "scan.pdf", recording, STYLE, degrade="scan")
    (page,) = pypdfium2.PdfDocument(scanned)
    assert page.get_size() == pytest.approx((1169 * 0.72, 827 * 0.72))
    assert len(list(page.get_objects())) == 1
    assert scanned.read_bytes() == write_page(tmp_path / "scan.pdf", recording, STYLE, degrade="scan").read_bytes()


def test_another_suffix(tmp_path, recording):
    with pytest.raises(ConfigError, match=r'page.gif: a page cannot be written as ".gif". Name it .png'):
        write_page(tmp_path / "page.gif", recording, STYLE)


def test_where_nothing_can_be_written(tmp_path, recording):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        write_page(tmp_path / "file" / "page.png", recording, STYLE)
