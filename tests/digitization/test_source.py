import io
import os
import struct
import subprocess
import sys
import textwrap
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from kalemia.digitization import images, page_source
from kalemia.digitization.page_source import PageSource
from kalemia.digitization.source import SUFFIXES, is_page, open_pages
from kalemia.errors import (
    CorruptFile,
    EmptyFile,
    FileMissing,
    InputError,
    KalemiaError,
    PageRefused,
    PageTooLarge,
    UnknownFormat,
)

FEW = settings(max_examples=40, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def picture(width=320, height=240, seed=0):
    """Smooth colours that differ everywhere, so that turning, mirroring and scaling all show."""
    y, x = np.mgrid[:height, :width]
    waves = 20 * np.sin(x / 17 + seed) * np.cos(y / 11)
    rgb = np.stack([40 + x / width * 150 + waves, 60 + y / height * 150 + waves, 128 + waves], axis=2)
    return Image.fromarray(rgb.round().astype(np.uint8))


@pytest.fixture
def saved(tmp_path):
    def save(image, name, **options):
        image.save(tmp_path / name, **options)
        return tmp_path / name

    return save


def only_page(path, page=None):
    (source,) = open_pages(path, page)
    return source


# --- formats


@pytest.mark.parametrize(
    ("name", "kind", "options", "atol"),
    [
        ("a.png", "PNG image", {}, 0),
        ("a.jpg", "JPEG image", {"quality": 95}, 12),
        ("a.tif", "TIFF image", {}, 0),
        ("lzw.tif", "TIFF image", {"compression": "tiff_lzw"}, 0),
        ("big.tif", "TIFF image", {"big_tiff": True}, 0),
        ("a.bmp", "BMP image", {}, 0),
        ("a.webp", "WebP image", {"lossless": True}, 0),
        ("lossy.webp", "WebP image", {"quality": 95}, 16),
        ("a.gif", "GIF image", {}, 40),
    ],
)
def test_formats_by_content(name, kind, options, atol, saved):
    path = saved(picture(), name, **options)
    renamed = path.rename(path.with_suffix(".dat"))
    assert is_page(renamed.read_bytes()[:1024]) == kind
    source = only_page(renamed)
    assert source.number == 1
    assert source.rgb.dtype == np.uint8
    assert not source.rgb.flags.writeable
    assert not source.warnings
    assert path.suffix in SUFFIXES
    np.testing.assert_allclose(source.rgb.astype(int), np.asarray(picture()).astype(int), atol=atol)


@pytest.mark.parametrize(
    "head",
    [b"", b"time_s,ii_mv\n0,0.1", b"BMI,weight\n1,2", b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00mp41", b"\x00\x00\x00"],
)
def test_what_is_no_page(head):
    assert is_page(head) is None


@pytest.mark.parametrize(
    ("brand", "kind", "advice"),
    [(b"heic", "HEIC image", "Most Compatible"), (b"mif1", "HEIC image", "JPEG"), (b"avif", "AVIF image", "JPEG")],
)
def test_heic_and_avif_are_told_how_to_convert(brand, kind, advice, tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"\x00\x00\x00\x1cftyp" + brand + b"\x00\x00\x00\x00mif1" + brand + b"miaf" + bytes(100))
    with pytest.raises(UnknownFormat, match=f"a {kind}.*{advice}"):
        open_pages(path)


def test_other_files(tmp_path):
    (tmp_path / "a.txt").write_text("A letter")
    (tmp_path / "empty.png").touch()
    with pytest.raises(UnknownFormat, match="neither a picture nor a PDF"):
        open_pages(tmp_path / "a.txt")
    with pytest.raises(EmptyFile):
        open_pages(tmp_path / "empty.png")
    for wrong in (tmp_path / "absent.png", tmp_path, Path("a\0b")):
        with pytest.raises(FileMissing):
            open_pages(wrong)


# --- colours


def alpha_over(transparent, mode):
    image = picture().convert(mode)
    image.putalpha(Image.fromarray(np.where(transparent, 0, 255).astype(np.uint8)))
    return image


def test_transparency_is_laid_on_white(saved):
    transparent = np.zeros((240, 320), bool)
    transparent[:, :100] = True
    for mode in ("RGB", "L"):
        rgb = only_page(saved(alpha_over(transparent, mode), f"{mode}.png")).rgb
        assert (rgb[:, :100] == 255).all()
        np.testing.assert_array_equal(rgb[:, 100:], np.asarray(picture().convert(mode).convert("RGB"))[:, 100:])


def test_a_transparent_colour(saved):
    image = picture().quantize(16)
    path = saved(image, "a.png", transparency=3)
    indices = np.asarray(image)
    rgb = only_page(path).rgb
    assert (rgb[indices == 3] == 255).all()
    np.testing.assert_array_equal(rgb[indices != 3], np.asarray(image.convert("RGB"))[indices != 3])


@pytest.mark.parametrize("mode", ["1", "L", "P"])
@pytest.mark.parametrize("suffix", [".png", ".tif", ".bmp", ".gif"])
def test_few_colours(mode, suffix, saved):
    image = picture().quantize(32) if mode == "P" else picture().convert(mode)
    np.testing.assert_array_equal(only_page(saved(image, f"a{suffix}")).rgb, np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("highest", [4095, 65535, 300])
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_sixteen_bits_are_scaled_to_their_own_range(highest, suffix, saved):
    grey = np.asarray(picture().convert("L")).astype(float)
    levels = ((grey - grey.min()) / np.ptp(grey) * highest).round().astype(np.uint16)
    rgb = only_page(saved(Image.fromarray(levels), f"a{suffix}")).rgb
    assert (rgb.min(), rgb.max()) == (0, 255)
    np.testing.assert_allclose(rgb[..., 0], levels / highest * 255, atol=0.51)


def test_sixteen_bits_where_zero_is_white(saved):
    levels = np.asarray(picture().convert("L")).astype(np.uint16) * 256
    upright, inverted = Image.fromarray(levels), Image.fromarray(65535 - levels)
    path = saved(inverted, "inverted.tif", tiffinfo={262: 0})
    np.testing.assert_allclose(
        only_page(path).rgb.astype(int), only_page(saved(upright, "upright.tif")).rgb.astype(int), atol=1
    )


def test_floats_with_gaps_and_a_page_of_one_value(saved):
    values = np.asarray(picture().convert("L")).astype(np.float32)
    values[:10] = np.nan
    rgb = only_page(saved(Image.fromarray(values), "a.tif")).rgb
    assert (rgb[:10] == 255).all()
    assert rgb[10:].min() == 0
    assert (only_page(saved(Image.fromarray(np.full((300, 300), 7, np.uint16)), "b.png")).rgb == 255).all()


@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
def test_cmyk(suffix, saved):
    image = picture().convert("CMYK")  # Pillow, as Adobe, stores a JPEG's inks inverted
    rgb = only_page(saved(image, f"a{suffix}")).rgb
    np.testing.assert_allclose(rgb.astype(int), np.asarray(picture()).astype(int), atol=16)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_pictures_are_turned_upright(orientation, suffix, saved):
    exif = Image.Exif()
    exif[274] = orientation
    options = {"lossless": True} if suffix == ".webp" else {"quality": 95} if suffix == ".jpg" else {}
    path = saved(picture(), f"a{suffix}", exif=exif, **options)
    with Image.open(path) as image:
        expected = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    np.testing.assert_array_equal(only_page(path).rgb, expected)


def test_a_damaged_orientation_is_ignored(saved):
    path = saved(picture(), "a.jpg", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01", quality=95)
    assert only_page(path).rgb.shape == (240, 320, 3)


# --- size


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
@pytest.mark.parametrize(("width", "height"), [(1600, 1200), (3000, 300), (401, 2003)])
def test_large_pictures_are_reduced(suffix, width, height, saved, monkeypatch):
    monkeypatch.setattr(images, "MAX_PIXELS_KEPT", 150_000)
    monkeypatch.setattr(images, "REDUCED_PIXELS", 100_000)
    monkeypatch.setattr(images, "_STRIP_PIXELS", 50_000)
    source = only_page(saved(picture(width, height), f"a{suffix}"))
    rows, columns, _ = source.rgb.shape
    assert rows * columns == pytest.approx(100_000, rel=0.02)
    assert columns / rows == pytest.approx(width / height, rel=0.01)
    expected = picture(width, height).resize((columns, rows), Image.Resampling.BOX)
    assert np.abs(source.rgb.astype(int) - np.asarray(expected).astype(int)).mean() < 2


@pytest.mark.parametrize(("width", "height"), [(199, 1000), (1000, 10), (1, 1)])
def test_too_small(width, height, saved):
    source = only_page(saved(Image.new("RGB", (width, height)), "a.png"))
    with pytest.raises(PageRefused, match=f"{width} x {height} pixels, at least 200") as caught:
        _ = source.rgb
    assert caught.value is source.refusal


@pytest.mark.parametrize("turned", [False, True])
def test_long_pictures_are_reduced_to_what_can_be_bent(turned, saved):
    """OpenCV's remap takes sides of less than 32,767 pixels."""
    image = Image.fromarray(np.tile(np.asarray(picture(330, 300)), (1, 100, 1)))
    source = only_page(saved(image.rotate(90, expand=True) if turned else image, "a.png", compress_level=1))
    assert source.rgb.shape == ((32_000, 291, 3) if turned else (291, 32_000, 3))


def test_pictures_that_would_become_too_thin(saved):
    with pytest.raises(PageTooLarge, match="33000 x 200 pixels, too long"):
        _ = only_page(saved(Image.new("L", (33_000, 200)), "a.png")).rgb


# --- too large


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, extra=b""):
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    rows = zlib.compress(bytes((width + 1) * height)) if width * height < 1e6 else zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + header + extra + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")


def gif(width, height):
    size = struct.pack("<HH", width, height)
    return b"GIF89a" + size + b"\0\0\0" + b"," + bytes(4) + size + b"\x80" + bytes(6) + b"\x08\x02\x44\x01\0;"


def webp(width, height):
    bits = (width - 1) | (height - 1) << 14
    body = b"WEBPVP8L" + struct.pack("<I", 18) + b"\x2f" + struct.pack("<I", bits) + bytes(13)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def bmp(width, height):
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 1000, 0, 0, 54) + info + bytes(1000)


def tiff(width, height):
    tags = [
        (256, 4, width),
        (257, 4, height),
        (258, 3, 8),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 8),
        (278, 4, height),
        (279, 4, 9),
    ]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(tags)) + entries + bytes(4)


