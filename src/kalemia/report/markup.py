"""Pieces of HTML that the parts of the page share."""

import base64
from collections.abc import Mapping
from html import escape
from io import BytesIO

import numpy as np
from jaxtyping import UInt8
from matplotlib.figure import Figure
from PIL import Image

from kalemia.figures import style

PHOTOGRAPH_PX, PHOTOGRAPH_BYTES = 1600, 280_000
"""In base64 a photograph is a third larger than its bytes."""
_QUALITIES = (85, 75, 65, 50, 35)
_SHRINK = 0.8


def drawing(figure: Figure, described: str, kind: str = "wide") -> str:
    """A figure as SVG."""
    return _figure("svg+xml", style.svg(figure).encode(), described, kind)


def photograph(picture: UInt8[np.ndarray, "row column 3"], described: str) -> str:
    """A picture as JPEG, as good as a page of some hundred kB allows."""
    return _figure("jpeg", jpeg(picture, PHOTOGRAPH_BYTES), described, "wide")


def jpeg(picture: UInt8[np.ndarray, "row column 3"], most_bytes: int) -> bytes:
    """A picture that takes no more bytes than allowed, its longer side 1600 px at most."""
    image = Image.fromarray(picture)
    image.thumbnail((PHOTOGRAPH_PX, PHOTOGRAPH_PX))
    while True:
        for quality in _QUALITIES:
            image.save(data := BytesIO(), "JPEG", quality=quality)
            if data.tell() <= most_bytes or max(image.size) == 1:
                return data.getvalue()
        image = image.resize((max(1, int(image.width * _SHRINK)), max(1, int(image.height * _SHRINK))))


def rows(facts: Mapping[str, str]) -> str:
    """Rows of a table of two columns."""
    return "\n".join(f"<tr><th scope='row'>{escape(k)}</th><td>{escape(v)}</td></tr>" for k, v in facts.items())


def sentence(text: str) -> str:
    """The same with a capital letter and a full stop."""
    return text[:1].upper() + text[1:].removesuffix(".") + "."


def _figure(kind_of_data: str, data: bytes, described: str, kind: str) -> str:
    source = f"data:image/{kind_of_data};base64,{base64.b64encode(data).decode()}"
    return f'<figure class="{kind}"><img alt="{escape(described)}" src="{source}"></figure>'
