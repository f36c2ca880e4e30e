"""How exactly `kalemia.digitize` reads the pages of a folder: one line of a Markdown table for each set of them.

PAGES has a manifest.json that names pages, their sets and their references, as `benchmarks/printed_pages.py` writes it.
The errors are those of the scoring protocol SCORER, a program that is called with PAGES and a folder of estimates and
leaves scores.json there. Below the table stand the refused pages with the reason. A refused page counts as 0 dB in the
median and in nothing else; T waves and time scale are medians of absolute errors. A page at which the program crashed
is none of the refused, but counts as they do; where there is one, the exit status is 1.

Each page is read in a process of its own on one core. Seconds are those of `kalemia.digitize` there, which include what
it loads when it is first called, but not the imports; memory is the peak of the whole process. Of several pages at a
time each is slower.
"""

import argparse
import json
import math
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kalemia.errors import InputError
from kalemia.progress import Progress

Entry = dict[str, Any]
"""A page in the manifest, or its scores."""

GOOD_DB = 10
MAXRSS_BYTES = 1 if sys.platform == "darwin" else 1024
TITLES = (
    f"set | n | refused | crashed | SNR dB, median / worst | ≥ {GOOD_DB} dB | r | coverage, median / least | "
    "gain, min to max | time scale %, median / max | T amplitude % / width ms (n) | confident failures | "
    "s per page, median / worst | MB, peak"
).split(" | ")


@dataclass(frozen=True)
class Reading:
    """What it took to read a page.

    Attributes:
        seconds: of `kalemia.digitize`.
        megabytes: peak memory of the process.
        refusal: why there is no estimate; empty if there is one.
        crash: likewise, if it was not meant to be so.
    """

    seconds: float
    megabytes: float
    refusal: str = ""
    crash: str = ""


@dataclass(frozen=True)
class Result:
    """A page, read and scored."""

    page: Entry
    reading: Reading
    scores: Entry


def read_page(picture: Path, estimate: Path) -> Reading:
    """Digitize a page and write its estimate, unless it is refused; to be called in a fresh process."""
    import cv2

    from kalemia.digitization import digitize
    from kalemia.digitization.strip_csv import remove_strip, write_strip

    cv2.setNumThreads(1)
    remove_strip(estimate)
    refusal, crash, start = "", "", time.perf_counter()
    try:
        recording = digitize(picture).recording
    except InputError as error:
        refusal = f"{type(error).__name__}: {error}"
    except Exception as error:  # a bug, but the other pages go on
        traceback.print_exc()
        crash = f"{type(error).__name__}: {error}"
    seconds = time.perf_counter() - start
    if not (refusal or crash):
        write_strip(estimate, recording)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Reading(seconds, peak * MAXRSS_BYTES / 1e6, refusal, crash)


def read_in_fresh_process(picture: Path, estimate: Path) -> Reading:
    """`read_page` where no other page has left its peak of memory; a process that dies takes no other with it."""
    start = time.perf_counter()
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        try:
            return process.submit(read_page, picture, estimate).result()
        except BrokenProcessPool as error:
            estimate.unlink(missing_ok=True)  # of an earlier run
            return Reading(time.perf_counter() - start, 0.0, crash=f"{type(error).__name__}: {error}")


def read_pages(folder: Path, pages: Sequence[Entry], estimates: Path, jobs: int) -> Iterator[Reading]:
    """Read the pages, `jobs` at a time, in their order."""
    targets = [estimates / page["set"] / f"{page['id']}.csv" for page in pages]
    for target in targets:
        target.parent.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(read_in_fresh_process, [folder / page["file"] for page in pages], targets)


def score(scorer: Path, folder: Path, estimates: Path) -> dict[tuple[str, str], Entry]:
    """What the protocol says of each page, by its set and name."""
    subprocess.run([sys.executable, scorer, folder, estimates], check=True, stdout=subprocess.DEVNULL)
    sets = json.loads((estimates / "scores.json").read_text(encoding="utf-8"))
    return {(name, page["id"]): page for name, group in sets.items() for page in group}


