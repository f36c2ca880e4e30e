"""The application: what is served under which path."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

from kalemia import __version__
from kalemia.service import operation, questions
from kalemia.service.metrics import Metrics
from kalemia.service.middleware import Frame
from kalemia.service.pool import Pool
from kalemia.service.problems import MEDIA_TYPE, Problem, Refusal
from kalemia.service.schemas import with_problems
from kalemia.service.settings import Settings
from kalemia.shipped import EXAMPLE

STATIC = Path(__file__).parent / "static"
FRESH = {"Cache-Control": "no-cache"}
"""A browser keeps the page, but asks whether it is still the one."""

ABOUT = """\
Serum potassium from an ECG that is already there: a photograph, a scan or a PDF of the paper, or a signal file.

**Not a medical device; the models that come with it have learned from simulated patients.**

Errors are [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) problem details. Where the signal allows no conclusion,
the answer is 200 with `abstained` and a reason. Nothing of a request is kept.
"""


def create_app(settings: Settings) -> FastAPI:
    """The service, with its workers started and ended with it.

    Args:
        settings: limits, token, models.
    """
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with Pool(settings, metrics) as pool:
            app.state.pool = pool
            yield

    app = FastAPI(
        title="kalemia",
        version=__version__,
        description=ABOUT,
        lifespan=lifespan,
        docs_url=None,  # both would load scripts from elsewhere
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
    )
    described = app.openapi
    app.openapi = lambda: with_problems(described())  # type: ignore[method-assign]
    app.state.settings, app.state.metrics = settings, metrics
    app.include_router(questions.router)
    app.include_router(operation.router)
    app.add_api_route("/", _page, methods=["GET", "HEAD"], include_in_schema=False)
    app.add_api_route("/example.jpg", _example, methods=["GET", "HEAD"], include_in_schema=False)
    app.mount("/static", _Static(directory=STATIC), name="static")
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _http_error)
    app.add_middleware(Frame, metrics=metrics, drained_bytes=2 * settings.upload_bytes)
    return app


class _Static(StaticFiles):
    def file_response(self, *arguments: object, **named: object) -> Response:
        response = super().file_response(*arguments, **named)  # type: ignore[arg-type]
        response.headers.update(FRESH)
        return response


async def _page() -> FileResponse:
    return FileResponse(STATIC / "index.html", headers=FRESH)


async def _example() -> FileResponse:
    return FileResponse(EXAMPLE, headers=FRESH)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)  # noqa: S101 for the type; it is registered for nothing else
    return problem_response(request, error.problem, error.headers)


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 422
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    name, detail = _HTTP_ERRORS.get(status, ("Refused", "the request cannot be answered"))
    return problem_response(request, Problem(status, name, detail[:1].upper() + detail[1:], detail), headers)


_HTTP_ERRORS = {
    404: ("NoSuchPath", "there is nothing under this path; /openapi.json lists what there is"),
    405: ("NoSuchMethod", "this path does not know that method; /openapi.json lists what there is"),
}


def problem_response(request: Request, problem: Problem, headers: dict[str, str]) -> Response:
    """A problem as an answer, with the id of its request."""
    told = problem.with_id(request.scope.get("state", {}).get("request_id"))
    return Response(told.to_bytes(), problem.status, headers, MEDIA_TYPE)
