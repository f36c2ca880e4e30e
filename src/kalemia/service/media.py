"""Media types: what there is, what was asked for, how it is encoded."""

import json
from collections.abc import Mapping, Sequence

JSON, NDJSON = "application/json", "application/x-ndjson"
FHIR, HTML, CSV = "application/fhir+json", "text/html", "text/csv"
PNG, JPEG = "image/png", "image/jpeg"

OF_ESTIMATE = (JSON, NDJSON, FHIR, HTML, CSV)
OF_DIGITIZE = (JSON, CSV, JPEG, PNG)
OF_DELINEATE = (JSON,)
"""What each route gives, the default first."""


def chosen(accept: str, offered: Sequence[str]) -> str | None:
    """The offered media type that fits an `Accept` header best (RFC 9110, 12.5.1); `None` if none does.

    Args:
        accept: the header; empty where there was none.
        offered: the default first.
    """
    ranges = [_range(part) for part in accept.split(",") if part.strip()] or [("*/*", 1.0)]
    rated = [(_quality(media, ranges), -place, media) for place, media in enumerate(offered)]
    quality, _, media = max(rated)
    return media if quality > 0 else None


def _range(text: str) -> tuple[str, float]:
    media, *parameters = (part.strip().lower() for part in text.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return media, min(1.0, max(0.0, float(value)))
            except ValueError:
                return media, 0.0
    return media, 1.0


def _quality(media: str, ranges: Sequence[tuple[str, float]]) -> float:
    """That of the most specific range which a media type lies in."""
    widths = (media, f"{media.partition('/')[0]}/*", "*/*")
    return next((quality for wide in widths for asked, quality in ranges if asked == wide), 0.0)


def encoded(content: Mapping[str, object]) -> bytes:
    """As JSON; numbers that are none are a fault of ours."""
    return json.dumps(content, allow_nan=False, separators=(",", ":")).encode()
