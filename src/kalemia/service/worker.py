"""The process that works: reads jobs from standard input, answers on standard output (`kalemia.service.wire`).

`python -m kalemia.service.worker OPTIONS`, as `kalemia.service.workers` calls it.
"""

import os
import signal
import sys
from typing import BinaryIO

import cv2

from kalemia.service import wire
from kalemia.service.tasks import Desk


def main() -> None:
    """Work until there is no more to do."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the service decides when its workers end
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    options = wire.options_from_text(sys.argv[1])
    cv2.setNumThreads(options.threads)
    jobs, answers = sys.stdin.buffer, _own_output()
    desk = Desk(options.models)
    desk.warm_up()
    _limit_memory(options.memory_bytes)
    _send(answers, wire.READY, desk.models())
    _silence(sys.stderr.fileno())  # libraries write of damaged files there, in their own words
    while head := jobs.read(wire.HEADER.size):
        _, length = wire.HEADER.unpack(head)
        job = wire.job_from_bytes(jobs.read(length))
        _send(answers, wire.TAKEN, b"")
        answer = desk.answer(job, lambda stage: _send(answers, wire.STAGE, stage.encode()))
        _send(answers, wire.ANSWER, wire.answer_to_bytes(answer))
        _send(answers, wire.BODY, answer.body)


def _own_output() -> BinaryIO:
    """Standard output for answers alone: what a library prints goes to standard error."""
    own = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return own


def _silence(descriptor: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _limit_memory(more_bytes: int) -> None:
    """Let the process take so much more address space than it has now; what needs more fails with a `MemoryError`."""
    try:
        import resource
        from pathlib import Path

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (ImportError, OSError):  # not on every system can that be said
        return
    limit = pages * resource.getpagesize() + more_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _send(answers: BinaryIO, kind: bytes, content: bytes) -> None:
    answers.write(wire.packed(kind, content))
    answers.flush()


if __name__ == "__main__":
    main()
