"""A recording: one or more ECG leads in millivolts on one clock."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from kalemia.errors import InvalidSignal, MissingLead

FS_LIMITS_HZ = (1.0, 100_000.0)
"""Beyond these a sampling rate is a mistake: Holters store 100 Hz at least, research systems some 30 kHz at most."""
MOST_MV = 1e15
"""Beyond this no unit explains the samples, and their squares overflow."""
STANDARD_LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")


@dataclass(frozen=True, eq=False)
class Recording:
    """An ECG in millivolts.

    Attributes:
        signal: mV, one row per lead; NaN where nothing was seen, which infinite samples become. Read-only.
        fs: sampling rate in Hz.
        leads: one name per row, standard names where the source allows (`II`, `aVR`, `V1`).
        warnings: what was noticed while reading, one sentence each, for the user to see.

    Raises:
        InvalidSignal: the shapes contradict each other, or `fs` or the samples are none that an ECG can have.
    """

    signal: Float[np.ndarray, "lead time"]
    fs: float
    leads: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        signal = np.asarray(self.signal)
        if not np.issubdtype(signal.dtype, np.floating):
            signal = signal.astype(np.float64)
        if signal.ndim != 2:
            raise InvalidSignal(f"a recording is a (lead, time) array; this one has {signal.ndim} dimensions")
        if len(self.leads) != len(signal):
            raise InvalidSignal(f"{len(signal)} rows of signal but {len(self.leads)} lead names: {self._names()}")
        if len(set(self.leads)) != len(self.leads):
            raise InvalidSignal(f"a lead name stands twice: {self._names()}")
        if np.isinf(_largest_mv(signal)):
            signal = np.where(np.isinf(signal), np.nan, signal)
        if (largest_mv := _largest_mv(signal)) > MOST_MV:
            raise InvalidSignal(f"samples of {largest_mv:.3g} mV; an ECG's lie within a few mV")
        if not FS_LIMITS_HZ[0] <= self.fs <= FS_LIMITS_HZ[1]:
            low, high = FS_LIMITS_HZ
            raise InvalidSignal(f"a sampling rate of {self.fs:g} Hz; an ECG's lies between {low:g} and {high:g} Hz")
        signal = signal.view()
        signal.setflags(write=False)
        object.__setattr__(self, "signal", signal)
        object.__setattr__(self, "fs", float(self.fs))
        object.__setattr__(self, "leads", tuple(self.leads))

    def _names(self) -> str:
        return ", ".join(self.leads) or "none"

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.signal.shape[1] / self.fs

    def lead(self, name: str) -> Float[np.ndarray, " time"]:
        """The samples of one lead in mV.

        Raises:
            MissingLead: the recording has no lead of that name.
        """
        if name not in self.leads:
            raise MissingLead(f"no lead {name}. The recording has: {self._names()}")
        return self.signal[self.leads.index(name)]

    def only(self, name: str) -> "Recording":
        """The same recording with one lead.

        Raises:
            MissingLead: the recording has no lead of that name.
        """
        return replace(self, signal=self.lead(name)[None], leads=(name,))

    def with_warning(self, *sentences: str) -> "Recording":
        """The same recording with further warnings."""
        return replace(self, warnings=(*self.warnings, *sentences))


def _largest_mv(signal: Float[np.ndarray, "lead time"]) -> float:
    """Height of the highest or depth of the deepest sample, without a copy of a day-long signal."""
    highest = np.fmax.reduce(signal, axis=None, initial=0)
    return float(max(highest, -np.fmin.reduce(signal, axis=None, initial=0)))
