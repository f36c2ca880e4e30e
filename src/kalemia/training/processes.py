"""Work in several processes that speak with each other by PyTorch's gloo.

They are begun and watched here and not by Lightning, which finds them as a group that is already there: so an error in
one of them is one line, and none outlives the others. They meet in a file, not at a port that another training could
have, and speak within this machine only.
"""

import multiprocessing
import os
import pickle
import signal
import socket
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import numpy as np
import torch
from jaxtyping import Shaped
from torch import distributed

from kalemia.errors import KalemiaError, RunError
from kalemia.processes import follow_parent

Task = TypeVar("Task")
Result = TypeVar("Result")
Tell = Callable[[Any], None]
Values = Shaped[np.ndarray, "value ..."]

END_S = 3.0
"""How long a process may take to end when it is asked to."""
AFTER_THE_CULPRIT_S = 1.0
"""How long a process keeps an error to itself that may be another one's: that one is to be heard first."""
WAIT = timedelta(days=7)
"""For each other. A process that is gone is noticed at once."""


@dataclass(frozen=True)
class Place:
    """Which one of several processes this is."""

    rank: int = 0
    processes: int = 1

    def share(self, values: Values) -> Values:
        """What of `values` is this one's: every so many of them, none of which is another one's."""
        return values[self.rank :: self.processes]

    def gathered(self, own: Values) -> Values:
        """The inverse of `share`: the values of all, in each process. Waits for all."""
        if self.processes == 1:
            return own
        parts: list[Values] = [own] * self.processes
        distributed.all_gather_object(parts, own)
        whole = np.empty((sum(map(len, parts)), *own.shape[1:]), own.dtype)
        for rank, part in enumerate(parts):
            whole[rank :: self.processes] = part
        return whole

    def average(self, tensor: torch.Tensor) -> None:
        """Set a tensor to its mean over all processes. Waits for all."""
        if self.processes > 1:
            distributed.all_reduce(tensor)
            tensor /= self.processes


ALONE = Place()


@dataclass(frozen=True)
class _Word:
    """What a process says: `content` is news, its result, or the error that ended it."""

    kind: str
    content: Any


@dataclass(frozen=True)
class _Member:
    """A process, and what it says."""

    place: Place
    process: BaseProcess
    words: Connection


def together(work: Callable[[Task, Place, Tell], Result], task: Task, processes: int, told: Tell) -> list[Result]:
    """The results of the same work in several processes, by rank. PyTorch's threads are dealt to them.

    Args:
        work: a function of a module, so that other processes find it. It is told its place, and what to tell news to.
        task: what it is called with in each.
        processes: how many.
        told: told the news.

    Raises:
        RunError: PyTorch has no gloo, or a process failed or was killed; or any `KalemiaError` of the work.
    """
    if not (distributed.is_available() and distributed.is_gloo_available()):
        raise RunError("this PyTorch has no gloo, which several processes need to work together. Use one process.")
    threads = max(1, torch.get_num_threads() // processes)
    what = pickle.dumps((work, task))
    members: list[_Member] = []
    with tempfile.TemporaryDirectory(prefix="kalemia-") as folder:
        try:
            for rank in range(processes):
                member = _begin(Place(rank, processes), threads, Path(folder) / "meeting")
                members.append(member)
            for member in members:
                _instruct(member, what)
            results = _listen(members, told)
            _end(members, asked=False)
        finally:
            _end(members, asked=True)
    return results


def _begin(place: Place, threads: int, meeting: Path) -> _Member:
    context = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang
    ours, theirs = context.Pipe()
    process = context.Process(target=_take_part, args=(place, threads, meeting, theirs), daemon=True)
    process.start()
    theirs.close()
    return _Member(place, process, ours)


def _instruct(member: _Member, what: bytes) -> None:
    """Not by the arguments of the process: Python would wait for ever for one that ended before it read so many."""
    try:
        member.words.send_bytes(what)
    except OSError:
        _complain(member)


def _listen(members: list[_Member], told: Tell) -> list[Any]:
    results: dict[int, Any] = {}
    speaking = {member.words: member for member in members}
    while speaking:
        for words in wait(list(speaking)):
            member = speaking[words]  # type: ignore[index]
            word = _next_word(member)
            if word.kind == "error":
                raise word.content
            if word.kind == "news":
                told(word.content)
            else:
                results[member.place.rank] = word.content
                del speaking[member.words]
    return [results[rank] for rank in range(len(members))]


def _next_word(member: _Member) -> _Word:
    try:
        word: _Word = member.words.recv()
    except (EOFError, OSError):
        _complain(member)
    return word


def _complain(member: _Member) -> NoReturn:
    """Of a process that ended without a word."""
    member.process.join(END_S)
    which = f"process {member.place.rank + 1} of {member.place.processes}"
    status = member.process.exitcode
    if status is not None and status < 0:
        raise RunError(f"{which} was killed, perhaps for its memory. Run the same again, or with fewer processes.")
    raise RunError(
        f"{which} ended by itself. It imports the script that began it, whose work must stand under: "
        'if __name__ == "__main__":'
    )


def _end(members: list[_Member], *, asked: bool) -> None:
    """Wait until all have ended; those that do not when asked to are killed."""
    for member in members:
        if asked:
            member.process.terminate()
    until = time.monotonic() + END_S
    for member in members:
        member.process.join(max(0.0, until - time.monotonic()))
        if asked and member.process.is_alive():  # it waits for another one, deep in gloo
            member.process.kill()
            member.process.join()


def _take_part(place: Place, threads: int, meeting: Path, words: Connection) -> None:
    """What each of the processes does."""
    follow_parent()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # unwinds, so that nothing unfinished is left behind
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # gloo tells of its connections on standard output
    os.environ["OMP_NUM_THREADS"] = str(threads)  # else Lightning chooses
    torch.set_num_threads(threads)
    try:
        work, task = pickle.loads(words.recv_bytes())  # noqa: S301 of the process that began this one
        with _group(place, meeting):
            result = work(task, place, lambda news: words.send(_Word("news", news)))
        words.send(_Word("result", result))
    except KalemiaError as error:
        words.send(_Word("error", error))
    except Exception as error:
        first_line = str(error).partition("\n")[0]
        which = f"process {place.rank + 1} of {place.processes}"
        failure = RunError(f"{which} failed, {type(error).__name__}: {first_line}. Run the same again.")
        failure.add_note(traceback.format_exc())
        time.sleep(AFTER_THE_CULPRIT_S)
        words.send(_Word("error", failure))
    finally:
        os._exit(1)  # all is said; threads of gloo that still wait for others would complain


@contextmanager
def _group(place: Place, meeting: Path) -> Iterator[None]:
    """The group of all processes, of which Lightning is told by LOCAL_RANK."""
    os.environ |= {"LOCAL_RANK": str(place.rank), "NODE_RANK": "0"}
    loopback = [name for _, name in socket.if_nameindex() if name in {"lo", "lo0"}]
    if loopback:
        os.environ["GLOO_SOCKET_IFNAME"] = loopback[0]
    store = distributed.FileStore(str(meeting), place.processes)  # type: ignore[attr-defined]
    distributed.init_process_group("gloo", store=store, rank=place.rank, world_size=place.processes, timeout=WAIT)
    yield
    distributed.destroy_process_group()
