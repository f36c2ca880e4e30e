"""Errors as RFC 9457 problem details, with the text that the command line shows."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from kalemia.errors import ConfigError, KalemiaError
from kalemia.service.advice import advice_on

MEDIA_TYPE = "application/problem+json"
TOO_MUCH_MEMORY = "TooMuchMemory"


@dataclass(frozen=True)
class Problem:
    """What is wrong with a request, or with the service.

    Attributes:
        status: of HTTP.
        error: its kind in a word, such as `NoGrid`.
        title: its kind in a sentence.
        detail: this case of it.
        further: members beside the standard ones.
    """

    status: int
    error: str
    title: str
    detail: str
    further: Mapping[str, object] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """The members of RFC 9457, and what there is to do."""
        return {
            "type": f"urn:kalemia:problem:{self.error}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "error": self.error,
            "advice": list(advice_on(self.error)),
            **self.further,
        }

    def with_id(self, request_id: str | None) -> "Problem":
        """The same, with the id of its request."""
        return replace(self, further={**self.further, "request_id": request_id})

    def to_bytes(self) -> bytes:
        """As it is sent."""
        return json.dumps(self.as_json(), allow_nan=False).encode()


class Refusal(Exception):
    """Ends a request with a problem.

    Attributes:
        problem: that is answered.
        headers: of the answer.
    """

    def __init__(self, problem: Problem, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(problem.detail)
        self.problem = problem
        self.headers = dict(headers or {})


_TITLES: dict[type[KalemiaError], str] = {ConfigError: "A field that is not known, or a value that cannot be"}
"""Where the errors' own words are of something else."""


def problem_of(error: KalemiaError, **further: object) -> Problem:
    """An error that the request is to blame for."""
    title = _TITLES.get(type(error)) or (type(error).__doc__ or "").strip().partition("\n")[0].removesuffix(".")
    return Problem(422, type(error).__name__, title, str(error), further)


def unexpected(error: BaseException, file: str) -> Problem:
    """An error of the program itself; what it says may come from the file, so its kind alone is told."""
    kind = type(error).__name__
    return Problem(500, "Unexpected", "An error in kalemia", f"{file}: unexpected {kind}. Please report it")


def too_large(limit_bytes: int) -> Problem:
    """A body beyond the limit."""
    detail = f"more than {limit_bytes / 1e6:.0f} MB were sent, which is the most. Send one page, scanned at 300 dpi"
    return Problem(413, "BodyTooLarge", "More than a request may bring", detail)


def too_slow(limit_s: float) -> Problem:
    """A body that does not arrive."""
    return Problem(408, "BodyTooSlow", "The request did not arrive in time", f"it took longer than {limit_s:.0f} s")


def of_no_type(found: str, needed: str) -> Problem:
    """A body of a content type that the route does not read."""
    return Problem(
        415, "UnknownContentType", "A content type that is not read here", f"{found} was sent; {needed} is needed"
    )


def not_acceptable(offered: str) -> Problem:
    """An `Accept` that names nothing of what there is."""
    return Problem(406, "NotAcceptable", "No representation that was asked for", f"there are: {offered}")


def not_allowed() -> Problem:
    """A missing or wrong token."""
    detail = 'this service asks for a token. Send it as "Authorization: Bearer ..."'
    return Problem(401, "TokenNeeded", "A token is needed", detail)


def from_elsewhere() -> Problem:
    """A browser that another site's page sent here."""
    detail = "a page of another site sent this. Open the page of this service, or ask from a program"
    return Problem(403, "FromElsewhere", "Only for the page of this service", detail)


def queue_full(retry_s: int) -> Problem:
    """Too many requests at once."""
    detail = f"as many requests as may wait are waiting already. Try again in {retry_s} s"
    return Problem(429, "QueueFull", "All places are taken", detail)


def not_ready() -> Problem:
    """No worker has started yet."""
    return Problem(503, "NotReady", "The service is starting", "no worker is ready yet. Try again in some seconds")


def worker_lost() -> Problem:
    """The process that worked on the request ended."""
    detail = "the process that worked on it ended, perhaps for want of memory. Try again; if it happens again with "
    return Problem(503, "WorkerLost", "The work was cut short", f"{detail}the same file, send a smaller one")


def no_room() -> Problem:
    """The folder in memory is full."""
    return Problem(503, "NoRoom", "No memory for the upload", "the service has no memory left for it. Try again later")


def needs_too_much_memory(file: str) -> Problem:
    """A recording that does not fit into what a worker may take."""
    detail = f"{file}: it needs more memory than a request may take. Send one page, or a shorter recording"
    return Problem(422, TOO_MUCH_MEMORY, "It needs too much memory", detail)


def took_too_long(limit_s: float) -> Problem:
    """Work beyond the time limit."""
    detail = f"the work took longer than {limit_s:g} s, which is the most. Send a shorter recording or a smaller page"
    return Problem(504, "TookTooLong", "The work took too long", detail)
