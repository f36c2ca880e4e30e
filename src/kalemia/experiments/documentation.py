"""Draw the figures of docs/: python -m kalemia.experiments.documentation docs/figures."""

import argparse
from pathlib import Path

import kalemia
from kalemia.cycles import CYCLE_SAMPLES
from kalemia.figures.aligned_cycles import aligned_cycles
from kalemia.figures.architecture import architecture
from kalemia.figures.strip import annotated_strip, filter_steps
from kalemia.figures.style import save
from kalemia.filtering import cleaning_steps
from kalemia.models import build
from kalemia.models.layers import layers_of
from kalemia.simulation import simulate_recording

POTASSIUM = 6.0
SEED = 4


def draw(folder: Path) -> None:
    """Write the figures of the pipeline's stages, of one simulated patient."""
    recording = simulate_recording(POTASSIUM, SEED).recording
    cleaned = kalemia.clean(recording)
    beats = kalemia.delineate(cleaned)
    cycles = kalemia.extract_cycles(cleaned, beats)
    save(filter_steps(cleaning_steps(recording)), folder / "filter_steps.png")
    save(annotated_strip(cleaned, beats), folder / "waves.png")
    save(aligned_cycles(cycles), folder / "cycles.png")
    save(architecture(layers_of(build("dcrnn")), leads=1, samples=CYCLE_SAMPLES), folder / "architecture.png")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    draw(parser.parse_args().folder)
