"""The figures of what estimates are worth for a decision: detection, probabilities, intervals, abstention."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from kalemia.cohorts.potassium_ranges import LABELS, count_ranges
from kalemia.evaluation.curves import abstention as abstention_curves
from kalemia.evaluation.curves import decision_curve as decision_curves
from kalemia.evaluation.curves import precision_recall as precision_recall_curve
from kalemia.evaluation.curves import roc as roc_curve
from kalemia.evaluation.measures import HYPERKALAEMIA
from kalemia.evaluation.reliability import CalibrationBins
from kalemia.evaluation.reliability import calibration as risk_bins
from kalemia.evaluation.reliability import calibration_of_estimate as estimate_bins
from kalemia.figures.abstention import abstention
from kalemia.figures.by_range import ByRange
from kalemia.figures.calibration import calibration, calibration_of_estimate
from kalemia.figures.coverage import coverage
from kalemia.figures.curve import Curve
from kalemia.figures.decision_curve import decision_curve
from kalemia.figures.discrimination import precision_recall, roc
from kalemia.study.drawing import Columns, Drawing, of_curves
from kalemia.study.drawings import drawable, range_columns
from kalemia.study.findings import Findings

HIGH = "K ≥ 5.5 mEq/L"


def draw_decisions(found: Findings) -> Iterator[Drawing]:
    """Every figure of this kind."""
    yield from _discrimination(found)
    yield from _calibration(found)
    yield _decisions(found)
    yield _coverage(found)
    yield _abstention(found)


def _discrimination(found: Findings) -> Iterator[Drawing]:
    plan, high = found.bench.plan, found.is_high
    note = f"{found.tested}, {int(high.sum()):,} with {HIGH}"
    asked = [
        (one.truth >= HYPERKALAEMIA, one.estimate, one.patients, drawable(one.contestant.title)) for one in found.core
    ]
    curves = [roc_curve(*one, plan.resamples, plan.seed) for one in asked]
    yield Drawing(
        "roc",
        f"Receiver operating characteristic for {HIGH}, with 95 % bands.",
        "Sensitivity against 1 - specificity",
        roc(curves, note),
        of_curves(curves, "false_positive_rate", "sensitivity"),
    )
    curves = [precision_recall_curve(*one, plan.resamples, plan.seed) for one in asked]
    yield Drawing(
        "precision_recall",
        f"Precision against recall for {HIGH}, with 95 % bands.",
        "Precision against recall",
        precision_recall(curves, float(high.mean()), note),
        of_curves(curves, "recall", "precision"),
    )


def _calibration(found: Findings) -> Iterator[Drawing]:
    main, plan = found.main, found.bench.plan
    risk = main.column("risk_high")
    bins = risk_bins(risk, found.is_high, main.patients, plan.resamples, plan.seed)
    yield Drawing(
        "calibration",
        f"{main.contestant.title}: share of ECGs with {HIGH} against the probability that was predicted, in tenths of "
        f"the ECGs. Slope {bins.slope}, intercept {bins.intercept}, Brier score {bins.brier}.",
        "Calibration of the probability of high potassium",
        calibration(bins.predicted, bins.observed, bins.low, bins.high, bins.n, risk, HIGH),
        _bin_columns(bins, "predicted_probability", "observed_share"),
    )
    tenths = estimate_bins(main.truth, main.estimate, main.patients, plan.resamples, plan.seed)
    yield Drawing(
        "calibration_of_estimate",
        f"{main.contestant.title}: mean measured against mean estimated potassium, in tenths of the ECGs by their "
        f"estimate. Slope {tenths.slope}.",
        "Calibration of the estimate",
        calibration_of_estimate(tenths.predicted, tenths.observed, tenths.low, tenths.high, tenths.n),
        _bin_columns(tenths, "estimated_mEq_per_L", "measured_mEq_per_L"),
    )


def _bin_columns(bins: CalibrationBins, predicted: str, observed: str) -> Columns:
    return {predicted: bins.predicted, observed: bins.observed, "low": bins.low, "high": bins.high, "n": bins.n}


def _decisions(found: Findings) -> Drawing:
    plan, made, everybody = found.bench.plan, [], None
    for one in found.core:
        ids, risk, high = one.patients, one.column("risk_high"), one.truth >= HYPERKALAEMIA
        model, treat_all, _ = decision_curves(
            risk, high, ids, drawable(one.contestant.title), plan.resamples, plan.seed
        )
        made.append(_per_hundred(model))
        if one is found.main:
            everybody = _per_hundred(treat_all)
    if everybody is None:
        raise ValueError("the study's model is not part of the core")
    return Drawing(
        "decision_curve",
        f"Net benefit of acting on a predicted {HIGH}, beside acting on everybody and on nobody, where {HIGH} is as "
        "common as in this cohort.",
        "Decision curves",
        decision_curve(made, everybody, f"{found.tested}, {int(found.is_high.sum()):,} with {HIGH}"),
        of_curves([*made, everybody], "threshold_probability", "net_benefit_per_100"),
    )


def _per_hundred(curve: Curve) -> Curve:
    return replace(curve, y=100 * curve.y, low=100 * curve.low, high=100 * curve.high)


def _coverage(found: Findings) -> Drawing:
    held, widths = [], []
    for one in found.core:
        ranges = found.coverage[one.contestant.name][: len(LABELS)]
        shares = np.array([(part.share.value, part.share.low, part.share.high) for part in ranges])
        nothing = np.full(len(LABELS), np.nan)
        held.append(ByRange(drawable(one.contestant.title), *shares.T))
        widths.append(
            ByRange(drawable(one.contestant.title), np.array([part.width for part in ranges]), nothing, nothing)
        )
    data = {**range_columns(held, "coverage"), "width_mEq_per_L": np.concatenate([one.value for one in widths])}
    return Drawing(
        "coverage",
        "How often the 90 % prediction intervals hold the measured potassium, by measured range, and how wide they "
        "are. Each fold has its own, which the test sides of the other folds give it (a single fold: its validation "
        "side).",
        "Coverage and width of the prediction intervals in each range",
        coverage(held, widths, count_ranges(found.main.truth)),
        data,
    )


def _abstention(found: Findings) -> Drawing:
    main, plan = found.main, found.bench.plan
    curves = []
    widths = main.column("high") - main.column("low")
    for name, uncertainty in (("by spread of cycles", main.column("spread")), ("by width of interval", widths)):
        have = np.isfinite(uncertainty)
        model, constant = abstention_curves(
            main.truth[have],
            main.estimate[have],
            uncertainty[have],
            main.patients[have],
            main.constant[have],
            name,
            plan.resamples,
            plan.seed,
        )
        curves += [model, replace(constant, name=f"constant, {name}")]
    return Drawing(
        "abstention",
        f"{main.contestant.title}: mean absolute error of the ECGs that are kept when the least certain ones are left "
        "out, and the constant's on the same ECGs.",
        "Error against the share of ECGs that is kept",
        abstention(curves, note=found.tested),
        of_curves(curves, "share_kept", "mae_mEq_per_L"),
    )
