"""Around every request: its id, its log line, its metrics, and the headers that protect who reads the answer."""

import asyncio
import re
import uuid
from contextlib import suppress
from time import perf_counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kalemia.service.logs import fault_of, log
from kalemia.service.metrics import Metrics
from kalemia.service.problems import MEDIA_TYPE, unexpected

REQUEST_ID = "X-Request-ID"
CLIENT_GONE = 499
"""In logs and metrics, of a request whose sender did not wait; nginx's number for it."""
DRAINED_S = 10.0
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
        drained_bytes: of a body that nobody asked for, how much is read and thrown away before the answer: many a
            client listens only when it has sent all.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, drained_bytes: int) -> None:
        self._app = app
        self._metrics = metrics
        self._drained_bytes = drained_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start = perf_counter()
        own = Headers(scope=scope).get(REQUEST_ID, "")
        request_id = own if _ID.fullmatch(own) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        body = _IncomingBody(receive, Headers(scope=scope))
        answer = _OutgoingAnswer(send, body, request_id, self._drained_bytes)
        try:
            await self._app(scope, body.receive, answer.send)
        except ClientDisconnect:
            answer.status = CLIENT_GONE
        except Exception as error:
            log("fault", id=request_id, where=fault_of(error))
            if answer.status:
                raise
            problem = unexpected(error, "the request").with_id(request_id)
            await Response(problem.to_bytes(), 500, media_type=MEDIA_TYPE)(scope, body.receive, answer.send)
        finally:
            self._note(scope, request_id, answer.status or CLIENT_GONE, perf_counter() - start)

    def _note(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        route, method = _route_of(scope), scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.request(route, status, seconds)
        log("request", id=request_id, method=method, route=route, status=status, ms=round(1000 * seconds, 1))


class _IncomingBody:
    """The body of a request, and whether all of it is there."""

    def __init__(self, receive: Receive, headers: Headers) -> None:
        self._receive = receive
        self._waits_to_be_asked = headers.get("expect", "").lower() == "100-continue"
        self.is_complete = headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers

    async def receive(self) -> Message:
        message = await self._receive()
        self._waits_to_be_asked = False
        self.is_complete |= message["type"] != "http.request" or not message.get("more_body", False)
        return message

    async def drain(self, most_bytes: int) -> None:
        """Read the rest and throw it away, within limits; nothing where its sender still waits to be asked for it."""
        seen = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAINED_S):
                while not (self.is_complete or self._waits_to_be_asked or seen > most_bytes):
                    seen += len((await self.receive()).get("body", b""))


class _OutgoingAnswer:
    """The answer to a request, with the headers that every answer has."""

    def __init__(self, send: Send, body: _IncomingBody, request_id: str, drained_bytes: int) -> None:
        self._send = send
        self._body = body
        self._request_id = request_id
        self._drained_bytes = drained_bytes
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers[REQUEST_ID] = self._request_id
            for name, value in (*SECURITY.items(), ("Cache-Control", "no-store")):
                headers.setdefault(name, value)
            if not self._body.is_complete:
                await self._body.drain(self._drained_bytes)
                headers["Connection"] = "close"
        await self._send(message)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _route_of(scope: Scope) -> str:
    """The route that was taken, not the path that was asked for: who knows what stands in that."""
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) and path else "none"
