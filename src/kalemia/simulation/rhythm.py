"""When the heart beats: sinus rhythm, atrial fibrillation, ectopic beats, ventricular pacing."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from kalemia.simulation.confounders import PACED
from kalemia.simulation.patient import Patient

EDGE_S = 1.6  # beats are drawn this far beyond both ends of a recording, so that their waves reach into it
MIN_RR_S = 0.30


@dataclass(frozen=True)
class Rhythm:
    """The beats of a recording.

    Attributes:
        name: `sinus`, `atrial_fibrillation` or `paced`; behind an AV block (`av_block.py`) its degree.
        r_s: R times in seconds from the start of the recording, rising, some before the start and after the end.
        ventricular: beats that start in a ventricle.
        atrial: beats that start early in an atrium.
        breath: the respiratory phase of each beat, -1 to 1.
    """

    name: str
    r_s: Float[np.ndarray, " beat"]
    ventricular: Bool[np.ndarray, " beat"]
    atrial: Bool[np.ndarray, " beat"]
    breath: Float[np.ndarray, " beat"]

    @property
    def rr_s(self) -> Float[np.ndarray, " beat"]:
        """Time since the previous R in seconds; the first beat takes the second's."""
        rr_s = np.diff(self.r_s)
        return np.concatenate([rr_s[:1], rr_s])


def draw_rhythm(rng: np.random.Generator, patient: Patient, heart_rate_bpm: float, duration_s: float) -> Rhythm:
    """Draw the beats of a recording.

    Args:
        rng: source of chance.
        patient: whose heart it is.
        heart_rate_bpm: mean heart rate.
        duration_s: length of the recording in seconds.
    """
    mean_rr_s = 60.0 / heart_rate_bpm
    beats = int((duration_s + 2 * EDGE_S) / (0.55 * mean_rr_s)) + 2
    breath_hz, breath_phase = rng.uniform(0.18, 0.33), rng.uniform(0, 2 * np.pi)
    breath = np.sin(2 * np.pi * breath_hz * mean_rr_s * np.arange(beats) + breath_phase)
    name = _name(patient)
    if name == "atrial_fibrillation":
        rr_s = mean_rr_s * np.exp(rng.normal(0, rng.uniform(0.13, 0.24), beats))
    elif name == "paced":
        rr_s = mean_rr_s * (1 + rng.normal(0, 0.002, beats))
    else:
        rr_s = mean_rr_s * _sinus_variability(rng, patient.age_years, breath)
    ventricular, atrial = _draw_ectopy(rng, patient.ectopy if name == "sinus" else 0.0, beats)
    rr_s = np.maximum(_with_ectopy(rr_s, ventricular, atrial), MIN_RR_S)
    r_s = np.cumsum(rr_s) - EDGE_S - rng.uniform(0, 1) * mean_rr_s
    kept = (r_s > -EDGE_S) & (r_s < duration_s + EDGE_S)
    return Rhythm(name, r_s[kept], ventricular[kept], atrial[kept], breath[kept])


def _name(patient: Patient) -> str:
    if patient.confounder.name == PACED:
        return "paced"
    return "atrial_fibrillation" if patient.atrial_fibrillation else "sinus"


def _sinus_variability(
    rng: np.random.Generator, age_years: int, breath: Float[np.ndarray, " beat"]
) -> Float[np.ndarray, " beat"]:
    """Respiratory sinus arrhythmia, weaker with age, on a slow drift and a little chance."""
    depth = 0.045 * np.exp(-(age_years - 30) / 30) * np.exp(rng.normal(0, 0.5))
    drift = 0.012 * np.cumsum(rng.normal(0, 0.5, len(breath)))
    varied: Float[np.ndarray, " beat"] = 1 + np.clip(depth, 0, 0.12) * breath + np.clip(drift, -0.08, 0.08)
    return varied + rng.normal(0, 0.006, len(breath))


def _draw_ectopy(
    rng: np.random.Generator, share: float, beats: int
) -> tuple[Bool[np.ndarray, " beat"], Bool[np.ndarray, " beat"]]:
    """Mark ectopic beats, never two in a row; most are ventricular in some patients, atrial in others."""
    ectopic = rng.random(beats) < share
    ectopic[1:] &= ~ectopic[:-1]
    ventricular = ectopic & (rng.random() < 0.5)
    return ventricular, ectopic & ~ventricular


def _with_ectopy(
    rr_s: Float[np.ndarray, " beat"], ventricular: Bool[np.ndarray, " beat"], atrial: Bool[np.ndarray, " beat"]
) -> Float[np.ndarray, " beat"]:
    """Ectopic beats come early; a ventricular one is followed by a compensatory pause, an atrial one by a reset."""
    after_ventricular = np.concatenate([[False], ventricular[:-1]])
    after_atrial = np.concatenate([[False], atrial[:-1]])
    factor = np.ones_like(rr_s)
    factor[ventricular | atrial] = 0.68
    factor[after_ventricular] = 1.32
    factor[after_atrial] = 1.08
    return rr_s * factor
