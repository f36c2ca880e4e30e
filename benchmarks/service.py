"""How fast the service answers, and what becomes of it under load and hostile files.

    python benchmarks/service.py
    python benchmarks/service.py --pages DATA/pages/phone

Starts `kalemia serve` with its default limits and as many workers as there are cores, and sends it signal files of ten
seconds, the example page (with --pages also those of a folder), and every tenth time something hostile. Clients run in
this process, on the same cores. Prints tables in Markdown; takes about three minutes on two cores.
"""

import argparse
import asyncio
import re
import socket
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from hostile_files import Upload, hostile_files
from kalemia.digitization.strip_csv import strip_as_csv
from kalemia.service.settings import MEGABYTE, Settings
from kalemia.shipped import EXAMPLE
from kalemia.simulation import simulate_recording
from markdown_table import show

START_S = 60.0
UNLOADED = 30
EVERY_NTH_HOSTILE, EVERY_NTH_PAGE = 10, 4
PATIENCE = 200
"""How often a client comes again when it was told to."""


@dataclass
class Sent:
    """One request and what came of it.

    Attributes:
        kind: signal, page, or what is hostile.
        status: of the last answer; 0 where there was none.
        answer_s: from sending the last time to its answer.
        work_s: that a worker took, as the service tells.
        turned_away: how often it was told to come again.
    """

    kind: str
    status: int = 0
    answer_s: float = 0.0
    work_s: float = 0.0
    turned_away: int = 0


@dataclass
class Load:
    """All that was sent, and how long it took."""

    sent: list[Sent] = field(default_factory=list)
    seconds: float = 0.0


