"""What the service counts, for Prometheus."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as MEDIA_TYPE

__all__ = ["MEDIA_TYPE", "Metrics", "Timer"]

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)


@dataclass
class Timer:
    """How long something took, once it is over."""

    seconds: float = 0.0


class Metrics:
    """Counters, of one service."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter("kalemia_requests", "Requests answered.", ["route", "status"], registry=self._registry)
        self._latency = Histogram(
            "kalemia_request_seconds",
            "From the head of a request to the end of its answer.",
            ["route"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._work = Histogram(
            "kalemia_work_seconds", "Of a worker on one request.", ["task"], buckets=_SECONDS, registry=self._registry
        )
        self._answers = Counter(
            "kalemia_answers",
            "What workers answered: an estimate, an abstention, or the kind of error.",
            ["task", "outcome"],
            registry=self._registry,
        )
        self._lost = Counter(
            "kalemia_workers_lost",
            "Workers that ended or were ended in their work.",
            ["reason"],
            registry=self._registry,
        )
        self._waiting = Gauge("kalemia_requests_waiting", "Requests that wait for a worker.", registry=self._registry)
        self._ready = Gauge("kalemia_workers_ready", "Workers that are there.", registry=self._registry)

    def count_with(self, waiting: Callable[[], int], ready: Callable[[], int]) -> None:
        """Where to ask for what goes up and down."""
        self._waiting.set_function(waiting)
        self._ready.set_function(ready)

    def request(self, route: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._requests.labels(route, str(status)).inc()
        self._latency.labels(route).observe(seconds)

    @contextmanager
    def timed(self, task: str) -> Iterator[Timer]:
        """Time the work on a task."""
        timer, start = Timer(), perf_counter()
        try:
            yield timer
        finally:
            timer.seconds = perf_counter() - start
            self._work.labels(task).observe(timer.seconds)

    def answered(self, task: str, outcome: str) -> None:
        """A worker gave an answer."""
        self._answers.labels(task, outcome).inc()

    def lost(self, reason: str) -> None:
        """A worker was lost."""
        self._lost.labels(reason).inc()

    def to_text(self) -> bytes:
        """As Prometheus reads them, of media type `MEDIA_TYPE`."""
        return generate_latest(self._registry)
