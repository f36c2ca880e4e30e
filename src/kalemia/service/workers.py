"""The processes that do the work, and the queue before them.

A worker is a process of its own, so that a file that brings it down brings down one request, and so that work can be
ended that takes too long. Processes are started with `python -m kalemia.service.worker` and spoken to over pipes
(`kalemia.service.wire`).
"""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Self

from kalemia.processes import cores
from kalemia.service import wire
from kalemia.service.body import Question
from kalemia.service.logs import log
from kalemia.service.metrics import Metrics
from kalemia.service.problems import Refusal, not_ready, queue_full, took_too_long, worker_lost
from kalemia.service.scratch import Scratch
from kalemia.service.settings import Settings
from kalemia.service.wire import Answer, Job

Tell = Callable[[str], None]

START_S = 60.0
"""A worker that has not said by then that it is ready is started anew."""
PAUSE_S = 1.0
"""Before the next try to start one."""
END_S = 5.0
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
USUAL_S = 2.0
"""What a request is taken to last before there was one."""


class NotTaken(Exception):
    """A worker that is no more was asked."""


@dataclass(eq=False)
class Worker:
    """One process.

    Attributes:
        process: it.
        models: that it has, as JSON.
    """

    process: asyncio.subprocess.Process
    models: bytes = b""

    @classmethod
    async def start(cls, settings: Settings, scratch: Path) -> "Worker":
        """A worker that is ready.

        Args:
            settings: its limits and its models.
            scratch: a folder in memory, for what libraries write down of themselves.

        Raises:
            EOFError: it ended before it was.
            TimeoutError: it takes too long.
        """
        models = {name: str(folder) for name, folder in settings.models.items()}
        options = wire.Options(models, settings.memory_bytes, max(1, cores() // settings.workers))
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "kalemia.service.worker",
            wire.options_to_text(options),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, **_ONE_THREAD, "MPLCONFIGDIR": str(scratch / "matplotlib")},
        )
        worker = cls(process)
        try:
            async with asyncio.timeout(START_S):
                _, worker.models = await worker._read()
        except BaseException:
            worker.kill()
            raise
        return worker

    async def ask(self, job: Job, tell: Tell) -> Answer:
        """The answer to a job.

        Args:
            job: its files lie where the worker finds them.
            tell: is told each stage as it begins.

        Raises:
            NotTaken: the process had ended before.
            EOFError: it ended over the job.
        """
        try:
            self._input.write(wire.packed(wire.JOB, wire.job_to_bytes(job)))
            await self._input.drain()
            await self._read()
        except (EOFError, ConnectionError):
            raise NotTaken from None
        head = b""
        while True:
            kind, content = await self._read()
            if kind == wire.STAGE:
                tell(content.decode())
            elif kind == wire.ANSWER:
                head = content
            else:
                return wire.answer_from_bytes(head, content)

    def kill(self) -> None:
        """End it at once."""
        with suppress(ProcessLookupError):
            self.process.kill()

    async def end(self) -> None:
        """Let it end."""
        self._input.close()
        try:
            async with asyncio.timeout(END_S):
                await self.process.wait()
        except TimeoutError:
            self.kill()
            await self.process.wait()

    @property
    def _input(self) -> asyncio.StreamWriter:
        assert self.process.stdin is not None  # noqa: S101 for the type; it was asked for
        return self.process.stdin

    async def _read(self) -> tuple[bytes, bytes]:
        assert self.process.stdout is not None  # noqa: S101 likewise
        kind, length = wire.HEADER.unpack(await self.process.stdout.readexactly(wire.HEADER.size))
        return kind, await self.process.stdout.readexactly(length)


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
        self._inside = self._working = 0
        self._usual_s = USUAL_S

    async def __aenter__(self) -> Self:
        self._scratch.__enter__()
        self._metrics.count_with(waiting=lambda: self.waiting, ready=lambda: self.ready)
        for _ in range(self._settings.workers):
            self._start_one()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._running:
            await asyncio.wait(self._running)
        for task in self._starting:
            task.cancel()
        await asyncio.gather(*self._starting, return_exceptions=True)
        await asyncio.gather(*(worker.end() for worker in self._workers))
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

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place for a request, for as long as the context lasts.

        Raises:
            Refusal: there is none, or no worker.
        """
        if self._inside >= self._settings.places:
            retry_s = self._seconds_until_free()
            raise Refusal(queue_full(retry_s), {"Retry-After": str(retry_s)})
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    async def ask(self, question: Question, tell: Tell) -> Answer:
        """The answer to a request. What has begun is finished, also where nobody waits for it any more.

        Raises:
            Refusal: it took too long, or its worker was lost.
        """
        running = asyncio.create_task(self._answered(question, tell))
        self._running.add(running)
        running.add_done_callback(self._done)
        return await asyncio.shield(running)

    async def _answered(self, question: Question, tell: Tell) -> Answer:
        begun = perf_counter()
        worker = await self._idle.get()
        waited_s = perf_counter() - begun
        self._working += 1
        try:
            with self._scratch.holding(question) as job, self._metrics.timed(question.task) as timer:
                async with asyncio.timeout(self._settings.time_limit_s):
                    answer = await worker.ask(job, tell)
        except TimeoutError:
            self._lose(worker, "time")
            raise Refusal(took_too_long(self._settings.time_limit_s)) from None
        except NotTaken:  # it ended while it had nothing to do, which no request is to blame for
            self._lose(worker, "ended")
            return await self._answered(question, tell)
        except EOFError:
            self._lose(worker, "ended")
            raise Refusal(worker_lost(), {"Retry-After": "1"}) from None
        except Refusal:
            self._idle.put_nowait(worker)
            raise
        finally:
            self._working -= 1
        self._usual_s += 0.1 * (timer.seconds - self._usual_s)
        self._metrics.answered(question.task, answer.outcome)
        self._idle.put_nowait(worker)
        return replace(answer, waited_s=waited_s, worked_s=timer.seconds)

    def _done(self, running: "asyncio.Task[Answer]") -> None:
        self._running.discard(running)
        if not running.cancelled():
            running.exception()  # was raised to whoever waited, if anyone did

    def _lose(self, worker: Worker, reason: str) -> None:
        """Replace a worker that cannot be asked any more."""
        log("worker lost", reason=reason, process=worker.process.pid)
        self._metrics.lost(reason)
        worker.kill()
        self._workers.discard(worker)
        self._start_one()

    def _start_one(self) -> None:
        task = asyncio.create_task(self._started())
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    async def _started(self) -> None:
        while True:
            try:
                worker = await Worker.start(self._settings, self._scratch.folder)
            except (EOFError, TimeoutError, OSError) as error:
                log("worker not started", error=type(error).__name__)
                await asyncio.sleep(PAUSE_S)
                continue
            self._workers.add(worker)
            self._idle.put_nowait(worker)
            return

    def _seconds_until_free(self) -> int:
        """When to come again: by then half of those before should be through."""
        return max(1, min(60, round(self._usual_s * self._inside / self._settings.workers / 2)))
