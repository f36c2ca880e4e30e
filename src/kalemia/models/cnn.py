"""A convolutional network for one cycle, without recurrence.

Convolution, normalisation, rectification and pooling in turn, then a fully connected layer: LeCun et al. 1998
(doi:10.1109/5.726791) with the batch normalisation of Ioffe and Szegedy 2015 (arXiv:1502.03167). Moon 2022
(doi:10.5573/ieie.2022.59.2.59), from whose thesis the study's model grew, compared with such a network; its layers are
not those here. Sizes are chosen to make it as large as the DCRNN.
"""

import itertools

from jaxtyping import Float
from torch import Tensor, nn

from kalemia.cycles import CYCLE_SAMPLES

CHANNELS = (32, 64, 96, 128)
KERNEL = 7
POOLED = (4, 2, 2, 2)
"""By how much each pooling shortens time: most where the signal is finest, because there it is cheapest."""
STEPS = CYCLE_SAMPLES // 32
HIDDEN = 32
DROPOUT = 0.2


class CNN(nn.Module):
    """Potassium in mEq/L from one cycle.

    Args:
        leads: leads per cycle.
    """

    def __init__(self, leads: int = 1) -> None:
        super().__init__()
        widths = itertools.pairwise((leads, *CHANNELS))
        self.features = nn.Sequential(*(_stage(*pair, by) for pair, by in zip(widths, POOLED, strict=True)))
        self.head = nn.Sequential(
            nn.Linear(STEPS * CHANNELS[-1], HIDDEN), nn.ReLU(), nn.Dropout(DROPOUT), nn.Linear(HIDDEN, 1)
        )

    def forward(self, cycles: Float[Tensor, "batch lead 512"]) -> Float[Tensor, "batch 1"]:
        """Estimate potassium in mEq/L."""
        estimate: Tensor = self.head(self.features(cycles).flatten(1))
        return estimate


def _stage(channels: int, out: int, pooled: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv1d(channels, out, KERNEL, padding=KERNEL // 2, bias=False),
        nn.BatchNorm1d(out),
        nn.ReLU(),
        nn.MaxPool1d(pooled),
    )
