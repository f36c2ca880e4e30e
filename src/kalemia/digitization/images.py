"""The pages of a picture file."""

import io
import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.ExifTags import Base as ExifTag
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import PHOTOMETRIC_INTERPRETATION, TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from kalemia.digitization.page_source import (
    MAX_PAGES_SEARCHED,
    MAX_PIXELS,
    MAX_PIXELS_KEPT,
    MAX_SIDE_KEPT,
    REDUCED_PIXELS,
    PageSource,
    Rgb,
    none_of_the_first,
    page_or_refusal,
    require_kept_shape,
    require_page,
    require_readable_size,
)
from kalemia.errors import CorruptFile, KalemiaError, PageTooLarge

# The classes are called by name: Image.open would try other formats too, and warn of sizes that are allowed here.
_READERS: dict[str, type[ImageFile.ImageFile]] = {
    "PNG image": PngImageFile,
    "JPEG image": JpegImageFile,
    "TIFF image": TiffImageFile,
    "BMP image": BmpImageFile,
    "WebP image": WebPImageFile,
    "GIF image": GifImageFile,
}
_STRIP_PIXELS = 4_000_000
"""Colours are converted strip by strip, so that a large picture is never in memory twice."""
_MAX_WEBP_PIXELS = 20_000_000
_DOUBLED_PIXELS = 72_000_000
"""Limits where decoding needs more than one copy of the picture. A3 at 600 dpi has 70 million."""
_JPEG_WITHOUT_DATA = 128
"""What the decoder fills in, without an error, where data end too early and an end mark follows them."""
_JPEG_FILLER = bytes(range(1, 200))
_JPEG_END, _JPEG_SCAN = 0xD9, 0xDA
_JPEG_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")
"""But for those that stand within the data of a scan."""
_DECODING = threading.Lock()


def image_pages(path: Path, kind: str, page: int | None) -> Iterator[PageSource]:
    """The pages of a picture file; only a TIFF has more than one.

    Args:
        path: the file.
        kind: as `kalemia.digitization.source.is_page` names it.
        page: only this one, from 1; the first 20 in turn if `None`.

    Raises:
        CorruptFile: truncated or damaged.
        PageTooLarge: more than 20 pages. For too many pixels, a page's `rgb` raises it.
        InputError: there is no such page.
    """
    if page is not None:
        yield _page(path, kind, page)
        return
    for number in count(1):
        if number > 1 and not _has(path, kind, number):
            return
        if number > MAX_PAGES_SEARCHED:
            raise none_of_the_first(f"more than {MAX_PAGES_SEARCHED} pages")
        yield _page(path, kind, number)


def _has(path: Path, kind: str, number: int) -> bool:
    if kind != "TIFF image":
        return False
    with _opened(path, kind) as image:
        return _frames(image, number) >= number


def _page(path: Path, kind: str, number: int) -> PageSource:
    return page_or_refusal(number, lambda: _decoded(path, kind, number))


def _decoded(path: Path, kind: str, number: int) -> PageSource:
    with _opened(path, kind) as image:
        frames = _frames(image, number) if kind == "TIFF image" else 1
        require_page(number, frames)
        if kind == "TIFF image":
            image.seek(number - 1)
        require_readable_size(*image.size, _DOUBLED_PIXELS if _is_held_twice(image) else MAX_PIXELS)
        require_kept_shape(*image.size)
        rgb = _reduced(image)
        notes = _notes(image, kind)
        orientation = _orientation(image)
    if kind == "JPEG image" and np.all(rgb[-1, -1] == _JPEG_WITHOUT_DATA):
        _require_all_data(path, rgb)
    return PageSource(number, _upright(rgb, orientation), notes)


def _require_all_data(path: Path, rgb: Rgb) -> None:
    """Refuse a JPEG whose data end before the picture does; another may be grey at its end all the same.

    Where data are missing, the decoder goes on with whatever is put there; where none are, it skips that.

    Raises:
        CorruptFile: data are missing.
    """
    with _opened(io.BytesIO(_with_filler(path.read_bytes())), "JPEG image") as image:
        if not np.array_equal(_reduced(image), rgb):
            raise CorruptFile("a truncated JPEG image: a part of it is grey. Copy or export it again")


def _with_filler(jpeg: bytes) -> bytes:
    """The bytes of a JPEG with some more at the end of each scan."""
    parts, done, at = [], 0, 2
    while (marker := _JPEG_MARKER.search(jpeg, at)) and marker[1][0] != _JPEG_END:
        at = marker.end() + int.from_bytes(jpeg[marker.end() : marker.end() + 2], "big")
        if marker[1][0] == _JPEG_SCAN and (following := _JPEG_MARKER.search(jpeg, at)):
            at = following.start()
            parts += [jpeg[done:at], _JPEG_FILLER]
            done = at
    return b"".join([*parts, jpeg[done:]])


@contextmanager
def _opened(source: Path | BinaryIO, kind: str) -> Iterator[ImageFile.ImageFile]:
    """An image whose header is read; whatever fails with it is a `KalemiaError`, and no warning gets out.

    One at a time: the filters of Python's warnings belong to the process, not to a thread.
    """
    with _DECODING, warnings.catch_warnings(), source.open("rb") if isinstance(source, Path) else source as file:
        warnings.simplefilter("ignore")
        try:
            if kind == "WebP image":
                _require_readable_webp(file)
            with _READERS[kind](file) as image:
                yield image
        except KalemiaError:
            raise
        except (Image.DecompressionBombError, MemoryError):
            raise PageTooLarge("it unpacks to more than a page of paper can hold. Scan it at 300 dpi") from None
        except Exception:  # Pillow on damaged bytes can fail in any way
            raise CorruptFile(f"a damaged or truncated {kind}. Copy or export it again") from None


