"""What `kalemia.judge_quality` says of real leads, what is refused, and a day of one lead.

By the statements that cardiologists made on PTB-XL: how many records are good, doubtful and unusable, and how many have
each of the signs. Then how many leads without any beat are refused: recorded noise (NSTDB), made-up noise and made-up
ventricular fibrillation. Then 24 hours of a lead through `kalemia delineate`, in a process of its own.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from scipy import signal as dsp

from kalemia import Recording, delineate, judge_quality
from kalemia.delineation.rhythm import IRREGULAR_WITHOUT_P, PACED, WIDE_QRS
from kalemia.errors import SignalError
from kalemia.experiments.default_model.ptbxl import PTBXL
from kalemia.experiments.delineation.augmentation import read_noise
from markdown_table import show

FS = 500
STATEMENTS = ("NORM", "AFIB", "CLBBB", "CRBBB", "PACE", "LVH", "PVC")
VERDICTS = ("good", "doubtful", "unusable")
SIGNS = (IRREGULAR_WITHOUT_P, WIDE_QRS, PACED)
SAMPLES = 10 * FS
DAY_HOURS = 24


def lead_ii(signal_mv: np.ndarray) -> Recording:
    """A recording of lead II alone."""
    return Recording(np.asarray(signal_mv, dtype=float)[None], FS, ("II",))


def by_statement(data: Path) -> Iterator[list[str]]:
    """Verdicts and signs of the records with each statement."""
    ptbxl = PTBXL.open(data / "ptbxl")
    count: dict[str, Counter[str]] = {statement: Counter() for statement in ("any", *STATEMENTS)}
    for place in range(len(ptbxl)):
        quality = judge_quality(ptbxl.recording(place))
        for statement in ("any", *(statement for statement in STATEMENTS if ptbxl.has(place, statement))):
            count[statement].update(["n", quality.verdict, *quality.signs])
    for statement, seen in count.items():
        yield [statement, str(seen["n"]), *(f"{seen[what] / seen['n']:.1%}" for what in (*VERDICTS, *SIGNS))]


def fibrillation(rng: np.random.Generator) -> np.ndarray:
    """Ventricular fibrillation as noise of a narrow band, made pointed in every second one."""
    centre_hz, width_hz = rng.uniform(3, 7.5), rng.uniform(0.4, 2.5)
    band = dsp.butter(2, [centre_hz - width_hz / 2, centre_hz + width_hz / 2], "bandpass", fs=FS, output="sos")
    wave = dsp.sosfiltfilt(band, rng.standard_normal(SAMPLES + 2000))[1000:-1000]
    analytic = dsp.hilbert(wave)
    wave = wave + rng.integers(2) * 0.35 * np.abs(analytic) * np.sin(2 * np.angle(analytic))
    return wave / wave.std() * rng.uniform(0.1, 0.5) + rng.normal(0, rng.uniform(0.002, 0.03), SAMPLES)


def sines(rng: np.random.Generator) -> np.ndarray:
    """Ventricular fibrillation as a sum of five sines, which swells and fades."""
    time_s = np.arange(SAMPLES) / FS
    waves = (
        rng.uniform(0.1, 0.5) * np.sin(2 * np.pi * rng.uniform(3, 8) * time_s + rng.uniform(0, 2 * np.pi))
        for _ in range(5)
    )
    return sum(waves) + rng.normal(0, 0.02, SAMPLES)


def coloured_noise(rng: np.random.Generator) -> np.ndarray:
    """Noise between white and brown."""
    return dsp.lfilter([1.0], [1.0, -rng.uniform(0, 0.99)], rng.standard_normal(SAMPLES))


def refusals(data: Path, leads: int) -> Iterator[list[str]]:
    """How many leads without a beat are refused, and how many beats are claimed in the others."""
    tracks = [track for record in read_noise(data / "nstdb").tracks for track in record]
    pieces = [track[start : start + SAMPLES] for track in tracks for start in range(0, len(track) - SAMPLES, SAMPLES)]
    rng = np.random.default_rng(0)
    kinds: dict[str, Sequence[np.ndarray]] = {
        "noise, recorded": [pieces[place] for place in rng.permutation(len(pieces))[:leads]],
        "noise, made up": [coloured_noise(rng) for _ in range(leads)],
        "ventricular fibrillation, a narrow band": [fibrillation(rng) for _ in range(leads)],
        "ventricular fibrillation, five sines": [sines(rng) for _ in range(leads)],
    }
    for kind, some in kinds.items():
        claims = [_claimed(lead) for lead in some]
        yield [kind, str(len(some)), f"{claims.count(0) / len(some):.1%}", str(sum(claims))]


def _claimed(lead: np.ndarray) -> int:
    try:
        return len(delineate(lead_ii(lead)))
    except SignalError:
        return 0


def a_day(data: Path) -> list[str]:
    """Seconds, peak memory and beats of `kalemia delineate` on a day of one lead, repeated from PTB-XL."""
    strips = np.load(data / "ptbxl" / "lead_ii.npz")["lead_ii_uv"][:60] / 1000
    day = np.resize(strips.astype(np.float32).ravel(), DAY_HOURS * 3600 * FS)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "day.npy"
        np.save(file, day)
        command = [sys.executable, "-m", "kalemia.cli", "delineate", str(file), "--fs", str(FS)]
        start = time.perf_counter()
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3
    beats = done.stdout.split(": ")[1].split(",")[0]
    return [
        f"{DAY_HOURS} h",
        beats,
        f"{time.perf_counter() - start:.0f}",
        f"{day.nbytes / 1e6:.0f}",
        f"{megabytes:.0f}",
    ]


def main() -> None:
    """Parse the arguments, measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with ptbxl/ and nstdb/")
    parser.add_argument("--leads", type=int, default=300, help="leads without a beat of each kind (default 300)")
    arguments = parser.parse_args()
    show("Lead II of PTB-XL, by statement", ["statement", "n", *VERDICTS, *SIGNS], by_statement(arguments.data))
    columns = ["10 s without a beat", "n", "refused", "beats claimed"]
    show("Nothing to find", columns, refusals(arguments.data, arguments.leads))
    columns = ["lead", "beats", "s", "MB of samples", "MB, peak"]
    show("A day through `kalemia delineate`", columns, [a_day(arguments.data)])


if __name__ == "__main__":
    main()
