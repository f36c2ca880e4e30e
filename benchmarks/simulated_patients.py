"""How good a model is on simulated patients that it has not met, beside the constant and gradient boosting.

Makes (or opens) in WORK a cohort of 3,000 patients per prior, at least 150 in each range, and estimates the index ECG
of each through the whole chain. "weighted" undoes the filling up of rare ranges, so that its figures are those of the
prior itself. Gradient boosting (scikit-learn) reads `kalemia features` and learns from recordings of the model's own
training cohort, where that is given.
"""

import argparse
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor

from kalemia import Recording
from kalemia.answers import Estimate
from kalemia.cohorts import Cohort
from kalemia.cohorts.potassium_ranges import LABELS, range_index
from kalemia.errors import ModelError, SignalError
from kalemia.estimation import Estimator
from kalemia.evaluation import measures
from kalemia.features import measure_features
from kalemia.personal import Reference, waves_of
from kalemia.processes import cores
from kalemia.simulation import simulate_cohort
from markdown_table import show

PRIORS = {"wonju": 901, "emergency": 902, "dialysis": 903}
PATIENTS, AT_LEAST = 3_000, 150
MOST_REFERENCES = 3
NOISY_SD = 0.5  # mEq/L, added to the blood test of a reference
BOOSTED_RECORDINGS = 15_000


@dataclass(frozen=True)
class Seen:
    """What one recording gives: estimates alone and on the prior, what it is as a reference, its features."""

    alone: Estimate
    on_prior: Estimate | None
    reference: Reference | None
    waves: np.ndarray | None


@cache
def estimator(model: str) -> Estimator:
    """Loaded once per process."""
    return Estimator.load(model)


def look(model: str, prior: str, recording: Recording) -> Seen:
    """Estimate one recording."""
    alone = estimator(model).estimate_recording(recording)
    if alone.abstained:
        return Seen(alone, None, None, None)
    try:
        reference = estimator(model).reference(recording, 4.0)
        on_prior = estimator(model).estimate_recording(recording, prior=prior)
    except ModelError:  # it was exported without a calibration
        return Seen(alone, None, None, features(recording))
    return Seen(alone, on_prior, reference, reference.seen.waves)


def features(recording: Recording) -> np.ndarray | None:
    """What boosting reads; `None` where nothing can be measured."""
    try:
        return waves_of(measure_features(recording))
    except SignalError:
        return None


def personal(model: str, recording: Recording, references: list[Reference]) -> float:
    """The estimate with references."""
    return estimator(model).estimate_recording(recording, references).potassium or np.nan


def weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    """The constant that has the least mean absolute error."""
    order = np.argsort(values)
    below = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(below, below[-1] / 2)])


def boosting(training: Path) -> HistGradientBoostingRegressor:
    """Learned from some recordings of a cohort."""
    cohort = Cohort.open(training)
    rows = np.random.default_rng(0).permutation(len(cohort))[:BOOSTED_RECORDINGS]
    known, read = [], []
    potassium = cohort.column("potassium")
    with ProcessPoolExecutor(cores()) as pool:
        pairs = list(cohort.recordings(rows))
        for (row, _), waves in zip(pairs, pool.map(features, [pair[1] for pair in pairs], chunksize=64), strict=True):
            if waves is not None:
                known.append(potassium[row])
                read.append(waves)
    model = HistGradientBoostingRegressor(max_iter=300, learning_rate=0.05, random_state=0)
    return model.fit(np.array(read), np.array(known))


