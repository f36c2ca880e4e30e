"""The fiducial points of one heartbeat."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Wave:
    """One deflection of a beat, in samples of the recording; `None` marks a point that was not found."""

    onset: int | None
    peak: int | None
    offset: int | None


@dataclass(frozen=True)
class Beat:
    """P, QRS and T of one beat; `None` where a wave is absent or was not looked for.

    `qrs.peak` is the R peak, or the deepest point of a QRS complex that points down.
    """

    qrs: Wave
    p: Wave | None = None
    t: Wave | None = None
