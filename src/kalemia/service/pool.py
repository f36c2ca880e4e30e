"""The workers together, and the queue before them."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from time import perf_counter
from typing import Any, Self

from kalemia.service import problems
from kalemia.service.body import Question
from kalemia.service.logs import log
from kalemia.service.metrics import Metrics
from kalemia.service.problems import Refusal, not_ready, queue_full, took_too_long, worker_lost
from kalemia.service.scratch import Scratch
from kalemia.service.settings import Settings
from kalemia.service.wire import Answer, Tell
from kalemia.service.workers import NotTaken, Worker

PAUSES_S = (1.0, 30.0)
"""Before the next try to start a worker: at first, and at most, for it doubles."""
WAIT_S = 300.0
"""For a worker, at most; the queue is as long as it is so that this is never needed."""
USUAL_S = 2.0
"""What a request is taken to last before there was one."""


class Pool:
    """A fixed number of workers, and a number of places for requests.

    Use as an asynchronous context manager; leaving it waits for what has begun.
    """

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._settings = settings
        self._metrics = metrics
        self._scratch = Scratch(settings.scratch)
        self._idle: asyncio.Queue[Worker] = asyncio.Queue()
        self._workers: set[Worker] = set()
        self._running: set[asyncio.Task[Answer]] = set()
        self._starting: set[asyncio.Task[None]] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._inside = self._working = 0
        self._usual_s = USUAL_S

    async def __aenter__(self) -> Self:
        self._scratch.__enter__()
        self._metrics.count_with(waiting=lambda: self.waiting, ready=lambda: self.ready)
        for _ in range(self._settings.workers):
            _keep(self._started(), self._starting)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._running:
            await asyncio.wait(self._running, timeout=self._settings.time_limit_s)
        for task in (*self._running, *self._starting):
            task.cancel()
        await asyncio.gather(*self._running, *self._starting, return_exceptions=True)
        await asyncio.gather(*self._ending, *(worker.end() for worker in self._workers))
        self._scratch.__exit__()

    @property
    def ready(self) -> int:
        """How many workers there are."""
        return len(self._workers)

    @property
    def models(self) -> bytes:
        """The models that can be asked, as JSON.

        Raises:
            Refusal: no worker is ready, so it is not known.
        """
        if not self._workers:
            raise Refusal(not_ready(), {"Retry-After": "3"})
        return next(iter(self._workers)).models

    @property
    def waiting(self) -> int:
        """How many requests wait for a worker, or still arrive."""
        return self._inside - self._working

    def place(self) -> "Place":
        """A place for a request.

        Raises:
            Refusal: there is none.
        """
        if self._inside >= self._settings.places:
            retry_s = self._seconds_until_free()
            raise Refusal(queue_full(retry_s), {"Retry-After": str(retry_s)})
        self._inside += 1
        return Place(self)

    def begin(self, place: "Place", question: Question, tell: Tell) -> "Work":
        """Begin to answer a request, which keeps its place for as long as that takes, whoever waits for it."""
        place.hand_over()
        got_worker = asyncio.Event()
        task = asyncio.create_task(self._answered(question, tell, got_worker))
        self._running.add(task)
        task.add_done_callback(self._done)
        return Work(task, got_worker)

    def leave(self) -> None:
        """A place is free again."""
        self._inside -= 1

    def _done(self, running: "asyncio.Task[Answer]") -> None:
        self._running.discard(running)
        self.leave()
        if not running.cancelled():
            running.exception()  # was raised to whoever waited, if anyone did

    async def _answered(self, question: Question, tell: Tell, got_worker: asyncio.Event) -> Answer:
        begun = perf_counter()
        while True:
            worker = await self._idle_worker()
            got_worker.set()
            waited_s = perf_counter() - begun
            self._working += 1
            try:
                return replace(await self._worked(worker, question, tell), waited_s=waited_s)
            except NotTaken:  # it ended while it had nothing to do, which no request is to blame for
                got_worker.clear()
            finally:
                self._working -= 1

    async def _idle_worker(self) -> Worker:
        """A worker that has nothing to do; those that were lost meanwhile are passed over."""
        try:
            async with asyncio.timeout(WAIT_S):
                while (worker := await self._idle.get()) not in self._workers:
                    pass
                return worker
        except TimeoutError:
            raise Refusal(not_ready(), {"Retry-After": "30"}) from None

    async def _worked(self, worker: Worker, question: Question, tell: Tell) -> Answer:
        """The answer of a worker, which then is idle again, or lost."""
        reason: str | None = "fault"
        try:
            with self._scratch.holding(question) as job, self._metrics.timed(question.task) as timer:
                async with asyncio.timeout(self._settings.time_limit_s):
                    answer = await worker.ask(job, tell)
            # Where it has hardly any memory left, the next one would not fit, however small.
            reason = "memory" if answer.outcome == problems.TOO_MUCH_MEMORY else None
        except Refusal:  # of the scratch folder: the worker was not asked
            reason = None
            raise
        except TimeoutError:
            reason = "time"
            raise Refusal(took_too_long(self._settings.time_limit_s)) from None
        except NotTaken:
            reason = "ended"
            raise
        except EOFError:
            reason = "ended"
            raise Refusal(worker_lost(), {"Retry-After": "1"}) from None
        finally:
            if reason is None:
                self._idle.put_nowait(worker)
            else:
                self._lose(worker, reason)
        self._usual_s += 0.1 * (timer.seconds - self._usual_s)
        self._metrics.answered(question.task, answer.outcome)
        if answer.fault is not None:
            log("fault", id=question.request_id, where=answer.fault)
        return replace(answer, worked_s=timer.seconds)

    def _lose(self, worker: Worker, reason: str) -> None:
        """Replace a worker that cannot be asked any more."""
        if worker not in self._workers:
            return
        log("worker lost", reason=reason, process=worker.process.pid)
        self._metrics.lost(reason)
        self._workers.discard(worker)
        _keep(worker.kill(), self._ending)
        _keep(self._started(), self._starting)

    async def _started(self) -> None:
        """Start a worker, and watch it until it ends."""
        pause_s = PAUSES_S[0]
        while True:
            try:
                worker = await Worker.start(self._settings, self._scratch.folder)
                break
            except (EOFError, TimeoutError, OSError) as error:
                log("worker not started", error=type(error).__name__, again_in_s=pause_s)
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, PAUSES_S[1])
        self._workers.add(worker)
        self._idle.put_nowait(worker)
        await worker.process.wait()
        self._lose(worker, "ended")

    def _seconds_until_free(self) -> int:
        """When to come again: by then half of those before should be through."""
        return max(1, min(60, round(self._usual_s * self._inside / self._settings.workers / 2)))


def _keep(work: Coroutine[Any, Any, None], among: set["asyncio.Task[None]"]) -> None:
    """Let something go on beside; what nobody keeps may be forgotten by the event loop."""
    task = asyncio.create_task(work)
    among.add(task)
    task.add_done_callback(among.discard)


class Place:
    """A place among the requests that are in the house, until its context is left or it is handed over to work."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._is_ours = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_ours:
            self._pool.leave()

    def hand_over(self) -> None:
        """Someone else leaves it from now on."""
        self._is_ours = False


class Work:
    """A request that is being answered."""

    def __init__(self, task: "asyncio.Task[Answer]", got_worker: asyncio.Event) -> None:
        self._task = task
        self._got_worker = got_worker

    async def answer(self) -> Answer:
        """The answer. Where nobody waits for it any more, what a worker has is finished, and what waits is dropped.

        Raises:
            Refusal: it took too long, its worker was lost, or there is none.
        """
        try:
            return await asyncio.shield(self._task)
        except asyncio.CancelledError:
            if not self._got_worker.is_set():
                self._task.cancel()
            raise
