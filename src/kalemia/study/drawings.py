"""The figures of what a study found."""

from collections.abc import Iterator, Sequence

import numpy as np

from kalemia.cohorts.potassium_ranges import LABELS, count_ranges, range_index
from kalemia.evaluation import Score, Scores
from kalemia.figures.agreement import boxes_by_range, heatmap, scatter
from kalemia.figures.bland_altman import bland_altman
from kalemia.figures.by_range import ByRange
from kalemia.figures.comparison import Compared, comparison
from kalemia.figures.curve import Curve
from kalemia.figures.error_by_range import error_by_range
from kalemia.figures.flow_diagram import flow_diagram
from kalemia.figures.learning_curve import learning_curve
from kalemia.figures.loss import FoldLoss, loss_curves
from kalemia.figures.potassium_distribution import potassium_distribution
from kalemia.figures.subgroups import Subgroup, subgroups
from kalemia.study.contestants import CONSTANT
from kalemia.study.drawing import Columns, Drawing, of_curves
from kalemia.study.findings import Findings
from kalemia.study.flow import flow_of
from kalemia.study.jobs import RUNS
from kalemia.study.results import Result
from kalemia.training import Run
from kalemia.training.history import best

VARIABLES = {
    "all": "all",
    "age_years": "age (years)",
    "sex": "sex",
    "rhythm": "rhythm",
    "qrs_ms": "QRS (ms)",
    "minutes_from_lab": "ECG to blood sample (minutes)",
    "quality": "quality of the ECG",
}
"""Names of what subgroups are told apart by."""


def draw_findings(found: Findings) -> Iterator[Drawing]:
    """Figures of the cohort, of the trainings, and of how near the estimates are."""
    yield _flow(found)
    yield _distribution(found)
    yield _losses(found)
    yield from _agreement(found)
    yield _comparison(found)
    yield _errors_by_range(found)
    yield _subgroups(found)
    if found.curve:
        yield _learning_curve(found)


def spoken(label: str) -> str:
    """A value of a column as people write it, with nothing that a figure would take for a formula."""
    return drawable(label.replace("_", " "))


def drawable(text: str) -> str:
    """Text in which a figure finds no formula."""
    return text.replace("$", r"\$")


def triple(score: Score) -> tuple[float, float, float]:
    """Value and interval."""
    return score.value, score.low, score.high


def _flow(found: Findings) -> Drawing:
    steps = list(flow_of(found))
    reasons = [(step, one) for step in steps for one in step.excluded]
    return Drawing(
        "flow",
        "From the ECGs of the cohort to those with an estimate.",
        "Flow diagram",
        flow_diagram(steps),
        {
            "step": [step.title for step in steps] + [f"left out: {one.reason}" for _, one in reasons],
            "ecgs": [step.recordings for step in steps] + [one.recordings for _, one in reasons],
            "patients": [step.patients for step in steps] + [one.patients for _, one in reasons],
        },
    )


def _distribution(found: Findings) -> Drawing:
    potassium = found.bench.potassium[found.taking_part]
    return Drawing(
        "potassium_distribution",
        f"Measured potassium of the {len(potassium):,} ECGs, in the six ranges of the study.",
        "Histogram of measured potassium",
        potassium_distribution(potassium),
        {"potassium_mEq_per_L": potassium},
    )


def _losses(found: Findings) -> Drawing:
    folds, main = [], found.main
    for facts in main.facts:
        run = Run.open(found.bench.folder / RUNS / main.contestant.name / f"fold-{facts.fold}")
        epochs = run.epochs()
        folds.append(
            FoldLoss(
                facts.fold,
                [epoch.epoch for epoch in epochs],
                [epoch.train_loss for epoch in epochs],
                [epoch.validation_loss for epoch in epochs],
                best(epochs).epoch,
            )
        )
    data: Columns = {
        "fold": [fold.name for fold in folds for _ in fold.epochs],
        "epoch": [epoch for fold in folds for epoch in fold.epochs],
        "training": [loss for fold in folds for loss in fold.train],
        "validation": [loss for fold in folds for loss in fold.validation],
    }
    loss = f"{run.config.loss.capitalize()} loss"
    return Drawing(
        "loss_curves",
        f"{loss} of {main.contestant.title} over the epochs, in every fold; the weights of the marked epochs were "
        "kept.",
        "Training and validation loss of all folds",
        loss_curves(folds, loss),
        data,
    )


