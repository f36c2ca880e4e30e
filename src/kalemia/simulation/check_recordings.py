"""How much of potassium simple features of simulated recordings give away: not less, and not more, than in patients."""

import numpy as np
from jaxtyping import Float

from kalemia.errors import MissingExtra, SignalError
from kalemia.features import measure_features
from kalemia.personal import waves_of
from kalemia.simulation.check import Check, auroc
from kalemia.simulation.patient import draw_patient
from kalemia.simulation.priors import PRIORS
from kalemia.simulation.recording import record

PATIENTS = 1500
HIGH = 5.5
"""mEq/L, from which potassium is called high."""
FOLDS, TREES, LEARNING_RATE = 5, 150, 0.05


def check_recordings(patients: int = PATIENTS, seed: int = 0) -> tuple[Check, ...]:
    """What gradient boosting on `kalemia features` makes of one ECG each of patients of an emergency department.

    Half of them have high potassium, so that there are enough: an AUROC does not depend on how many there are.

    Args:
        patients: simulated.
        seed: of everything.

    Raises:
        MissingExtra: scikit-learn is not installed.
    """
    features, potassium = _features(patients, seed)
    estimates = _estimates(features, potassium)
    value = auroc(estimates[potassium >= HIGH], estimates[potassium < HIGH])
    slope = float(np.polyfit(potassium, estimates, 1)[0])
    field = "published models, see An 2024, Galloway 2019, Dorigatti 2026"
    return (
        Check("boosting on features: AUROC, K >= 5.5", "0.80 to 0.90", 0.78, 0.92, field, value),
        Check("the same: slope of estimate on truth", "below 1", 0.1, 0.9, "regression to the mean", slope),
    )


def _features(patients: int, seed: int) -> tuple[Float[np.ndarray, "ecg feature"], Float[np.ndarray, " ecg"]]:
    rng = np.random.default_rng((seed, 99))
    drawn = PRIORS["emergency"].draw_index(rng, 100 * patients)
    high, other = drawn[drawn >= HIGH], drawn[drawn < HIGH]
    levels = np.concatenate([high[: patients // 2], other[: patients - patients // 2]])
    rows, known = [], []
    for level in levels.tolist():
        ecg = record(draw_patient(rng), level, rng)
        try:
            measured = measure_features(ecg.recording)
        except SignalError:
            continue
        rows.append(waves_of(measured))
        known.append(level)
    return np.array(rows), np.array(known)


def _estimates(
    features: Float[np.ndarray, "ecg feature"], potassium: Float[np.ndarray, " ecg"]
) -> Float[np.ndarray, " ecg"]:
    """Of each ECG from the others, by cross-validation."""
    try:
        from sklearn.ensemble import HistGradientBoostingRegressor
        from sklearn.model_selection import KFold, cross_val_predict
    except ModuleNotFoundError as error:
        raise MissingExtra("Checking simulated recordings with gradient boosting", "train") from error
    model = HistGradientBoostingRegressor(max_iter=TREES, learning_rate=LEARNING_RATE, random_state=0)
    folds = KFold(FOLDS, shuffle=True, random_state=0)
    estimates: Float[np.ndarray, " ecg"] = cross_val_predict(model, features, potassium, cv=folds)
    return estimates
