"""A cohort of simulated patients whose index ECGs fill the study's six potassium ranges exactly."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from kalemia.cohorts.cohort import SIMULATED, Cohort
from kalemia.cohorts.potassium_ranges import LABELS, STUDY_COUNTS, scaled_counts
from kalemia.cohorts.writing import new_cohort
from kalemia.errors import ConfigError
from kalemia.progress import Progress
from kalemia.simulation.labels import Label, draw_label_in_range, draw_later_label
from kalemia.simulation.patient import Patient, draw_patient
from kalemia.simulation.recording import SimulatedECG, record

SIMULATION_VERSION = 1  # raise it whenever the same seed gives another cohort
FURTHER_ECGS_SHARES = (0.10, 0.40, 0.40, 0.10)  # of patients with 0, 1, 2, 3 ECGs beside the index ECG


def simulate_cohort(
    folder: Path | str, patients: int = sum(STUDY_COUNTS), seed: int = 0, progress: bool = True
) -> Cohort:
    """Simulate a cohort and write it to a folder.

    Each patient has one index ECG (`is_index`), with measured potassium spread over the six ranges as in the study
    (for other numbers of patients in proportion, by largest remainder), and 0 to 3 further ECGs, mostly nearer to
    normal potassium, as after treatment. Patient and recording each have a random stream of their own.

    Args:
        folder: the cohort folder to make; it must not exist, or be empty.
        patients: number of patients.
        seed: the same seed gives the same bytes.
        progress: show a progress bar on stderr.

    Returns:
        The cohort, opened.

    Raises:
        ConfigError: the number of patients is not positive, or the seed is negative.
        OutputError: the folder exists and is not empty, or cannot be written.
    """
    if patients < 1:
        raise ConfigError(f"{patients} patients; a cohort needs at least 1")
    if seed < 0:
        raise ConfigError(f"a seed of {seed}; it must be 0 or more")
    description = {
        "source": SIMULATED,
        "seed": seed,
        "made_by": f"kalemia simulate -o COHORT --patients {patients} --seed {seed}",
        "parameters": {
            "patients": patients,
            "simulation_version": SIMULATION_VERSION,
            "index_ecgs_by_range": dict(zip(LABELS, scaled_counts(patients), strict=True)),
        },
    }
    with new_cohort(folder, description) as writer, Progress(shown=progress) as bar:
        for number, wanted_range in enumerate(
            bar.over(_range_of_patients(patients, seed), "Simulating patients", patients)
        ):
            for ecg, row in _simulate_patient(number, wanted_range, seed):
                writer.add(ecg.recording, row)
    return Cohort.open(folder)


def _range_of_patients(patients: int, seed: int) -> list[int]:
    """The range of each patient's index ECG, in random order."""
    ranges = np.repeat(np.arange(len(LABELS)), scaled_counts(patients))
    order: list[int] = np.random.default_rng(seed).permutation(ranges).tolist()
    return order


def _stream(seed: int, *key: int) -> np.random.Generator:
    """A random stream of its own for each patient, and for each recording of a patient."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def _simulate_patient(number: int, wanted_range: int, seed: int) -> Iterator[tuple[SimulatedECG, dict[str, Any]]]:
    """The ECGs of one patient with their rows, the index ECG first."""
    rng = _stream(seed, number)
    patient = draw_patient(rng)
    labels = [draw_label_in_range(rng, wanted_range)]
    for _ in range(int(rng.choice(len(FURTHER_ECGS_SHARES), p=FURTHER_ECGS_SHARES))):
        labels.append(draw_later_label(rng, labels[-1].potassium_true))
    patient_id = f"sim{seed}-{number:06d}"
    for place, label in enumerate(labels):
        ecg = record(patient, label.potassium_true, _stream(seed, number, place))
        ids = {"recording_id": f"{patient_id}-{place}", "patient_id": patient_id}
        yield ecg, {**ids, **_row(label, patient, ecg), "is_index": place == 0}


def _row(label: Label, patient: Patient, ecg: SimulatedECG) -> dict[str, Any]:
    return {
        **asdict(label),
        "source": SIMULATED,
        "age_years": patient.age_years,
        "sex": patient.sex,
        "heart_rate_bpm": round(ecg.heart_rate_bpm, 1),
        "rhythm": ecg.rhythm,
        "confounder": patient.confounder.name,
    }
