"""What patients that took no part in training tell of a model: intervals, priors, what it knows, personal estimates."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Shaped

from kalemia.cohorts import Cohort
from kalemia.errors import CohortError, MissingLead, SignalError
from kalemia.features import measure_features
from kalemia.intervals import Intervals
from kalemia.leads import take_lead
from kalemia.novelty import Novelty, shape_of
from kalemia.personal import Seen, waves_of
from kalemia.pooling import pool
from kalemia.preprocessing import Preprocessing
from kalemia.progress import Progress
from kalemia.quality import prepare_usable
from kalemia.recording import Recording
from kalemia.reweighting import FEWEST, POTASSIUM, Reweighting
from kalemia.simulation.plan import measured_prior
from kalemia.simulation.priors import PRIORS
from kalemia.training import Run
from kalemia.training.checkpoints import BEST
from kalemia.training.personal import PersonalNetwork, pairs_of, train_personal
from kalemia.training.prediction import estimate_cycles
from kalemia.writing import whole_or_nothing

FEWEST_PAIRS = 1000
"""Of ECGs of one patient; fewer do not train the network for personal estimates."""
STORED = "calibration.npz"
"""In the run folder: what was measured of the calibration cohort, so that it need not be measured again."""


@dataclass(frozen=True, eq=False)
class Measured:
    """Recordings of a cohort as a model sees them.

    Attributes:
        estimate: mEq/L, cycles pooled.
        spread: standard deviation of the estimates of single cycles.
        potassium: measured, mEq/L.
        waves: see `kalemia.personal.waves_of`.
        shape: see `kalemia.novelty.shape_of`.
        patient: whose they are.
        fingerprint: of the cohort.
        weights: SHA-256 of the model's.
    """

    estimate: Float[np.ndarray, " recording"]
    spread: Float[np.ndarray, " recording"]
    potassium: Float[np.ndarray, " recording"]
    waves: Float[np.ndarray, "recording feature"]
    shape: Float[np.ndarray, "recording 512"]
    patient: Shaped[np.ndarray, " recording"]
    fingerprint: str
    weights: str

    @property
    def seen(self) -> list[Seen]:
        """What each recording shows."""
        return [Seen(float(estimate), waves) for estimate, waves in zip(self.estimate, self.waves, strict=True)]


@dataclass(frozen=True, eq=False)
class Personal:
    """A network for personal estimates, and what it is worth in patients that it has not learned from.

    Attributes:
        network: of `kalemia.personal`.
        intervals: of estimates with one reference.
        reweighting: likewise.
        potassium: measured, mEq/L, of each pair that it was tried on.
        alone: the estimate without the reference.
        estimate: the one with it.
    """

    network: PersonalNetwork
    intervals: Intervals
    reweighting: Reweighting
    potassium: Float[np.ndarray, " pair"]
    alone: Float[np.ndarray, " pair"]
    estimate: Float[np.ndarray, " pair"]


@dataclass(frozen=True, eq=False)
class Calibration:
    """All that a model folder has beside the model.

    Attributes:
        measured: the calibration patients.
        intervals: of estimates alone.
        reweighting: likewise.
        novelty: what is unusual, by real ECGs where there are any, otherwise by the calibration patients.
        real_ecgs: how many there were.
        personal: estimates with a reference; `None` with too few patients who have several ECGs.
    """

    measured: Measured
    intervals: Intervals
    reweighting: Reweighting
    novelty: Novelty
    real_ecgs: int
    personal: Personal | None


def calibrate(run: Run, cohort: Cohort, real: Iterable[Recording] = (), *, progress: bool = True) -> Calibration:
    """Calibrate a trained model.

    Args:
        run: the trained model.
        cohort: recordings of patients that the run has not seen, at least 500.
        real: real ECGs, which decide what is unusual; by default those of the cohort do.
        progress: whether to show a bar.

    Raises:
        RunError: the run is not finished, or damaged, or its model reads windows instead of single cycles.
        CohortError: the run has seen one of the patients, or there are too few recordings.
    """
    run.require_finished()
    run.require_single_cycles()
    _require_unseen(run, cohort)
    measured = _measured(run, cohort, progress)
    shapes = [shape for recording in real if (shape := _shape(recording, run.config.preprocessing)) is not None]
    return Calibration(
        measured=measured,
        intervals=Intervals.fit(measured.estimate, measured.potassium, measured.spread),
        reweighting=_reweighting(measured.estimate, measured.potassium),
        novelty=Novelty.fit(measured.shape, np.stack(shapes) if shapes else measured.shape),
        real_ecgs=len(shapes),
        personal=_personal(measured, run.config.seed),
    )


def _require_unseen(run: Run, cohort: Cohort) -> None:
    known = set(run.split.known_patients) & set(map(str, cohort.column("patient_id")))
    if known:
        raise CohortError(
            f"{cohort.folder.name}: {len(known)} of its patients took part in training. Calibrate on others."
        )


def _measured(run: Run, cohort: Cohort, progress: bool) -> Measured:
    """The recordings as the model sees them; taken from the run folder where they were measured before."""
    path = run.folder / STORED
    weights = hashlib.sha256((run.folder / BEST).read_bytes()).hexdigest()
    stored = _stored(path)
    if stored is not None and (stored.fingerprint, stored.weights) == (cohort.fingerprint, weights):
        return stored
    found = _measure(run, cohort, weights, progress)
    with whole_or_nothing(path) as draft, draft.open("wb") as file:
        np.savez(file, **vars(found))
    return found


def _stored(path: Path) -> Measured | None:
    """What was measured before; `None` where nothing was, or where the file is damaged."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            columns = {name: stored[name] for name in Measured.__dataclass_fields__}
    except Exception:  # NumPy, zipfile and zlib each raise errors of their own for what is damaged
        return None
    return Measured(**columns | {name: str(columns[name]) for name in ("fingerprint", "weights")})


