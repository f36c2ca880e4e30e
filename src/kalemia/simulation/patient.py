"""A simulated patient: own baselines, own responses to potassium, at most one confounder.

Spreads between patients: T amplitude log-SD near 0.5, confounders included (it is 0.38 in lead II of PTB-XL's normal
ECGs and 0.57 in the others), T width 18 %, QTc SD 25 ms, PR 26 ms, QRS 14 ms; amplitudes of P, R and T are PTB-XL's
(Wagner et al. 2020, doi:10.1038/s41597-020-0495-6). Between two ECGs of a patient electrodes, posture, rate and calcium
differ, too. Potassium hides in all this: the spreads are what keeps it as hard to see as it is.
"""

from dataclasses import dataclass, fields, replace

import numpy as np
from jaxtyping import Float

from kalemia.simulation.beat import BeatShape
from kalemia.simulation.confounders import PACED, Confounder, draw_confounder
from kalemia.simulation.population import WONJU, Population
from kalemia.simulation.potassium_laws import (
    EFFECTIVE_LIMITS,
    LAWS,
    REFERENCE_POTASSIUM,
    EffectivePotassium,
    apply_potassium,
)
from kalemia.simulation.repolarisation import NORMAL_CALCIUM_MM, NORMAL_VENTRICLE, Ventricle, change_of

# Between patients (medians; log-SD for amplitudes and widths, s for intervals).
R_MEDIAN_MV, R_LOG_SD = 0.85, 0.37
P_MEDIAN_MV, P_LOG_SD = 0.115, 0.32
T_MEDIAN_MV, T_LOG_SD = 0.23, 0.43
T_WIDTH_MEDIAN_S, T_WIDTH_LOG_SD = 0.108, 0.18
T_ASYMMETRY = (0.85, 1.35)  # the areas of T before and behind its peak are then as in PTB-XL's normal ECGs
PR_MEAN_S, PR_SD_S = 0.157, 0.026
QRS_MEAN_S, QRS_SD_S = 0.091, 0.014
QTC_MEAN_S, QTC_SD_S, QTC_FEMALE_S = 0.400, 0.024, 0.010
HEART_RATE_MEDIAN, HEART_RATE_LOG_SD = 83.0, 0.20
RATE_LIMITS, PACED_RATE_LIMITS = (38.0, 140.0), (60.0, 90.0)  # beats per minute
R_T_CORRELATION = 0.33  # of log amplitudes, as in lead II of PTB-XL's normal ECGs

# Between two ECGs of one patient.
R_VISIT_LOG_SD, T_VISIT_LOG_SD, T_WIDTH_VISIT_LOG_SD = 0.08, 0.11, 0.06
QTC_VISIT_SD_S, PR_VISIT_SD_S, HEART_RATE_VISIT_LOG_SD = 0.010, 0.006, 0.10
CALCIUM_VISIT_LOG_SD = 0.04

# Of the ventricle: within the template library.
KS_GRADIENT, KR_LIMITS, KR_LOG_SD = (2.0, 3.0), (0.7, 1.3), 0.12

# Responses to potassium.
NON_RESPONDER_SHARE, NON_RESPONDER_GAIN_SD = 0.12, 0.08
SHARED_GAIN_LOG_SD, OWN_GAIN_LOG_SD = 0.25, 0.22
INVERTED_T_SHARE, BIPHASIC_T_SHARE, LEFT_AXIS_SHARE, FIRST_DEGREE_BLOCK_SHARE = 0.04, 0.04, 0.10, 0.015


@dataclass(frozen=True)
class Response:
    """How strongly a patient's ECG follows potassium: 0 not at all, 1 as the mean patient does.

    Attributes:
        t_amplitude, t_width, conduction, atrium, hypokalaemia: the gain of each part of the beat.
    """

    t_amplitude: float = 1.0
    t_width: float = 1.0
    conduction: float = 1.0
    atrium: float = 1.0
    hypokalaemia: float = 1.0

    def effective(self, potassium: float) -> EffectivePotassium:
        """The potassium (mEq/L) that each part of the ECG behaves as if it had."""

        def seen(gain: float) -> float:
            return float(np.clip(REFERENCE_POTASSIUM + gain * (potassium - REFERENCE_POTASSIUM), *EFFECTIVE_LIMITS))

        return EffectivePotassium(
            seen(self.t_amplitude),
            seen(self.t_width),
            seen(self.conduction),
            seen(self.atrium),
            seen(self.hypokalaemia),
            rate=seen(self.conduction),
        )


