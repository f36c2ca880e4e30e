"""Make the example that `kalemia demo` shows: a photographed ECG of the first simulated patient who is an average one.

    python -m kalemia.experiments.example

Average by what was put into the patient, not by what a model says: sinus rhythm, no confounder, and every part of the
ECG follows potassium within 20 % of how the mean patient's does.
"""

import json
from dataclasses import astuple, replace
from itertools import count
from pathlib import Path

import cv2
import numpy as np

import kalemia
from kalemia.recording import Recording
from kalemia.shipped import EXAMPLE, EXAMPLE_TRUTH
from kalemia.simulation import SimulatedECG, simulate_recording
from kalemia.simulation.paper import PageStyle, PrintedPage, degrade, print_page, write_image
from kalemia.writing import write_text

POTASSIUM = 7.0
RESPONSE_TOLERANCE = 0.2
STYLE = PageStyle(layout="1", paper="strip", header=("Patient, Simulated    born 01-Jan-1970", "ID 0000000"))
PHOTO_SEED = 2
"""A strip that lies askew on a dark table."""
WIDTH_PX = 2400
"""As messengers send photographs."""


def is_average(ecg: SimulatedECG) -> bool:
    """Whether nothing sets the patient apart."""
    gains = astuple(ecg.patient.response)
    plain = ecg.rhythm == "sinus" and ecg.patient.confounder.name == "none"
    return plain and all(abs(gain - 1) <= RESPONSE_TOLERANCE for gain in gains)


def photograph(recording: Recording) -> PrintedPage:
    """The recording printed as a strip and photographed by phone."""
    photo = degrade(print_page(recording, STYLE), "phone", PHOTO_SEED)
    height = round(photo.image.shape[0] * WIDTH_PX / photo.image.shape[1])
    return replace(photo, image=np.asarray(cv2.resize(photo.image, (WIDTH_PX, height), interpolation=cv2.INTER_AREA)))


def write_example(folder: Path) -> None:
    """Write the photograph, and what is true about it as JSON."""
    seed = next(seed for seed in count() if is_average(simulate_recording(POTASSIUM, seed)))
    write_image(folder / EXAMPLE.name, photograph(simulate_recording(POTASSIUM, seed).recording))
    truth = {"potassium_true": POTASSIUM, "seed": seed, "made_by": "python -m kalemia.experiments.example"}
    write_text(folder / EXAMPLE_TRUTH.name, json.dumps(truth, indent=2) + "\n")


if __name__ == "__main__":
    write_example(Path(kalemia.__file__).parent / "example")