def _measure(run: Run, cohort: Cohort, weights: str, progress: bool) -> Measured:
    model, preprocessing = run.model(), run.config.preprocessing
    potassium, patients = cohort.column("potassium"), cohort.column("patient_id").astype(str)
    rows: list[int] = []
    measures: list[tuple[float, float, Float[np.ndarray, " feature"], Float[np.ndarray, " 512"]]] = []
    with Progress(shown=progress) as shown:
        recordings = cohort.recordings(unreadable=lambda _row, _error: None)
        for row, recording in shown.over(recordings, "Calibrating", len(cohort)):
            try:
                lead = take_lead(recording, preprocessing.lead)
                prepared, quality = prepare_usable(lead, preprocessing)
            except (SignalError, MissingLead):
                continue
            waves = waves_of(measure_features(lead, lead.leads[0], prepared.beats, quality))
            each = estimate_cycles(model, prepared.cycles.signal)
            rows.append(row)
            measures.append((pool(each), float(each.std()), waves, shape_of(prepared.cycles)))
    if len(rows) < FEWEST:
        raise CohortError(f"{cohort.folder.name}: {len(rows)} usable recordings; to calibrate it takes {FEWEST}.")
    estimate, spread, waves, shape = (np.array(column) for column in zip(*measures, strict=True))
    columns = (estimate, spread, potassium[rows].astype(float), waves, shape.astype(np.float32), patients[rows])
    return Measured(*columns, cohort.fingerprint, weights)


def _shape(recording: Recording, preprocessing: Preprocessing) -> Float[np.ndarray, " 512"] | None:
    """Of a real recording; `None` where no estimate would be given."""
    try:
        prepared, _ = prepare_usable(take_lead(recording, preprocessing.lead), preprocessing)
    except SignalError:
        return None
    return shape_of(prepared.cycles)


def _reweighting(estimate: Float[np.ndarray, " recording"], potassium: Float[np.ndarray, " recording"]) -> Reweighting:
    half_step = (POTASSIUM[1] - POTASSIUM[0]) / 2
    between_labels = 0.005  # they have two decimals
    edges = tuple(map(float, np.append(POTASSIUM - half_step, POTASSIUM[-1] + half_step) - between_labels))
    return Reweighting.fit(estimate, potassium, {name: np.array(measured_prior(name, edges)) for name in PRIORS})


def _personal(measured: Measured, seed: int) -> Personal | None:
    """The network for personal estimates; what it is worth, from two that each learned from half of the patients."""
    pairs, places = pairs_of(measured.seen, measured.potassium, measured.patient)
    if len(pairs) < FEWEST_PAIRS:
        return None
    potassium, patient = measured.potassium[places], measured.patient[places]
    patients = np.unique(patient)
    half = np.random.default_rng(seed).permutation(patients)[: len(patients) // 2]
    first = np.isin(patient, half)
    if not 0 < first.sum() < len(first):
        return None
    estimate = np.empty(len(pairs))
    for learned in (first, ~first):
        estimate[~learned] = train_personal(pairs[learned], potassium[learned], seed).estimates(pairs[~learned])
    return Personal(
        network=train_personal(pairs, potassium, seed),
        intervals=Intervals.fit(estimate, potassium, measured.spread[places]),
        reweighting=_reweighting(estimate, potassium),
        potassium=potassium,
        alone=measured.estimate[places],
        estimate=estimate,
    )
