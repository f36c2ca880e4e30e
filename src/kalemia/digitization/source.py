"""From a file to the pictures of its pages."""

from collections.abc import Iterator
from pathlib import Path

from kalemia.digitization.images import image_pages
from kalemia.digitization.page_source import MAX_FILE_BYTES, PageSource
from kalemia.digitization.pdf import pdf_pages
from kalemia.errors import EmptyFile, FileMissing, InputError, PageTooLarge, UnknownFormat

SUFFIXES: tuple[str, ...] = (
    ".png",
    ".jpg",
    ".jpeg",
    ".tif",
    ".tiff",
    ".bmp",
    ".webp",
    ".gif",
    ".pdf",
    ".heic",
    ".avif",
)

_HEAD_BYTES = 1024
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "PNG image"),
    (b"\xff\xd8\xff", "JPEG image"),
    (b"II*\x00", "TIFF image"),
    (b"MM\x00*", "TIFF image"),
    (b"II+\x00", "TIFF image"),
    (b"MM\x00+", "TIFF image"),
    (b"GIF87a", "GIF image"),
    (b"GIF89a", "GIF image"),
)
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
_AVIF_BRANDS = (b"avif", b"avis")
_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)
_HOW_TO_CONVERT = {
    "HEIC image": "On an iPhone choose Settings > Camera > Formats > Most Compatible, or export it as JPEG",
    "AVIF image": "Export it as JPEG or PNG",
}


def open_pages(path: Path, page: int | None = None) -> Iterator[PageSource]:
    """The pages of a file, one at a time: each is decoded when it is asked for, and not kept.

    PNG, JPEG, TIFF, BMP, WebP, GIF and PDF, by content. Pictures are turned upright by their EXIF tag, laid on white
    where transparent, and reduced where they have more than 16 million pixels.

    Args:
        path: the file.
        page: only this one, from 1. If `None`, the first 20 in turn, until the caller stops asking.

    Raises:
        FileMissing: cannot be opened.
        EmptyFile: no bytes, or a PDF without pages.
        UnknownFormat: neither a picture nor a PDF, or HEIC or AVIF.
        PageTooLarge: too many bytes; or, after 20 pages, there are more.
        InputError: there is no such page.
        CorruptFile, PageLocked: while iterating, as `kalemia.digitization.images.image_pages` and
            `kalemia.digitization.pdf.pdf_pages`. Of a page too large or too small, `PageSource.rgb` raises
            `PageTooLarge` or `PageRefused`, and the others follow.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except (OSError, ValueError):
        raise FileMissing("cannot be opened. Check the name, and that you may read it") from None
    if not head:
        raise EmptyFile("empty. Copy or export it again")
    kind = is_page(head)
    if kind is None:
        raise UnknownFormat("neither a picture nor a PDF. PNG, JPEG, TIFF, BMP, WebP, GIF and PDF can be read")
    if kind in _HOW_TO_CONVERT:
        raise UnknownFormat(f"a {kind}, which cannot be read. {_HOW_TO_CONVERT[kind]}")
    if size > MAX_FILE_BYTES:
        found = f"{size / 1e6:.0f} MB, at most {MAX_FILE_BYTES / 1e6:.0f} can be read"
        raise PageTooLarge(f"{found}. Scan one page at 300 dpi")
    if page is not None and page < 1:
        raise InputError(f"page {page} was asked for. Pages are counted from 1")
    return pdf_pages(path, page) if kind == "PDF" else image_pages(path, kind, page)


def is_page(head: bytes) -> str | None:
    """What kind of picture or document a file is by its first bytes, such as "JPEG image"; `None` if none of them.

    Args:
        head: the first bytes, 1024 or more if the file has them.
    """
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP image"
    if head[4:8] == b"ftyp":
        return _ftyp_kind(head)
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return "BMP image"
    return "PDF" if b"%PDF-" in head[:_HEAD_BYTES] else None  # some writers put bytes of their own in front


def _ftyp_kind(head: bytes) -> str | None:
    """HEIC or AVIF, by the brands in the first box of an ISO media file; a film has others."""
    box = head[8 : int.from_bytes(head[:4], "big")]
    brands = [box[at : at + 4] for at in range(0, len(box), 4)]
    if any(brand in _AVIF_BRANDS for brand in brands):
        return "AVIF image"
    return "HEIC image" if any(brand in _HEIC_BRANDS for brand in brands) else None
