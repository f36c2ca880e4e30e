"""The state of a training, so that it goes on where it was killed."""

from pathlib import Path
from typing import Any

import torch

from kalemia.writing import whole_or_nothing


def save(path: Path, parts: dict[str, Any], epochs: int) -> None:
    """Write the state of all parts (network, optimizer, schedule) after so many epochs, and that of chance."""
    state = {name: part.state_dict() for name, part in parts.items()}
    with whole_or_nothing(path) as draft:
        torch.save(state | {"epochs": epochs, "chance": torch.get_rng_state()}, draft)


def load(path: Path, parts: dict[str, Any]) -> int:
    """Take up the state of a checkpoint, so that all goes on as if it had not ended; the number of epochs done."""
    if not path.is_file():
        return 0
    state = torch.load(path, map_location="cpu", weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(state[name])
    torch.set_rng_state(state["chance"])
    return int(state["epochs"])