@pytest.mark.parametrize("claim", [png, gif, webp, bmp, tiff])
def test_a_size_that_is_only_claimed_is_refused_by_the_header(claim, tmp_path):
    path = tmp_path / "bomb"
    path.write_bytes(claim(16000, 16000))
    with pytest.raises(PageTooLarge, match=r"16000 x 16000 pixels, at most \d+ million"):
        _ = only_page(path).rgb


@pytest.mark.parametrize("kind", [b"zTXt", b"iCCP", b"iTXt"])
def test_a_bomb_beside_the_picture(kind, tmp_path):
    packed = zlib.compress(bytes(50_000_000), 9)
    head = {b"zTXt": b"Comment\0\0", b"iCCP": b"icc\0\0", b"iTXt": b"Comment\0\x01\0\0\0"}[kind]
    (tmp_path / "a.png").write_bytes(png(300, 300, png_chunk(kind, head + packed)))
    with pytest.raises(CorruptFile, match="a damaged or truncated PNG image"):
        only_page(tmp_path / "a.png")


def test_too_many_bytes(saved, monkeypatch):
    monkeypatch.setattr("kalemia.digitization.source.MAX_FILE_BYTES", 1000)
    with pytest.raises(PageTooLarge, match=r"\d+ MB, at most \d+ can be read"):
        open_pages(saved(picture(), "a.png"))