@dataclass(frozen=True)
class Patient:
    """A simulated patient.

    Attributes:
        age_years: age.
        sex: `F` or `M`.
        heart_rate_bpm: usual heart rate at the reference potassium.
        shape: own beat at the reference potassium and 60 beats per minute.
        response: own response to potassium.
        confounder: what else changes the ECG.
        ventricle: own wall, and what its cells are made of.
        calcium_mm: that its cells live in.
        atrial_fibrillation: whether the rhythm is atrial fibrillation.
        ectopy: share of ectopic beats.
    """

    age_years: int
    sex: str
    heart_rate_bpm: float
    shape: BeatShape
    response: Response
    confounder: Confounder
    atrial_fibrillation: bool
    ectopy: float
    ventricle: Ventricle = NORMAL_VENTRICLE
    calcium_mm: float = NORMAL_CALCIUM_MM


def draw_patient(rng: np.random.Generator, population: Population = WONJU) -> Patient:
    """Draw a patient of a population."""
    age_years = int(np.clip(rng.normal(population.age_mean_years, population.age_sd_years), 18, 98))
    sex = "F" if rng.random() < 0.45 else "M"
    median_bpm = HEART_RATE_MEDIAN * population.heart_rate_factor
    patient = Patient(
        age_years=age_years,
        sex=sex,
        heart_rate_bpm=float(np.clip(median_bpm * np.exp(rng.normal(0, HEART_RATE_LOG_SD)), 45, 130)),
        shape=_draw_shape(rng, age_years, sex),
        response=draw_response(rng),
        confounder=draw_confounder(rng, population.confounder_factors),
        atrial_fibrillation=bool(rng.random() < population.atrial_fibrillation_share * (age_years > 50)),
        ectopy=float(rng.uniform(0.04, 0.18)) if rng.random() < 0.12 else 0.0,
    )
    return replace(patient, ventricle=_draw_ventricle(rng), calcium_mm=patient.confounder.calcium_mm)


def shape_at(patient: Patient, potassium: float, rr_s: float) -> BeatShape:
    """The patient's beat at a potassium (mEq/L) and an RR interval (s).

    QT follows the cube root of RR (Fridericia 1920), T width a weaker root of it.
    """
    effective = patient.response.effective(potassium)
    cells = change_of(patient.ventricle, effective.t_width, patient.calcium_mm, REFERENCE_POTASSIUM)
    shape = apply_potassium(patient.confounder.change(patient.shape), effective, cells)
    return replace(shape, qt_s=shape.qt_s * rr_s ** (1 / 3), t_width_s=shape.t_width_s * rr_s**0.2)


def heart_rate_at(patient: Patient, potassium: float) -> float:
    """The patient's heart rate at a potassium (mEq/L), in beats per minute."""
    rate = patient.response.effective(potassium).rate
    slowest, fastest = PACED_RATE_LIMITS if patient.confounder.name == PACED else RATE_LIMITS
    return float(np.clip(patient.heart_rate_bpm * LAWS["heart_rate"](rate), slowest, fastest))


def on_another_day(patient: Patient, rng: np.random.Generator) -> Patient:
    """The same patient at one visit: electrodes, posture, rate and calcium are never quite the same."""
    shape = patient.shape
    r_factor = np.exp(rng.normal(0, R_VISIT_LOG_SD))
    visit = replace(
        shape,
        pr_s=max(shape.pr_s + rng.normal(0, PR_VISIT_SD_S), 0.09),
        p_mv=shape.p_mv * np.exp(rng.normal(0, 0.12)),
        q_mv=shape.q_mv * r_factor,
        r_mv=shape.r_mv * r_factor,
        s_mv=shape.s_mv * r_factor,
        st_mv=shape.st_mv + rng.normal(0, 0.012),
        t_mv=shape.t_mv * np.exp(rng.normal(0, T_VISIT_LOG_SD)),
        t_width_s=shape.t_width_s * np.exp(rng.normal(0, T_WIDTH_VISIT_LOG_SD)),
        qt_s=shape.qt_s + rng.normal(0, QTC_VISIT_SD_S),
    )
    rate = float(np.clip(patient.heart_rate_bpm * np.exp(rng.normal(0, HEART_RATE_VISIT_LOG_SD)), 45, 130))
    calcium_mm = patient.calcium_mm * np.exp(rng.normal(0, CALCIUM_VISIT_LOG_SD))
    return replace(patient, shape=visit, heart_rate_bpm=rate, calcium_mm=float(calcium_mm))


