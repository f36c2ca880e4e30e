"""The layers of the ventricular wall."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from kalemia.errors import ConfigError

EPI, MID, ENDO = "epi", "mid", "endo"
LAYERS = (ENDO, MID, EPI)
"""From the inside out."""
FRACTION_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Wall:
    """What share of the wall each layer takes.

    Attributes:
        endo, mid, epi: shares, which sum to one.

    Raises:
        ConfigError: they do not, or one is not between 0 and 1.
    """

    endo: float = 0.40
    mid: float = 0.25
    epi: float = 0.35

    def __post_init__(self) -> None:
        shares = (self.endo, self.mid, self.epi)
        if not all(0 <= share <= 1 for share in shares) or abs(sum(shares) - 1) > FRACTION_TOLERANCE:
            given = ", ".join(f"{name} {share:g}" for name, share in zip(LAYERS, shares, strict=True))
            raise ConfigError(f"wall {given}: the shares must lie between 0 and 1 and sum to 1.")

    def layers(self, nodes: int) -> Int[np.ndarray, " node"]:
        """The layer of each node, an index into `LAYERS`, by where its centre lies."""
        centres = (np.arange(nodes) + 0.5) / nodes
        return np.searchsorted([self.endo, self.endo + self.mid], centres, side="right")
