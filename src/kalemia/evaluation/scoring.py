"""Every measure of one set of estimates, each with its interval."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Shaped

from kalemia.cohorts.potassium_ranges import LABELS, range_index
from kalemia.evaluation import measures
from kalemia.evaluation.bootstrap import RESAMPLES, intervals

Potassium = Float[np.ndarray, " recording"]


@dataclass(frozen=True)
class Score:
    """One measure.

    Attributes:
        measure: its name; `mae[4.0-5.0]` is the MAE where measured potassium is in that range.
        label: its name for people.
        value: NaN where it is not defined.
        low: lower end of the 95 % interval, NaN where there is none.
        high: upper end.
        n: how many recordings it stands on.
        cases: for an AUROC, how many of them are cases.
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
        constant: the estimate of the constant predictor in mEq/L.
        constant_from: whose median that is. That of the evaluated recordings is the best that any constant could do
            on them, which is a little more than a constant can know.
        patients: how many.
        resamples: draws of the bootstrap.
        seed: of the bootstrap.
    """

    scores: tuple[Score, ...]
    constant: float
    constant_from: Literal["training", "evaluation"]
    patients: int
    resamples: int
    seed: int

    def __getitem__(self, measure: str) -> Score:
        """The score of that name."""
        return {score.measure: score for score in self.scores}[measure]


@dataclass(frozen=True)
class _Statistic:
    """A measure on some of the recordings, as a function of how often each recording counts."""

    measure: str
    label: str
    function: Callable[[Potassium, Potassium, measures.Weights | None], measures.Values]
    truth: Potassium
    estimate: Potassium
    among: Bool[np.ndarray, " recording"]
    cases: int | None = None

    def __call__(self, weights: measures.Weights | None) -> measures.Values:
        chosen = None if weights is None else weights[..., self.among]
        return self.function(self.truth[self.among], self.estimate[self.among], chosen)

    def score(self, interval: tuple[float, float]) -> Score:
        return Score(self.measure, self.label, float(self(None)), *interval, int(self.among.sum()), self.cases)


def score(
    truth: Potassium,
    estimate: Potassium,
    patient_ids: Shaped[np.ndarray, " recording"],
    training_truth: Potassium | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Scores:
    """Measure estimates against the truth, with 95 % intervals by a bootstrap over patients.

    Args:
        truth: measured potassium in mEq/L.
        estimate: of the same recordings, in mEq/L.
        patient_ids: whose recording each is.
        training_truth: measured potassium of the training recordings, whose median is the constant predictor; without
            it the median of `truth` is.
        resamples: draws of the bootstrap.
        seed: of the bootstrap.
    """
    known = training_truth is not None and len(training_truth) > 0
    constant_of = training_truth if training_truth is not None and known else truth
    constant = float(np.median(constant_of)) if len(constant_of) else np.nan
    statistics = [*_overall(truth, estimate, constant), *_by_range(truth, estimate)]
    found = intervals(statistics, patient_ids, resamples, seed=seed)
    return Scores(
        tuple(statistic.score(interval) for statistic, interval in zip(statistics, found, strict=True)),
        constant,
        "training" if known else "evaluation",
        len(np.unique(patient_ids)),
        resamples,
        seed,
    )


def _overall(truth: Potassium, estimate: Potassium, constant: float) -> list[_Statistic]:
    everyone = np.ones(len(truth), dtype=bool)
    high = int(np.sum(truth >= measures.HYPERKALAEMIA))
    low = int(np.sum(truth < measures.HYPOKALAEMIA))
    always = np.full(len(truth), constant)
    return [
        _Statistic("mae", "MAE (mEq/L)", measures.mae, truth, estimate, everyone),
        _Statistic("mae_constant", f"MAE of the constant {constant:.1f}", measures.mae, truth, always, everyone),
        _Statistic("rmse", "RMSE (mEq/L)", measures.rmse, truth, estimate, everyone),
        _Statistic("bias", "Bias (mEq/L)", measures.bias, truth, estimate, everyone),
        _Statistic("r", "r", measures.pearson_r, truth, estimate, everyone),
        _Statistic("r_squared", "R²", measures.r_squared, truth, estimate, everyone),
        _Statistic("slope", "Slope of estimate on truth", measures.slope, truth, estimate, everyone),
        _Statistic("intercept", "Intercept (mEq/L)", measures.intercept, truth, estimate, everyone),
        _Statistic("auroc_high", "AUROC, K ≥ 5.5", measures.auroc_hyperkalaemia, truth, estimate, everyone, high),
        _Statistic("auroc_low", "AUROC, K < 3.5", measures.auroc_hypokalaemia, truth, estimate, everyone, low),
    ]


def _by_range(truth: Potassium, estimate: Potassium) -> list[_Statistic]:
    ranges = range_index(truth)
    return [
        _Statistic(f"{name}[{label}]", f"{title}, {label} mEq/L", function, truth, estimate, ranges == number)
        for name, title, function in (("mae", "MAE", measures.mae), ("bias", "Bias", measures.bias))
        for number, label in enumerate(LABELS)
    ]
