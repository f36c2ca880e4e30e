"""How well R peaks are found in simulated patients, by potassium: sensitivity and positive predictive value.

The truth is known because the patients are simulated. A peak counts as found within 100 ms.
"""

import argparse

import numpy as np
from rich.console import Console
from rich.table import Table

from kalemia import clean, detect_r_peaks
from kalemia.errors import SignalError
from kalemia.simulation import simulate_recording

LEVELS = (3.0, 4.5, 6.0, 7.0, 8.0, 9.0)
TOLERANCE_S = 0.1


def found(potassium: float, seed: int) -> tuple[int, int, int, int]:
    """Peaks found, peaks there are, claims that are right, and all claims, in one recording."""
    ecg = simulate_recording(potassium, seed)
    recording = clean(ecg.recording)
    try:
        claimed = detect_r_peaks(recording.signal[0], recording.fs)
    except SignalError:
        return 0, len(ecg.r_peaks), 0, 0
    near = np.abs(claimed[:, None] - ecg.r_peaks) <= TOLERANCE_S * recording.fs
    return int(near.any(axis=0).sum()), len(ecg.r_peaks), int(near.any(axis=1).sum()), len(claimed)


def main() -> None:
    """Parse the arguments, measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", type=int, default=60, help="simulated patients per level (default 60)")
    patients = parser.parse_args().patients
    table = Table(
        "potassium, mEq/L", "sensitivity", "positive predictive value", title=f"{patients} patients per level"
    )
    for potassium in LEVELS:
        hits, there, right, claimed = np.sum([found(potassium, seed) for seed in range(patients)], axis=0)
        table.add_row(f"{potassium:.1f}", f"{hits / there:.3f}", f"{right / claimed:.3f}")
    Console().print(table)


if __name__ == "__main__":
    main()
