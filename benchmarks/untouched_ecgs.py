"""How a model answers to real ECGs that no training and no tuning has touched: a third of PTB-XL's lead II.

First as they are: nobody knows their potassium, but that of normal ECGs lies near 4.2 mEq/L. Then the normal ones moved
to 3 to 8 mEq/L by the laws of the simulation (`kalemia.simulation.morphing`; the change is simulated, the beats are
not), and as they are with another gain, offset, sampling rate or noise, or printed and photographed. LUDB likewise,
whose beats took no part in training either.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import numpy as np
from scipy import signal as dsp
from scipy.stats import spearmanr

from kalemia import Recording, read
from kalemia.errors import KalemiaError
from kalemia.estimation import Estimator
from kalemia.experiments.default_model.ptbxl import PTBXL
from kalemia.preprocessing import find_beats
from kalemia.processes import cores
from kalemia.simulation.morphing import morph
from kalemia.simulation.paper import PageStyle, write_page
from markdown_table import show

STATEMENTS = ("NORM", "CLBBB", "CRBBB", "LVH", "AFIB", "PACE")
LEVELS = (3.0, 4.0, 5.0, 6.0, 6.5, 7.0, 8.0)
OWN_POTASSIUM = 4.2
PAGES = 24
NOISE_DB = 20


@dataclass(frozen=True)
class Answer:
    """Of one recording: NaN and a reason where the model abstained."""

    potassium: float
    low: float
    high: float
    reason: str | None
    unusual: bool


@cache
def estimator(model: str) -> Estimator:
    """Loaded once per process."""
    return Estimator.load(model)


def ask(model: str, recording: Recording) -> Answer:
    """What the model says."""
    estimate = estimator(model).estimate_recording(recording)
    if estimate.potassium is None or estimate.interval is None:
        return Answer(np.nan, np.nan, np.nan, estimate.reason, unusual=False)
    unusual = any("more unusual" in warning for warning in estimate.warnings)
    return Answer(estimate.potassium, *estimate.interval, None, unusual)


def moved(model: str, recording: Recording) -> list[float] | None:
    """Estimates at each of `LEVELS`, with that at the own potassium before them; `None` where it cannot be moved."""
    try:
        beats = find_beats(recording)
        others = [morph(recording, beats, OWN_POTASSIUM, level) for level in LEVELS]
    except KalemiaError:
        return None
    return [ask(model, one).potassium for one in (recording, *others)]


def noisy(recording: Recording) -> Recording:
    """White noise up to 100 Hz, 20 dB below the signal's power."""
    clean = recording.signal[0]
    white = np.random.default_rng(0).standard_normal(len(clean))
    noise = dsp.sosfiltfilt(dsp.butter(4, 100, fs=recording.fs, output="sos"), white)
    size = clean.std() * 10 ** (-NOISE_DB / 20) / noise.std()
    return replace(recording, signal=(clean + size * noise)[None])


def resampled(recording: Recording, fs: int) -> Recording:
    """At another rate, by SciPy."""
    return Recording(dsp.resample_poly(recording.signal[0], fs, int(recording.fs))[None], fs, recording.leads)


def photographed(recording: Recording, number: int) -> Recording:
    """Printed, photographed, and read again.

    Raises:
        KalemiaError: the page is refused.
    """
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.jpg"
        write_page(page, recording, PageStyle(layout="1", dpi=200), "phone", number)
        return read(page, lead="II")


CHANGES: dict[str, Callable[[Recording], Recording]] = {
    "gain × 0.9": lambda one: replace(one, signal=0.9 * one.signal),
    "gain × 1.1": lambda one: replace(one, signal=1.1 * one.signal),
    "offset of 1 mV": lambda one: replace(one, signal=one.signal + 1),
    "at 250 Hz": partial(resampled, fs=250),
    "at 1000 Hz": partial(resampled, fs=1000),
    f"noise at {NOISE_DB} dB": noisy,
}


def shift(model: str, name: str, recording: Recording, number: int) -> float:
    """How far an estimate moves; NaN where there is none."""
    try:
        changed = photographed(recording, number) if name == "photographed" else CHANGES[name](recording)
    except KalemiaError:
        return np.nan
    return ask(model, changed).potassium - ask(model, recording).potassium


def share(values: np.ndarray) -> str:
    """As a percentage."""
    return f"{np.mean(values):.1%}" if len(values) else "–"


