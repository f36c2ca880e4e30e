"""For those who run the service: is it alive, can it work, what does it count."""

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from kalemia import __version__
from kalemia.service.access import require_token
from kalemia.service.metrics import MEDIA_TYPE
from kalemia.service.schemas import Alive, Ready, problem_responses

router = APIRouter(tags=["operation"])


@router.get("/healthz", response_model=Alive, summary="Whether the process is alive")
async def healthz() -> JSONResponse:
    """Always 200: where nothing answers, it is not."""
    return JSONResponse({"alive": True, "version": __version__})


@router.get(
    "/readyz",
    response_model=Ready,
    responses={503: {"model": Ready, "description": "No worker is ready."}},
    summary="Whether requests can be answered",
)
async def readyz(request: Request) -> JSONResponse:
    """200 as soon as one worker is ready."""
    pool = request.app.state.pool
    state = {"ready": pool.ready > 0, "workers": pool.ready, "waiting": pool.waiting}
    return JSONResponse(state, 200 if pool.ready else 503)


@router.get(
    "/metrics",
    dependencies=[Depends(require_token)],
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **problem_responses(401, 403)},
    summary="Counters for Prometheus",
)
async def metrics(request: Request) -> Response:
    """Requests, answers, seconds of work, workers lost."""
    return Response(request.app.state.metrics.to_text(), media_type=MEDIA_TYPE)


for _path, _answer in (("/healthz", healthz), ("/readyz", readyz)):  # some load balancers ask with HEAD
    router.add_api_route(_path, _answer, methods=["HEAD"], include_in_schema=False)
