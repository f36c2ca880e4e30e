"""The tables of the report."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from kalemia.cohorts.potassium_ranges import LABELS, count_ranges
from kalemia.evaluation import Score, Scores
from kalemia.evaluation.classification import npv, ppv, sensitivity, specificity
from kalemia.evaluation.measured import Measured, Quantity, measured
from kalemia.evaluation.measures import HYPERKALAEMIA
from kalemia.evaluation.paired import Difference
from kalemia.evaluation.scoring import PREVALENCES
from kalemia.study.blocks import Table
from kalemia.study.contestants import CONSTANT, STUDY_MODEL
from kalemia.study.drawings import VARIABLES, spoken
from kalemia.study.findings import Findings, as_numbers
from kalemia.study.jobs import SENSITIVITY
from kalemia.study.results import Result

OVERALL = (
    "mae",
    "mae_constant",
    "mae_gain",
    "rmse",
    "bias",
    "limit_low",
    "limit_high",
    "r",
    "spearman",
    "r_squared",
    "slope",
    "intercept",
)
CLASSES = ("auroc", "auprc", "prevalence", "sensitivity", "specificity", "ppv", "npv")
NONE = "–"


def number(value: float, digits: int = 2) -> str:
    """For people; what is not known is a dash."""
    return NONE if math.isnan(value) else f"{value:.{digits}f}".replace("-", "−")


def with_interval(score: Score | Difference | Measured, digits: int = 2) -> str:
    """Value and 95 % interval."""
    if math.isnan(score.low):
        return number(score.value, digits)
    return f"{number(score.value, digits)} ({number(score.low, digits)} to {number(score.high, digits)})"


def cohort_table(found: Findings) -> Table:
    """Who took part."""
    bench = found.bench
    rows, groups = found.taking_part, bench.design.groups
    potassium = bench.potassium[rows]
    lines = [
        ("Patients", f"{len(np.unique(groups[rows])):,}"),
        ("ECGs", f"{len(rows):,}"),
        ("ECGs that give no estimate", f"{len(bench.inputs.left_out):,}"),
        ("Potassium, mean ± SD (mEq/L)", f"{potassium.mean():.2f} ± {potassium.std():.2f}"),
        *(
            (f"Potassium {label} mEq/L", f"{count:,} ({count / len(rows):.1%})")
            for label, count in zip(LABELS, count_ranges(potassium), strict=True)
        ),
        *_described(found),
    ]
    return Table("The cohort", ("", "value"), lines)


def _described(found: Findings) -> Iterator[tuple[str, str]]:
    age, sex, minutes = (found.column(name) for name in ("age_years", "sex", "minutes_from_lab"))
    years = as_numbers(age) if age is not None else np.zeros(0)
    if np.isfinite(years).any():
        low, middle, high = np.nanquantile(years, (0.25, 0.5, 0.75))
        yield "Age, median (quartiles), years", f"{middle:.0f} ({low:.0f} to {high:.0f})"
    if sex is not None:
        words, counts = np.unique(["unknown" if word is None else str(word) for word in sex], return_counts=True)
        yield "Sex", ", ".join(f"{word} {count:,}" for word, count in zip(words, counts, strict=True))
    between = np.abs(as_numbers(minutes)) if minutes is not None else np.zeros(0)
    if np.isfinite(between).any():
        yield "ECG to blood sample, median of the size, minutes", f"{np.nanmedian(between):.0f}"


def folds_table(found: Findings) -> Table:
    """Each training of the study's model."""
    rows = []
    for facts in found.main.facts:
        of_fold = found.main.column("fold") == facts.fold
        truth, estimate = found.main.truth[of_fold], found.main.estimate[of_fold]
        rows.append(
            (
                facts.fold,
                f"{facts.train:,}",
                f"{facts.validation:,}",
                f"{facts.test:,}",
                f"{facts.constant:.2f}",
                f"{facts.epochs}",
                f"{facts.best_epoch}",
                number(float(np.abs(estimate - truth).mean())) if len(truth) else NONE,
                number(float(np.abs(found.main.constant[of_fold] - truth).mean())) if len(truth) else NONE,
            )
        )
    return Table(
        f"The folds of {found.main.contestant.title}",
        ("fold", "ECGs: training", "validation", "test", "constant, mEq/L", "epochs", "kept", "MAE", "constant's MAE"),
        rows,
        "The constant is the median of the training side. Kept: the epoch with the lowest validation loss.",
    )


def comparison_table(found: Findings) -> Table:
    """All contestants beside each other."""
    return Table(
        "All contestants: mean absolute error (MAE, mEq/L) with 95 % intervals by bootstrap over patients",
        (
            "", "folds", "ECGs", "MAE", "below the constant's, %", "below the DCRNN's", "p", "slope", "AUROC, K ≥ 5.5",
            "parameters", "training, s", "per ECG, ms",
        ),
        [_compared(found, one) for one in found.results],
        "Below the DCRNN's: on the same ECGs, by paired bootstrap; with a minus the contestant is worse. Seconds are "
        "of one training on one core, milliseconds from prepared cycles or features on, on the machine that ran it.",
    )  # fmt: skip


