"""The questions that the service answers: potassium, the curve of a page, the waves of a lead; and by which models."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from starlette.requests import ClientDisconnect
from starlette.responses import Response, StreamingResponse

from kalemia.service import examples, media
from kalemia.service.access import require_token
from kalemia.service.body import Question, read_body
from kalemia.service.logs import fault_of, log
from kalemia.service.pool import Pool, Work
from kalemia.service.problems import MEDIA_TYPE, Refusal, not_acceptable, unexpected
from kalemia.service.schemas import (
    DelineateAnswer,
    DigitizeAnswer,
    EstimateAnswer,
    ModelList,
    problem_responses,
    request_body,
)
from kalemia.service.settings import Settings
from kalemia.service.wire import Answer, Task

router = APIRouter(prefix="/v1", tags=["questions"], dependencies=[Depends(require_token)])

_WAITING, _END = "waiting", None


@router.post(
    "/estimate",
    response_model=EstimateAnswer,
    responses={200: examples.ESTIMATE, **problem_responses()},
    openapi_extra={"requestBody": request_body("estimate")},
    summary="Serum potassium from an ECG, or the reason why there is no number",
)
async def estimate(request: Request) -> Response:
    """From a page or a signal file (a form with the field `file`; a WFDB record repeats it), or from samples (JSON).

    Earlier ECGs of the same patient with their blood tests make the estimate personal. `Accept` chooses between the
    answer as JSON, a FHIR R4 Observation, the report (HTML), the lead that was read (CSV), and JSON lines that tell
    each stage as it begins and end with the status and the answer or the problem.
    """
    return await _answered(request, "estimate", media.OF_ESTIMATE)


@router.post(
    "/digitize",
    response_model=DigitizeAnswer,
    responses={200: examples.DIGITIZE, **problem_responses()},
    openapi_extra={"requestBody": request_body("digitize")},
    summary="The curve of a lead on a printed page",
)
async def digitize(request: Request) -> Response:
    """In mV at 500 Hz, with what is known of the page.

    `Accept` chooses between JSON, CSV, and the page with the curve lying on it (PNG or JPEG).
    """
    return await _answered(request, "digitize", media.OF_DIGITIZE)


@router.post(
    "/delineate",
    response_model=DelineateAnswer,
    responses=problem_responses(),
    openapi_extra={"requestBody": request_body("delineate")},
    summary="P, QRS and T of every beat",
)
async def delineate(request: Request) -> Response:
    """Onset, peak and offset in samples of the input, and what can be trusted of the lead."""
    return await _answered(request, "delineate", media.OF_DELINEATE)


@router.get(
    "/models",
    response_model=ModelList,
    responses=problem_responses(401, 403, 503),
    summary="The models that can be asked",
)
async def models(request: Request) -> Response:
    """What each reads, what it has learned from, and what must stand beside its numbers."""
    pool: Pool = request.app.state.pool
    return Response(pool.models, media_type=media.JSON)


async def _answered(request: Request, task: Task, offered: Sequence[str]) -> Response:
    """The answer to a request, in the best of the offered media types."""
    media_type = media.chosen(", ".join(request.headers.getlist("accept")), offered)
    if media_type is None:
        raise Refusal(not_acceptable(", ".join(offered)))
    settings: Settings = request.app.state.settings
    pool: Pool = request.app.state.pool
    with pool.place() as place:
        body = await read_body(request, settings.upload_bytes, settings.upload_time_s, or_json=task != "digitize")
        request_id = request.scope["state"]["request_id"]
        if media_type != media.NDJSON:
            question = Question(task, media_type, request_id, body)
            return _response(await _unless_gone(request, pool.begin(place, question, _silent)))
        stages: asyncio.Queue[str | None] = asyncio.Queue()
        question = Question(task, media.JSON, request_id, body)
        work = pool.begin(place, question, stages.put_nowait)
    return StreamingResponse(_lines(work, stages, request_id), media_type=media.NDJSON)


async def _unless_gone(request: Request, work: Work) -> Answer:
    """The answer, for as long as its client is there; the body has been read, so nothing else can come from it.

    Raises:
        ClientDisconnect: it has gone.
        Refusal: as `Work.answer`.
    """
    answering, leaving = asyncio.create_task(work.answer()), asyncio.create_task(_gone(request))
    try:
        await asyncio.wait((answering, leaving), return_when=asyncio.FIRST_COMPLETED)
        if answering.done():
            return answering.result()
        raise ClientDisconnect
    finally:
        answering.cancel()
        leaving.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _silent(_stage: str) -> None:
    """Nobody listens for stages."""


def _response(answer: Answer) -> Response:
    timing = f"wait;dur={1000 * answer.waited_s:.1f}, work;dur={1000 * answer.worked_s:.1f}"
    headers = {"Server-Timing": timing}
    if answer.file_name is not None:
        ascii_name = answer.file_name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
        headers["Content-Disposition"] = (
            f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(answer.file_name)}"
        )
    if answer.media_type == media.HTML:  # opened in a browser all the same, it may show itself and do nothing
        headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
    return Response(answer.body, answer.status, headers, answer.media_type)


async def _lines(work: Work, stages: "asyncio.Queue[str | None]", request_id: str) -> AsyncIterator[bytes]:
    """A line for each stage, and a last one with the answer or the problem, whatever happens."""
    answering = asyncio.create_task(work.answer())
    answering.add_done_callback(lambda _: stages.put_nowait(_END))
    try:
        yield _line({"stage": _WAITING})
        while (stage := await stages.get()) is not _END:
            yield _line({"stage": stage})
        yield await _last_line(answering, request_id)
    finally:
        answering.cancel()  # where the client has gone


async def _last_line(answering: "asyncio.Task[Answer]", request_id: str) -> bytes:
    try:
        answer = await answering
    except Refusal as refusal:
        problem = refusal.problem
    except Exception as error:  # a fault of ours; the answer has begun, so it cannot be told by a status
        log("fault", id=request_id, where=fault_of(error))
        problem = unexpected(error, "the request")
    else:
        member = b"problem" if answer.media_type == MEDIA_TYPE else b"answer"
        return b'{"status":%d,"%s":%b}\n' % (answer.status, member, answer.body)
    return _line({"status": problem.status, "problem": problem.with_id(request_id).as_json()})


def _line(content: dict[str, object]) -> bytes:
    return json.dumps(content).encode() + b"\n"
