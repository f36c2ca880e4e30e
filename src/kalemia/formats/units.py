"""Voltage units as files write them."""

MV_PER_UNIT = {"V": 1e3, "mV": 1.0, "uV": 1e-3, "nV": 1e-6}

_SPELLINGS = {
    "V": ("v", "volt", "volts"),
    "mV": ("mv", "millivolt", "millivolts"),
    # U+00B5 is the micro sign, U+03BC the Greek letter: both are in use.
    "uV": ("uv", "\u00b5v", "\u03bcv", "microvolt", "microvolts"),
    "nV": ("nv", "nanovolt", "nanovolts"),
}
_UNIT_OF = {spelling: unit for unit, spellings in _SPELLINGS.items() for spelling in spellings}


def voltage_unit(text: str) -> str | None:
    """`V`, `mV`, `uV` or `nV`, whichever the text means; `None` if it is no unit of voltage."""
    return _UNIT_OF.get(text.strip().lower())
