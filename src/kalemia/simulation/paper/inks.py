"""Colours of ECG paper and of the pen, as `#rrggbb`. Measured by eye on scans of paper of many makes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class GridInk:
    """One make of paper: its colour, its 1 mm and its 5 mm lines."""

    paper: str
    minor: str
    major: str


GRID_INKS = {
    "pink": GridInk("#fff4f5", "#f5c8c8", "#e8a0a0"),
    "red": GridInk("#fff1ee", "#f4a99f", "#e0594e"),
    "orange": GridInk("#fff6ea", "#f6cf9f", "#e8a155"),
    "green": GridInk("#eef9f0", "#b5dcbc", "#74b985"),
    "blue": GridInk("#eff5fc", "#b9d2ec", "#7ba6d6"),
    "grey": GridInk("#f6f6f6", "#d3d3d3", "#a4a4a4"),
    "brown": GridInk("#faf3ea", "#dcc4a8", "#b98f68"),
    "black": GridInk("#ffffff", "#8c8c8c", "#5a5a5a"),
}

PEN_INKS = {"black": "#0c0c0c", "dark blue": "#1b2050", "dark grey": "#46464a"}


def mixed_with_white(colour: str, strength: float) -> str:
    """The colour, paler: 1 leaves it as it is, 0 is white."""
    return "#" + "".join(f"{round(255 + strength * (channel - 255)):02x}" for channel in _channels(colour))


def brightness(colour: str) -> float:
    """Grey level of the colour, 0 to 255 (ITU-R BT.601)."""
    red, green, blue = _channels(colour)
    return 0.299 * red + 0.587 * green + 0.114 * blue


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
