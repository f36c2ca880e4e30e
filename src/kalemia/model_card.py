"""The model card: what a trained model is, where it comes from, and what it may not be used for.

The headings follow Mitchell et al. 2019, "Model cards for model reporting" (doi:10.1145/3287560.3287596).
"""

from collections.abc import Iterable, Sequence

import numpy as np
from jaxtyping import Bool, Float

from kalemia.calibration import Calibration
from kalemia.cohorts.potassium_ranges import LABELS, range_index
from kalemia.evaluation.measures import bias, mae
from kalemia.models.folder import ModelConfig
from kalemia.novelty import FOREIGN_FACTOR, UNUSUAL_SHARE
from kalemia.training.config import TrainingConfig
from kalemia.training.run import ValidationResult

CONSTANT = '"Constant" is the error of always answering the median of all of these recordings.'

Values = Float[np.ndarray, " recording"]


def model_card(
    name: str,
    config: ModelConfig,
    training: TrainingConfig,
    validation: ValidationResult,
    calibration: Calibration | None = None,
) -> str:
    """The README.md of a model folder.

    Args:
        name: of the model.
        config: of the model.
        training: how it was trained.
        validation: how far its estimates are from the truth on the validation side.
        calibration: what patients that took no part in training tell of it, where there are any.
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

{_validation_side(validation) if calibration is None else _calibration_side(calibration)}
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
            "Every potassium is **simulated**: some patients have the beats of real ECGs, taken to have normal "
            "potassium and moved by published relations between potassium and the ECG; the others are drawn. No "
            "real blood test took part."
        )
    return (
        "Every patient is **simulated**: the ECGs are drawn from published relations between potassium and the ECG, "
        "with noise and confounders. No real ECG and no real blood test took part."
    )


def _validation_side(validation: ValidationResult) -> str:
    return f"""## Results on the validation side

These patients gave no weights, but decided when training stopped, so the figures flatter a little. Figures of patients
that the model never met come from `kalemia evaluate`. {CONSTANT}

{_results(validation.truth, validation.estimate)}

## Intervals

{_what_intervals_promise(len(validation.truth))} The same recordings decided when training stopped, so they may be a
little too narrow. The model was exported without a calibration cohort: it knows no priors and no references, and does
not notice shapes that it has not learned."""


def _calibration_side(calibration: Calibration) -> str:
    measured = calibration.measured
    return f"""## Results

In {len(measured.potassium)} recordings of {len(np.unique(measured.patient))} patients that took no part in training
(cohort with fingerprint `{measured.fingerprint}`). {CONSTANT}

{_results(measured.potassium, measured.estimate)}

## Intervals

{_what_intervals_promise(calibration.intervals.recordings)}

## With a prior

`kalemia estimate FILE --prior NAME` corrects an estimate for how common each potassium is, by Bayes' rule on the spread
of estimates in the calibration patients. Priors: {", ".join(f"`{name}`" for name in calibration.reweighting.priors)}.
Off by default. Its interval holds on average over patients of that prior, and misses rare potassium values more often.

## With an earlier ECG and its blood test

{_personal(calibration)}

## What it does not know

A recording whose median cycle lies farther from those of the calibration patients than {1 - UNUSUAL_SHARE:.0%} of
{_usual(calibration)} gets a warning, one that lies {FOREIGN_FACTOR:g} times as far no number."""


def _usual(calibration: Calibration) -> str:
    return f"{calibration.real_ecgs} real ECGs" if calibration.real_ecgs else "their own recordings"


def _what_intervals_promise(recordings: int) -> str:
    return f"""The 90 % intervals hold every potassium for which an estimate like this one would be nothing unusual
(label-conditional split conformal prediction on {recordings} recordings). Within each of the six ranges they hold the
measured potassium of about nine in ten recordings, however common that range is. So they are wide: where a tenth of
the patients with high potassium have an ECG like a normal one, a normal ECG cannot exclude it."""


def _personal(calibration: Calibration) -> str:
    personal = calibration.personal
    if personal is None:
        return "The calibration cohort has too few patients with several ECGs: the model cannot use references."
    alone, with_one = (float(mae(personal.potassium, of)) for of in (personal.alone, personal.estimate))
    return (
        f"`kalemia estimate FILE --reference EARLIER=4.6`: mean absolute error {with_one:.2f} instead of {alone:.2f} "
        f"mEq/L in {len(personal.potassium)} pairs of ECGs of calibration patients, by small networks that learned "
        "from the other half of these patients; the one in this folder learned from both halves."
    )


def _results(truth: Values, estimate: Values) -> str:
    ranges = range_index(truth)
    everyone = np.full(len(ranges), True)
    groups = [("all", everyone), *((label, ranges == i) for i, label in enumerate(LABELS))]
    header = ("measured potassium", "ECGs", "mean absolute error", "constant", "mean error")
    return _table(header, (_row(label, group, truth, estimate) for label, group in groups if group.any()))


def _row(label: str, group: Bool[np.ndarray, " recording"], truth: Values, estimate: Values) -> Sequence[str]:
    constant: Values = np.full(int(group.sum()), np.median(truth))
    truth, estimate = truth[group], estimate[group]
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