def _compared(found: Findings, result: Result) -> tuple[str, ...]:
    scores = found.scores[result.contestant.name]
    gain, against = scores["mae_gain"], found.against_main.get(result.contestant.name)
    times = [facts.training_s for facts in result.facts if facts.training_s is not None]
    parameters = result.facts[0].parameters
    is_constant = result.contestant.name == CONSTANT
    return (
        result.contestant.title,
        str(len(result.facts)),
        f"{len(np.unique(result.rows[result.estimated])):,}",
        with_interval(scores["mae"]),
        NONE if is_constant else _in_percent(gain),
        NONE if against is None else with_interval(Difference(-against.value, -against.high, -against.low, against.p)),
        NONE if against is None or math.isnan(against.p) else f"{against.p:.3f}",
        NONE if is_constant else number(scores["slope"].value),
        NONE if is_constant else with_interval(scores["auroc_high"], 3),
        NONE if parameters is None else f"{parameters:,}",
        f"{np.median(times):.1f}" if times else NONE,
        f"{np.mean([facts.inference_ms for facts in result.facts]):.2f}",
    )


def percent(share: float) -> str:
    """For people."""
    return NONE if math.isnan(share) else f"{100 * share:.1f} %".replace("-", "−")


def measures_table(found: Findings) -> Table:
    """What is not about two classes, of the core."""
    named = [(one.contestant.title, found.scores[one.contestant.name]) for one in found.core]
    labels = {measure: found.scores[STUDY_MODEL][measure].label for measure in OVERALL}
    rows = [(labels[measure], *(with_interval(scores[measure]) for _, scores in named)) for measure in OVERALL]
    return Table("Measures with 95 % intervals", ("", *(title for title, _ in named)), rows)


def ranges_table(found: Findings) -> Table:
    """Error and bias by measured range, of the core."""
    named = [("Constant", found.scores[CONSTANT])]
    named += [(one.contestant.title, found.scores[one.contestant.name]) for one in found.core]
    rows = [
        (
            f"{what}, {label}",
            f"{found.scores[CONSTANT][f'{measure}[{label}]'].n}",
            *_cells(named, f"{measure}[{label}]"),
        )
        for what, measure in (("MAE", "mae"), ("Bias", "bias"))
        for label in LABELS
    ]
    return Table("By measured range (mEq/L)", ("", "n", *(title for title, _ in named)), rows)


def _cells(named: Sequence[tuple[str, Scores]], measure: str) -> Iterator[str]:
    return (with_interval(scores[measure]) for _, scores in named)


def classes_table(found: Findings, side: str, title: str) -> Table:
    """Detection of a high, or a low, potassium by the estimate itself."""
    named = [(one.contestant.title, found.scores[one.contestant.name]) for one in found.core]
    measures = [f"{name}_{side}" for name in CLASSES]
    measures += [f"{name}_{side}[{share:.0%}]" for share in PREVALENCES for name in ("ppv", "npv")]
    first = found.scores[STUDY_MODEL]
    rows = [(first[measure].label.partition(", K")[0], *_cells(named, measure)) for measure in measures]
    cases = first[f"auroc_{side}"]
    return Table(
        f"Detection of {title} by the estimate itself: {cases.cases:,} of {cases.n:,} estimates are of such an ECG",
        ("", *(name for name, _ in named)),
        rows,
        "Predictive values at other prevalences follow from sensitivity and specificity by Bayes' rule.",
    )


def operating_table(found: Findings) -> Table:
    """Detection at the threshold that was chosen on the validation sides."""
    plan, rows = found.bench.plan, []
    for one in found.core:
        called = one.column("called_high")
        known = np.isfinite(called)
        pair = (one.truth[known] >= HYPERKALAEMIA, called[known] > 0)
        quantities = [Quantity(measure, pair) for measure in (sensitivity, specificity, ppv, npv)]
        thresholds = [facts.threshold_high for facts in one.facts if facts.threshold_high is not None]
        spread = f"{min(thresholds):.2f} to {max(thresholds):.2f}" if thresholds else NONE
        found_shares = measured(quantities, one.patients[known], plan.resamples, plan.seed)
        rows.append((one.contestant.title, f"{known.sum():,}", spread, *map(with_interval, found_shares)))
    return Table(
        f"K ≥ 5.5 at a threshold with a sensitivity of {SENSITIVITY:.0%} on the validation side of each fold",
        ("", "estimates", "thresholds, mEq/L", "sensitivity", "specificity", "PPV", "NPV"),
        rows,
        "A fold whose validation side has nobody with such a potassium has no threshold.",
    )


def coverage_table(found: Findings) -> Table:
    """The 90 % intervals."""
    every = [(one.contestant.title, found.coverage[one.contestant.name]) for one in found.core]
    rows = []
    for place, part in enumerate(every[0][1]):
        cells = [f"{_in_percent(parts[place].share)}; {number(parts[place].width, 1)}" for _, parts in every]
        rows.append((part.label, f"{part.n:,}", *cells))
    return Table(
        "Prediction intervals: share that holds the measured potassium in % (90 promised); mean width in mEq/L",
        ("measured, mEq/L", "n", *(title for title, _ in every)),
        rows,
    )


def _in_percent(share: Measured | Score) -> str:
    return with_interval(Measured(100 * share.value, 100 * share.low, 100 * share.high), 1)


def subgroups_table(found: Findings) -> Table:
    """The study's model in parts of the cohort."""
    rows = [
        (
            f"{VARIABLES[part.variable]}: {spoken(part.label)}" if part.variable != part.label else part.label,
            f"{part.n:,}",
            f"{part.patients:,}",
            with_interval(part.mae),
            with_interval(part.mae_constant),
            with_interval(part.bias),
            with_interval(part.auroc, 3),
        )
        for part in found.subgroups
    ]
    return Table(
        f"{found.main.contestant.title} in subgroups",
        ("", "ECGs", "patients", "MAE", "constant's MAE", "bias", "AUROC, K ≥ 5.5"),
        rows,
    )