def _require_readable_webp(file: BinaryIO) -> None:
    """Check the size before Pillow sees the file: its decoder allocates four whole pictures at once."""
    head = file.read(30)
    file.seek(0)
    kind, body = head[12:16], head[20:]
    if kind == b"VP8X":
        size = int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    elif kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        size = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 ":
        size = int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
    else:
        raise CorruptFile("a damaged WebP image. Copy or export it again")
    require_readable_size(*size, _MAX_WEBP_PIXELS)


def _frames(image: ImageFile.ImageFile, up_to: int) -> int:
    """How many pages a TIFF has; counting stops at `up_to`, because each is found by the one before it."""
    frames = 1
    while frames < up_to:
        try:
            image.seek(frames)
        except EOFError:
            return frames
        frames += 1
    return frames


def _is_held_twice(image: ImageFile.ImageFile) -> bool:
    """Whether the decoder holds a second picture: progressive JPEGs as coefficients, TIFFs where they are turned."""
    if isinstance(image, TiffImageFile):
        return image.mode not in ("1", "L", "P", "I;16")
    return isinstance(image, JpegImageFile) and "progressive" in image.info


def _reduced(image: ImageFile.ImageFile) -> Rgb:
    """The picture in RGB on white, reduced if it is large."""
    pixels = image.width * image.height
    target = min(1.0, (REDUCED_PIXELS / pixels) ** 0.5) if pixels > MAX_PIXELS_KEPT else 1.0
    target = min(target, MAX_SIDE_KEPT / max(image.size))
    size = round(image.width * target), round(image.height * target)
    if isinstance(image, JpegImageFile):
        image.draft(None, size)  # decodes at 1/2, 1/4 or 1/8
    image.load()
    rgb = _rgb(image, factor=max(1, min(image.width // size[0], image.height // size[1])))
    return rgb if rgb.shape[1::-1] == size else np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA))


def _rgb(image: ImageFile.ImageFile, factor: int) -> Rgb:
    """The picture in RGB, each `factor` x `factor` pixels averaged."""
    levels = _levels(image) if image.mode[0] in "IF" else None
    rgb = np.empty((-(-image.height // factor), -(-image.width // factor), 3), np.uint8)
    row = 0
    for strip in _strips(image, factor):
        part = np.asarray(_on_white(strip, levels).reduce(factor))
        rgb[row : row + len(part)] = part
        row += len(part)
    return rgb


def _strips(image: Image.Image, multiple: int) -> Iterator[Image.Image]:
    rows = max(1, _STRIP_PIXELS // (image.width * multiple)) * multiple
    for top in range(0, image.height, rows):
        yield image.crop((0, top, image.width, min(top + rows, image.height)))


def _levels(image: ImageFile.ImageFile) -> tuple[float, float]:
    """The values that become black and white: the ends of what occurs, as 12 bits are often stored in 16."""
    ends = [(np.nanmin(values), np.nanmax(values)) for values in map(np.asarray, _strips(image, 1))]
    black, white = float(min(low for low, _ in ends)), float(max(high for _, high in ends))
    # Pillow turns such a TIFF around for 8 bits and not for 16
    inverted = isinstance(image, TiffImageFile) and image.tag_v2.get(PHOTOMETRIC_INTERPRETATION) == 0
    return (white, black) if inverted else (black, white)


def _on_white(strip: Image.Image, levels: tuple[float, float] | None) -> Image.Image:
    if levels is not None:
        return Image.fromarray(_grey(np.asarray(strip), *levels)).convert("RGB")
    if "transparency" not in strip.info and not strip.mode.upper().endswith("A"):
        return strip.convert("RGB")
    white = Image.new("RGBA", strip.size, "white")
    white.alpha_composite(strip.convert("RGBA"))
    return white.convert("RGB")


def _grey(values: np.ndarray, black: float, white: float) -> UInt8[np.ndarray, "row column"]:
    """Values between `black` and `white` as 0 to 255; a page of one value is empty, so white."""
    if black == white:
        return np.full(values.shape, 255, np.uint8)
    scaled = (values.astype(np.float32) - black) * (255 / (white - black))
    return np.nan_to_num(scaled, nan=255).clip(0, 255).round().astype(np.uint8)


def _notes(image: Image.Image, kind: str) -> tuple[str, ...]:
    if kind != "TIFF image" and getattr(image, "is_animated", False):
        return ("The picture is animated; its first frame was read.",)
    return ()


def _orientation(image: Image.Image) -> int:
    """EXIF's number for how the picture lies; 1 (upright) if it has none. Pillow turns TIFFs by itself."""
    try:
        return int(image.getexif().get(ExifTag.Orientation, 1))
    except Exception:  # a damaged tag does not make a damaged picture
        return 1


def _upright(rgb: Rgb, orientation: int) -> Rgb:
    """The picture as EXIF says it was held: 2 to 4 mirrored or upside down, 5 to 8 also lying on its side."""
    if orientation in (5, 6, 7, 8):
        rgb = rgb.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        rgb = rgb[::-1]
    if orientation in (2, 3, 6, 7):
        rgb = rgb[:, ::-1]
    return np.ascontiguousarray(rgb)