def _draw_ventricle(rng: np.random.Generator) -> Ventricle:
    """A wall and its conductances, anywhere in the template library: nobody knows those of a patient."""
    return Ventricle(
        mid_share=rng.uniform(0.12, 0.38),
        endo_share=rng.uniform(0.36, 0.56),
        ks_gradient=rng.uniform(*KS_GRADIENT),
        kr=float(np.clip(np.exp(rng.normal(0, KR_LOG_SD)), *KR_LIMITS)),
    )


def draw_response(rng: np.random.Generator) -> Response:
    """Gains of mean 1: a share of the patients hardly responds at all, the others follow a log-normal."""
    if rng.random() < NON_RESPONDER_SHARE:
        shared = abs(rng.normal(0, NON_RESPONDER_GAIN_SD))
    else:
        shared = _log_normal_of_mean_1(rng, SHARED_GAIN_LOG_SD, 1)[0] / (1 - NON_RESPONDER_SHARE)
    gains = shared * _log_normal_of_mean_1(rng, OWN_GAIN_LOG_SD, len(fields(Response)))
    return Response(*gains.tolist())


def _log_normal_of_mean_1(rng: np.random.Generator, log_sd: float, count: int) -> Float[np.ndarray, " gain"]:
    return np.exp(rng.normal(-(log_sd**2) / 2, log_sd, count))


def _draw_shape(rng: np.random.Generator, age_years: int, sex: str) -> BeatShape:
    common = rng.normal()
    r_size = np.sqrt(R_T_CORRELATION) * common + np.sqrt(1 - R_T_CORRELATION) * rng.normal()
    t_size = np.sqrt(R_T_CORRELATION) * common + np.sqrt(1 - R_T_CORRELATION) * rng.normal()
    t_mv = T_MEDIAN_MV * np.exp(T_LOG_SD * t_size - 0.004 * (age_years - 64))
    inverted, biphasic = rng.random() < INVERTED_T_SHARE, rng.random() < BIPHASIC_T_SHARE
    block_s = rng.uniform(0.04, 0.10) if rng.random() < FIRST_DEGREE_BLOCK_SHARE else 0.0
    q_mv, r_mv, s_mv = _draw_qrs(rng, R_MEDIAN_MV * np.exp(R_LOG_SD * r_size))
    return BeatShape(
        p_mv=P_MEDIAN_MV * np.exp(rng.normal(0, P_LOG_SD)),
        p_s=float(np.clip(rng.normal(0.106, 0.012), 0.07, 0.15)),
        p_second=rng.uniform(0.6, 1.1),
        pr_s=max(rng.normal(PR_MEAN_S + 0.0003 * (age_years - 64), PR_SD_S), 0.11) + block_s,
        q_mv=q_mv,
        r_mv=r_mv,
        s_mv=s_mv,
        qrs_s=float(np.clip(rng.normal(QRS_MEAN_S, QRS_SD_S), 0.066, 0.14)),
        r_sd_share=rng.uniform(0.10, 0.14),
        s_sd_share=rng.uniform(0.07, 0.11),
        t_mv=t_mv * (-0.6 if inverted else 1.0),
        t_width_s=T_WIDTH_MEDIAN_S * np.exp(rng.normal(0, T_WIDTH_LOG_SD)),
        t_asymmetry=rng.uniform(*T_ASYMMETRY),
        qt_s=rng.normal(QTC_MEAN_S + QTC_FEMALE_S * (sex == "F"), QTC_SD_S),
        u_mv=abs(rng.normal(0, 0.018)),
        j_mv=rng.normal(0, 0.015),
        st_mv=rng.normal(0.008, 0.025),
        t_terminal=rng.uniform(0.3, 0.8) if biphasic else 0.0,
    )


def _draw_qrs(rng: np.random.Generator, size_mv: float) -> tuple[float, float, float]:
    """Amplitudes of q, R and S: a left axis turns lead II's qRs into an rS."""
    q_mv = -size_mv * rng.uniform(0.02, 0.16) * (rng.random() < 0.7)
    if rng.random() < LEFT_AXIS_SHARE:
        return 0.3 * q_mv, size_mv * rng.uniform(0.15, 0.55), -size_mv * rng.uniform(0.4, 0.9)
    return q_mv, size_mv, -size_mv * rng.beta(1.3, 5.0)
