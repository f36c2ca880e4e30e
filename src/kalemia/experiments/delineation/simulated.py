"""Simulated leads: what the database has few of. Hyperkalaemia above all, and atrial fibrillation."""

from dataclasses import replace

import numpy as np
from jaxtyping import Int8

from kalemia.delineation.beat import Wave
from kalemia.delineation.network import NONE, QRS, P, T
from kalemia.experiments.delineation.augmentation import Taught
from kalemia.experiments.delineation.labels import UNKNOWN
from kalemia.simulation.patient import draw_patient
from kalemia.simulation.recording import SimulatedECG, record

POTASSIUM = (2.0, 9.5)
"""mEq/L, all equally often: half of the patients have hyperkalaemia."""
FIBRILLATION_SHARE = 0.35
DOUBT = 12
"""Samples around a boundary that are not taught: where a sum of Gaussian waves ends is a matter of convention, and the
cardiologists' convention is to be learned."""


def simulated_leads(seed: int, count: int) -> list[Taught]:
    """Leads II of that many patients, with labels.

    Args:
        seed: the same seed gives the same leads.
        count: how many.
    """
    return [_lead(np.random.default_rng((seed, number))) for number in range(count)]


def _lead(rng: np.random.Generator) -> Taught:
    patient = draw_patient(rng)
    if rng.random() < FIBRILLATION_SHARE:
        patient = replace(patient, atrial_fibrillation=True)
    ecg = record(patient, rng.uniform(*POTASSIUM), rng)
    return ecg.recording.lead("II").astype(np.float32), truth_labels(ecg)


def truth_labels(ecg: SimulatedECG) -> Int8[np.ndarray, " time"]:
    """The class of each sample of a recording.

    It is `UNKNOWN` around the boundaries, before the first and behind the last complex, and in a P wave that begins in
    a T wave.

    Args:
        ecg: a simulated recording.
    """
    samples = len(ecg.clean_mv)
    labels = np.full(samples, NONE, np.int8)
    waves = [
        *((T, beat.t) for beat in ecg.beats),
        *((P, beat.p) for beat in ecg.beats),
        *((QRS, beat.qrs) for beat in ecg.beats),
    ]
    spans = [(kind, *_ends(wave, samples)) for kind, wave in waves if wave and wave.peak is not None]
    for kind, onset, offset in spans:
        free = kind == QRS or not np.any(labels[onset : offset + 1] == T)
        labels[onset : offset + 1] = kind if free else UNKNOWN
    for _, onset, offset in spans:
        for boundary in (onset, offset):
            labels[max(0, boundary - DOUBT) : boundary + DOUBT + 1] = UNKNOWN
    complexes = [_ends(beat.qrs, samples) for beat in ecg.beats]
    first, last = (complexes[0][0], complexes[-1][1]) if complexes else (samples, 0)
    labels[:first], labels[last + 1 :] = UNKNOWN, UNKNOWN
    return labels


def _ends(wave: Wave, samples: int) -> tuple[int, int]:
    """Onset and offset, those beyond the ends of the recording at its ends."""
    return (0 if wave.onset is None else wave.onset, samples - 1 if wave.offset is None else wave.offset)