@pytest.mark.parametrize(("name", "options"), [("a.jpg", {"progressive": True}), ("a.tif", {})])
def test_pictures_that_are_held_twice_may_be_smaller(name, options, saved, monkeypatch):
    monkeypatch.setattr(images, "_DOUBLED_PIXELS", 60_000)
    assert isinstance(only_page(saved(picture(), name, **options)).refusal, PageTooLarge)
    assert only_page(saved(picture().convert("L"), "grey.tif")).refusal is None


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory by rlimit")
def test_bombs_stay_in_bounded_memory(tmp_path):
    (tmp_path / "a.png").write_bytes(png(30_000, 30_000))
    (tmp_path / "a.webp").write_bytes(webp(16_383, 16_383))
    code = """
        import resource, sys
        from pathlib import Path
        from kalemia.digitization.source import open_pages
        from kalemia.errors import PageTooLarge

        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + 100_000_000,) * 2)
        for name in sys.argv[1:]:
            try:
                next(open_pages(Path(name))).rgb
            except PageTooLarge:
                print("refused")
        """
    command = [sys.executable, "-c", textwrap.dedent(code), tmp_path / "a.png", tmp_path / "a.webp"]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert result.stdout.split() == ["refused", "refused"], result.stderr
    assert not result.stderr


