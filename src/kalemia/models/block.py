"""Parts of a network that a reader sees as one layer."""

from torch import nn


class Block(nn.Module):
    """Several layers that `kalemia.models.layers.layers_of` counts as one.

    Attributes:
        detail: kernels, stride and the like, for a reader; may be empty.
    """

    detail: str = ""
