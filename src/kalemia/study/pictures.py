"""Figures in the report: inside the page, as small as they can be, with the files that they also are."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath
from urllib.parse import quote

from matplotlib.figure import Figure
from PIL import Image

from kalemia.figures import style
from kalemia.study.blocks import Numbers, numbered, plain

MOST_BYTES = 150_000
"""Of a figure in the page, in base64; 25 of them stay below 4 MB. A drawing of very many lines is rather a picture."""
PNG_DPI = (200, 150, 110)
"""The first that fits; the last would be coarse in print, but the file beside the report is not."""
_SVG_WIDTH = re.compile(rb'<svg[^>]*?\swidth="([\d.]+)pt"')
_PNG = b"\x89PNG"


@dataclass(frozen=True)
class Picture:
    """A figure with its caption.

    Attributes:
        data: SVG or PNG, as `smallest` chooses.
        alt: what it shows, for those who do not see it.
        caption: what it says.
        files: where it also lies, relative to the report.

    Raises:
        ValueError: no alternative text, or a file that does not lie beside the report.
    """

    data: bytes
    alt: str
    caption: str
    files: Sequence[str] = ()

    def __post_init__(self) -> None:
        if not self.alt.strip():
            raise ValueError(f"{self.caption}: a figure needs an alternative text")
        for file in self.files:
            if not _lies_beside(file):
                raise ValueError(f"{file}: not a path relative to the report")

    def html(self, numbers: Numbers) -> str:
        """As HTML."""
        name = numbered("Figure", numbers)
        kind = "png" if self.data.startswith(_PNG) else "svg+xml"
        source = f"data:image/{kind};base64,{base64.b64encode(self.data).decode()}"
        links = " · ".join(_link(file, name) for file in self.files)
        files = f' <span class="files">{links}</span>' if links else ""
        printed = f"--printed: {width_inches(self.data):.2f}in"
        image = f'<img alt="{plain(self.alt)}" style="{printed}" src="{source}">'
        return (
            f'<figure>\n<div class="scroll">{image}</div>\n'
            f"<figcaption><b>{name}.</b> {plain(self.caption)}{files}</figcaption>\n</figure>"
        )


def smallest(figure: Figure) -> bytes:
    """A figure as SVG, sharp at every size; as PNG where that is large and PNG is smaller."""
    svg = style.svg(figure).encode()
    return svg if _fits(svg) else min(svg, png(figure), key=len)


def png(figure: Figure) -> bytes:
    """A figure as PNG of at most 256 colours, as fine as fits."""
    for dpi in PNG_DPI:
        if _fits(data := _few_colours(figure, dpi)):
            break
    return data


def width_inches(data: bytes) -> float:
    """How wide a figure, SVG or PNG, is in print."""
    if data.startswith(_PNG):
        with Image.open(BytesIO(data)) as image:
            return float(image.width / image.info.get("dpi", (style.DPI,))[0])
    found = _SVG_WIDTH.search(data[:2000])
    return float(found[1]) / 72 if found else style.PAGE_INCHES


def _few_colours(figure: Figure, dpi: int) -> bytes:
    figure.savefig(drawn := BytesIO(), format="png", dpi=dpi, metadata={"Software": None})
    with Image.open(drawn) as image:
        few = image.convert("RGB").quantize(dither=Image.Dither.NONE)
    few.save(packed := BytesIO(), "PNG", optimize=True, dpi=(dpi, dpi))
    return packed.getvalue()


def _fits(data: bytes) -> bool:
    return 4 * len(data) <= 3 * MOST_BYTES


def _lies_beside(file: str) -> bool:
    path = PurePosixPath(file)
    return bool(path.suffix) and not path.is_absolute() and ".." not in path.parts and not re.search(r"[:\\]", file)


def _link(file: str, name: str) -> str:
    kind = plain(PurePosixPath(file).suffix[1:].upper())
    return f'<a href="{quote(file)}" aria-label="{name} as {kind}">{kind}</a>'