class Result:
    """One prior."""

    def __init__(self, model: str, prior: str, work: Path, boosted: HistGradientBoostingRegressor | None) -> None:
        folder = work / f"test-{prior}"
        done = (folder / "cohort.json").is_file()
        self.cohort = (
            Cohort.open(folder)
            if done
            else simulate_cohort(
                folder, PATIENTS, PRIORS[prior], prior=prior, at_least=AT_LEAST, workers=cores(), progress=False
            )
        )
        self.prior = prior
        recordings = dict(self.cohort.recordings())
        with ProcessPoolExecutor(cores()) as pool:
            count = len(recordings)
            looked = pool.map(look, [model] * count, [prior] * count, recordings.values(), chunksize=32)
            seen = dict(zip(recordings, looked, strict=True))
            self.patients = len(set(self.cohort.column("patient_id")))
            index = [row for row in np.flatnonzero(self.cohort.column("is_index")) if not seen[row].alone.abstained]
            self.rows = np.array(index)
            self.every = np.array([row for row, one in seen.items() if not one.alone.abstained])
            self.every_estimate = np.array([seen[row].alone.potassium for row in self.every])
            self.seen = [seen[row] for row in index]
            self.with_references = self._personal(model, recordings, seen, pool) if self.seen[0].reference else None
        self.truth = self.cohort.column("potassium")[self.rows]
        self.weight = self.cohort.column("weight")[self.rows]
        self.estimate = np.array([one.alone.potassium for one in self.seen])
        self.intervals = np.array([one.alone.interval for one in self.seen])
        self.boosted = boosted.predict(np.array([one.waves for one in self.seen])) if boosted else None

    def _personal(
        self, model: str, recordings: dict[int, Recording], seen: dict[int, Seen], pool: ProcessPoolExecutor
    ) -> dict[str, np.ndarray]:
        """Estimates of each index ECG with 1, 2 and 3 references, and with one noisy one; NaN where there are fewer."""
        rng = np.random.default_rng(0)
        patients, potassium = self.cohort.column("patient_id"), self.cohort.column("potassium")
        jobs: list[tuple[str, int, list[Reference]]] = []
        for place, row in enumerate(self.rows):
            others = [other for other in np.flatnonzero(patients == patients[row]) if other != row]
            known = [Reference(r.seen, potassium[o]) for o in others if (r := seen[o].reference) is not None]
            jobs += [(str(n), place, known[:n]) for n in range(1, min(len(known), MOST_REFERENCES) + 1)]
            if known:
                noisy = Reference(known[0].seen, float(known[0].potassium + rng.normal(0, NOISY_SD)))
                jobs.append(("1, noisy", place, [noisy]))
        names = ("1", "2", "3", "1, noisy")
        found = {name: np.full(len(self.rows), np.nan) for name in names}
        given = [recordings[self.rows[place]] for _, place, _ in jobs]
        estimates = pool.map(personal, [model] * len(jobs), given, [refs for *_, refs in jobs], chunksize=32)
        for (name, place, _), estimate in zip(jobs, estimates, strict=True):
            found[name][place] = estimate
        return found


def main_table(results: list[Result]) -> Iterator[list[str]]:
    """MAE beside the constant's and boosting's."""
    for result in results:
        truth, estimate, boosted = result.truth, result.estimate, result.boosted
        yield [result.prior, "all ECGs of these patients", *_all_ecgs(result)]
        for name, weights in (("as filled up", None), ("weighted", result.weight)):
            ones = np.ones(len(truth)) if weights is None else weights
            constant = np.full(len(truth), weighted_median(truth, ones))
            ours, theirs = (float(measures.mae(truth, one, weights)) for one in (estimate, constant))
            other = float(measures.mae(truth, boosted, weights)) if boosted is not None else np.nan
            yield [
                result.prior,
                name,
                str(len(truth)),
                f"{result.patients - len(truth)}",
                f"{ours:.3f}",
                f"{theirs:.3f}",
                f"{ours / theirs - 1:+.1%}",
                f"{other:.3f}",
                f"{ours / other - 1:+.1%}",
                f"{float(measures.slope(truth, estimate, weights)):.2f}",
                f"{float(measures.auroc_hyperkalaemia(truth, estimate, weights)):.3f}",
                f"{float(measures.auroc_hypokalaemia(truth, estimate, weights)):.3f}",
            ]


def _all_ecgs(result: Result) -> list[str]:
    """The same of index ECGs and those after them; without boosting."""
    truth, estimate = result.cohort.column("potassium")[result.every], result.every_estimate
    ours, theirs = (float(measures.mae(truth, one)) for one in (estimate, np.full(len(truth), np.median(truth))))
    functions = (measures.slope, measures.auroc_hyperkalaemia, measures.auroc_hypokalaemia)
    rest = (f"{float(function(truth, estimate)):.3f}" for function in functions)
    missing = f"{len(result.cohort) - len(truth)}"
    return [str(len(truth)), missing, f"{ours:.3f}", f"{theirs:.3f}", f"{ours / theirs - 1:+.1%}", "", "", *rest]