# --- pages


@pytest.fixture
def pages_tif(saved):
    first, *others = (picture(seed=seed) for seed in range(4))
    return saved(first, "pages.tif", save_all=True, append_images=others)


def test_pages_of_a_tiff(pages_tif):
    sources = list(open_pages(pages_tif))
    assert [source.number for source in sources] == [1, 2, 3, 4]
    for seed, source in enumerate(sources):
        np.testing.assert_array_equal(source.rgb, picture(seed=seed))
    np.testing.assert_array_equal(only_page(pages_tif, 3).rgb, picture(seed=2))


def test_a_page_that_is_refused_for_its_size_does_not_end_the_search(saved):
    small, page = Image.new("RGB", (100, 80)), picture()
    path = saved(small, "pages.tif", save_all=True, append_images=[page, small])
    sources = list(open_pages(path))
    assert [source.number for source in sources] == [1, 2, 3]
    assert [isinstance(source.refusal, PageRefused) for source in sources] == [True, False, True]
    np.testing.assert_array_equal(sources[1].rgb, page)
    with pytest.raises(PageRefused, match="100 x 80 pixels"):
        _ = only_page(path, 3).rgb


@pytest.mark.parametrize("page", [0, -1, 5, 1000])
def test_pages_that_are_not_there(page, pages_tif):
    expected = "Pages are counted from 1" if page < 1 else "but there are 4 pages"
    with pytest.raises(InputError, match=expected):
        list(open_pages(pages_tif, page))


def test_a_picture_has_one_page(saved):
    path = saved(picture(), "a.png")
    assert only_page(path, 1).number == 1
    with pytest.raises(InputError, match="page 2 was asked for, but there is 1 page"):
        only_page(path, 2)


def test_search_ends_after_20_pages(saved, monkeypatch):
    monkeypatch.setattr(images, "MAX_PAGES_SEARCHED", 2)
    monkeypatch.setattr(page_source, "MAX_PAGES_SEARCHED", 2)
    path = saved(picture(), "a.tif", save_all=True, append_images=[picture(), picture()])
    pages = open_pages(path)
    assert [next(pages).number, next(pages).number] == [1, 2]
    with pytest.raises(PageTooLarge, match=r"no ECG on the first 2\..*--page"):
        next(pages)
    assert only_page(path, 3).number == 3


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png"])
def test_animations_give_their_first_frame(suffix, saved):
    frames = [picture(seed=seed).quantize(64) if suffix == ".gif" else picture(seed=seed) for seed in range(3)]
    options = {"lossless": True} if suffix == ".webp" else {}
    path = saved(frames[0], f"a{suffix}", save_all=True, append_images=frames[1:], **options)
    source = only_page(path)
    assert source.warnings == ("The picture is animated; its first frame was read.",)
    np.testing.assert_array_equal(source.rgb, np.asarray(frames[0].convert("RGB")))


