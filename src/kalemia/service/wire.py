"""What the service and its workers say to each other over pipes: a letter, a length, and that many bytes."""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from pydantic import TypeAdapter

JOB = b"J"
READY, TAKEN, STAGE, ANSWER, BODY = b"R", b"T", b"S", b"A", b"B"
"""From a worker: that it can begin, and with which models; that it has a job; a stage that begins; the answer; its
body."""

HEADER = struct.Struct(">cI")

Tell = Callable[[str], None]
"""What is told each stage as it begins."""
Task = Literal["estimate", "digitize", "delineate"]


@dataclass(frozen=True)
class Options:
    """What a worker has to know from the start.

    Attributes:
        models: folders by the names that requests use, the default first.
        memory_bytes: that it may take for a job.
        threads: that it may use.
    """

    models: dict[str, str]
    memory_bytes: int
    threads: int


@dataclass(frozen=True)
class Upload:
    """The files of one recording, in a folder of their own."""

    folder: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Job:
    """What a worker is asked.

    Attributes:
        task: which question.
        media_type: of the answer.
        request_id: of the request that asks.
        upload: the recording; `None` where the request is JSON.
        references: earlier recordings of the patient.
        fields: of the form, as they were sent.
        json_file: a file with the request, where it is JSON.
    """

    task: Task
    media_type: str
    request_id: str
    upload: Upload | None = None
    references: tuple[Upload, ...] = ()
    fields: dict[str, tuple[str, ...]] = field(default_factory=dict)
    json_file: str | None = None


@dataclass(frozen=True)
class Answer:
    """What a worker gives.

    Attributes:
        status: of HTTP.
        media_type: of the body.
        outcome: in a word, for the metrics.
        body: the content.
        file_name: under which it is to be saved; `None` if it is to be shown.
        fault: kind and place of an error that was not foreseen.
        waited_s: for a worker.
        worked_s: of the worker.
    """

    status: int
    media_type: str
    outcome: str
    body: bytes = b""
    file_name: str | None = None
    fault: str | None = None
    waited_s: float = 0.0
    worked_s: float = 0.0


_JOB, _ANSWER, _OPTIONS = TypeAdapter(Job), TypeAdapter(Answer), TypeAdapter(Options)


def packed(kind: bytes, content: bytes) -> bytes:
    """A message."""
    return HEADER.pack(kind, len(content)) + content


def job_to_bytes(job: Job) -> bytes:
    """As it goes to a worker."""
    return _JOB.dump_json(job)


def job_from_bytes(content: bytes) -> Job:
    """The inverse of `job_to_bytes`."""
    return _JOB.validate_json(content)


def answer_to_bytes(answer: Answer) -> bytes:
    """As it comes from a worker, without its body."""
    return _ANSWER.dump_json(replace(answer, body=b""))


def answer_from_bytes(content: bytes, body: bytes) -> Answer:
    """The inverse of `answer_to_bytes`."""
    return replace(_ANSWER.validate_json(content), body=body)


def options_to_text(options: Options) -> str:
    """As they go to a worker, on its command line."""
    return _OPTIONS.dump_json(options).decode()


def options_from_text(text: str) -> Options:
    """The inverse of `options_to_text`."""
    return _OPTIONS.validate_json(text)