def as_they_are(answers: dict[str, list[Answer]]) -> Iterator[list[str]]:
    """By statement."""
    for statement, some in answers.items():
        given = [one for one in some if one.reason is None]
        values, low = np.array([one.potassium for one in given]), np.array([one.low for one in given])
        yield [
            statement,
            str(len(some)),
            share(np.array([one.reason is not None for one in some])),
            share(np.array([one.unusual for one in given])),
            f"{np.median(values):.2f}",
            f"{values.std():.2f}",
            share(values >= 5.5),
            share(values < 3.5),
            share(low >= 5.5),
        ]


def at_other_potassium(name: str, estimates: np.ndarray) -> list[str]:
    """Median estimates at each level, and how they follow."""
    own, others = estimates[:, 0], estimates[:, 1:]
    levels = np.broadcast_to(LEVELS, others.shape)
    seen = np.isfinite(others)
    correlation = spearmanr(levels[seen], others[seen])[0]
    slope = np.polyfit(levels[seen], others[seen], 1)[0]
    rise = np.nanmedian(others[:, LEVELS.index(6.5)] - own)
    medians = (f"{value:.2f}" for value in np.nanmedian(others, axis=0))
    return [name, str(len(estimates)), *medians, f"{correlation:.3f}", f"{slope:.2f}", f"{rise:+.2f}", share(~seen)]


def milliseconds(model: str, recordings: list[Recording]) -> float:
    """Median time of one estimate in this process."""
    loaded, taken = estimator(model), []
    for recording in [*recordings[:5], *recordings]:
        start = time.perf_counter()
        loaded.estimate_recording(recording)
        taken.append(1e3 * (time.perf_counter() - start))
    return float(np.median(taken[5:]))


def main() -> None:
    """Parse the arguments, measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with ptbxl and ludb")
    parser.add_argument("--model", default="default", help="name or folder of the model")
    parser.add_argument("--side", default="untouched", choices=("untouched", "calibration"), help="which records")
    given = parser.parse_args()
    ptbxl = PTBXL.open(given.data / "ptbxl")
    places = ptbxl.sides()[given.side]
    names = (given.data / "ludb" / "RECORDS").read_text(encoding="utf-8").split()
    ludb = [read(given.data / "ludb" / f"{name}.hea", lead="II") for name in names]
    with ProcessPoolExecutor(cores()) as pool:
        every = list(pool.map(partial(ask, given.model), [ptbxl.recording(place) for place in places], chunksize=16))
        of_statement = {
            statement: [answer for place, answer in zip(places, every, strict=True) if ptbxl.has(place, statement)]
            for statement in STATEMENTS
        }
        of_statement |= {"all": every, "LUDB": list(pool.map(partial(ask, given.model), ludb, chunksize=16))}
        columns = ["", "n", "no estimate", "called unusual", "median", "SD", "≥ 5.5", "< 3.5", "interval wholly ≥ 5.5"]
        show(f"PTB-XL, {given.side} records, and LUDB, as they are (mEq/L)", columns, as_they_are(of_statement))

        normal = [ptbxl.recording(place) for place in places if ptbxl.has(place, "NORM")]
        rows = []
        for name, recordings in (("PTB-XL NORM", normal), ("LUDB", ludb)):
            found = [one for one in pool.map(partial(moved, given.model), recordings, chunksize=8) if one is not None]
            rows.append(at_other_potassium(name, np.array(found)))
        columns = ["moved to", "n", *(f"{level:g}" for level in LEVELS), "Spearman", "slope", "rise at 6.5", "none"]
        show("Median estimate of the same beats at other potassium", columns, rows)

        rows = []
        for name in (*CHANGES, "photographed"):
            some = normal[:PAGES] if name == "photographed" else normal
            numbers = range(len(some))
            moves = np.array(list(pool.map(shift, [given.model] * len(some), [name] * len(some), some, numbers)))
            away = np.abs(moves[np.isfinite(moves)])
            cells = (f"{value:.2f}" for value in (np.median(away), np.percentile(away, 95)))
            rows.append([name, str(len(some)), share(~np.isfinite(moves)), *cells])
        show("How far the estimate moves (mEq/L)", ["", "n", "none", "median", "95 %"], rows)
    print(f"{milliseconds(given.model, normal):.1f} ms per 10 s strip (median, this process)")


if __name__ == "__main__":
    main()
