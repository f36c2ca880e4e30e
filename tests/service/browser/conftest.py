"""A real browser at the page of a running service, and what is uploaded there.

The browser is started for each module, not once: as long as it runs, Playwright has an event loop in this thread, and
other tests that call `asyncio.run` could not.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from kalemia.recording import Recording
from kalemia.simulation import simulate_recording
from kalemia.simulation.paper import PageStyle, write_page

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_MS = 20_000
"""For one reading on a busy machine."""
SHOWN = {"result": "#result:visible", "refusal": "#refusal:visible"}

Upload = tuple[str, bytes]


@dataclass
class Watch:
    """What a page must not do: fail, complain, open dialogues, or speak to anyone but its service.

    Attributes:
        origin: of the service.
        statuses: of HTTP errors that the test provokes; Chromium writes each to the console.
        faults: found so far.
    """

    origin: str
    statuses: tuple[int, ...]
    faults: list[str] = field(default_factory=list)

    def over(self, page: Page) -> None:
        page.on("console", lambda message: message.type in ("error", "warning") and self._note(message.text))
        page.on("pageerror", lambda error: self.faults.append(f"page error: {error}"))
        page.on("request", lambda request: self._see(request.url))
        page.on("dialog", lambda dialog: (self.faults.append(f"dialogue: {dialog.message}"), dialog.dismiss()))

    def _note(self, text: str) -> None:
        if not any(f"the server responded with a status of {status} " in text for status in self.statuses):
            self.faults.append(f"console: {text}")

    def _see(self, url: str) -> None:
        if not url.startswith((f"{self.origin}/", f"blob:{self.origin}/", "data:")):
            self.faults.append(f"request to {url}")


def _chromium() -> str:
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        reason = f"no browser: none of {', '.join(CHROMIUM)} is installed (Debian: apt-get install chromium)"
        give_up = pytest.fail if os.environ.get("KALEMIA_BROWSER_TESTS") == "required" else pytest.skip
        give_up(reason)
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = _chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def visit(browser, service) -> Callable[..., AbstractContextManager[Page]]:
    """The page in a browser that knows nothing of it yet: `with visit(color_scheme="dark") as page`.

    Options are those of Playwright's `new_context`, and `url` of another service, and `statuses`, which the test
    provokes. When the context is left, the page must have behaved.
    """

    @contextmanager
    def visiting(url: str = service.url, statuses: tuple[int, ...] = (), **options: object) -> Iterator[Page]:
        context = browser.new_context(**options)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        watch = Watch(url, statuses)
        watch.over(page)
        page.goto(url)
        yield page
        context.close()
        assert watch.faults == []

    return visiting


@pytest.fixture
def page(visit) -> Iterator[Page]:
    with visit() as page:
        yield page


@pytest.fixture(scope="session")
def give() -> Callable[..., None]:
    """Choose files in a page, and wait for what comes of it: `give(page, upload, outcome="refusal")`."""

    def given(page: Page, *uploads: Upload, outcome: str = "result") -> None:
        files = [{"name": name, "mimeType": _type_of(name), "buffer": content} for name, content in uploads]
        page.set_input_files("#file", files)
        page.wait_for_selector(SHOWN[outcome])

    return given


def _type_of(name: str) -> str:
    """As a browser tells it, by the ending."""
    types = {".png": "image/png", ".jpg": "image/jpeg", ".pdf": "application/pdf", ".csv": "text/csv"}
    return types.get(Path(name).suffix, "application/octet-stream")


@pytest.fixture(scope="session")
def answer_to(service) -> Callable[..., dict]:
    """What the API says to the same: `answer_to(upload, speed_mm_per_s="50")`."""

    def asked(*uploads: Upload, **fields: str) -> dict:
        with service.client() as client:
            parts = [("file", upload) for upload in uploads]
            return client.post("/v1/estimate", files=parts, data={"detail": "full", **fields}).json()

    return asked


@pytest.fixture(scope="session")
def blank_png(tmp_path_factory) -> Upload:
    path = tmp_path_factory.mktemp("blank") / "blank.png"
    Image.new("L", (800, 600), 255).save(path)
    return path.name, path.read_bytes()


@pytest.fixture(scope="session")
def page_without_ii(tmp_path_factory) -> Upload:
    recording = simulate_recording(6.0, seed=3).recording
    path = tmp_path_factory.mktemp("chest") / "chest.pdf"
    write_page(path, Recording(recording.signal[:1], recording.fs, ("V1",)), PageStyle(layout="1"))
    return path.name, path.read_bytes()


@pytest.fixture(scope="session")
def wfdb_record() -> tuple[Upload, Upload]:
    signal = np.round(simulate_recording(5.0, seed=2).recording.signal[0] * 1000).astype("<i2")
    header = f"100 1 500 {len(signal)}\n100.dat 16 1000(0)/mV 16 0 0 0 0 II\n"
    return ("100.dat", signal.tobytes()), ("100.hea", header.encode())
