"""What the template library varies, and how its strands are simulated."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from kalemia.simulation.pacing import Protocol, Steps
from kalemia.simulation.strand import Geometry
from kalemia.simulation.wall import Wall

GEOMETRY = Geometry(spacing_mm=0.15)
"""The reference strand has nodes 0.1 mm apart and steps of 0.01 ms; T widths stay within 0.25 ms of it."""
STEPS = Steps(active_ms=0.02, quiet_ms=0.05)
ISOLATED_BEATS = 100
"""Of the cells, before they are coupled, as in the reference strand."""
COUPLED_BEATS = 2
"""Of the strand; the last is kept. The reference has 5: QT differs by at most 1.2 ms, T width by 0.1 ms."""


@dataclass(frozen=True)
class Axes:
    """The levels of each axis; the library holds every combination.

    Attributes:
        potassium_mm: extracellular potassium.
        calcium_mm: extracellular calcium; the cell model's normal is 2 mM.
        mid_share: share of the wall that is mid (M) layer.
        endo_share: share of the rest that is endocardial.
        ks_gradient: IKs of epi in multiples of the published one; mid has half the excess, endo none.
        kr: IKr in multiples of the published one, in all layers.
        period_ms: of pacing.
    """

    potassium_mm: Sequence[float] = (2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 6.5, 7.0, 8.0, 9.0)
    calcium_mm: Sequence[float] = (1.4, 2.0, 2.8)
    mid_share: Sequence[float] = (0.10, 0.25, 0.40)
    endo_share: Sequence[float] = (1 / 3, 1 / 2, 7 / 12)
    ks_gradient: Sequence[float] = (2.0, 2.5, 3.0)
    kr: Sequence[float] = (0.7, 1.0, 1.3)
    period_ms: Sequence[float] = (600.0, 800.0, 1000.0)

    def walls(self) -> list[Wall]:
        """All walls, `endo_share` varying fastest; each border falls between two nodes of `GEOMETRY`."""
        return [
            Wall(endo=(1 - mid) * endo, mid=mid, epi=(1 - mid) * (1 - endo))
            for mid, endo in itertools.product(self.mid_share, self.endo_share)
        ]

    def chunks(self) -> Iterator["Chunk"]:
        """What is simulated at once: all potassium levels and walls of one combination of the rest."""
        return itertools.starmap(Chunk, itertools.product(self.calcium_mm, self.ks_gradient, self.kr, self.period_ms))

    def as_text(self) -> dict[str, list[float]]:
        """For a file."""
        return {name: list(levels) for name, levels in asdict(self).items()}


@dataclass(frozen=True)
class Chunk:
    """One combination of calcium, gradient of IKs, IKr and period."""

    calcium_mm: float
    ks_gradient: float
    kr: float
    period_ms: float

    @property
    def file_name(self) -> str:
        """Where it is kept."""
        return f"ca{self.calcium_mm:g}-ks{self.ks_gradient:g}-kr{self.kr:g}-{self.period_ms:g}ms.npz"

    @property
    def ks(self) -> tuple[float, float, float]:
        """IKs of endo, mid and epi in multiples of the published one."""
        return 1.0, (1 + self.ks_gradient) / 2, self.ks_gradient

    def protocol(self, like: Protocol) -> Protocol:
        """Paced like another, at this period and in the library's steps."""
        return Protocol(self.period_ms, like.stimulus_ms, like.lead_ms, STEPS)
