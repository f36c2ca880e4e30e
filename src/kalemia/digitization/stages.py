"""The stages of a reading, for whoever wants to show how far it is."""

from collections.abc import Callable
from typing import Literal

Stage = Literal["file", "grid", "curves", "leads", "scales"]
"""What is done next: the file is opened; then of a page the grid is found, the curves are followed, the leads are told
apart, and the scales are compared."""
OnStage = Callable[[Stage], None]
"""Told the name of each stage when it begins. They begin again with each page of a file."""


def silent(_: Stage) -> None:
    """For a reading that nobody watches."""
