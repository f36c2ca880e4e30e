"""What the laboratory says, and what was true at the moment of the ECG.

Measured = true + what changed between ECG and blood sample (SD about 0.2 mEq/L) + assay error (SD 0.1) + haemolysis
(about 5 % of samples, which adds potassium from broken red cells to the label only).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from kalemia.cohorts.potassium_ranges import range_index
from kalemia.simulation.potassium_laws import POTASSIUM_LIMITS

GAP_SD, ASSAY_SD = 0.2, 0.1  # mEq/L
MINUTES_SD = 45.0  # between ECG and blood sample
HAEMOLYSED_SHARE = 0.05
HAEMOLYSIS_MEDIAN, HAEMOLYSIS_LOG_SD = 0.5, 0.5  # mEq/L
LABEL_LIMITS = (1.6, 9.9)  # mEq/L, what the simulated laboratory reports
NORMAL_POTASSIUM, NORMAL_SD = 4.3, 0.4  # mEq/L, where treatment leads

# Density of true potassium in a cohort as flat as the study's; only its shape matters.
_LEVELS = (2.0, 2.8, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 6.5, 7.0, 7.5, 8.0, 8.5, 9.0, 9.7)
_DENSITY = (0.01, 0.06, 0.15, 0.18, 0.26, 0.75, 1.0, 0.85, 0.70, 0.72, 0.70, 0.55, 0.36, 0.20, 0.0)
_GRID = np.linspace(_LEVELS[0], _LEVELS[-1], 2001)
_CUMULATIVE = np.cumsum(np.interp(_GRID, _LEVELS, _DENSITY)) / np.sum(np.interp(_GRID, _LEVELS, _DENSITY))
_BATCH = 256


@dataclass(frozen=True)
class Label:
    """The potassium of one ECG.

    Attributes:
        potassium: measured, mEq/L, with two decimals.
        potassium_true: at the moment of the ECG, mEq/L.
        minutes_from_lab: time of the blood sample after (or, negative, before) the ECG.
        haemolysed: whether the sample was haemolysed.
    """

    potassium: float
    potassium_true: float
    minutes_from_lab: float
    haemolysed: bool


@dataclass(frozen=True)
class _Samples:
    measured: Float[np.ndarray, " sample"]
    minutes: Float[np.ndarray, " sample"]
    haemolysed: np.ndarray


def draw_label_in_range(rng: np.random.Generator, wanted_range: int) -> Label:
    """Draw a label whose measured potassium falls in one of the study's ranges (0 to 5), by rejection."""
    while True:
        true = np.interp(rng.random(_BATCH), _CUMULATIVE, _GRID)
        samples = measure(rng, true)
        accepted = np.flatnonzero((range_index(samples.measured) == wanted_range) & _reportable(samples.measured))
        if len(accepted):
            return _label(true, samples, int(accepted[0]))


def draw_later_label(rng: np.random.Generator, earlier_true: float) -> Label:
    """Draw the label of a further ECG of a patient: on the way from an earlier potassium to a normal one."""
    while True:
        stays = rng.beta(1.2, 2.2, _BATCH)
        target = rng.normal(NORMAL_POTASSIUM, NORMAL_SD, _BATCH)
        true = np.clip(stays * earlier_true + (1 - stays) * target, 2.0, POTASSIUM_LIMITS[1])
        samples = measure(rng, true)
        accepted = np.flatnonzero(_reportable(samples.measured))
        if len(accepted):
            return _label(true, samples, int(accepted[0]))


def measure(rng: np.random.Generator, true: Float[np.ndarray, " sample"]) -> _Samples:
    """Measure true potassium values (mEq/L) as a laboratory would, some time from the ECG.

    Potassium wanders between ECG and sample, so that its change grows with the square root of the time between.
    """
    count = len(true)
    minutes = rng.normal(0, MINUTES_SD, count)
    usual_minutes = MINUTES_SD * np.sqrt(2 / np.pi)
    gap = rng.normal(0, GAP_SD, count) * np.sqrt(np.abs(minutes) / usual_minutes)
    haemolysed = rng.random(count) < HAEMOLYSED_SHARE
    added = HAEMOLYSIS_MEDIAN * np.exp(rng.normal(0, HAEMOLYSIS_LOG_SD, count)) * haemolysed
    measured = np.round(true + gap + rng.normal(0, ASSAY_SD, count) + added, 2)
    return _Samples(measured, np.round(minutes), haemolysed)


def _reportable(measured: Float[np.ndarray, " sample"]) -> np.ndarray:
    return (measured >= LABEL_LIMITS[0]) & (measured <= LABEL_LIMITS[1])


def _label(true: Float[np.ndarray, " sample"], samples: _Samples, place: int) -> Label:
    return Label(
        potassium=float(samples.measured[place]),
        potassium_true=float(true[place]),
        minutes_from_lab=float(samples.minutes[place]),
        haemolysed=bool(samples.haemolysed[place]),
    )
