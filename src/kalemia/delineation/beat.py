"""The fiducial points of heartbeats."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, overload

import numpy as np
from jaxtyping import Int

Method = Literal["waves", "R peaks"]


@dataclass(frozen=True)
class Wave:
    """One deflection of a beat, in samples of the recording; `None` marks a point that was not found."""

    onset: int | None
    peak: int | None
    offset: int | None

    def mapped(self, place: Callable[[int], int]) -> "Wave":
        """The same with its points in other samples."""
        return Wave(*(None if point is None else place(point) for point in (self.onset, self.peak, self.offset)))


@dataclass(frozen=True)
class Beat:
    """P, QRS and T of one beat; `None` where a wave is absent or was not looked for.

    `qrs.peak` is the R peak, or the deepest point of a QRS complex that points down.
    """

    qrs: Wave
    p: Wave | None = None
    t: Wave | None = None

    def mapped(self, place: Callable[[int], int]) -> "Beat":
        """The same with its points in other samples."""
        return Beat(self.qrs.mapped(place), self.p and self.p.mapped(place), self.t and self.t.mapped(place))


@dataclass(frozen=True)
class Beats(Sequence[Beat]):
    """The beats of one lead in order of time.

    Attributes:
        beats: one per QRS complex, with points in samples.
        fs: sampling rate in Hz of these samples.
        method: `waves` where P, QRS and T were looked for; `R peaks` where no waves could be told apart and a beat is
            only known by its R peak.
    """

    beats: tuple[Beat, ...]
    fs: float
    method: Method = "waves"

    @overload
    def __getitem__(self, place: int) -> Beat: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Beat, ...]: ...
    def __getitem__(self, place: int | slice) -> Beat | tuple[Beat, ...]:
        return self.beats[place]

    def __len__(self) -> int:
        return len(self.beats)

    @cached_property
    def r_peaks(self) -> Int[np.ndarray, " beat"]:
        """Samples of the R peaks."""
        return np.array([beat.qrs.peak for beat in self.beats], dtype=np.intp)

    def moved(self, samples: int) -> "Beats":
        """The same in a recording that begins earlier by so many samples."""
        if samples == 0:
            return self
        return replace(self, beats=tuple(beat.mapped(lambda point: point + samples) for beat in self.beats))

    def within(self, start: int, samples: int) -> "Beats":
        """Those of a part of the recording, in samples of that part."""
        first, last = np.searchsorted(self.r_peaks, [start, start + samples])
        return replace(self, beats=self.beats[first:last]).moved(-start)

    def at(self, fs: float) -> "Beats":
        """The same in samples of another sampling rate in Hz."""
        if fs == self.fs:
            return self
        return Beats(
            tuple(beat.mapped(lambda point: round(point * fs / self.fs)) for beat in self.beats), fs, self.method
        )
