"""A running service, as a user starts it, and recordings to send to it."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import numpy as np
import pytest

from kalemia.digitization.strip_csv import strip_as_csv
from kalemia.recording import STANDARD_LEADS, Recording
from kalemia.shipped import EXAMPLE
from kalemia.simulation import simulate_recording
from kalemia.simulation.paper import PageStyle, write_page

START_S, END_S = 90.0, 60.0


@dataclass
class Service:
    """A service that runs.

    Attributes:
        url: where.
        process: the one that was started.
        log: its lines on standard error so far.
        status: its exit status, once it has ended.
    """

    url: str
    process: subprocess.Popen
    log: list[str] = field(default_factory=list)
    status: int | None = None

    def client(self, **options: object) -> httpx2.Client:
        return httpx2.Client(base_url=self.url, timeout=60, trust_env=False, **options)

    def workers(self) -> list[int]:
        """Process ids of the workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(child) for child in children.split()]

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        self.status = self.process.wait(END_S)
        return self.status


@contextmanager
def served(*options: str, environment: dict[str, str] | None = None) -> Iterator[Service]:
    """A service with these options, ready."""
    command = [sys.executable, "-m", "kalemia.cli", "serve", "--port", "0", "--workers", "1", *options]
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env={**os.environ, **(environment or {})}
    )
    service = Service("", process)
    reader = threading.Thread(target=lambda: service.log.extend(iter(process.stderr.readline, "")), daemon=True)
    reader.start()
    try:
        _wait_for(lambda: service.log or process.poll() is not None)
        assert process.poll() is None, service.log
        service.url = re.search(r"http://\S+", service.log[0])[0]
        with service.client() as client:
            _wait_for(lambda: _is_ready(client) or process.poll() is not None)
        yield service
    finally:
        if process.poll() is None:
            service.end()
        reader.join(5)
        process.stderr.close()


def _is_ready(client: httpx2.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx2.HTTPError:
        return False


def _wait_for(condition: Callable[[], object]) -> None:
    end = time.monotonic() + START_S
    while not condition():
        assert time.monotonic() < end, "the service does not start"
        time.sleep(0.05)


@pytest.fixture(scope="session")
def serve() -> Callable[..., AbstractContextManager[Service]]:
    """Run another service for as long as a context lasts: `with serve("--queue", "1") as service`."""
    return served


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """One that all tests of this process share."""
    with served("--workers", "1") as running:
        yield running


@pytest.fixture
def client(service) -> Iterator[httpx2.Client]:
    with service.client() as client:
        yield client


@pytest.fixture(scope="session")
def photo() -> tuple[str, bytes]:
    return "simulated_patient.jpg", EXAMPLE.read_bytes()


@pytest.fixture(scope="session")
def twelve_lead_page(tmp_path_factory) -> tuple[str, bytes]:
    """Three rows of four leads, and a strip of lead II; drawn, which is read fastest."""
    leads = np.array([simulate_recording(5.0, seed=seed).recording.signal[0] for seed in range(12)], dtype=float)
    path = tmp_path_factory.mktemp("page") / "page.pdf"
    write_page(path, Recording(leads, 500.0, STANDARD_LEADS), PageStyle())
    return path.name, path.read_bytes()


@pytest.fixture(scope="session")
def ecg_csv() -> tuple[str, bytes]:
    return "ecg.csv", strip_as_csv(simulate_recording(6.0, seed=1).recording).encode()


@pytest.fixture(scope="session")
def flat_csv() -> tuple[str, bytes]:
    samples = "\n".join(["ii_mv", *["0.0"] * 5000])
    return "flat.csv", samples.encode()


@pytest.fixture(scope="session")
def samples() -> dict[str, object]:
    """A JSON request."""
    recording = simulate_recording(6.0, seed=1).recording
    return {"samples": {"II": np.round(recording.signal[0], 4).tolist()}, "fs": recording.fs, "unit": "mV"}


@pytest.fixture
def form() -> Callable[..., list]:
    """The parts of a form with a file, or more."""

    def parts(*files: tuple[str, bytes]) -> list:
        return [("file", file) for file in files]

    return parts
