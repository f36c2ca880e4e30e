"""What is known of a study, in the words that its Methods section and its checklist take."""

import hashlib
from collections import Counter

import numpy as np

from kalemia.cohorts.potassium_ranges import LABELS, count_ranges
from kalemia.cycles import CYCLE_FS, CYCLE_SAMPLES
from kalemia.features import FEATURES
from kalemia.study.drawings import VARIABLES
from kalemia.study.findings import Findings
from kalemia.study.flow import in_words
from kalemia.study.forecast import duration
from kalemia.study.plan import PLAN
from kalemia.study.provenance import code_hash, machine, versions
from kalemia.study.results import Result
from kalemia.study.tables import percent, with_interval
from kalemia.training import TrainingConfig


def facts_of(found: Findings) -> dict[str, str]:
    """By the names that `kalemia.study.tripod` explains."""
    bench, plan = found.bench, found.bench.plan
    rows = found.taking_part
    patients = "simulated patients" if bench.cohort.is_simulated else "patients"
    own = any(one.contestant.group == "yours" for one in found.results)
    balanced = any(_config(found, one).loss == "balanced" for one in found.results if _is_network(one))
    facts = {
        "cohort": plan.cohort,
        "patients": patients,
        "n_patients": f"{len(np.unique(bench.design.groups[rows])):,}",
        "n_recordings": f"{len(rows):,}",
        "potassium_ranges": _ranges(found),
        "outcome": "serum potassium",
        "units": "mEq/L",
        "missing": _missing(found),
        "lead": plan.lead,
        "predictors": f"the waveform of single cycles, or {len(FEATURES) + 1} measures of it",
        "cycle": f"{CYCLE_SAMPLES} samples at {CYCLE_FS:g} Hz around R",
        "normalisation": "each cycle in mV, shifted so that its median is zero",
        "preprocessing": "ECGs were resampled, filtered and cut into cycles as the Methods say",
        "models": ", ".join(one.contestant.title for one in found.results),
        "loss": _loss(found),
        "balance": "none" + (", but for one of the losses that are compared" if balanced else ""),
        "design": _design(found),
        "sides": _sides(found),
        "intervals": f"90 %, from {_calibrated_on(found)}",
        "calibrated_on": _calibrated_on(found),
        "measures": "MAE beside the constant's, RMSE, bias, limits of agreement, r, R², slope, AUROC, AUPRC, "
        "sensitivity, specificity, predictive values, calibration, net benefit, coverage",
        "plots": "scatter, Bland-Altman, heatmap, box plots, ROC, precision-recall, calibration, decision and learning "
        "curves",
        "thresholds": "5.5 mEq/L and above is high, below 3.5 mEq/L is low, as in the literature; the operating point "
        "is chosen on the validation side",
        "bootstrap": f"{plan.resamples:,} draws of patients, 95 % by percentiles",
        "subgroups": ", ".join(dict.fromkeys(VARIABLES[part.variable] for part in found.subgroups[1:])),
        "performance": _performance(found),
        "updating": "none",
        "plan": f"{PLAN}, SHA-256 {hashlib.sha256((bench.folder / PLAN).read_bytes()).hexdigest()[:16]}",
        "weights": "in the folder runs beside this report",
        "versions": ", ".join(f"{name} {version}" for name, version in versions().items()),
        "seeds": f"{plan.seed} for the folds, the weights, the order of the data and the bootstrap",
        "hardware": machine(),
        "wall_time": f"{duration(training_s(found))} of one core for the trainings",
        "code_hash": code_hash(),
        "data_hash": plan.fingerprint[:16],
    }
    if not own:  # whoever adds a contestant has to say when and why
        facts["tuning"] = (
            "not on these patients; settings were fixed beforehand, and are the same for all networks but for what a "
            "network is compared for"
        )
    if plan.design == "k-fold":
        facts["folds"] = str(plan.folds)
    if bench.cohort.is_simulated:
        facts["simulation"] = str(bench.cohort.description.get("made_by", "kalemia simulate"))
    return facts


def model_sentences(found: Findings) -> dict[str, str]:
    """One sentence on each contestant, by its title: the comment at the head of its file."""
    return {one.contestant.title: one.contestant.about for one in found.results if one.contestant.about}


def training_s(found: Findings) -> float:
    """Seconds that all trainings took together."""
    every = {(one.contestant.name, one.share): one for one in (*found.results, *found.curve)}
    return sum(facts.training_s or 0.0 for one in every.values() for facts in one.facts)


def _is_network(result: Result) -> bool:
    return result.contestant.learner == "network"


def _config(found: Findings, result: Result) -> TrainingConfig:
    return result.contestant.config(found.bench.plan.common_training, found.bench.plan.seed)


def _ranges(found: Findings) -> str:
    counts = count_ranges(found.bench.potassium[found.taking_part])
    return ", ".join(f"{label}: {count:,}" for label, count in zip(LABELS, counts, strict=True)) + " mEq/L"


def _missing(found: Findings) -> str:
    inputs = found.bench.inputs
    reasons = Counter(map(in_words, inputs.left_out.values()))
    named = ", ".join(f"{reason}: {count}" for reason, count in reasons.most_common())
    return f"{len(inputs.left_out):,} of {len(inputs.rows):,} ECGs" + (f" ({named})" if named else "")


def _loss(found: Findings) -> str:
    config = _config(found, found.main)
    return f"{config.loss.capitalize()} loss, delta {config.huber_delta:g} mEq/L"


def _design(found: Findings) -> str:
    plan = found.bench.plan
    if plan.design == "k-fold":
        repeated = f", repeated {plan.repeats} times" if plan.repeats > 1 else ""
        return f"{plan.folds}-fold cross-validation by patient, stratified by potassium{repeated}"
    if plan.design == "external":
        (fold,) = found.bench.design.folds
        known = len(found.bench.inputs.usable) - len(fold.test)
        both = known - len(fold.train) - len(fold.validation)
        return (
            f"training on one cohort and testing on another ({len(fold.test):,} usable ECGs); of the first, {both:,} "
            "ECGs of patients who are in both were left out"
        )
    return "one split by patient"


def _calibrated_on(found: Findings) -> str:
    if len(found.main.facts) == 1:
        return "the validation patients"
    return (
        "the test patients of the other folds, as models that had not met them estimated these (pooled out-of-fold "
        "estimates: no coverage is guaranteed)"
    )


def _sides(found: Findings) -> str:
    first = found.main.facts[0]
    of = "in the first fold, " if len(found.main.facts) > 1 else ""
    return f"{of}{first.train:,} ECGs for training, {first.validation:,} for validation, {first.test:,} for testing"


def _performance(found: Findings) -> str:
    scores = found.scores[found.main.contestant.name]
    return (
        f"MAE of {found.main.contestant.title} {with_interval(scores['mae'])} mEq/L, the constant's "
        f"{with_interval(scores['mae_constant'])} ({percent(scores['mae_gain'].value)} less); "
        f"AUROC for 5.5 mEq/L and above {with_interval(scores['auroc_high'], 3)}"
    )