def measure(folder: Path, pages: Sequence[Entry], scorer: Path, estimates: Path, jobs: int) -> list[Result]:
    """Read and score pages, with bars on a terminal."""
    with Progress(shown=sys.stderr.isatty()) as progress:
        readings = list(progress.over(read_pages(folder, pages, estimates, jobs), "digitizing", len(pages)))
        task = progress.begin("scoring", 1)
        scores = score(scorer, folder, estimates)
        progress.advance(task)
    return [
        Result(page, reading, scores[page["set"], page["id"]]) for page, reading in zip(pages, readings, strict=True)
    ]


def line(name: str, results: Sequence[Result]) -> list[str]:
    """One line of the table."""
    done = [result.scores for result in results if not result.scores["refused"]]

    def of(key: str, statistic: Callable[[list[float]], float] = np.median, *, absolute: bool = False) -> float:
        values = [scores[key] for scores in done if scores.get(key) is not None]
        return float(statistic([abs(value) if absolute else value for value in values])) if values else math.nan

    snr_db = np.median([0.0 if result.scores["refused"] else result.scores["snr_db"] for result in results])
    crashed = sum(bool(result.reading.crash) for result in results)
    seconds = [result.reading.seconds for result in results]
    t_waves = sum(scores.get("t_width_ms") is not None for scores in done)
    return [
        name,
        str(len(results)),
        str(len(results) - len(done) - crashed),
        str(crashed),
        f"{snr_db:.1f} / {of('snr_db', min):.1f}",
        str(sum(scores["snr_db"] >= GOOD_DB for scores in done)),
        f"{of('r'):.3f}",
        f"{of('coverage'):.3f} / {of('coverage', min):.3f}",
        f"{of('gain', min):.3f} to {of('gain', max):.3f}",
        f"{of('scale_pct', absolute=True):.2f} / {of('scale_pct', max, absolute=True):.2f}",
        f"{of('t_amplitude_pct', absolute=True):.1f} / {of('t_width_ms', absolute=True):.0f} ({t_waves})",
        str(sum(scores["confident_failure"] for scores in done)),
        f"{np.median(seconds):.1f} / {max(seconds):.1f}",
        f"{max(result.reading.megabytes for result in results):.0f}",
    ]


def print_table(results: Sequence[Result]) -> None:
    """Print the sets in their order, all of them together if there are several, and the pages without an estimate."""
    sets: dict[str, list[Result]] = {}
    for result in results:
        sets.setdefault(result.page["set"], []).append(result)
    groups = {**sets, "all": results} if len(sets) > 1 else sets
    for cells in (TITLES, ["---"] * len(TITLES), *(line(*group) for group in groups.items())):
        print(f"| {' | '.join(cells)} |")
    for heading, reasons in (
        ("Refused:", [(result.page["file"], result.reading.refusal) for result in results]),
        ("CRASHED:", [(result.page["file"], result.reading.crash) for result in results]),
    ):
        if missing := [f"- {file}: {reason}" for file, reason in reasons if reason]:
            print("", heading, "", *missing, sep="\n")


def main() -> None:
    """Parse the arguments, read and score the pages and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("pages", type=Path, help="folder with manifest.json")
    add("--scorer", type=Path, required=True, help="score_digitization.py")
    add("--sets", nargs="+", metavar="SET", help="only these sets of the manifest")
    add("--jobs", type=int, default=1, help="pages at a time (default 1)")
    add("-o", "--output", type=Path, metavar="FOLDER", help="keep the estimates and scores.json there")
    arguments = parser.parse_args()
    for file in (arguments.pages / "manifest.json", arguments.scorer):
        if not file.is_file():
            parser.error(f"no file {file}")
    pages = json.loads((arguments.pages / "manifest.json").read_text(encoding="utf-8"))
    known = {page["set"] for page in pages}
    if unknown := set(arguments.sets or ()) - known:
        parser.error(f"no set {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
    chosen = [page for page in pages if page["set"] in (arguments.sets or known)]

    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = "1"  # of the processes to come
    with tempfile.TemporaryDirectory() as scratch:
        results = measure(arguments.pages, chosen, arguments.scorer, arguments.output or Path(scratch), arguments.jobs)
    print_table(results)
    if any(result.reading.crash for result in results):
        sys.exit(1)


if __name__ == "__main__":
    main()
