"""Uploads as files in memory for as long as a worker reads them.

The readers of ECG formats take paths, and a WFDB record is several files. The folder lies in a file system in memory,
is readable to its owner alone, and is removed when the answer is there, also where the worker died over it.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Self

from kalemia.service.body import Question, SentFile
from kalemia.service.problems import Refusal, no_room
from kalemia.service.wire import Job, Upload

PREFIX = "kalemia-"
JSON_FILE = "request.json"
LONGEST_NAME = 120
"""Of bytes; file systems take 255."""
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f/\\]|[\ud800-\udfff]" + (r'|[:*?"<>|]' if os.name == "nt" else ""))
_OF_A_SERVER = re.compile(rf"{PREFIX}(\d+)-\w+")


class Scratch:
    """The folder of one service.

    Use as a context manager: it is made on entering, and removed with all that is in it on leaving.
    """

    def __init__(self, parent: Path) -> None:
        self._parent = parent
        self._folder: Path | None = None

    def __enter__(self) -> Self:
        _remove_orphans(self._parent)
        self._folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=self._parent))
        return self

    def __exit__(self, *_: object) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def folder(self) -> Path:
        """The folder itself, while it is there."""
        if self._folder is None:
            raise RuntimeError("the scratch folder has not been made")
        return self._folder

    @contextmanager
    def holding(self, question: Question) -> Iterator[Job]:
        """A job whose files lie in memory until the context is left.

        Raises:
            Refusal: there is no room for them.
        """
        with ExitStack() as cleaning:
            try:
                self.folder.mkdir(mode=0o700, exist_ok=True)  # someone may have tidied up
                folder = Path(tempfile.mkdtemp(dir=self.folder))
                cleaning.callback(shutil.rmtree, folder, ignore_errors=True)
                job = _laid_out(folder, question)
            except OSError:
                raise Refusal(no_room(), {"Retry-After": "5"}) from None
            yield job


def _laid_out(folder: Path, question: Question) -> Job:
    body, job = question.body, Job(question.task, question.media_type, question.request_id)
    if body.json is not None:
        (folder / JSON_FILE).write_bytes(body.json)
        return replace(job, json_file=str(folder / JSON_FILE))
    references = tuple(
        _written(folder / f"reference-{number}", files) for number, files in enumerate(body.references, start=1)
    )
    upload = _written(folder / "recording", body.files)
    return replace(job, upload=upload, references=references, fields=body.fields)


def _written(folder: Path, files: Sequence[SentFile]) -> Upload:
    folder.mkdir()
    names = tuple(safe_name(file.name) for file in files)
    for name, file in zip(names, files, strict=True):
        (folder / name).write_bytes(file.content)
    return Upload(str(folder), names)


def safe_name(name: str) -> str:
    """A name that a file can have in a folder of ours, as near to the one that was sent as that allows."""
    kept = _FORBIDDEN.sub("_", re.split(r"[/\\]", name)[-1]).strip().lstrip(".")
    suffix = Path(kept).suffix[:20]
    stem = kept.removesuffix(suffix).encode()[:LONGEST_NAME].decode(errors="ignore")
    return f"{stem or 'upload'}{suffix}"


def _remove_orphans(parent: Path) -> None:
    """Remove what services have left that were killed."""
    for folder in parent.glob(f"{PREFIX}*"):
        found = _OF_A_SERVER.fullmatch(folder.name)
        if found and not _is_another_one(int(found[1])):
            shutil.rmtree(folder, ignore_errors=True)


def _is_another_one(process: int) -> bool:
    """Whether a process runs that is not this one, which in a container may have the number of its predecessor."""
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
