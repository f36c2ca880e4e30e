"""Every measure of one set of estimates, each with its interval."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from jaxtyping import Float, Shaped

from kalemia.cohorts.potassium_ranges import LABELS, range_index
from kalemia.evaluation import classification, measures
from kalemia.evaluation.bootstrap import RESAMPLES
from kalemia.evaluation.classification import Flags
from kalemia.evaluation.measured import Measured, Quantity, measured, require_whole
from kalemia.evaluation.weighted import per_recording

Potassium = Float[np.ndarray, " recording"]

PREVALENCES = (0.02, 0.05, 0.1, 0.2)
"""Shares of cases at which predictive values are given beside those of the recordings themselves."""


@dataclass(frozen=True)
class Score:
    """One measure.

    Attributes:
        measure: its name; `mae[4.0-5.0]` is the MAE where measured potassium is in that range, `ppv_high[2%]` the
            predictive value where 2 % are cases. `_high` is of a potassium of 5.5 mEq/L and above, `_low` of one
            below 3.5.
        label: its name for people.
        value: NaN where it is not defined.
        low: lower end of the 95 % interval, NaN where there is none.
        high: upper end.
        n: how many recordings it stands on.
        cases: for a measure of two classes, how many of them are cases.
    """

    measure: str
    label: str
    value: float
    low: float
    high: float
    n: int
    cases: int | None = None


@dataclass(frozen=True)
class Scores:
    """All measures of one set of estimates.

    Attributes:
        scores: in the order they are shown.
        constants: what the constant predictor says, in mEq/L: one number, or rising those of all folds.
        constant_from: whose median that is. That of the evaluated recordings is the best that any constant could do
            on them, which is a little more than a constant can know.
        patients: how many.
        resamples: draws of the bootstrap.
        seed: of the bootstrap.
    """

    scores: tuple[Score, ...]
    constants: tuple[float, ...]
    constant_from: Literal["training", "evaluation"]
    patients: int
    resamples: int
    seed: int

    def __getitem__(self, measure: str) -> Score:
        """The score of that name."""
        return {score.measure: score for score in self.scores}[measure]


@dataclass(frozen=True)
class _Named:
    """A quantity and what it is called."""

    measure: str
    label: str
    quantity: Quantity
    cases: int | None = None

    def score(self, found: Measured, n: int) -> Score:
        """The score, where the whole is of `n` recordings."""
        among = self.quantity.among
        n = n if among is None else int(among.sum())
        return Score(self.measure, self.label, found.value, found.low, found.high, n, self.cases)


def score(
    truth: Potassium,
    estimate: Potassium,
    patient_ids: Shaped[np.ndarray, " recording"],
    constant: float | Potassium | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Scores:
    """Measure estimates against the truth, with 95 % intervals by a bootstrap over patients.

    Args:
        truth: measured potassium in mEq/L.
        estimate: of the same recordings, in mEq/L.
        patient_ids: whose recording each is.
        constant: what the constant predictor says, the median of the recordings that the model was trained on; in a
            cross-validation an array, for each recording that of its own fold. Without it the median of `truth` is.
        resamples: draws of the bootstrap.
        seed: of the bootstrap.

    Raises:
        ConfigError: columns differ in length, or hold what is not a number.
    """
    median = float(np.median(truth)) if len(truth) else np.nan
    always = per_recording(median if constant is None else constant, len(truth))
    require_whole(patient_ids, truth=truth, estimate=estimate, constant=always)
    named = [
        *_errors(truth, estimate, always),
        *_of_classes("high", "K ≥ 5.5", truth >= measures.HYPERKALAEMIA, estimate >= measures.HYPERKALAEMIA, estimate),
        *_of_classes("low", "K < 3.5", truth < measures.HYPOKALAEMIA, estimate < measures.HYPOKALAEMIA, -estimate),
        *_by_range(truth, estimate),
    ]
    found = measured([one.quantity for one in named], patient_ids, resamples, seed)
    return Scores(
        tuple(one.score(value, len(truth)) for one, value in zip(named, found, strict=True)),
        tuple(float(one) for one in np.unique(always)),
        "evaluation" if constant is None else "training",
        len(np.unique(patient_ids)),
        resamples,
        seed,
    )


def _errors(truth: Potassium, estimate: Potassium, constant: Potassium) -> Iterator[_Named]:
    which = "–".join(dict.fromkeys(f"{end:.1f}" for end in (constant.min(), constant.max()))) if len(constant) else ""
    pair = (truth, estimate)
    yield _Named("mae", "MAE (mEq/L)", Quantity(measures.mae, pair))
    yield _Named("mae_constant", f"MAE of the constant {which}", Quantity(measures.mae, (truth, constant)))
    yield _Named("mae_gain", "Share of that saved", Quantity(measures.mae_gain, (truth, estimate, constant)))
    yield _Named("rmse", "RMSE (mEq/L)", Quantity(measures.rmse, pair))
    yield _Named("bias", "Bias (mEq/L)", Quantity(measures.bias, pair))
    yield _Named("limit_low", "Limits of agreement: lower", Quantity(measures.limit_low, pair))
    yield _Named("limit_high", "Limits of agreement: upper", Quantity(measures.limit_high, pair))
    yield _Named("r", "r", Quantity(measures.pearson_r, pair))
    yield _Named("spearman", "Spearman's r", Quantity(measures.spearman_r, pair))
    yield _Named("r_squared", "R²", Quantity(measures.r_squared, pair))
    yield _Named("slope", "Slope of estimate on truth", Quantity(measures.slope, pair))
    yield _Named("intercept", "Intercept (mEq/L)", Quantity(measures.intercept, pair))


def _of_classes(side: str, title: str, positive: Flags, flagged: Flags, ranking: Potassium) -> Iterator[_Named]:
    cases = int(positive.sum())
    ranked, called = (positive, ranking), (positive, flagged)
    quantities = {
        f"auroc_{side}": ("AUROC", Quantity(measures.auroc, ranked)),
        f"auprc_{side}": ("AUPRC", Quantity(measures.auprc, ranked)),
        f"prevalence_{side}": ("Share of cases", Quantity(classification.prevalence, (positive,))),
        f"sensitivity_{side}": ("Sensitivity", Quantity(classification.sensitivity, called)),
        f"specificity_{side}": ("Specificity", Quantity(classification.specificity, called)),
        f"ppv_{side}": ("PPV", Quantity(classification.ppv, called)),
        f"npv_{side}": ("NPV", Quantity(classification.npv, called)),
    }
    for share in PREVALENCES:
        for name, function in (("ppv", classification.ppv_at), ("npv", classification.npv_at)):
            at = Quantity(partial(function, prevalence=share), called)
            quantities[f"{name}_{side}[{share:.0%}]"] = (f"{name.upper()} at {100 * share:.0f} %", at)
    for measure, (name, quantity) in quantities.items():
        yield _Named(measure, f"{name}, {title}", quantity, cases)


def _by_range(truth: Potassium, estimate: Potassium) -> Iterator[_Named]:
    ranges = range_index(truth)
    for name, title, function in (("mae", "MAE", measures.mae), ("bias", "Bias", measures.bias)):
        for number, label in enumerate(LABELS):
            among = Quantity(function, (truth, estimate), ranges == number)
            yield _Named(f"{name}[{label}]", f"{title}, {label} mEq/L", among)
