"""The network: convolutions over the picture of a line, then along it; one distribution over characters per 2 px."""

from typing import cast

from torch import Tensor, nn

from kalemia.digitization.line_reader import HEIGHT_PX

CHANNELS = (24, 32, 64, 128)
BLOCKS = 3
REACH = 7


class LineReader(nn.Module):
    """From `(line, 1, 24, column)` to the logarithm of probabilities `(line, column / 2, class)`; class 0 is "none".

    Args:
        characters: how many characters there are to know.
    """

    def __init__(self, characters: int) -> None:
        super().__init__()
        first, second, third, last = CHANNELS
        self.picture = nn.Sequential(
            *_convolution(1, first, 5, stride=2),
            *_convolution(first, second, 3),
            nn.MaxPool2d((2, 1)),
            *_convolution(second, third, 3),
            nn.MaxPool2d((2, 1)),
            nn.Conv2d(third, last, (HEIGHT_PX // 8, 3), padding=(0, 1), bias=False),
            nn.BatchNorm2d(last),
            nn.ReLU(),
        )
        self.along = nn.Sequential(*(_Block(last) for _ in range(BLOCKS)), nn.Dropout(0.1))
        self.classes = nn.Conv1d(last, characters + 1, 1)

    def forward(self, lines: Tensor) -> Tensor:
        """Read lines, paper 0 and ink 1."""
        features = self.along(self.picture(lines).squeeze(2))
        return cast("Tensor", self.classes(features).transpose(1, 2).log_softmax(-1))


class _Block(nn.Module):
    """A depthwise convolution along the line, then a mix of channels, added to what came in."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv1d(channels, channels, REACH, padding=REACH // 2, groups=channels, bias=False),
            nn.BatchNorm1d(channels),
            nn.ReLU(),
            nn.Conv1d(channels, channels, 1, bias=False),
            nn.BatchNorm1d(channels),
        )

    def forward(self, features: Tensor) -> Tensor:
        return (features + self.layers(features)).relu()


def _convolution(inputs: int, outputs: int, size: int, stride: int = 1) -> tuple[nn.Module, ...]:
    layer = nn.Conv2d(inputs, outputs, size, stride, padding=size // 2, bias=False)
    return layer, nn.BatchNorm2d(outputs), nn.ReLU()
