"""Simulated patients: ECGs whose potassium is known."""

from kalemia.simulation.cohort import simulate_cohort
from kalemia.simulation.recording import SimulatedECG, simulate_recording

__all__ = ["SimulatedECG", "simulate_cohort", "simulate_recording"]
