"""Work in several processes that end with the one that began it."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import TypeVar

from kalemia.errors import OutputError

Task = TypeVar("Task")
Result = TypeVar("Result")


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def done_in_any_order(work: Callable[[Task], Result], tasks: Sequence[Task], workers: int) -> Iterator[Result]:
    """The results of `work` on every task, as they come.

    Args:
        work: a function of a module, so that other processes find it.
        tasks: what it is called with.
        workers: number of processes; with one, all is done in this process.

    Raises:
        OutputError: a process was killed.
    """
    if min(workers, len(tasks)) <= 1:
        yield from map(work, tasks)
        return
    context = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang
    pool = ProcessPoolExecutor(min(workers, len(tasks)), context, initializer=follow_parent)
    try:
        futures = [pool.submit(work, task) for task in tasks]
        for future in as_completed(futures):
            yield future.result()
    except BrokenProcessPool:
        raise OutputError("a worker process was killed, perhaps for its memory; run the same command again") from None
    except BaseException:  # an interrupt, or an error in one of them: nobody wants to wait for what was begun
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def follow_parent() -> None:
    """Leave an interrupt to the parent, and end when it is gone, however it went."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
