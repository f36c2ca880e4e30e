"""The body of a request, read into memory within limits; nothing of it is written to a disk."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from python_multipart.exceptions import MultipartParseError
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from kalemia.service.problems import Problem, Refusal, of_no_type, too_large, too_slow
from kalemia.service.wire import Task

MULTIPART, JSON = "multipart/form-data", "application/json"
FILE, REFERENCE_FILE = "file", "reference_file"
MOST_FILES, MOST_FIELDS, FIELD_BYTES = 32, 64, 4096


@dataclass(frozen=True)
class SentFile:
    """A file of a form."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Body:
    """What a request brought.

    Attributes:
        files: of the recording.
        references: of each earlier recording.
        fields: texts of the form, by name.
        json: the whole body, where it is JSON.
    """

    files: tuple[SentFile, ...] = ()
    references: tuple[tuple[SentFile, ...], ...] = ()
    fields: dict[str, tuple[str, ...]] = field(default_factory=dict)
    json: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Question:
    """A request as it goes to a worker.

    Attributes:
        task: which question.
        media_type: of the answer.
        request_id: of the request.
        body: what it brought.
    """

    task: Task
    media_type: str
    request_id: str
    body: Body


async def read_body(request: Request, limit_bytes: int, limit_s: float, *, or_json: bool = True) -> Body:
    """The body of a request.

    Args:
        request: with a form.
        limit_bytes: of the body.
        limit_s: in which it has to arrive.
        or_json: whether it may be JSON instead of a form.

    Raises:
        Refusal: too large, too slow, of another type, or no form.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        async with asyncio.timeout(limit_s):
            if kind == JSON and or_json:
                return Body(json=b"".join([chunk async for chunk in _limited(request, limit_bytes)]))
            if kind == MULTIPART:
                return await _form(request, limit_bytes)
    except TimeoutError:
        raise Refusal(too_slow(limit_s)) from None
    raise Refusal(of_no_type(kind or "no content type", f"{MULTIPART} or {JSON}" if or_json else MULTIPART))


async def _limited(request: Request, limit_bytes: int) -> AsyncGenerator[bytes, None]:
    """The chunks of a body, as long as they are not too many."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > limit_bytes:
        raise Refusal(too_large(limit_bytes))
    seen = 0
    async for chunk in request.stream():
        seen += len(chunk)
        if seen > limit_bytes:
            raise Refusal(too_large(limit_bytes))
        yield chunk


class _InMemory(MultiPartParser):
    """Starlette's parser, which writes files of more than 1 MB to a disk, kept from doing so."""

    spool_max_size = 0
    """Of `tempfile.SpooledTemporaryFile`: 0 is no limit; the body's own limit holds."""


async def _form(request: Request, limit_bytes: int) -> Body:
    parser = _InMemory(
        request.headers,
        _limited(request, limit_bytes),
        max_files=MOST_FILES,
        max_fields=MOST_FIELDS,
        max_part_size=FIELD_BYTES,
    )
    try:
        form = await parser.parse()
    except (MultiPartException, MultipartParseError, ValueError, KeyError) as error:
        raise _no_form(str(getattr(error, "message", "")) or "it cannot be read") from None
    try:
        return await _sorted(form)
    finally:
        await form.close()


async def _sorted(form: FormData) -> Body:
    files: dict[str, list[SentFile]] = {FILE: [], REFERENCE_FILE: []}
    texts: dict[str, tuple[str, ...]] = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            if name not in files:
                raise _no_form(f'a file in the field "{name}". Send it as "{FILE}" or "{REFERENCE_FILE}"')
            if value.filename:  # a browser sends an empty part where no file was chosen
                files[name].append(SentFile(value.filename, await value.read()))
        elif name in files and value:
            raise _no_form(f'text in the field "{name}". Send it as a file, with a file name')
        elif value:
            texts[_sound(name)] = (*texts.get(name, ()), _sound(value))
    return Body(tuple(files[FILE]), _recordings(files[REFERENCE_FILE]), texts)


def _sound(text: str) -> str:
    """A text that can be given on; what a sender's charset makes of its bytes cannot always.

    Raises:
        Refusal: it has half characters.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _no_form("a text that is none. Send it as UTF-8") from None
    return text


def _recordings(files: Sequence[SentFile]) -> tuple[tuple[SentFile, ...], ...]:
    """Files by the recordings that they belong to: signal files of WFDB go with the header of the same name."""
    headers = {PurePath(file.name).stem for file in files if file.name.lower().endswith(".hea")}
    found: list[list[SentFile]] = []
    of_header: dict[str, list[SentFile]] = {}
    for file in files:
        stem = PurePath(file.name).stem
        own = of_header.get(stem, []) if stem in headers else []
        if own and file.name not in [other.name for other in own]:
            own.append(file)
            continue
        found.append([file])
        if stem in headers:
            of_header[stem] = found[-1]
    return tuple(tuple(recording) for recording in found)


def _no_form(found: str) -> Refusal:
    return Refusal(Problem(422, "UnreadableForm", "A form that cannot be read", f"the form: {found}"))
