"""What patients that took no part in training tell of a model: intervals, priors, what it knows, personal estimates."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

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
from kalemia.recording import Recording
from kalemia.reweighting import FEWEST, POTASSIUM, Reweighting
from kalemia.simulation.plan import measured_prior
from kalemia.simulation.priors import PRIORS
from kalemia.training import Run
from kalemia.training.personal import PersonalNetwork, pairs_of, train_personal
from kalemia.training.run import estimate_cycles
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
    """

    estimate: Float[np.ndarray, " recording"]
    spread: Float[np.ndarray, " recording"]
    potassium: Float[np.ndarray, " recording"]
    waves: Float[np.ndarray, "recording feature"]
    shape: Float[np.ndarray, "recording 512"]
    patient: Shaped[np.ndarray, " recording"]
    fingerprint: str

    def only(self, chosen: Shaped[np.ndarray, " recording"]) -> "Measured":
        """Some of the recordings."""
        columns = ("estimate", "spread", "potassium", "waves", "shape", "patient")
        return replace(self, **{name: getattr(self, name)[chosen] for name in columns})

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
    """All that a model folder has beside the model."""

    measured: Measured
    intervals: Intervals
    reweighting: Reweighting
    novelty: Novelty
    personal: Personal | None


def calibrate(run: Run, cohort: Cohort, real: Iterable[Recording] = (), *, progress: bool = True) -> Calibration:
    """Calibrate a trained model.

    Args:
        run: the trained model.
        cohort: recordings of patients that the run has not seen, at least 500.
        real: real ECGs, which decide what is unusual; by default those of the cohort do.
        progress: whether to show a bar.

    Raises:
        CohortError: the run has seen one of the patients, or there are too few recordings.
    """
    _require_unseen(run, cohort)
    measured = _measured(run, cohort, progress)
    if len(measured.estimate) < FEWEST:
        raise CohortError(
            f"{cohort.folder.name}: {len(measured.estimate)} usable recordings; to calibrate it takes {FEWEST}."
        )
    shapes = [shape for recording in real if (shape := _shape(recording, run.config.preprocessing)) is not None]
    return Calibration(
        measured=measured,
        intervals=Intervals.fit(measured.estimate, measured.potassium, measured.spread),
        reweighting=_reweighting(measured.estimate, measured.potassium),
        novelty=Novelty.fit(measured.shape, np.stack(shapes) if shapes else measured.shape),
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
    if path.is_file():
        with np.load(path, allow_pickle=False) as stored:
            found = Measured(**{name: stored[name] for name in Measured.__dataclass_fields__ if name in stored})
        if str(found.fingerprint) == cohort.fingerprint:
            return found
    found = _measure(run, cohort, progress)
    with whole_or_nothing(path) as draft, draft.open("wb") as file:
        np.savez(file, **vars(found))
    return found


def _measure(run: Run, cohort: Cohort, progress: bool) -> Measured:
    model, preprocessing = run.model(), run.config.preprocessing
    potassium, patients = cohort.column("potassium"), cohort.column("patient_id").astype(str)
    rows: list[int] = []
    measures: list[tuple[float, float, Float[np.ndarray, " feature"], Float[np.ndarray, " 512"]]] = []
    with Progress(shown=progress) as shown:
        for row, recording in shown.over(cohort.recordings(), "Calibrating", len(cohort)):
            try:
                lead = take_lead(recording, preprocessing.lead)
                prepared = preprocessing.prepare(lead)
                waves = waves_of(measure_features(lead, preprocessing.lead, prepared.beats))
            except (SignalError, MissingLead):
                continue
            each = estimate_cycles(model, prepared.cycles.signal)
            rows.append(row)
            measures.append((pool(each), float(each.std()), waves, shape_of(prepared.cycles)))
    estimate, spread, waves, shape = (np.array(column) for column in zip(*measures, strict=True))
    return Measured(
        estimate,
        spread,
        potassium[rows].astype(float),
        waves,
        shape.astype(np.float32),
        patients[rows],
        cohort.fingerprint,
    )


def _shape(recording: Recording, preprocessing: Preprocessing) -> Float[np.ndarray, " 512"] | None:
    """Of a real recording; `None` where it has no cycles."""
    try:
        return shape_of(preprocessing.cycles(recording))
    except SignalError:
        return None


def _reweighting(estimate: Float[np.ndarray, " recording"], potassium: Float[np.ndarray, " recording"]) -> Reweighting:
    half_step = (POTASSIUM[1] - POTASSIUM[0]) / 2
    edges = tuple(map(float, np.append(POTASSIUM - half_step, POTASSIUM[-1] + half_step)))
    return Reweighting.fit(estimate, potassium, {name: np.array(measured_prior(name, edges)) for name in PRIORS})


def _personal(measured: Measured, seed: int) -> Personal | None:
    """The network for personal estimates; what it is worth, from two that each learned from half of the patients."""
    pairs, places = pairs_of(measured.seen, measured.potassium, measured.patient)
    if len(pairs) < FEWEST_PAIRS:
        return None
    potassium = measured.potassium[places]
    patients = np.unique(measured.patient)
    half = np.random.default_rng(seed).permutation(patients)[: len(patients) // 2]
    first = np.isin(measured.patient[places], half)
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
