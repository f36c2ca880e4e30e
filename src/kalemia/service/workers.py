"""The processes that do the work.

A worker is a process of its own, so that a file that brings it down brings down one request, and so that work can be
ended that takes too long. Processes are started with `python -m kalemia.service.worker` and spoken to over pipes
(`kalemia.service.wire`).
"""

import asyncio
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kalemia.processes import cores
from kalemia.service import wire
from kalemia.service.settings import TOKEN_VARIABLE, Settings
from kalemia.service.wire import Answer, Job, Tell

START_S = 60.0
"""A worker that has not said by then that it is ready is started anew."""
END_S = 5.0
"""To a worker that is told to end."""
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}


def _environment(scratch: Path) -> dict[str, str]:
    """What a worker sees: one thread for each library, places to write down what they must, and not the token."""
    own = {name: value for name, value in os.environ.items() if name != TOKEN_VARIABLE}
    return {"HOME": str(scratch), **own, **_ONE_THREAD, "MPLCONFIGDIR": str(scratch / "matplotlib")}


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
            env=_environment(scratch),
        )
        worker = cls(process)
        try:
            async with asyncio.timeout(START_S):
                _, worker.models = await worker._read()
        except BaseException:
            await worker.kill()
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

    async def kill(self) -> None:
        """End it at once."""
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()

    async def end(self) -> None:
        """Let it end."""
        self._input.close()
        try:
            async with asyncio.timeout(END_S):
                await self.process.wait()
        except TimeoutError:
            await self.kill()

    @property
    def _input(self) -> asyncio.StreamWriter:
        assert self.process.stdin is not None  # noqa: S101 for the type; it was asked for
        return self.process.stdin

    async def _read(self) -> tuple[bytes, bytes]:
        assert self.process.stdout is not None  # noqa: S101 likewise
        kind, length = wire.HEADER.unpack(await self.process.stdout.readexactly(wire.HEADER.size))
        return kind, await self.process.stdout.readexactly(length)
