"""What the caller asked of a file."""

import math
from dataclasses import dataclass

from kalemia.errors import InvalidSignal, MissingSamplingRate
from kalemia.formats.units import voltage_unit
from kalemia.leads import standard_name

_RATE_TOLERANCE = 0.005  # relative: a time column rounded to milliseconds still agrees with the rate it was made from


@dataclass(frozen=True)
class Request:
    """The arguments of `kalemia.read`, checked.

    Attributes:
        lead: standard name of the only lead wanted, or `None` for all.
        fs: sampling rate in Hz that the caller states, or `None`.
        unit: unit of the file's numbers that the caller states (`V`, `mV`, `uV`, `nV`), or `None`.
    """

    lead: str | None = None
    fs: float | None = None
    unit: str | None = None

    @classmethod
    def checked(cls, lead: str | None, fs: float | None, unit: str | None) -> "Request":
        """A request from what a caller typed.

        Raises:
            InvalidSignal: the rate is not a positive number, or the unit is not a voltage.
        """
        if fs is not None and not (math.isfinite(fs) and fs > 0):
            raise InvalidSignal(f"a sampling rate of {fs} Hz was given; it must be a positive number")
        if unit is not None and voltage_unit(unit) is None:
            raise InvalidSignal(f'"{unit}" is not a unit of voltage. Use V, mV or uV')
        return cls(
            lead=None if lead is None else standard_name(lead),
            fs=None if fs is None else float(fs),
            unit=None if unit is None else voltage_unit(unit),
        )

    def sampling_rate(self, stated: float | None, how_to_state: str = "Add --fs 500") -> float:
        """The rate to use, in Hz, from what the file states and what the caller states.

        Args:
            stated: by the file, or `None`.
            how_to_state: what to do if neither states one; ends the message.

        Raises:
            MissingSamplingRate: neither states one.
            InvalidSignal: they contradict each other.
        """
        if stated is None:
            if self.fs is None:
                raise MissingSamplingRate(f"no sampling rate. {how_to_state}")
            return self.fs
        if self.fs is not None and abs(stated - self.fs) > _RATE_TOLERANCE * stated:
            raise InvalidSignal(
                f"sampled at {stated:g} Hz by its own statement, but {self.fs:g} Hz was given. Leave out --fs"
            )
        return stated
