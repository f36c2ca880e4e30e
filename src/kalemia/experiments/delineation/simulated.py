"""Simulated leads: what the database has few of. Hyperkalaemia above all, atrial fibrillation, and no beats at all."""

from dataclasses import replace

import numpy as np
from jaxtyping import Int8
from scipy import signal as dsp

from kalemia.delineation.beat import Wave
from kalemia.delineation.network import NONE, QRS, P, T
from kalemia.experiments.delineation.augmentation import Noise, Strip, Taught, oscillation
from kalemia.experiments.delineation.labels import UNKNOWN
from kalemia.simulation.patient import draw_patient
from kalemia.simulation.recording import SimulatedECG, record

POTASSIUM = (2.0, 9.5)
"""mEq/L, all equally often: half of the patients have hyperkalaemia."""
FIBRILLATION_SHARE = 0.3
RECORDED_SHARE = 0.4
VENTRICULAR_FIBRILLATION_HZ = (3.0, 8.0)
SAMPLES = 5000
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


def leads_without_beats(seed: int, count: int, noise: Noise) -> list[Taught]:
    """Noise of all colours, wander, and waves like those of ventricular fibrillation, in which there is no beat.

    Args:
        seed: the same seed gives the same leads.
        count: how many.
        noise: recorded noise, which a part of them are.
    """
    return [
        (_without_beats(np.random.default_rng((seed, number, 1)), noise), np.full(SAMPLES, NONE, np.int8))
        for number in range(count)
    ]


def _without_beats(rng: np.random.Generator, noise: Noise) -> Strip:
    if noise.tracks and rng.random() < RECORDED_SHARE:
        tracks = noise.tracks[rng.integers(len(noise.tracks))]
        track = tracks[rng.integers(len(tracks))]
        start = rng.integers(len(track) - SAMPLES)
        return track[start : start + SAMPLES]
    white = rng.standard_normal(SAMPLES)
    coloured = dsp.lfilter([1.0], [1.0, -rng.uniform(0, 1)], white)
    hiss = coloured / coloured.std() + rng.uniform(0, 0.5) * white
    if rng.random() < 0.5:
        return hiss.astype(np.float32)
    waves = oscillation(rng, SAMPLES, VENTRICULAR_FIBRILLATION_HZ, irregular=1.5)
    return (waves + rng.uniform(0, 0.3) * hiss).astype(np.float32)


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
        *((P, wave) for wave in ecg.lone_p),
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
