"""Which part of the ECG a model reads potassium from: change one part alone, and see whether the estimate follows.

    python -m kalemia.experiments.causal_response MODEL -o DIR [--patients 40] [--seed 0]

MODEL is the name of a model that comes with kalemia, or a model's folder. Average simulated patients are recorded with
potassium in one part of the ECG alone, in all of it, and at the reference on devices of another gain. Writes
`causal_response.png`, `.svg` and `.csv`, and prints how far the median estimate moves. Takes some minutes.
"""

import argparse
import csv
import io
import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float
from rich.console import Console
from rich.table import Table

from kalemia.estimation import Estimator
from kalemia.figures.causal_response import CausalResponse, causal_response
from kalemia.figures.style import save
from kalemia.progress import Progress
from kalemia.recording import Recording
from kalemia.simulation.causal import EVERYTHING, PARTS, amplified, draw_average_patients, record_part
from kalemia.simulation.patient import Patient
from kalemia.simulation.potassium_laws import REFERENCE_POTASSIUM
from kalemia.writing import write_text

LEVELS = tuple(np.arange(3.0, 8.51, 0.5).tolist())
"""mEq/L."""
GAINS = (0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4)
POTASSIUM, GAIN = "Potassium given (mEq/L)", "Gain (factor)"
COMPARED = {POTASSIUM: (4.0, 7.0), GAIN: (GAINS[0], GAINS[-1])}
"""Between what the table counts."""

Sitters = Sequence[tuple[Patient, int]]
"""Patients, each with the seed of the recordings."""


def respond(estimator: Estimator, patients: int, seed: int, progress: Progress) -> list[CausalResponse]:
    """What a model makes of potassium in everything and in each part alone, and of gain.

    Args:
        estimator: the model.
        patients: how many are simulated.
        seed: of patients and recordings.
        progress: where to show how far it is.
    """
    seeds = np.random.SeedSequence(seed).generate_state(patients).tolist()
    sitters = list(zip(draw_average_patients(patients, seed), seeds, strict=True))
    parts = [_respond_to_part(estimator, sitters, part, progress) for part in PARTS]
    return [*parts, _respond_to_gain(estimator, sitters, progress)]


def _respond_to_part(estimator: Estimator, sitters: Sitters, part: str, progress: Progress) -> CausalResponse:
    rows = progress.over(sitters, part, len(sitters))
    ecgs = ([record_part(patient, part, level, seed).recording for level in LEVELS] for patient, seed in rows)
    changed = "Everything" if part == EVERYTHING else f"{part[0].upper()}{part[1:]} alone"
    return CausalResponse(changed, POTASSIUM, LEVELS, LEVELS, _estimate(estimator, ecgs))


def _respond_to_gain(estimator: Estimator, sitters: Sitters, progress: Progress) -> CausalResponse:
    rows = progress.over(sitters, "gain", len(sitters))
    ecgs = (record_part(patient, EVERYTHING, REFERENCE_POTASSIUM, seed).recording for patient, seed in rows)
    estimates = _estimate(estimator, ([amplified(ecg, factor) for factor in GAINS] for ecg in ecgs))
    potassium = [REFERENCE_POTASSIUM] * len(GAINS)
    return CausalResponse("Gain alone", GAIN, GAINS, potassium, estimates)


def _estimate(estimator: Estimator, ecgs: Iterable[Sequence[Recording]]) -> Float[np.ndarray, "patient level"]:
    """NaN where the model abstains."""
    potassium = [[estimator.estimate_recording(ecg).potassium for ecg in of_patient] for of_patient in ecgs]
    return np.array(potassium, dtype=float)


def as_csv(responses: Sequence[CausalResponse]) -> str:
    """A row for each estimate; none is an empty field."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["changed", "given", "patient", "estimate"])
    for response in responses:
        for (patient, level), estimate in np.ndenumerate(response.estimates):
            shown = "" if math.isnan(estimate) else f"{estimate:.3f}"
            writer.writerow([response.changed, f"{response.given[level]:g}", patient, shown])
    return text.getvalue()


def as_table(responses: Sequence[CausalResponse]) -> Table:
    """How far the median estimate moves as potassium goes from 4 to 7 mEq/L, or gain from end to end."""
    table = Table("changed", box=None, pad_edge=False)
    for name in ("from", "to", "median estimate moves, mEq/L", "abstained"):
        table.add_column(name, justify="right")
    for response in responses:
        ends = COMPARED[response.quantity]
        first, last = (response.median[response.given.index(end)] for end in ends)
        abstained = f"{np.isnan(response.estimates).mean():.0%}"
        table.add_row(response.changed, *(f"{end:g}" for end in ends), f"{last - first:+.2f}", abstained)
    return table


def write(responses: Sequence[CausalResponse], folder: Path) -> None:
    """Write figure and data.

    Raises:
        OutputError: they cannot be written there.
    """
    figure = causal_response(responses)
    for suffix in (".png", ".svg"):
        save(figure, folder / f"causal_response{suffix}")
    write_text(folder / "causal_response.csv", as_csv(responses))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="name of a model that comes with kalemia, or a model's folder")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder for figure and data")
    parser.add_argument("--patients", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with Progress(shown=True) as shown:
        answers = respond(Estimator.load(arguments.model), arguments.patients, arguments.seed, shown)
    write(answers, arguments.output)
    Console(highlight=False).print(as_table(answers))
