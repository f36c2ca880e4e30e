"""An estimate as lines of text for people, or of JSON for machines."""

from kalemia.answers import Estimate
from kalemia.estimation import Estimator


def notice(estimator: Estimator) -> str:
    """What has to stand beside every number."""
    learned = "; this model has learned from simulated patients only" if estimator.simulated else ""
    return f"kalemia is not a medical device{learned}."


def as_text(file: str, estimate: Estimate) -> str:
    """One line for the estimate, with what it rests on, and one for each warning."""
    basis = f", {basis_of(estimate)}" if not estimate.abstained else ""
    return "\n".join([f"{file}: {estimate}{basis}", *(f"  warning: {warning}" for warning in estimate.warnings)])


def basis_of(estimate: Estimate) -> str:
    """What an estimate rests on: cycles, earlier ECGs, a prior."""
    parts = [f"from {estimate.n_cycles} cycles"]
    if estimate.references:
        parts.append(f"and {estimate.references} earlier ECG{'s' if estimate.references > 1 else ''} with a blood test")
    if estimate.prior is not None:
        parts.append(f"on the prior {estimate.prior}")
    return " ".join(parts)


def as_json(file: str, estimate: Estimate) -> dict[str, object]:
    """The agreed keys of `kalemia estimate --json`; potassium in mEq/L, the interval is the 90 % one."""
    return {
        "file": file,
        "potassium": None if estimate.potassium is None else round(estimate.potassium, 3),
        "interval": None if estimate.interval is None else [round(end, 3) for end in estimate.interval],
        "n_cycles": estimate.n_cycles,
        "warnings": list(estimate.warnings),
        "abstained": estimate.abstained,
        "reason": estimate.reason,
        "error": None,
        "model": estimate.model,
        "rejected_beats": estimate.rejected,
        "references": estimate.references,
        "prior": estimate.prior,
    }


def error_as_json(file: str, message: str) -> dict[str, object]:
    """The same keys for a file that could not be read."""
    return {**as_json(file, Estimate(None, None, "", 0)), "abstained": False, "error": message, "model": None}
