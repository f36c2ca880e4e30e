"""The model card: what a trained model is, where it comes from, and what it may not be used for.

The headings follow Mitchell et al. 2019, "Model cards for model reporting" (doi:10.1145/3287560.3287596).
"""

from collections.abc import Iterable, Sequence

import numpy as np
from jaxtyping import Bool, Float

from kalemia.cohorts.potassium_ranges import LABELS, range_index
from kalemia.evaluation.measures import bias, mae
from kalemia.intervals import Intervals
from kalemia.models.folder import ModelConfig
from kalemia.training.config import TrainingConfig
from kalemia.training.run import ValidationResult


def model_card(
    name: str, config: ModelConfig, training: TrainingConfig, validation: ValidationResult, intervals: Intervals
) -> str:
    """The README.md of a model folder.

    Args:
        name: of the model.
        config: of the model.
        training: how it was trained.
        validation: how far its estimates are from the truth.
        intervals: its prediction intervals.
    """
    cohort = config.cohort
    patients = "simulated patients only" if cohort.simulated else "the patients of one cohort"
    return f"""# {name}

Estimates serum potassium (mEq/L, the same number as mmol/L) from lead {config.preprocessing.lead} of an ECG.

**Not a medical device. This model has learned from {patients}.** Do not use it to decide about anyone's care.

## Model

| | |
|---|---|
| architecture | {config.architecture.name}, {config.architecture.parameters:,} parameters |
| input | single cycles of {config.samples} samples at {config.fs:g} Hz around R |
| normalisation of a cycle | {config.preprocessing.normalisation} |
| output | one estimate per cycle; that of a recording is the median over its cycles |
| made with | kalemia {config.kalemia_version} |

`model.onnx` is the network, `config.json` what is needed to use it, `intervals.json` its prediction intervals. Use it:
`kalemia estimate FILE --model {name}`.

## Data

{_data(config)}

## Training

Command: `kalemia train {cohort.name} -o RUN`, with these settings:

{_table(("setting", "value"), ((f"`{key}`", f"`{value}`") for key, value in training))}

## Results on the validation side

These patients gave no weights, but decided when training stopped, so the figures flatter a little. Figures of patients
that the model never met come from `kalemia evaluate`. "Constant" is the error of always answering the median of all
of these recordings.

{_results(validation)}

## Intervals

The 90 % intervals hold the measured potassium of 90 % of recordings like the {intervals.recordings} of the validation
side that they were fitted on (split conformal prediction, by groups of similar estimates); the same recordings decided
when training stopped, so they may be a little too narrow. They promise an average over such a cohort: within one range
of true potassium, and in other patients, the share can be lower.
{_simulated_intervals(config)}
## Limits

- One lead of a resting ECG. Other illnesses, drugs and electrolytes change the same waves as potassium does.
- Estimates shrink towards the mean of the training cohort: very low and very high potassium is understated.
- How often potassium is abnormal in the cohort is not how often it is among those who come to be tested.
{_simulated_limits(config)}"""


def _data(config: ModelConfig) -> str:
    cohort = config.cohort
    origin = _simulated_origin(cohort.made_by or "") if cohort.simulated else "Recordings with measured potassium."
    made_by = f" Made by `{cohort.made_by}`." if cohort.made_by else ""
    return (
        f"Cohort `{cohort.name}`: {cohort.recordings} ECGs of {cohort.patients} patients, fingerprint "
        f"`{cohort.fingerprint}`.{made_by} {origin} No patient is on two sides of the split."
    )


def _simulated_origin(made_by: str) -> str:
    if "--real " in made_by:
        return (
            "Every potassium is **simulated**: up to half of the patients have the beats of real normal ECGs, moved by "
            "published relations between potassium and the ECG, the others are drawn. No real blood test took part."
        )
    return (
        "Every patient is **simulated**: the ECGs are drawn from published relations between potassium and the ECG, "
        "with noise and confounders. No real ECG and no real blood test took part."
    )


def _results(validation: ValidationResult) -> str:
    ranges = range_index(validation.truth)
    everyone = np.full(len(ranges), True)
    groups = [("all", everyone), *((label, ranges == i) for i, label in enumerate(LABELS))]
    header = ("measured potassium", "ECGs", "mean absolute error", "constant", "mean error")
    return _table(header, (_row(label, group, validation) for label, group in groups if group.any()))


def _row(label: str, group: Bool[np.ndarray, " recording"], validation: ValidationResult) -> Sequence[str]:
    truth, estimate = validation.truth[group], validation.estimate[group]
    constant: Float[np.ndarray, " recording"] = np.full(len(truth), np.median(validation.truth))
    errors = (mae(truth, estimate), mae(truth, constant), bias(truth, estimate))
    return (label, str(len(truth)), f"{errors[0]:.2f}", f"{errors[1]:.2f}", f"{errors[2]:+.2f}")


def _simulated_intervals(config: ModelConfig) -> str:
    return "Nothing is promised about real patients.\n" if config.cohort.simulated else ""


def _simulated_limits(config: ModelConfig) -> str:
    if not config.cohort.simulated:
        return ""
    return "- A simulation knows only what was put into it: how far this model is off in real patients is not known.\n"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
