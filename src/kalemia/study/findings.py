"""What a study found, measured: the results of its contestants, each with its scores."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from kalemia.evaluation import Scores, score
from kalemia.evaluation.measures import HYPERKALAEMIA
from kalemia.evaluation.paired import Difference, paired_difference
from kalemia.evaluation.reliability import Coverage, coverage_by_range
from kalemia.evaluation.subgroups import Subgroup, subgroups
from kalemia.features import FEATURES
from kalemia.study.contestants import CONSTANT, STUDY_MODEL
from kalemia.study.results import Result, paired
from kalemia.study.workbench import Workbench

NUMBERS = ("age_years", "minutes_from_lab")
"""Columns of a cohort that hold numbers."""


@dataclass(frozen=True, eq=False)
class Findings:
    """Everything that tables and figures are made of.

    Attributes:
        bench: of the study.
        results: of all contestants, on the whole training sides.
        curve: of those on the learning curve, the smaller shares included.
    """

    bench: Workbench
    results: tuple[Result, ...]
    curve: tuple[Result, ...]

    @property
    def main(self) -> Result:
        """The study's model."""
        return self.of(STUDY_MODEL)

    @property
    def core(self) -> tuple[Result, ...]:
        """What every study compares, but for the constant."""
        return tuple(one for one in self.results if one.contestant.group == "core" and one.contestant.name != CONSTANT)

    def of(self, name: str) -> Result:
        """The results of one contestant."""
        return next(one for one in self.results if one.contestant.name == name)

    @cached_property
    def scores(self) -> dict[str, Scores]:
        """All measures of each contestant, by name."""
        return {one.contestant.name: self.score(one) for one in self.results}

    def score(self, result: Result) -> Scores:
        """All measures of some results, beside the constant of each fold; not kept, unlike `scores`."""
        plan = self.bench.plan
        return score(result.truth, result.estimate, result.patients, result.constant, plan.resamples, plan.seed)

    @cached_property
    def against_main(self) -> dict[str, Difference]:
        """By how much the MAE of each contestant is above that of the study's model on the same recordings."""
        return {
            one.contestant.name: self.difference(one, self.main)
            for one in self.results
            if one.contestant.name != STUDY_MODEL
        }

    def difference(self, first: Result, second: Result) -> Difference:
        """The MAE of the first less that of the second, on the recordings that both estimate."""
        pair, plan = paired(first, second), self.bench.plan
        return paired_difference(
            pair.truth, pair.first, pair.second, pair.patients, resamples=plan.resamples, seed=plan.seed
        )

    @cached_property
    def subgroups(self) -> tuple[Subgroup, ...]:
        """Of the study's model, by what the cohort's table and the ECGs tell."""
        main, plan = self.main, self.bench.plan
        rows = main.rows[main.estimated]
        table = self.bench.cohort.table
        columns = {name: self.bench.cohort.column(name)[rows] for name in table.column_names}
        columns |= {name: as_numbers(columns[name]) for name in NUMBERS if name in columns}
        columns["qrs_ms"] = self.bench.inputs.waves(rows)[:, list(FEATURES).index("qrs_ms")]
        columns["quality"] = self.bench.inputs.verdicts(rows)
        return subgroups(columns, main.truth, main.estimate, main.constant, main.patients, plan.resamples, plan.seed)

    @cached_property
    def coverage(self) -> dict[str, tuple[Coverage, ...]]:
        """Of the intervals of the core, by name: in each range, and in all; where too few tell, there are none."""
        return {one.contestant.name: self._coverage(one) for one in self.core}

    def _coverage(self, result: Result) -> tuple[Coverage, ...]:
        low, high, plan = result.column("low"), result.column("high"), self.bench.plan
        have = np.isfinite(low)
        return coverage_by_range(
            result.truth[have], low[have], high[have], result.patients[have], plan.resamples, plan.seed
        )

    @property
    def is_high(self) -> Bool[np.ndarray, " recording"]:
        """Which recordings of the study's model are cases of 5.5 mEq/L and more."""
        return np.asarray(self.main.truth >= HYPERKALAEMIA)

    @property
    def tested(self) -> str:
        """What the study's model was measured on."""
        main, repeats = self.main, self.bench.plan.repeats
        in_folds = f" in {len(main.facts)} folds" if len(main.facts) > 1 else ""
        ecgs = len(np.unique(main.rows[main.estimated]))
        return f"n = {ecgs:,}{f', each {repeats} times,' if repeats > 1 else ''}{in_folds}"

    def column(self, name: str) -> Shaped[np.ndarray, " recording"] | None:
        """A column of the cohort for the recordings that take part; `None` where it has none of that name."""
        if name not in self.bench.cohort.table.column_names:
            return None
        return self.bench.cohort.column(name)[self.bench.inputs.rows]

    @property
    def taking_part(self) -> Int[np.ndarray, " row"]:
        """The rows of the recordings that the study is about, usable or not."""
        return self.bench.inputs.rows


def as_numbers(values: Shaped[np.ndarray, " row"]) -> Float[np.ndarray, " row"]:
    """A column of a hospital's table as numbers; NaN where there is something else, such as ">89"."""

    def number(value: object) -> float:
        try:
            return float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return np.nan

    return np.array([number(value) for value in values], dtype=float)


def split_curve(results: Sequence[Result]) -> tuple[tuple[Result, ...], tuple[Result, ...]]:
    """Results on the whole training sides, and those that make the learning curve."""
    whole = tuple(one for one in results if one.share == 1)
    on_it = {one.contestant.name for one in results if one.share < 1}
    return whole, tuple(one for one in results if one.contestant.name in on_it)
