"""Around every request: its id, its log line, its metrics, and the headers that protect who reads the answer."""

import re
import uuid
from time import perf_counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kalemia.service.logs import log
from kalemia.service.metrics import Metrics
from kalemia.service.problems import MEDIA_TYPE, unexpected

REQUEST_ID = "X-Request-ID"
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

SECURITY = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
"""The camera is not ours to open: a phone's own dialogue takes the photograph."""


class Frame:
    """What stands around every request.

    Args:
        app: the application within.
        metrics: that count the requests.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start, status, started = perf_counter(), 500, False
        own = Headers(scope=scope).get(REQUEST_ID, "")
        request_id = own if _ID.fullmatch(own) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_headers(message: Message) -> None:
            nonlocal status, started
            if message["type"] == "http.response.start":
                status, started = message["status"], True
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID] = request_id
                for name, value in SECURITY.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception as error:  # a fault of ours; what it says may quote what was sent
            log("fault", id=request_id, error=type(error).__name__)
            if started:
                raise
            problem = unexpected(error, "the request").with_id(request_id)
            await Response(problem.to_bytes(), 500, media_type=MEDIA_TYPE)(scope, receive, send_with_headers)
        finally:
            seconds, route = perf_counter() - start, _route_of(scope)
            self._metrics.request(route, status, seconds)
            log(
                "request",
                id=request_id,
                method=scope["method"] if scope["method"] in _METHODS else "other",
                route=route,
                status=status,
                ms=round(1000 * seconds, 1),
            )


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _route_of(scope: Scope) -> str:
    """The route that was taken, not the path that was asked for: who knows what stands in that."""
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) and path else "none"
