"""Time from a 10 s lead II array to an `Estimate`, beside neurokit2's `ecg_process` on the same strips.

Both run on one core, strip by strip in turn, so that a slow moment of the machine hits both. Also measured, each in new
processes: `import kalemia`, a cold `kalemia estimate` of one file, and one of ten hours with its peak memory.

neurokit2 is no dependency of kalemia: pip install neurokit2
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402  (after the number of threads is set)
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from kalemia import Recording  # noqa: E402
from kalemia.estimation import Estimator  # noqa: E402
from kalemia.simulation import simulate_recording  # noqa: E402

FS = 500.0
COLD_RUNS = 5


def load_strips(data: Path | None, count: int) -> list[np.ndarray]:
    """Strips of 10 s in mV: PTB-XL from the shared data folder, or simulated ones."""
    if data is None:
        return [np.asarray(simulate_recording(4.5, seed).recording.signal[0], dtype=float) for seed in range(count)]
    microvolts = np.load(data / "ptbxl" / "lead_ii.npz")["lead_ii_uv"]
    chosen = np.linspace(0, len(microvolts) - 1, count).astype(int)
    return [microvolts[i] / 1000.0 for i in chosen]


def milliseconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    work()
    return 1e3 * (time.perf_counter() - start)


def peer() -> Callable[[np.ndarray], object] | None:
    """neurokit2's whole chain, where it is installed."""
    try:
        import neurokit2
    except ModuleNotFoundError:
        return None

    def process(strip: np.ndarray) -> object:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return neurokit2.ecg_process(strip, sampling_rate=int(FS))
            except Exception:  # it raises on some strips; the time until then counts
                return None

    return process


def time_side_by_side(strips: list[np.ndarray], runs: int) -> dict[str, np.ndarray]:
    """Milliseconds of each strip (best of `runs`) for each contender, taken in turn."""
    estimator = Estimator.load()
    contenders: dict[str, Callable[[np.ndarray], object]] = {
        f"kalemia {metadata.version('kalemia')}, array to Estimate": lambda x: estimator.estimate_recording(
            Recording(x[None], FS, ("II",))
        )
    }
    if process := peer():
        contenders[f"neurokit2 {metadata.version('neurokit2')}, ecg_process"] = process
    for work in contenders.values():
        work(strips[0])
    times = {name: np.full((len(strips), runs), np.nan) for name in contenders}
    for run in range(runs):
        for i, strip in enumerate(strips):
            for name, work in contenders.items():
                times[name][i, run] = milliseconds(lambda work=work, strip=strip: work(strip))
    return {name: taken.min(axis=1) for name, taken in times.items()}


def cold(command: list[str]) -> list[float]:
    """Seconds of whole processes, the first one (which fills the disk cache) left out."""
    return [
        milliseconds(lambda: subprocess.run(command, check=True, capture_output=True)) / 1e3
        for _ in range(COLD_RUNS + 1)
    ][1:]


def ten_hours(strips: list[np.ndarray], folder: Path) -> tuple[float, float]:
    """Seconds and peak memory in MB of `kalemia estimate` on ten hours of one lead, repeated from a strip."""
    file = folder / "ten_hours.npy"
    np.save(file, np.tile(strips[0].astype(np.float32), 3600))
    code = (
        "import resource, sys; from kalemia.cli import app\n"
        f"sys.argv = ['kalemia', 'estimate', {str(file)!r}, '--fs', '{FS:g}']\n"
        "try: app()\n"
        "finally: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)"
    )
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return time.perf_counter() - start, float(done.stdout.split()[-1])


def main() -> None:
    """Parse the arguments, measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with ptbxl/lead_ii.npz; simulated strips without it")
    parser.add_argument("--strips", type=int, default=100, help="how many strips (default 100)")
    parser.add_argument("--runs", type=int, default=3, help="runs per strip, of which the fastest counts (default 3)")
    arguments = parser.parse_args()

    strips = load_strips(arguments.data, arguments.strips)
    times = time_side_by_side(strips, arguments.runs)
    console = Console()
    source = "simulated" if arguments.data is None else "PTB-XL"
    table = Table(
        "10 s of lead II on one core", "median ms", "p95 ms", "times slower", title=f"{len(strips)} {source} strips"
    )
    ours = next(iter(times.values()))
    for name, taken in times.items():
        ratio = np.median(taken / ours)
        table.add_row(name, f"{np.median(taken):.2f}", f"{np.percentile(taken, 95):.2f}", f"{ratio:.1f}")
    console.print(table)

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "strip.csv"
        rows = "\n".join(f"{i / FS:.3f},{mv:.4f}" for i, mv in enumerate(strips[0]))
        file.write_text(f"time_s,ii_mv\n{rows}\n", encoding="utf-8")
        table = Table("whole processes", "median s", "slowest s")
        for name, command in {
            "python -c pass": [sys.executable, "-c", "pass"],
            "python -c 'import kalemia'": [sys.executable, "-c", "import kalemia"],
            "kalemia estimate strip.csv": [sys.executable, "-m", "kalemia.cli", "estimate", str(file)],
        }.items():
            seconds = cold(command)
            table.add_row(name, f"{np.median(seconds):.2f}", f"{max(seconds):.2f}")
        console.print(table)
        seconds, megabytes = ten_hours(strips, Path(folder))
    console.print(f"ten hours of one lead (NPY): {seconds:.0f} s, peak memory {megabytes:.0f} MB")


if __name__ == "__main__":
    main()
