"""How well R peaks are found in simulated patients, by potassium: sensitivity and positive predictive value.

Those of `kalemia.delineate`, and beside them those of `kalemia.detect_r_peaks`, which is sleepecg's detector with the
summit searched around where it fires. The truth is known because the patients are simulated, as were some that the
network of `delineate` has learned from. A peak counts as found within 100 ms.
"""

import argparse
from collections.abc import Callable

import numpy as np
from rich.console import Console
from rich.table import Table

from kalemia import Recording, clean, delineate, detect_r_peaks
from kalemia.errors import SignalError
from kalemia.simulation import simulate_recording

LEVELS = (3.0, 4.5, 6.0, 7.0, 8.0, 9.0)
TOLERANCE_S = 0.1
R_peaks = np.ndarray


def by_waves(recording: Recording) -> R_peaks:
    """Those of the beats that the network sees."""
    return delineate(recording).r_peaks


def by_detector(recording: Recording) -> R_peaks:
    """Those that sleepecg's detector fires at."""
    return detect_r_peaks(recording.signal[0], recording.fs)


def found(find: Callable[[Recording], R_peaks], potassium: float, seed: int) -> tuple[int, int, int, int]:
    """Peaks found, peaks there are, claims that are right, and all claims, in one recording."""
    ecg = simulate_recording(potassium, seed)
    recording = clean(ecg.recording)
    try:
        claimed = find(recording)
    except SignalError:
        return 0, len(ecg.r_peaks), 0, 0
    near = np.abs(claimed[:, None] - ecg.r_peaks) <= TOLERANCE_S * recording.fs
    return int(near.any(axis=0).sum()), len(ecg.r_peaks), int(near.any(axis=1).sum()), len(claimed)


def main() -> None:
    """Parse the arguments, measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", type=int, default=60, help="simulated patients per level (default 60)")
    patients = parser.parse_args().patients
    ways = {"delineate": by_waves, "detect_r_peaks": by_detector}
    titles = [f"{name}, {measure}" for name in ways for measure in ("Se", "PPV")]
    table = Table("potassium, mEq/L", *titles, title=f"{patients} patients per level")
    for potassium in LEVELS:
        row = [f"{potassium:.1f}"]
        for find in ways.values():
            hits, there, right, claimed = np.sum([found(find, potassium, seed) for seed in range(patients)], axis=0)
            row += [f"{hits / there:.3f}", f"{right / claimed:.3f}"]
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
