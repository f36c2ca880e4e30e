"""A printed page as it was read, as far as the reading got: pictures, and the strips that one can choose from."""

import base64
from collections.abc import Mapping
from io import BytesIO
from typing import cast

from PIL import Image

from kalemia.digitization import Digitization, Findings, summary
from kalemia.digitization.canvas import canvas_of
from kalemia.digitization.close_up import draw_close_up
from kalemia.digitization.overlay import draw_overlay, seen_so_far
from kalemia.digitization.page import Picture
from kalemia.digitization.strips import strips_of
from kalemia.errors import PageRefused
from kalemia.report.markup import PHOTOGRAPH_BYTES, jpeg

View = Mapping[str, object]


def page_view(found: Digitization) -> View:
    """A page that was read."""
    close_up = draw_close_up(found.findings)
    told = summary.as_json("", found)
    kept = ("layout", "speed_mm_per_s", "gain_mm_per_mv", "evidence", "confidence", "warnings", "seconds", "traced")
    return {
        **{key: told[key] for key in kept},
        **_seen(found.findings, found.overlay()),
        "close_up": None if close_up is None else _url(jpeg(close_up, PHOTOGRAPH_BYTES)),
    }


def refused_view(error: PageRefused) -> View | None:
    """A page that was refused, as far as the reading got; `None` where there was no picture."""
    findings = cast("Findings | None", error.findings)
    if findings is None:
        return None
    return {
        "layout": None if findings.layout is None else findings.layout.name,
        "seen": seen_so_far(findings),
        **_seen(findings, draw_overlay(findings, type(error).__doc__ or "")),
    }


def _seen(findings: Findings, overlay: Picture) -> View:
    picture = jpeg(overlay, PHOTOGRAPH_BYTES)
    scale = Image.open(BytesIO(picture)).width / overlay.shape[1]
    return {
        "page": findings.number,
        "rotation_deg": findings.rotation_deg,
        "overlay": _url(picture),
        "strips": _strips(findings, scale),
    }


def _strips(findings: Findings, scale: float) -> list[View]:
    """The strips with their corners in the picture."""
    if findings.map is None:
        return []
    canvas = canvas_of(findings.picture, findings.map)
    return [
        {
            **summary.strip_as_json(strip, findings),
            "chosen": strip.is_chosen,
            "box": (canvas.place(strip.corners_mm) * scale).round(1).tolist(),
        }
        for strip in strips_of(findings)
    ]


def _url(picture: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}"
