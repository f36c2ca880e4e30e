"""Pages as files: PNG, JPEG, TIFF and PDF."""

from pathlib import Path
from typing import Any

from PIL import Image

from kalemia.errors import ConfigError
from kalemia.recording import Recording
from kalemia.simulation.paper import degradation
from kalemia.simulation.paper.page import PrintedPage, print_page, print_pdf
from kalemia.simulation.paper.style import PageStyle
from kalemia.writing import whole_or_nothing

JPEG_QUALITY = 92
_FORMATS: dict[str, tuple[str, dict[str, Any]]] = {
    ".png": ("PNG", {}),
    ".jpg": ("JPEG", {"quality": JPEG_QUALITY}),
    ".jpeg": ("JPEG", {"quality": JPEG_QUALITY}),
    ".tif": ("TIFF", {"compression": "tiff_lzw"}),
    ".tiff": ("TIFF", {"compression": "tiff_lzw"}),
    ".pdf": ("PDF", {"quality": JPEG_QUALITY, "creationDate": None, "modDate": None}),
}
PHOTOGRAPH_DPI = 72.0
"""What phones write, for want of a scale."""


def write_page(path: Path, recording: Recording, style: PageStyle, degrade: str | None = None, seed: int = 0) -> Path:
    """Print a recording and write the page; a PDF has paths and text unless it is degraded.

    Args:
        path: the suffix says the format: .png, .jpg, .tif or .pdf.
        recording: in mV.
        style: how to print it.
        degrade: one of `CONDITIONS`, or `None` for a clean page.
        seed: of what degrades it.

    Raises:
        ConfigError: another suffix, an unknown condition, or the paper has no room.
        MissingLead: the layout needs leads that the recording neither has nor gives.
        TooShort: no samples.
        OutputError: it cannot be written there.
    """
    _require_known_suffix(path)
    if path.suffix.lower() == ".pdf" and degrade is None:
        data = print_pdf(recording, style)
        with whole_or_nothing(path) as draft:
            draft.write_bytes(data)
        return path
    page = print_page(recording, style)
    return write_image(path, page if degrade is None else degradation.degrade(page, degrade, seed))


def write_image(path: Path, page: PrintedPage) -> Path:
    """Write the image of a page, with its resolution.

    Raises:
        ConfigError: another suffix than .png, .jpg, .tif or .pdf.
        OutputError: it cannot be written there.
    """
    _require_known_suffix(path)
    kind, options = _FORMATS[path.suffix.lower()]
    dpi = page.dpi or PHOTOGRAPH_DPI
    resolution = {"resolution": dpi} if kind == "PDF" else {"dpi": (dpi, dpi)}
    with whole_or_nothing(path) as draft:
        Image.fromarray(page.image).save(draft, kind, **options, **resolution)
    return path


def _require_known_suffix(path: Path) -> None:
    if path.suffix.lower() not in _FORMATS:
        raise ConfigError(f'{path.name}: a page cannot be written as "{path.suffix}". Name it {", ".join(_FORMATS)}')
