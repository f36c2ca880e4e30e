"""Make the example that `kalemia demo` shows: the first simulated patient who is an average one.

    python -m kalemia.experiments.example

Average by what was put into the patient, not by what a model says: sinus rhythm, no confounder, and every part of the
ECG follows potassium within 20 % of how the mean patient's does.
"""

import json
from dataclasses import astuple
from itertools import count
from pathlib import Path

import kalemia
from kalemia.demo import EXAMPLE, TRUTH
from kalemia.simulation import SimulatedECG, simulate_recording
from kalemia.writing import write_text

POTASSIUM = 7.0
RESPONSE_TOLERANCE = 0.2


def is_average(ecg: SimulatedECG) -> bool:
    """Whether nothing sets the patient apart."""
    gains = astuple(ecg.patient.response)
    plain = ecg.rhythm == "sinus" and ecg.patient.confounder.name == "none"
    return plain and all(abs(gain - 1) <= RESPONSE_TOLERANCE for gain in gains)


def write_example(folder: Path) -> None:
    """Write the recording as CSV, and what is true about it as JSON."""
    seed = next(seed for seed in count() if is_average(simulate_recording(POTASSIUM, seed)))
    recording = simulate_recording(POTASSIUM, seed).recording
    rows = "".join(f"{i / recording.fs:.3f},{mv:.3f}\n" for i, mv in enumerate(recording.signal[0]))
    write_text(folder / EXAMPLE, "time_s,ii_mv\n" + rows)
    truth = {"potassium_true": POTASSIUM, "seed": seed, "made_by": "python -m kalemia.experiments.example"}
    write_text(folder / TRUTH, json.dumps(truth, indent=2) + "\n")


if __name__ == "__main__":
    write_example(Path(kalemia.__file__).parent / "example")