class Files:
    """What is sent, in an order that does not change."""

    def __init__(self, pages: Path | None) -> None:
        signals = [strip_as_csv(simulate_recording(3.0 + seed, seed=seed).recording).encode() for seed in range(5)]
        self.signals: list[Upload] = [(f"ecg-{number}.csv", content) for number, content in enumerate(signals)]
        files = [EXAMPLE] if pages is None else sorted(path for path in pages.iterdir() if path.is_file())
        self.pages: list[Upload] = [(file.name, file.read_bytes()) for file in files]
        self.hostile = hostile_files(Settings().upload_bytes)

    def order(self, count: int) -> Iterator[tuple[str, Upload]]:
        """Kind and file of each request."""
        hostile = list(self.hostile.items())
        for number in range(count):
            if number % EVERY_NTH_HOSTILE == EVERY_NTH_HOSTILE - 1:
                yield hostile[number // EVERY_NTH_HOSTILE % len(hostile)]
            elif number % EVERY_NTH_PAGE == 0:
                yield "page", self.pages[number // EVERY_NTH_PAGE % len(self.pages)]
            else:
                yield "signal", self.signals[number % len(self.signals)]


@contextmanager
def served() -> Iterator[tuple[str, int]]:
    """Where a service answers, and its process."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "kalemia.cli", "serve", "--port", str(port)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + START_S
        while workers_ready(url) < Settings().workers:
            if time.monotonic() > end:
                sys.exit("the service does not start")
            time.sleep(0.2)
        yield url, process.pid
    finally:
        process.terminate()
        process.wait()


def workers_ready(url: str) -> int:
    """How many there are; none where nothing answers yet."""
    try:
        return httpx2.get(f"{url}/readyz", trust_env=False).json()["workers"]
    except httpx2.ConnectError:
        return 0


async def ask(client: httpx2.AsyncClient, kind: str, file: Upload) -> Sent:
    """Send a file, and come again when told to."""
    sent = Sent(kind)
    for _ in range(PATIENCE):
        begun = time.perf_counter()
        try:
            response = await client.post("/v1/estimate", files={"file": file})
        except httpx2.HTTPError as error:
            print(f"no answer to {kind}: {error!r}", file=sys.stderr)
            return sent
        sent.status, sent.answer_s = response.status_code, time.perf_counter() - begun
        if response.status_code != 429:
            work = re.search(r"work;dur=([\d.]+)", response.headers.get("server-timing", ""))
            sent.work_s = float(work[1]) / 1000 if work else 0.0
            return sent
        sent.turned_away += 1
        await asyncio.sleep(float(response.headers["retry-after"]))
    return sent


async def load(url: str, files: Files, count: int, clients: int) -> Load:
    """Send so many requests from so many clients, each one after the other."""
    queue, done = list(files.order(count)), Load()
    limits = httpx2.Limits(max_connections=clients)
    begun = time.perf_counter()
    async with httpx2.AsyncClient(base_url=url, timeout=300, limits=limits, trust_env=False) as client:

        async def work() -> None:
            while queue:
                done.sent.append(await ask(client, *queue.pop(0)))

        await asyncio.gather(*(work() for _ in range(clients)))
    done.seconds = time.perf_counter() - begun
    return done


def unloaded(url: str, files: Files) -> dict[str, list[Sent]]:
    """Single requests, one after the other."""

    async def one_by_one() -> list[Sent]:
        async with httpx2.AsyncClient(base_url=url, timeout=300, trust_env=False) as client:
            signals = [await ask(client, "signal", files.signals[n % len(files.signals)]) for n in range(UNLOADED)]
            return signals + [
                await ask(client, "page", files.pages[n % len(files.pages)]) for n in range(UNLOADED // 2)
            ]

    sent = asyncio.run(one_by_one())
    return {kind: [one for one in sent if one.kind == kind] for kind in ("signal", "page")}


def resident_mb(process: int) -> float:
    """Memory of a process and its children."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
    texts = [Path(f"/proc/{one}/status").read_text(encoding="ascii") for one in (process, *children)]
    return sum(int(re.search(r"VmRSS:\s+(\d+)", text)[1]) for text in texts) / 1000


def ms(values: Sequence[float]) -> str:
    """The median in ms."""
    return f"{1000 * statistics.median(values):.0f}"


def show_latency(title: str, alone: dict[str, list[Sent]], loaded: Load) -> None:
    """Times of what was answered, alone and under load."""
    columns = ("file", "alone: answer", "alone: work", "loaded: answer, waiting counted", "loaded: work", "work, ratio")
    rows = []
    for kind, sent in alone.items():
        under = [one for one in loaded.sent if one.kind == kind]
        ratio = statistics.median(one.work_s for one in under) / statistics.median(one.work_s for one in sent)
        times = [[getattr(one, name) for one in some] for some in (sent, under) for name in ("answer_s", "work_s")]
        rows.append((kind, *map(ms, times), f"{ratio:.2f}"))
    show(title, columns, rows)


def show_statuses(title: str, loaded: Load) -> None:
    """What became of each kind of file."""
    columns = ("file", "sent", "answered with", "told to come again (429)")
    good = ("signal", "page")
    kinds = sorted({one.kind for one in loaded.sent}, key=lambda kind: (kind not in good, kind))
    rows = []
    for kind in kinds:
        own = [one for one in loaded.sent if one.kind == kind]
        counted = sorted(Counter(one.status for one in own).items())
        answered = ", ".join(f"{status}: {count}" for status, count in counted)
        rows.append((kind, str(len(own)), answered, str(sum(one.turned_away for one in own))))
    show(title, columns, rows)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=Path, help="folder of printed pages to send instead of the example")
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--soak", type=int, default=1000, help="requests after which memory is compared")
    arguments = parser.parse_args()
    files = Files(arguments.pages)
    with served() as (url, process):
        alone = unloaded(url, files)
        loaded = asyncio.run(load(url, files, arguments.requests, arguments.clients))
        before = resident_mb(process)
        soaked = asyncio.run(load(url, files, arguments.soak, 8))
        after = resident_mb(process)
    settings = Settings()
    limits = (
        f"{settings.workers} workers, a queue of {settings.queue}, {settings.upload_bytes / MEGABYTE:.0f} MB at most"
    )
    sent = f"{len(loaded.sent)} requests of {arguments.clients} clients in {loaded.seconds:.0f} s"
    show_latency(f"Medians in ms; {limits}; {sent}:", alone, loaded)
    show_statuses("What they were answered:", loaded)
    missing = sum(one.status == 0 for one in loaded.sent + soaked.sent)
    print(f"Without an answer: {missing} of {len(loaded.sent) + len(soaked.sent)}.")
    print(f"Memory of service and workers: {before:.0f} MB; after {len(soaked.sent)} more requests {after:.0f} MB.")


if __name__ == "__main__":
    main()
