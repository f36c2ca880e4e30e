"""The application on a socket."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from kalemia.errors import ConfigError
from kalemia.service.app import create_app
from kalemia.service.logs import log_as_json
from kalemia.service.settings import Settings

MOST_WAITING_CONNECTIONS = 256
GRACE_S = 30.0
"""Beside the time that all places may take: for uploads and answers under way when the service is told to end."""


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that connections can come to.

    Raises:
        ConfigError: the address is not of this machine, or taken, or not allowed.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        found = socket.create_server((host, port), family=family, backlog=MOST_WAITING_CONNECTIONS)
    except (OSError, OverflowError, UnicodeError) as error:
        raise ConfigError(f"{host} port {port}: {_why(error)}. Choose others with --host and --port") from None
    with found:
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # connections inherit it; 40 ms for each request
        yield found


def _why(error: Exception) -> str:
    """In the words of the system, without what Python adds."""
    number = getattr(error, "errno", None) or 0
    return os.strerror(number) if number > 0 else str(getattr(error, "strerror", None) or error)


def run(settings: Settings, listener: socket.socket) -> None:
    """Serve until told to end (SIGINT, SIGTERM), and then finish what has begun."""
    log_as_json()
    config = uvicorn.Config(
        create_app(settings),
        log_config=None,
        access_log=False,  # it would log paths and queries; the middleware logs what may be
        server_header=False,
        timeout_graceful_shutdown=round(settings.places / settings.workers * settings.time_limit_s + GRACE_S),
        http="h11",
        ws="none",
    )
    uvicorn.Server(config).run(sockets=[listener])
