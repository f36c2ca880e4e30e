"""A cohort of simulated patients, made in parts that a killed run need not make again."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from kalemia.cohorts.cohort import SIMULATED, Cohort
from kalemia.cohorts.potassium_ranges import STUDY_COUNTS
from kalemia.cohorts.unfinished import UnfinishedCohort
from kalemia.errors import ConfigError
from kalemia.processes import done_in_any_order
from kalemia.progress import Progress
from kalemia.recording import Recording
from kalemia.simulation.from_paper import SHARE, as_read_from_paper
from kalemia.simulation.labels import Label, draw_further_label, draw_label_in_range, label_of
from kalemia.simulation.patient import Patient, draw_patient
from kalemia.simulation.plan import NO_REAL_BEATS, CohortPlan
from kalemia.simulation.real_arm import RealArm, patient_of, real_patient
from kalemia.simulation.real_beats import draw_own_potassium
from kalemia.simulation.recording import SimulatedECG, record

REAL, CELLS = "real beats", "cells"
"""The two arms of a cohort."""
PAPER = 1
"""Key of the random stream of what paper adds."""
PATIENTS_PER_PART = 100
"""Some 250 recordings of 20 kB: two seconds of work, and what a worker holds in memory."""


@dataclass(frozen=True)
class _Part:
    number: int
    patients: range


def simulate_cohort(
    folder: Path | str,
    patients: int = sum(STUDY_COUNTS),
    seed: int = 0,
    progress: bool = True,
    prior: str = "wonju",
    hospital: str = "A",
    at_least: int = 0,
    workers: int = 1,
    real: Path | str | None = None,
) -> Cohort:
    """Simulate a cohort and write it to a folder, or go on where the same call was interrupted.

    Each patient has one index ECG (`is_index`), whose measured potassium falls into the six ranges in the prior's
    proportions (by largest remainder), and some further ECGs: after treatment, or around dialysis. Patient and
    recording each have a random stream of their own, so that neither workers nor interruptions change a byte.

    Args:
        folder: the cohort folder to make; it must not exist, be empty, or be unfinished with the same arguments.
        patients: number of patients.
        seed: the same seed gives the same bytes.
        progress: show a progress bar on stderr.
        prior: how potassium is spread, a name in `priors.PRIORS`.
        hospital: where the ECGs are taken, a name in `hospitals.HOSPITALS`.
        at_least: patients in each range, however rare it is on the prior; `weight` undoes it.
        workers: processes; more than one need a main module that can be imported (`if __name__ == "__main__"`).
        real: folder of real normal ECGs; up to half of the patients then have beats of these, moved to their potassium
            by the same laws (`morphing`). All patients get one ECG more at normal potassium, which of these is the
            recording itself. The column `arm` tells.

    Returns:
        The cohort, opened.

    Raises:
        InputError: there is no ECG of use in `real`.
        ConfigError: a number is out of range, or there is no such prior or hospital.
        OutputError: the folder is something else or was begun with other arguments, or cannot be written.
    """
    if workers < 1:
        raise ConfigError(f"{workers} workers; it takes at least 1")
    arm = NO_REAL_BEATS if real is None else RealArm.of(Path(real))
    plan = CohortPlan(patients, seed, prior, hospital, at_least, arm)
    starts = range(0, patients, PATIENTS_PER_PART)
    unfinished = UnfinishedCohort.begin(folder, plan.describe(), len(starts))
    missing = [
        _Part(number, range(starts[number], min(starts[number] + PATIENTS_PER_PART, patients)))
        for number in unfinished.missing()
    ]
    with Progress(shown=progress) as bar:
        made = patients - sum(len(part.patients) for part in missing)
        show = bar.follow("Simulating patients", patients)
        show(made)
        for more in done_in_any_order(partial(_make_part, plan, unfinished), missing, workers):
            made += more
            show(made)
    unfinished.finish()
    return Cohort.open(folder)


def _make_part(plan: CohortPlan, cohort: UnfinishedCohort, part: _Part) -> int:
    """Simulate the patients of a part; returns how many they are."""
    cohort.write_part(part.number, (pair for number in part.patients for pair in _simulate_patient(plan, number)))
    return len(part.patients)


def _stream(seed: int, *key: int) -> np.random.Generator:
    """A random stream of its own for each patient, and for each recording of a patient."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def _simulate_patient(plan: CohortPlan, number: int) -> Iterator[tuple[Recording, dict[str, Any]]]:
    """The ECGs of one patient with their rows, the index ECG first."""
    rng, prior = _stream(plan.seed, number), plan.the_prior
    patient = draw_patient(rng, plan.population)
    labels = [draw_label_in_range(rng, plan.ranges[number], prior)]
    for _ in range(int(rng.choice(len(prior.further_ecgs_shares), p=prior.further_ecgs_shares))):
        labels.append(draw_further_label(rng, labels, prior))
    if plan.real.files:  # beside a real patient's unchanged ECG, so that the arms differ in nothing but their beats
        labels.append(label_of(rng, draw_own_potassium(rng)))
    name = f"sim{plan.seed}-{number:06d}"
    patient_id = patient_of(plan.real_files[number]) if number in plan.real_files else name
    for place, (recording, row) in enumerate(_ecgs(plan, number, patient, labels)):
        ids = {"recording_id": f"{name}-{place}", "patient_id": patient_id}
        drawn = {"prior": plan.prior, "hospital": plan.hospital, "weight": plan.weights[plan.ranges[number]]}
        recording, from_paper = _perhaps_from_paper(recording, _stream(plan.seed, number, place, PAPER))
        yield recording, {**ids, **row, "from_paper": from_paper, "is_index": place == 0, **drawn}


def _perhaps_from_paper(recording: Recording, rng: np.random.Generator) -> tuple[Recording, bool]:
    """Some ECGs come from a file, some were read from a page."""
    if rng.random() >= SHARE:
        return recording, False
    read = as_read_from_paper(recording.signal[0].astype(float), recording.fs, rng)
    return replace(recording, signal=read.astype(recording.signal.dtype)[None]), True


def _ecgs(
    plan: CohortPlan, number: int, patient: Patient, labels: list[Label]
) -> Iterator[tuple[Recording, dict[str, Any]]]:
    """An ECG for each label: of a simulated patient, or of a real one where the plan has one in this place."""
    if number in plan.real_files:
        rng = _stream(plan.seed, number, len(labels))
        ecgs = real_patient(plan.real_files[number], labels, rng)
        for label, (recording, what) in zip(labels, ecgs, strict=True):
            yield recording, {**asdict(label), "source": SIMULATED, **what, "acidosis": 0.0, "arm": REAL}
        return
    for place, label in enumerate(labels):
        ecg = record(patient, label.potassium_true, _stream(plan.seed, number, place), hospital=plan.the_hospital)
        yield ecg.recording, {**_row(label, patient, ecg), "arm": CELLS}


def _row(label: Label, patient: Patient, ecg: SimulatedECG) -> dict[str, Any]:
    return {
        **asdict(label),
        "source": SIMULATED,
        "age_years": patient.age_years,
        "sex": patient.sex,
        "heart_rate_bpm": round(ecg.heart_rate_bpm, 1),
        "rhythm": ecg.rhythm,
        "confounder": patient.confounder.name,
        "acidosis": round(ecg.acidosis, 3),
    }
