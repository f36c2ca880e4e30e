"""Output that is whole or not there."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kalemia.errors import OutputError


@contextmanager
def whole_or_nothing(path: Path) -> Iterator[Path]:
    """A draft to write a file or a folder under, which takes its name only when all went well.

    Folders above it are made as needed. A file that is there is replaced; a folder is only if it is empty.

    Raises:
        OutputError: it cannot be written there.
    """
    path = path.resolve()
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise OutputError(f"{path.name}: a device or a pipe, which a file would replace. Name a file")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".unfinished-") as scratch:
            draft = Path(scratch) / path.name
            yield draft
            draft.replace(path)
    except OSError as error:
        raise OutputError(f"{path.name}: cannot be written in {path.parent}: {error.strerror or error}") from error


def require_new(folder: Path) -> None:
    """Refuse to write a folder over what is there.

    Raises:
        OutputError: there is a file, or a folder that is not empty.
    """
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise OutputError(f"{folder}: already there. Name a new folder, or remove this one first.")


def write_text(path: Path, text: str) -> Path:
    """Write a text file in UTF-8, whole or not at all.

    Raises:
        OutputError: it cannot be written there.
    """
    with whole_or_nothing(path) as draft:
        draft.write_text(text, encoding="utf-8")
    return path
