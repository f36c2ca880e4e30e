"""Which leads stand where on a page: `3x4+II`, `6x2`, `12x1`, `3x4+V1+II+V5`, `1`."""

import re
from dataclasses import dataclass

from kalemia.errors import ConfigError
from kalemia.leads import standard_name
from kalemia.recording import STANDARD_LEADS

CABRERA_LEADS = ("aVL", "I", "-aVR", "II", "aVF", "III", *STANDARD_LEADS[6:])
"""The limb leads in the order of their axes; aVR is printed upside down (Kligfield et al. 2007)."""

SINGLE = "1"
_PATTERN = re.compile(r"(\d{1,2})x(\d{1,2})((?:\+\w+)*)")
_COUNTS = (3, 6, 12)
"""Leads in the block of short leads: the three bipolar ones, the limb leads, or all."""


@dataclass(frozen=True)
class Layout:
    """A block of short leads, filled column by column, and long rhythm strips below it.

    Attributes:
        rows: of the block; 0 where there are rhythm strips alone.
        columns: of the block, consecutive in time.
        rhythm: lead of each rhythm strip, from the top.
    """

    rows: int
    columns: int
    rhythm: tuple[str, ...]

    @property
    def lines(self) -> int:
        """Rows of the page in all."""
        return self.rows + len(self.rhythm)

    def block_leads(self, cabrera: bool) -> tuple[str, ...]:
        """Leads of the block, column by column."""
        order = CABRERA_LEADS if cabrera else STANDARD_LEADS
        return order[: self.rows * self.columns]


def parse_layout(text: str) -> Layout:
    """A layout from its short name.

    Args:
        text: `ROWSxCOLUMNS` and `+LEAD` for each rhythm strip; `1` is one single strip.

    Raises:
        ConfigError: no such form, a number of leads that no page has, or an unknown rhythm lead.
    """
    if text == SINGLE:
        return Layout(0, 0, ("II",))
    match = _PATTERN.fullmatch(text)
    if not match:
        raise ConfigError(f'layout "{text}": give ROWSxCOLUMNS and +LEAD for each rhythm strip, as 3x4+II, or 1')
    rows, columns = int(match[1]), int(match[2])
    if rows * columns not in _COUNTS:
        raise ConfigError(f'layout "{text}" has {rows * columns} short leads; it needs 3, 6 or 12, as 3x4+II')
    return Layout(rows, columns, tuple(_rhythm_lead(name, text) for name in match[3].split("+")[1:]))


def _rhythm_lead(name: str, text: str) -> str:
    lead = standard_name(name)
    if lead not in STANDARD_LEADS:
        raise ConfigError(f'layout "{text}": unknown rhythm lead {name}. Known: {", ".join(STANDARD_LEADS)}')
    return lead