# --- damaged


def encoded(name):
    """The bytes of a whole file of each format."""
    buffer = io.BytesIO()
    options = {"quality": 80} if name == "JPEG" else {"compression": "tiff_lzw"} if name == "TIFF" else {}
    picture(210, 205).save(buffer, name, **options)
    return buffer.getvalue()


WHOLE = {name: encoded(name) for name in ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF")}


def read_or_refuse(data):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "page"
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


JPEGS = {
    "plain": {},
    "progressive": {"progressive": True},
    "with restarts": {"restart_marker_rows": 1},
    "whole colours": {"subsampling": 0},
}


def closed_too_early(path, share):
    """A share of a JPEG's bytes, with an end mark behind them."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)].rstrip(b"\xff") + b"\xff\xd9")
    return path


def grey_at_its_end(mode="RGB"):
    pixels = np.array(picture(640, 480).convert(mode))
    pixels[-40:] = pixels[:, -40:] = 128
    return Image.fromarray(pixels)


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("kind", JPEGS)
@pytest.mark.parametrize("share", [0.5, 0.9, 0.97])
def test_a_jpeg_that_was_closed_too_early(mode, kind, share, saved):
    path = closed_too_early(saved(grey_at_its_end(mode), "a.jpg", **JPEGS[kind]), share)
    with pytest.raises(CorruptFile, match="truncated JPEG image: a part of it is grey"):
        only_page(path)


def test_a_jpeg_of_which_half_a_row_of_blocks_is_missing(saved):
    with pytest.raises(CorruptFile, match="truncated JPEG image"):
        only_page(closed_too_early(saved(picture(640, 480), "a.jpg"), 0.98))


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("kind", JPEGS)
def test_a_jpeg_that_is_grey_at_its_end(mode, kind, saved):
    """As if the decoder had filled it in."""
    path = saved(grey_at_its_end(mode), "a.jpg", quality=95, exif=thumbnail(), **JPEGS[kind])
    with Image.open(path) as image:
        expected = np.asarray(image.convert("RGB"))
    assert (expected[-1] == 128).all()
    np.testing.assert_array_equal(only_page(path).rgb, expected)


def thumbnail():
    """EXIF data in which there is a JPEG with an end mark of its own."""
    buffer = io.BytesIO()
    picture(64, 48).save(buffer, "JPEG")
    exif = Image.Exif()
    exif[37500] = buffer.getvalue()  # a maker's note
    return exif


def test_a_large_jpeg_that_is_grey_at_its_end(saved, monkeypatch):
    monkeypatch.setattr(images, "MAX_PIXELS_KEPT", 50_000)
    monkeypatch.setattr(images, "REDUCED_PIXELS", 50_000)
    assert only_page(saved(grey_at_its_end(), "whole.jpg")).rgb.size < 200_000
    with pytest.raises(CorruptFile, match="truncated"):
        only_page(closed_too_early(saved(picture(640, 480), "a.jpg"), 0.5))


@FEW
@given(head=st.sampled_from([data[:30] for data in WHOLE.values()] + [b""]), data=st.binary(max_size=500))
def test_any_bytes(head, data):
    read_or_refuse(head + data)


@pytest.mark.parametrize("name", WHOLE)
@FEW
@given(data=st.data())
def test_bytes_changed(name, data):
    content = bytearray(WHOLE[name])
    anywhere = st.integers(0, len(content) - 1)
    in_header = st.integers(0, min(len(content) - 1, 300))
    for position in data.draw(st.lists(st.one_of(in_header, anywhere), min_size=1, max_size=6)):
        content[position] = data.draw(st.integers(0, 255))
    read_or_refuse(bytes(content))


@pytest.mark.parametrize("name", WHOLE)
@FEW
@given(data=st.data())
def test_bytes_cut_out(name, data):
    content = WHOLE[name]
    start = data.draw(st.integers(0, len(content)))
    read_or_refuse(content[:start] + content[start + data.draw(st.integers(1, 200)) :])
