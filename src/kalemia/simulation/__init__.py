"""Simulated patients, and real normal recordings moved to another potassium: ECGs whose potassium is known."""

from kalemia.simulation.cohort import simulate_cohort
from kalemia.simulation.morphing import morph
from kalemia.simulation.real_beats import real_normals
from kalemia.simulation.recording import SimulatedECG, simulate_recording

__all__ = ["SimulatedECG", "morph", "real_normals", "simulate_cohort", "simulate_recording"]