def _agreement(found: Findings) -> Iterator[Drawing]:
    main, scores = found.main, found.scores[found.main.contestant.name]
    truth, estimate, title = main.truth, main.estimate, main.contestant.title
    data: Columns = {"measured_mEq_per_L": truth, "estimated_mEq_per_L": estimate, "fold": main.column("fold")}
    counts = np.zeros((len(LABELS), len(LABELS)), dtype=int)
    np.add.at(counts, (range_index(estimate), range_index(truth)), 1)
    cells: Columns = {
        "estimated range": LABELS,
        **{f"measured {label}": counts[:, i] for i, label in enumerate(LABELS)},
    }
    yield Drawing(
        "heatmap",
        f"{title}: estimated against measured range, {found.tested}; the colour is the share of the measured range.",
        "Counts by measured and estimated range",
        heatmap(truth, estimate),
        cells,
    )
    yield Drawing(
        "boxes_by_range",
        f"{title}: estimates by measured range, {found.tested}.",
        "Box plots of the estimate by measured range",
        boxes_by_range(truth, estimate),
        data,
    )
    line = (scores[name].value for name in ("slope", "intercept", "r_squared"))
    yield Drawing(
        "scatter",
        f"{title}: estimated against measured potassium, {found.tested}. R² is that of the estimate, not of the line.",
        "Scatter of estimate against measurement",
        scatter(truth, estimate, *line),
        data,
    )
    ends = (triple(scores[name]) for name in ("bias", "limit_low", "limit_high"))
    yield Drawing(
        "bland_altman",
        f"{title}: estimate minus measurement against their mean, with bias and 95 % limits of agreement.",
        "Bland-Altman plot",
        bland_altman(truth, estimate, *ends),
        {"mean_mEq_per_L": (truth + estimate) / 2, "difference_mEq_per_L": estimate - truth},
    )


def _comparison(found: Findings) -> Drawing:
    models = [_compared(one, found.scores[one.contestant.name]) for one in found.results]
    constant = triple(found.scores[found.main.contestant.name]["mae_constant"])
    return Drawing(
        "comparison",
        "Mean absolute error of all contestants with 95 % intervals, beside that of the constant. Hollow: not all "
        "folds were run. Seconds are of one training on one core.",
        "Forest plot of the mean absolute error",
        comparison(models, constant, found.tested),
        {
            "contestant": [one.name for one in models],
            "mae_mEq_per_L": [one.mae for one in models],
            "low": [one.low for one in models],
            "high": [one.high for one in models],
            "parameters": [one.parameters for one in models],
            "training_s": [one.training_s for one in models],
            "note": [one.note for one in models],
        },
    )


def _compared(result: Result, scores: Scores) -> Compared:
    times = [facts.training_s for facts in result.facts if facts.training_s is not None]
    return Compared(
        drawable(result.contestant.title),
        *triple(scores["mae"]),
        parameters=result.facts[0].parameters,
        training_s=float(np.median(times)) if times else None,
        note="" if result.all_folds else "1 fold",
    )


def _errors_by_range(found: Findings) -> Drawing:
    models = [_by_range(drawable(one.contestant.title), found.scores[one.contestant.name], "mae") for one in found.core]
    constant = _by_range("Constant", found.scores[CONSTANT], "mae")
    return Drawing(
        "error_by_range",
        "Mean absolute error by measured range, with 95 % intervals, beside that of the constant.",
        "Mean absolute error of the models in each range",
        error_by_range(models, constant, count_ranges(found.main.truth)),
        range_columns([*models, constant], "mae_mEq_per_L"),
    )


def _by_range(name: str, scores: Scores, measure: str) -> ByRange:
    values = np.array([triple(scores[f"{measure}[{label}]"]) for label in LABELS])
    return ByRange(name, *values.T)


def range_columns(models: Sequence[ByRange], unit: str) -> Columns:
    """A measure of several models in each range, as one table."""
    return {
        "model": [one.name for one in models for _ in LABELS],
        "measured range": list(LABELS) * len(models),
        unit: np.concatenate([one.value for one in models]),
        "low": np.concatenate([one.low for one in models]),
        "high": np.concatenate([one.high for one in models]),
    }


def _subgroups(found: Findings) -> Drawing:
    parts = [
        Subgroup(
            VARIABLES[part.variable],
            spoken(part.label),
            part.n,
            part.mae.value,
            part.mae.low,
            part.mae.high,
            part.mae_constant.value,
        )
        for part in found.subgroups
    ]
    return Drawing(
        "subgroups",
        f"{found.main.contestant.title}: mean absolute error in subgroups with 95 % intervals; grey, hollow: the "
        "constant's.",
        "Forest plot of the mean absolute error in subgroups",
        subgroups(parts),
        {
            "variable": [part.variable for part in parts],
            "subgroup": [part.name for part in parts],
            "n": [part.n for part in parts],
            "mae_mEq_per_L": [part.mae for part in parts],
            "low": [part.low for part in parts],
            "high": [part.high for part in parts],
            "mae_of_constant": [part.constant for part in parts],
        },
    )


def _learning_curve(found: Findings) -> Drawing:
    curves = []
    for name in dict.fromkeys(one.contestant.name for one in found.curve):
        points = sorted((one for one in found.curve if one.contestant.name == name), key=lambda one: one.share)
        measured = [found.scores[name] if one.share == 1 else found.score(one) for one in points]
        maes = np.array([triple(scores["mae"]) for scores in measured])
        patients = np.array([np.mean([facts.train_patients for facts in one.facts]) for one in points])
        curves.append(Curve(drawable(points[0].contestant.title), patients, *maes.T))
    return Drawing(
        "learning_curve",
        "Mean absolute error against the number of patients learned from, with 95 % intervals; dashed: the constant.",
        "Learning curve",
        learning_curve(curves, triple(found.scores[found.main.contestant.name]["mae_constant"]), found.tested),
        of_curves(curves, "training_patients", "mae_mEq_per_L"),
    )
