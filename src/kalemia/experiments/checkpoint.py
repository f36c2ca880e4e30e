"""The state of a training, so that it goes on where it was killed."""

from pathlib import Path
from typing import Any

import torch

from kalemia.writing import whole_or_nothing


def save(path: Path, parts: dict[str, Any], epochs: int) -> None:
    """Write the state of all parts (network, optimizer, schedule) after so many epochs."""
    with whole_or_nothing(path) as draft:
        torch.save({name: part.state_dict() for name, part in parts.items()} | {"epochs": epochs}, draft)


def load(path: Path, parts: dict[str, Any]) -> int:
    """Take up the state of a checkpoint; the number of epochs done."""
    if not path.is_file():
        return 0
    state = torch.load(path, map_location="cpu", weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(state[name])
    return int(state["epochs"])
