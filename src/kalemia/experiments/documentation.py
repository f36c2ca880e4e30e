"""Draw the figures of docs/: python -m kalemia.experiments.documentation docs/figures."""

import argparse
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import kalemia
from kalemia.attribution import attribute
from kalemia.cycles import CYCLE_SAMPLES
from kalemia.estimation import Estimator
from kalemia.figures.aligned_cycles import aligned_cycles
from kalemia.figures.architecture import architecture
from kalemia.figures.attribution import attributed_cycle
from kalemia.figures.simulated_beats import BeatsByPotassium, beats_by_potassium
from kalemia.figures.strip import annotated_strip, filter_steps
from kalemia.figures.style import save
from kalemia.filtering import cleaning_steps
from kalemia.models import build
from kalemia.models.layers import layers_of
from kalemia.recording import Recording
from kalemia.simulation import simulate_recording
from kalemia.simulation.beat import bumps, waveform
from kalemia.simulation.patient import Patient, draw_patient, heart_rate_at, shape_at

POTASSIUM = 6.0
SEED = 4
LEVELS = (2.5, 3.0, 3.5, 4.1, 5.0, 6.0, 7.0, 8.0, 9.0)
PATIENTS = 16
TIME_S = np.arange(-0.35, 0.65, 0.002)


def draw(folder: Path) -> None:
    """Write the figures of the pipeline's stages and of what the model looks at, of one simulated patient."""
    recording = simulate_recording(POTASSIUM, SEED).recording
    cleaned = kalemia.clean(recording)
    beats = kalemia.delineate(cleaned)
    cycles = kalemia.extract_cycles(cleaned, beats)
    save(filter_steps(cleaning_steps(recording)), folder / "filter_steps.png")
    save(annotated_strip(cleaned, beats), folder / "waves.png")
    save(aligned_cycles(cycles), folder / "cycles.png")
    save(_attributed(recording), folder / "attribution.png")
    patients = [draw_patient(np.random.default_rng(seed)) for seed in range(PATIENTS)]
    save(beats_by_potassium([_beats_of(patient) for patient in patients]), folder / "simulated_patients.png")
    for model, name in (("dcrnn", "architecture"), ("resnet", "resnet")):
        save(architecture(layers_of(build(model)), leads=1, samples=CYCLE_SAMPLES), folder / f"{name}.png")


def _attributed(recording: Recording) -> Figure:
    """What the default model looks at."""
    estimator = Estimator.load()
    found = attribute(estimator, estimator.config.preprocessing.cycles(recording))
    return attributed_cycle(found.cycle[0], found.normalisation, found.window_ms, found.change)


def _beats_of(patient: Patient) -> BeatsByPotassium:
    """A patient's beats at all levels, at the rate that the patient has there."""
    shapes = [shape_at(patient, level, 60 / heart_rate_at(patient, level)) for level in LEVELS]
    beats_mv = np.stack([waveform(bumps(shape), TIME_S, shape.t_profile) for shape in shapes])
    what = patient.confounder.name.replace("_", " ")
    name = "no confounder" if what == "none" else what
    return BeatsByPotassium(f"{name}, response {patient.response.t_width:.1f}", LEVELS, TIME_S, beats_mv)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    draw(parser.parse_args().folder)
