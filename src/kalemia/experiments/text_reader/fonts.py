"""Fonts to render text in: what matplotlib ships, and what a folder holds. None of them is shipped here."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import matplotlib as mpl
from PIL import ImageFont

from kalemia.errors import ConfigError

SIZE_PX = 36
"""Text is rendered at this size and scaled afterwards."""
NO_LATIN_TEXT = (
    "cmex",
    "cmmi",
    "cmsy",
    "stixsiz",
    "stixnonuni",
    "d050000l",
    "symbol",
    "display",
    "z003",
    "vera",
    "lastresort",
)
"""Symbol fonts, whose letters are something else, and ornate ones that no electrocardiograph prints."""
HELD_OUT = ("carlito", "freesans", "freeserif", "c059", "hack", "stix", "b612")
"""Families that training never sees, to measure with."""
SEEN_IN_THE_WILD = ("liberation", "nimbussans", "dejavusans", "freemono", "nimbusroman", "nimbusmono", "terminus")
"""Lookalikes of Helvetica, Arial, Times and Courier, which most electrocardiographs print in: drawn twice as often."""


@dataclass(frozen=True)
class Fonts:
    """Font files to train on and to measure with."""

    training: tuple[Path, ...]
    held_out: tuple[Path, ...]


def find_fonts(folder: Path) -> Fonts:
    """All TrueType and OpenType fonts with Latin letters in a folder and in matplotlib's.

    Raises:
        ConfigError: the folder has none.
    """
    own = Path(mpl.get_data_path()) / "fonts" / "ttf"
    found = {path.name.lower(): path for place in (own, folder) for path in sorted(place.rglob("*.[to]tf"))}
    usable = [path for name, path in sorted(found.items()) if not any(part in name for part in NO_LATIN_TEXT)]
    if not any(path.is_relative_to(folder) for path in usable):
        raise ConfigError(f"{folder}: no TrueType or OpenType fonts. Name a folder that has some")
    held_out = [path for path in usable if path.name.lower().startswith(HELD_OUT)]
    training = [path for path in usable if path not in held_out]
    return Fonts((*training, *filter(_is_common, training)), tuple(held_out))


def _is_common(path: Path) -> bool:
    return path.name.lower().startswith(SEEN_IN_THE_WILD)


@cache
def open_font(path: Path) -> ImageFont.FreeTypeFont:
    """The font at `SIZE_PX`."""
    return ImageFont.truetype(path, SIZE_PX)
