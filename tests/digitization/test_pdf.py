import hashlib
import io
import struct
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from PIL import Image

from kalemia.digitization import page_source
from kalemia.digitization.page_source import PageSource
from kalemia.digitization.source import is_page, open_pages
from kalemia.errors import CorruptFile, InputError, KalemiaError, PageLocked, PageRefused, PageTooLarge

FEW = settings(max_examples=40, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def only_page(path, page=None):
    (source,) = open_pages(path, page)
    return source


def photograph(width, height):
    """Smooth colours that differ everywhere, so that turning, mirroring and scaling all show."""
    y, x = np.mgrid[:height, :width]
    rgb = np.stack([40 + x / width * 190, 60 + y / height * 190, 128 + 50 * np.sin(x / 17)], axis=2)
    return Image.fromarray(rgb.round().astype(np.uint8))


def pdf_of_figure():
    buffer = io.BytesIO()
    figure = Figure(figsize=(4, 3))
    axes = figure.add_axes((0.1, 0.1, 0.8, 0.8))
    axes.plot(np.arange(300), np.sin(np.arange(300) / 5), "k")
    axes.set_title("II")
    figure.savefig(buffer, format="pdf")
    return buffer.getvalue()


def written_pdf(pages=1, box=(0, 0, 595, 842), rotate=0, trailer=""):
    """Empty pages, by hand."""
    kids = " ".join(f"{3 + number} 0 R" for number in range(pages))
    objects = ["<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Kids[{kids}]/Count {pages}>>"]
    media = " ".join(map(str, box))
    objects += [f"<</Type/Page/Parent 2 0 R/MediaBox[{media}]/Rotate {rotate}>>"] * pages
    data, offsets = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    end = f"trailer\n<</Size {size}/Root 1 0 R{trailer}>>\nstartxref\n{len(data)}\n%%EOF\n"
    return f"{data}xref\n0 {size}\n0000000000 65535 f \n{table}{end}".encode()


def encrypted_pdf(password):
    """With the 40-bit encryption of PDF 1.1 (standard security handler, revision 2)."""
    padding = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
    user, owner, file_id = (password + padding)[:32], (b"owner" + padding)[:32], b"0123456789abcdef"
    owner_entry = rc4(hashlib.md5(owner, usedforsecurity=False).digest()[:5], user)
    digest = hashlib.md5(user + owner_entry + struct.pack("<i", -4) + file_id, usedforsecurity=False).digest()
    user_entry = rc4(digest[:5], padding)
    entries = f"/Filter/Standard/V 1/R 2/P -4/O<{owner_entry.hex()}>/U<{user_entry.hex()}>"
    return written_pdf(trailer=f"/Encrypt<<{entries}>>/ID[<{file_id.hex()}><{file_id.hex()}>]")


def rc4(key, data):
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    output = bytearray()
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        output.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(output)


@pytest.fixture
def pdf(tmp_path):
    def save(data):
        path = tmp_path / "page.pdf"
        path.write_bytes(data)
        return path

    return save


def test_a_drawn_page(pdf):
    source = only_page(pdf(pdf_of_figure()))
    assert source.rgb.shape == pytest.approx((900, 1200, 3), abs=1)
    assert not source.rgb.flags.writeable
    assert source.drawing is not None
    assert len(source.drawing.curves) == 1
    assert "II" in [text.words for text in source.drawing.texts]
    columns, rows = (source.drawing.curves[0] * 300 / 25.4).astype(int).T
    assert (source.rgb[rows, columns] < 160).all(axis=1).mean() > 0.95


def scan_pdf(width, height, page_width, page_height, rotate=0):
    document = pypdfium2.PdfDocument.new()
    page = document.new_page(page_width, page_height)
    image = pypdfium2.PdfImage.new(document)
    bitmap = pypdfium2.PdfBitmap.from_pil(photograph(width, height))
    image.set_bitmap(bitmap)
    image.set_matrix(pypdfium2.PdfMatrix().scale(page_width, page_height))
    page.insert_obj(image)
    page.gen_content()
    page.set_rotation(rotate)
    buffer = io.BytesIO()
    document.save(buffer)
    document.close()
    return buffer.getvalue()


def test_a_scan_is_read_at_its_own_resolution_if_that_is_higher(pdf):
    fine = only_page(pdf(scan_pdf(1000, 500, 144, 72)))
    assert fine.rgb.shape == (500, 1000, 3)
    assert np.abs(fine.rgb.astype(int) - np.asarray(photograph(1000, 500))).mean() < 3
    assert fine.drawing is None
    coarse = only_page(pdf(scan_pdf(300, 150, 144, 72)))
    assert coarse.rgb.shape == (300, 600, 3)


def test_a_turned_page(pdf):
    upright, turned = (only_page(pdf(scan_pdf(600, 300, 144, 72, rotate))).rgb for rotate in (0, 90))
    assert turned.shape == (600, 300, 3)
    assert np.abs(np.rot90(upright, -1).astype(int) - turned).mean() < 3


def test_a_picture_in_a_pdf_with_too_many_pixels(pdf, monkeypatch):
    path = pdf(scan_pdf(1000, 500, 144, 72))
    monkeypatch.setattr(page_source.require_readable_size, "__defaults__", (400_000,))
    with pytest.raises(PageTooLarge, match="1000 x 500 pixels"):
        _ = only_page(path).rgb


@pytest.mark.parametrize("box", [(0, 0, 14_400, 14_400), (0, 0, 100_000, 2000)])
def test_absurdly_large_pages(box, pdf):
    with pytest.raises(PageTooLarge, match=r"a page of \d+ x \d+ mm, larger than any printed ECG"):
        _ = only_page(pdf(written_pdf(box=box))).rgb


def test_a_tiny_page(pdf):
    with pytest.raises(PageRefused, match="too small"):
        _ = only_page(pdf(written_pdf(box=(0, 0, 400, 30)))).rgb


@pytest.mark.parametrize("rotate", [0, 90])
def test_a_long_page_is_rendered_with_as_many_pixels_as_can_be_bent(rotate, pdf):
    """OpenCV's remap takes sides of less than 32,767 pixels."""
    rgb = only_page(pdf(written_pdf(box=(0, 0, 9000, 72), rotate=rotate))).rgb
    assert max(rgb.shape) == pytest.approx(32_000, abs=1)
    assert min(rgb.shape[:2]) == pytest.approx(256, abs=1)


def test_a_page_that_is_too_long(pdf):
    with pytest.raises(PageTooLarge, match="longer than any printed ECG"):
        _ = only_page(pdf(written_pdf(box=(0, 0, 9000, 50)))).rgb


def test_a_page_that_is_refused_for_its_size_does_not_end_the_search(pdf):
    small = written_pdf(pages=3).replace(b"595 842", b"30  30 ", 1)
    refused, *others = open_pages(pdf(small))
    assert isinstance(refused.refusal, PageRefused)
    assert [source.number for source in (refused, *others)] == [1, 2, 3]
    assert [source.rgb.shape[2] for source in others] == [3, 3]


def test_a_large_page_is_rendered_with_fewer_pixels(pdf):
    source = only_page(pdf(written_pdf(box=(0, 0, 1190, 1684))))  # A2
    assert source.rgb.shape[0] * source.rgb.shape[1] <= 16.1e6
    assert source.rgb.shape[0] / source.rgb.shape[1] == pytest.approx(1684 / 1190, rel=1e-3)


def test_hundreds_of_pages_are_opened_one_by_one(pdf):
    path = pdf(written_pdf(pages=300))
    pages = open_pages(path)
    assert next(pages).number == 1
    pages.close()
    assert only_page(path, 300).number == 300
    with pytest.raises(InputError, match="page 301 was asked for, but there are 300 pages"):
        only_page(path, 301)


def test_search_in_a_pdf_ends_after_20_pages(pdf):
    numbers = []
    with pytest.raises(PageTooLarge, match="300 pages, and no ECG on the first 20"):
        numbers.extend(source.number for source in open_pages(pdf(written_pdf(pages=300, box=(0, 0, 60, 60)))))


def test_a_pdf_without_pages(pdf):
    with pytest.raises(InputError):
        only_page(pdf(written_pdf(pages=0)))


def test_passwords(pdf):
    with pytest.raises(PageLocked, match="password"):
        only_page(pdf(encrypted_pdf(b"secret")))
    assert only_page(pdf(encrypted_pdf(b""))).number == 1


def test_bytes_before_and_after_a_pdf(pdf):
    data = pdf_of_figure()
    assert is_page(b"\n\n" + data[:1000]) == "PDF"
    assert only_page(pdf(b"\n\n" + data)).drawing is not None
    assert only_page(pdf(data + bytes(4000))).drawing is not None


def test_threads_do_not_meet_in_pdfium(pdf):
    path = pdf(pdf_of_figure())
    with ThreadPoolExecutor(4) as pool:
        sources = list(pool.map(only_page, [path] * 12))
    assert len({source.rgb.tobytes() for source in sources}) == 1


def test_nothing_is_left_open(pdf):
    code = """
        import sys
        from pathlib import Path
        from kalemia.digitization.source import open_pages

        kept = open_pages(Path(sys.argv[1]))
        next(kept)
        """
    command = [sys.executable, "-X", "dev", "-c", textwrap.dedent(code), pdf(written_pdf(pages=3))]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


# --- damaged


WHOLE = {"drawn": pdf_of_figure(), "scan": scan_pdf(300, 250, 144, 120), "empty": written_pdf(pages=3)}


def read_or_refuse(data):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "page.pdf"
        path.write_bytes(data)
        try:
            for source in open_pages(path):
                assert isinstance(source, PageSource)
                assert source.rgb.ndim == 3
        except KalemiaError as error:
            assert "\n" not in str(error)
            return error
    return None


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("share", [0.3, 0.7, 0.95])
def test_truncated_files_are_corrupt(name, share):
    data = WHOLE[name]
    assert read_or_refuse(data) is None
    error = read_or_refuse(data[: int(share * len(data))])
    assert isinstance(error, CorruptFile)
    assert "truncated" in str(error)


@pytest.mark.parametrize("name", WHOLE)
@FEW
@given(data=st.data())
def test_bytes_changed(name, data):
    content = bytearray(WHOLE[name])
    for position in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=6)):
        content[position] = data.draw(st.integers(0, 255))
    read_or_refuse(bytes(content))


@pytest.mark.parametrize("name", WHOLE)
@FEW
@given(data=st.data())
def test_bytes_cut_out(name, data):
    content = WHOLE[name]
    start = data.draw(st.integers(0, len(content)))
    read_or_refuse(content[:start] + content[start + data.draw(st.integers(1, 200)) :])
