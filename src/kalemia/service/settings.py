"""How a service is run: its limits, its token, its models."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kalemia.errors import ConfigError
from kalemia.processes import cores
from kalemia.shipped import DEFAULT_MODEL, MODELS

MEGABYTE = 1_000_000
TOKEN_VARIABLE = "KALEMIA_TOKEN"  # noqa: S105 the name of a variable
MEMORY_FOLDER = Path("/dev/shm")  # noqa: S108 a file system in memory; what is made in it is readable to its owner alone


@dataclass(frozen=True)
class Settings:
    """Limits and what else an operator decides.

    Attributes:
        workers: processes that do the work.
        queue: how many requests may be on their way beside those that are worked on; each holds its upload in memory.
        time_limit_s: for the work on one request, its waiting not counted.
        memory_bytes: that a worker may take for a request, beside what it has when idle.
        upload_bytes: largest body of a request.
        upload_time_s: in which a body has to arrive.
        token: that requests must bear; `None` lets everyone in.
        models: folders by the names that requests use.
        scratch: folder in memory where an upload lies while a worker reads it.
    """

    workers: int = field(default_factory=cores)
    queue: int = 16
    time_limit_s: float = 30.0
    memory_bytes: int = 2000 * MEGABYTE
    upload_bytes: int = 25 * MEGABYTE
    upload_time_s: float = 120.0
    token: str | None = None
    models: Mapping[str, Path] = field(default_factory=lambda: models_to_serve())
    scratch: Path = field(default_factory=lambda: folder_in_memory())

    @property
    def places(self) -> int:
        """How many requests may be in the house at once."""
        return self.workers + self.queue


def models_to_serve(own: Path | None = None) -> dict[str, Path]:
    """The models that come with kalemia, and one of the operator's own, which then is the first.

    Args:
        own: its folder.
    """
    shipped = {folder.name: folder for folder in sorted(MODELS.iterdir()) if folder.is_dir()}
    first = {DEFAULT_MODEL: shipped[DEFAULT_MODEL]} if own is None else {own.resolve().name: own.resolve()}
    return {**first, **{name: folder for name, folder in shipped.items() if name not in first}}


def folder_in_memory(named: Path | None = None) -> Path:
    """Where uploads lie while they are read: readers of ECG formats need files, and a disk is no place for patients.

    Args:
        named: by the operator, who answers for it being in memory.

    Raises:
        ConfigError: it cannot be written to, or there is no file system in memory and none was named.
    """
    folder = named or MEMORY_FOLDER
    try:
        with tempfile.TemporaryDirectory(dir=folder):
            return folder
    except OSError:
        raise ConfigError(
            f"{folder}: no folder that can be written to. Uploads must not lie on a disk: name a folder of a file "
            "system in memory with --scratch"
        ) from None