def coverage_table(results: list[Result]) -> Iterator[list[str]]:
    """How often the interval holds the measured potassium: by measured range, then by the estimate's range."""
    for result in results:
        low, high = result.intervals.T
        inside = (low <= result.truth) & (result.truth <= high)
        for name, by in (("measured", result.truth), ("estimated", result.estimate)):
            ranges = range_index(by)
            cells = [
                f"{inside[ranges == i].mean():.1%} ({np.sum(ranges == i)})" if np.any(ranges == i) else "–"
                for i in range(len(LABELS))
            ]
            yield [result.prior, name, f"{inside.mean():.1%}", *cells, f"{np.median(high - low):.1f}"]


def mae_table(results: list[Result]) -> Iterator[list[str]]:
    """MAE by measured range."""
    for result in results:
        ranges, error = range_index(result.truth), np.abs(result.estimate - result.truth)
        yield [result.prior, *(f"{error[ranges == i].mean():.2f}" for i in range(len(LABELS)))]


def prior_table(results: list[Result]) -> Iterator[list[str]]:
    """Weighted MAE with and without the right prior."""
    for result in results:
        on_prior = np.array([one.on_prior.potassium if one.on_prior else np.nan for one in result.seen], dtype=float)
        bounds = np.array([one.on_prior.interval if one.on_prior else (np.nan, np.nan) for one in result.seen])
        inside = (bounds[:, 0] <= result.truth) & (result.truth <= bounds[:, 1])
        constant = np.full(len(result.truth), weighted_median(result.truth, result.weight))
        values = [
            float(measures.mae(result.truth, one, result.weight)) for one in (result.estimate, on_prior, constant)
        ]
        covered = np.average(inside, weights=result.weight)
        width = np.average(bounds[:, 1] - bounds[:, 0], weights=result.weight)
        ratio = f"{values[1] / values[2] - 1:+.1%}"
        yield [result.prior, *(f"{value:.3f}" for value in values), ratio, f"{covered:.1%}", f"{width:.1f}"]


def reference_table(results: list[Result]) -> Iterator[list[str]]:
    """MAE with references, beside that of the same recordings without."""
    for result in results:
        for name, estimate in (result.with_references or {}).items():
            have = np.isfinite(estimate)
            alone, with_them = (
                float(measures.mae(result.truth[have], one[have])) for one in (result.estimate, estimate)
            )
            yield [
                result.prior,
                name,
                str(have.sum()),
                f"{alone:.3f}",
                f"{with_them:.3f}",
                f"{with_them / alone - 1:+.1%}",
            ]


def main() -> None:
    """Parse the arguments, measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path, help="folder for the cohorts")
    parser.add_argument("--model", default="default", help="name or folder of the model")
    parser.add_argument("--prior", choices=sorted(PRIORS), action="append", help="only this one; may be repeated")
    parser.add_argument("--training", type=Path, help="the model's training cohort, for gradient boosting")
    given = parser.parse_args()
    boosted = boosting(given.training) if given.training else None
    results = [Result(given.model, prior, given.work, boosted) for prior in given.prior or PRIORS]

    columns = ["prior", "patients", "n", "no estimate", "MAE", "constant", "against it", "boosting", "against it"]
    show("Mean absolute error in mEq/L", [*columns, "slope", "AUROC ≥ 5.5", "AUROC < 3.5"], main_table(results))
    show("MAE by measured range", ["prior", *LABELS], mae_table(results))
    columns = ["prior", "by", "all", *LABELS, "median width"]
    show("Coverage of the 90 % interval (n)", columns, coverage_table(results))
    if results[0].seen[0].on_prior is not None:
        columns = ["prior", "MAE", "with --prior", "constant", "against it", "coverage with --prior", "width"]
        show("With the right prior, weighted", columns, prior_table(results))
        columns = ["prior", "references", "n", "MAE alone", "with them", "against it"]
        show("With earlier ECGs and their blood tests", columns, reference_table(results))


if __name__ == "__main__":
    main()
