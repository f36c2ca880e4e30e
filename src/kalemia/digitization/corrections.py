"""What a user knows better than the page says."""

from dataclasses import dataclass

import numpy as np

from kalemia.digitization.calibration import Given
from kalemia.errors import InputError

MOST_DEGREES = 180.0


@dataclass(frozen=True)
class Corrections:
    """What stands above what is seen on a page.

    Attributes:
        page: number of the page in the file, from 1; `None` for the first with a millimetre grid.
        rotation_deg: how far to turn the picture clockwise before anything is looked for. It is taken as it lies then,
            also after 0; if `None`, it is turned upright by its words and its pulses.
        strip: number of the stretch that is the lead, as `kalemia.digitization.strips.strips_of` lists them.
        speed_mm_per_s: paper speed.
        gain_mm_per_mv: likewise the gain.

    Raises:
        InputError: a scale that is not positive, or a rotation beyond half a turn.
    """

    page: int | None = None
    rotation_deg: float | None = None
    strip: int | None = None
    speed_mm_per_s: float | None = None
    gain_mm_per_mv: float | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        _require_positive("speed", self.speed_mm_per_s)
        _require_positive("gain", self.gain_mm_per_mv)
        _require_turn(self.rotation_deg)

    def __bool__(self) -> bool:
        """Whether anything is corrected."""
        return self != Corrections()

    @property
    def scales(self) -> Given:
        """Speed and gain."""
        return Given(self.speed_mm_per_s, self.gain_mm_per_mv)


def _require_positive(name: str, value: float | None) -> None:
    if value is not None and not (np.isfinite(value) and value > 0):
        raise InputError(f"a {name} of {value:g} was given. Give a positive number")


def _require_turn(degrees: float | None) -> None:
    if degrees is not None and not (np.isfinite(degrees) and abs(degrees) <= MOST_DEGREES):
        raise InputError(f"a rotation of {degrees:g} degrees was given. Give -180 to 180, positive is clockwise")
