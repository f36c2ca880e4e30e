"""What each finished epoch reached, and what follows: a better model, or the end."""

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields


@dataclass(frozen=True)
class Epoch:
    """One finished epoch: losses as the configuration chose them, the mean absolute error in mEq/L."""

    epoch: int
    train_loss: float
    validation_loss: float
    validation_mae: float


def best(epochs: Sequence[Epoch]) -> Epoch:
    """The epoch with the lowest validation loss, the first of equals."""
    return min(epochs, key=lambda epoch: epoch.validation_loss)


def is_over(epochs: Sequence[Epoch], max_epochs: int, patience: int) -> bool:
    """Whether training has reached its last epoch, or has not improved for `patience` epochs."""
    if not epochs:
        return False
    return len(epochs) >= max_epochs or epochs[-1].epoch - best(epochs).epoch >= patience


def to_csv(epochs: Sequence[Epoch]) -> str:
    """One row per epoch under a header; floats in full, so that two runs can be compared to the bit."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([field.name for field in fields(Epoch)])
    writer.writerows(astuple(epoch) for epoch in epochs)
    return text.getvalue()


def from_csv(text: str) -> tuple[Epoch, ...]:
    """The inverse of `to_csv`.

    Raises:
        ValueError: the text is not what `to_csv` writes.
    """
    header, *rows = csv.reader(io.StringIO(text))
    if header != [field.name for field in fields(Epoch)]:
        raise ValueError(f"not a table of epochs, its columns are {header}")
    return tuple(Epoch(int(number), *map(float, values)) for number, *values in _of_equal_length(header, rows))


def _of_equal_length(header: list[str], rows: list[list[str]]) -> list[list[str]]:
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"a row has {len(row)} values under {len(header)} columns")
    return rows
