"""Take the pictures of the service's page that docs/service.md shows: python docs/screenshots.py docs/images.

It starts `kalemia serve` itself, and needs Chromium (Debian: apt-get install chromium) and kalemia with [serve,dev].
The result is that of the example page; the refusal is that of a simulated page which has lead V1 alone.
"""

import argparse
import io
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from scipy.spatial import cKDTree

from kalemia.recording import Recording
from kalemia.simulation import simulate_recording
from kalemia.simulation.paper import PageStyle, write_page

START_S = 60.0
COLOURS, EXACT = 256, 32
"""Of the palette; a picture in true colours would be several times as large."""
DEVICES = {
    "desktop": {"viewport": {"width": 1024, "height": 800}},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
}
HEIGHTS = {
    ("result", "desktop"): 1120,
    ("refusal", "desktop"): 1220,
    ("result", "phone"): 1040,
    ("refusal", "phone"): 1040,
}
"""How much of the page is shown, in px."""
AROUND_PX = 24
STEPS = ("section[aria-labelledby=strip-title]", "#cycle-part")


def main() -> None:
    """Read the arguments and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="folder for the pictures; those of the same names are replaced")
    out: Path = parser.parse_args().out
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        parser.error("no browser: install Chromium (Debian: apt-get install chromium)")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, served() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        take_all(browser, url, page_without_lead_ii(Path(folder)), out)
        browser.close()


@contextmanager
def served() -> Iterator[str]:
    """The address of a service that is ready."""
    command = [sys.executable, "-m", "kalemia.cli", "serve", "--port", "0", "--workers", "1"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 our own command
        assert process.stderr is not None  # noqa: S101 for the type; it was asked for
        try:
            found = re.search(r"http://\S+", process.stderr.readline())
            if found is None:
                raise SystemExit("kalemia serve does not start: run it alone to see why")
            wait_for(f"{found[0]}/readyz")
            yield found[0]
        finally:
            process.terminate()
            process.stderr.close()


def wait_for(url: str) -> None:
    """Wait until an address answers."""
    end = time.monotonic() + START_S
    while True:
        try:
            with urllib.request.urlopen(url):  # noqa: S310 of the service that was started here
                return
        except urllib.error.URLError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def page_without_lead_ii(folder: Path) -> Path:
    """A page that is refused, because the lead that is needed is not on it."""
    recording = simulate_recording(10.0, seed=3).recording
    style = PageStyle(layout="1", dpi=200)
    return write_page(folder / "chest_lead.png", Recording(recording.signal[:1], recording.fs, ("V1",)), style)


def take_all(browser: Browser, url: str, refused: Path, out: Path) -> None:
    """Each view on each device, light and dark."""
    for device, options in DEVICES.items():
        context = browser.new_context(**options, reduced_motion="reduce")
        for view in ("result", "refusal"):
            page = context.new_page()
            page.goto(url)
            if view == "result":
                page.click("#try-example")
            else:
                page.set_input_files("#file", refused)
            page.wait_for_selector(f"#{view}:visible")
            take(page, view, device, out)
            page.close()
        context.close()


def take(page: Page, view: str, device: str, out: Path) -> None:
    """What a page shows, light and dark."""
    page.evaluate("document.activeElement.blur()")
    page.set_viewport_size({"width": page.viewport_size["width"], "height": HEIGHTS[view, device]})
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        save(page.screenshot(), out / f"service_{view}_{device}_{scheme}.png")
    if (view, device) == ("result", "desktop"):
        take_steps(page, out / "service_steps_desktop_light.png")


def take_steps(page: Page, path: Path) -> None:
    """What a page shows between the printed page and the tables."""
    page.emulate_media(color_scheme="light")
    first, last = (page.locator(step).bounding_box() for step in STEPS)
    top, height = first["y"] - AROUND_PX, last["y"] + last["height"] - first["y"] + 2 * AROUND_PX
    clip = {"x": 0, "y": top, "width": page.viewport_size["width"], "height": height}
    save(page.screenshot(full_page=True, clip=clip), path)


def save(shot: bytes, path: Path) -> None:
    """Write a picture with a palette: its commonest colours as they are, and what covers the others best."""
    picture = Image.open(io.BytesIO(shot)).convert("RGB")
    pixels = np.asarray(picture).reshape(-1, 3)
    colours, place, count = np.unique(pixels, axis=0, return_inverse=True, return_counts=True)
    covering = picture.quantize(COLOURS - EXACT, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    others = np.reshape(covering.getpalette(), (-1, 3))
    palette = np.concatenate([colours[np.argsort(-count)[:EXACT]], others])
    nearest = cKDTree(palette).query(colours)[1].astype(np.uint8)
    written = Image.fromarray(nearest[place.ravel()].reshape(picture.height, picture.width), "P")
    written.putpalette(palette.astype(np.uint8).tobytes())
    written.save(path, optimize=True)


if __name__ == "__main__":
    main()
