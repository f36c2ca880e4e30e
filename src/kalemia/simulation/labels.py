"""What the laboratory says, and what was true at the moment of the ECG.

Measured = true + what changed between ECG and blood sample (SD about 0.2 mEq/L) + assay error (SD 0.1) + haemolysis
(about 5 % of samples, which adds potassium from broken red cells to the label only).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from kalemia.cohorts.potassium_ranges import range_index
from kalemia.simulation.priors import PRIORS, Prior

GAP_SD, ASSAY_SD = 0.2, 0.1  # mEq/L
MINUTES_SD = 45.0  # between ECG and blood sample
HAEMOLYSED_SHARE = 0.05
HAEMOLYSIS_MEDIAN, HAEMOLYSIS_LOG_SD = 0.5, 0.5  # mEq/L
LABEL_LIMITS = (1.6, 9.9)  # mEq/L, what the simulated laboratory reports
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


def draw_label_in_range(rng: np.random.Generator, wanted_range: int, prior: Prior = PRIORS["wonju"]) -> Label:
    """Draw a label whose measured potassium falls in one of the study's ranges (0 to 5), by rejection."""
    while True:
        true = prior.draw_index(rng, _BATCH)
        samples = measure(rng, true)
        accepted = np.flatnonzero((range_index(samples.measured) == wanted_range) & reportable(samples.measured))
        if len(accepted):
            return _label(true, samples, int(accepted[0]))


def draw_further_label(rng: np.random.Generator, earlier: Sequence[Label], prior: Prior = PRIORS["wonju"]) -> Label:
    """Draw the label of a patient's next ECG from those before, the index ECG's first."""
    while True:
        true = prior.draw_further(rng, [label.potassium_true for label in earlier], _BATCH)
        samples = measure(rng, true)
        accepted = np.flatnonzero(reportable(samples.measured))
        if len(accepted):
            return _label(true, samples, int(accepted[0]))


def label_of(rng: np.random.Generator, true: float) -> Label:
    """Draw the label of an ECG whose true potassium (mEq/L) is known."""
    while True:
        truths = np.full(_BATCH, true)
        samples = measure(rng, truths)
        accepted = np.flatnonzero(reportable(samples.measured))
        if len(accepted):
            return _label(truths, samples, int(accepted[0]))


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


def reportable(measured: Float[np.ndarray, " sample"]) -> np.ndarray:
    """Which measured potassium values (mEq/L) the simulated laboratory reports."""
    return (measured >= LABEL_LIMITS[0]) & (measured <= LABEL_LIMITS[1])


def _label(true: Float[np.ndarray, " sample"], samples: _Samples, place: int) -> Label:
    return Label(
        potassium=float(samples.measured[place]),
        potassium_true=float(true[place]),
        minutes_from_lab=float(samples.minutes[place]),
        haemolysed=bool(samples.haemolysed[place]),
    )
