"""Make the example that `kalemia demo` shows: one simulated patient, seed 1, chosen before any model saw it.

python -m kalemia.experiments.example
"""

import json
from pathlib import Path

import kalemia
from kalemia.demo import EXAMPLE, TRUTH
from kalemia.simulation import simulate_recording
from kalemia.writing import write_text

POTASSIUM = 7.0
SEED = 1


def write_example(folder: Path) -> None:
    """Write the recording as CSV, and what is true about it as JSON."""
    recording = simulate_recording(POTASSIUM, SEED).recording
    rows = "".join(f"{i / recording.fs:.3f},{mv:.3f}\n" for i, mv in enumerate(recording.signal[0]))
    write_text(folder / EXAMPLE, "time_s,ii_mv\n" + rows)
    truth = {"potassium_true": POTASSIUM, "seed": SEED, "made_by": "python -m kalemia.experiments.example"}
    write_text(folder / TRUTH, json.dumps(truth, indent=2) + "\n")


if __name__ == "__main__":
    write_example(Path(kalemia.__file__).parent / "example")
