"""Serum potassium from cycles, with a trained model: no PyTorch needed."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path
from typing import Self

import numpy as np
from jaxtyping import Float

from kalemia.answers import Estimate, Reading
from kalemia.cohorts.cohort import POSSIBLE_POTASSIUM
from kalemia.cycles import Cycles
from kalemia.errors import ConfigError, ModelError, ModelInvalid, ModelMissing, SignalError, UnknownShape
from kalemia.features import measure_features
from kalemia.leads import take_lead
from kalemia.models.folder import (
    PERSONAL_INTERVALS,
    PERSONAL_REWEIGHTING,
    REWEIGHTING,
    ModelConfig,
    load_intervals,
    load_network,
    load_novelty,
    load_personal,
    load_reweighting,
)
from kalemia.personal import Reference, Seen, personal_estimate, waves_of
from kalemia.pooling import pool
from kalemia.preprocessing import Prepared
from kalemia.quality import Quality, prepare_and_judge, prepare_usable, require_heartbeats
from kalemia.recording import Recording
from kalemia.shipped import DEFAULT_MODEL, MODELS

BATCH_CYCLES = 64
FEW_CYCLES = 4
"""An estimate from fewer cycles than this carries a warning."""
LARGE_GAP = 0.2
"""Likewise for a larger share of the lead that was not seen."""


class Estimator:
    """A trained model, ready to estimate.

    Attributes:
        name: the model's folder name.
        config: its architecture, preprocessing and training cohort.
        intervals: its 90 % prediction intervals.
    """

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        self.config = ModelConfig.load(folder)
        self.intervals = load_intervals(folder)
        self._folder = folder
        self._novelty = load_novelty(folder)
        self._network = load_network(folder, self.config)
        self._input = self._network.get_inputs()[0].name

    @classmethod
    def load(cls, model: str | Path = DEFAULT_MODEL) -> Self:
        """A model that comes with kalemia, by name, or one of your own, by folder.

        Raises:
            ModelMissing: no such model.
            ModelInvalid: a file of it is missing, damaged or of another version.
        """
        shipped = {folder.name: folder for folder in MODELS.iterdir() if folder.is_dir()}
        if str(model) in shipped:
            return cls(shipped[str(model)])
        if not Path(model).is_dir():
            raise ModelMissing(
                f"{model}: no such model. Give a model's folder, or one of: {', '.join(sorted(shipped))}"
            )
        return cls(Path(model))

    @property
    def simulated(self) -> bool:
        """Whether the model has learned from simulated patients only."""
        return self.config.cohort.simulated

    @property
    def priors(self) -> tuple[str, ...]:
        """Names of the priors that an estimate can be corrected for."""
        reweighting = load_reweighting(self._folder, REWEIGHTING)
        return () if reweighting is None else tuple(reweighting.priors)

    @property
    def reads_references(self) -> bool:
        """Whether it can use earlier ECGs with their blood test."""
        return load_personal(self._folder) is not None

    def estimate_cycles(self, cycles: Cycles) -> Float[np.ndarray, " cycle"]:
        """Potassium in mEq/L as each single cycle shows it.

        Raises:
            ModelInvalid: the network gives something else than finite numbers.
        """
        signal = cycles.signal
        batches = (signal[i : i + BATCH_CYCLES] for i in range(0, len(signal), BATCH_CYCLES))
        outputs = [self._network.run(None, {self._input: batch})[0] for batch in batches]
        estimates = np.concatenate(outputs)[:, 0]
        if not np.isfinite(estimates).all():
            raise ModelInvalid(f"{self.name}: the network gives no finite number. Export the model again.")
        return estimates

    def estimate(self, cycles: Cycles) -> Estimate:
        """Potassium from the cycles of one recording.

        Raises:
            ModelError: the cycles are not normalised as the model has learned them.
            NoBeats: what repeats is no heartbeat, see `kalemia.quality`.
            UnknownShape: the cycles are unlike any that the model has learned from.
        """
        learned = self.config.preprocessing.normalisation
        if cycles.normalisation != learned:
            raise ModelError(
                f"{self.name}: reads cycles with normalisation {learned}, these have {cycles.normalisation}. "
                f'Extract them with normalisation="{learned}".'
            )
        doubts = require_heartbeats(cycles) + self._doubts_of_shape(cycles)
        potassium, spread = self._pooled(cycles)
        _require_possible(potassium)
        return self._answer(cycles, doubts, potassium, self.intervals.bounds(potassium, spread))

    def estimate_recording(
        self, recording: Recording, references: Sequence[Reference] = (), prior: str | None = None
    ) -> Estimate:
        """Potassium from a recording as read, or an abstention where its signal allows no conclusion.

        Args:
            recording: has the lead that the model reads, or what gives it.
            references: earlier ECGs of the same patient with their blood tests, as `reference` makes them.
            prior: name of a prior, to correct for how common each potassium is (`kalemia.reweighting`).

        Raises:
            MissingLead: the recording does not have the lead that the model reads, nor what gives it.
            ModelError: the model cannot use references, or knows no priors.
            ConfigError: it knows other priors.
        """
        lead = take_lead(recording, self.config.preprocessing.lead)
        reading = self._with_references if references else self._alone
        if prior is not None:
            reading.reweighting_to(prior)
        try:
            estimate = self._estimate_lead(lead, reading, references, prior)
        except SignalError as error:
            estimate = Estimate(None, None, self.name, n_cycles=0, reason=str(error))
        return replace(estimate, warnings=(*lead.warnings, *_gap_warnings(lead), *estimate.warnings))

    def reference(self, recording: Recording, potassium: float) -> Reference:
        """An earlier ECG with the blood test beside it, for `estimate_recording`.

        Args:
            recording: as read.
            potassium: of the blood test, in mEq/L.

        Raises:
            ConfigError: no patient has such a potassium.
            MissingLead: the recording does not have the lead that the model reads, nor what gives it.
            SignalError: one of its kinds, where nothing can be concluded from the recording.
        """
        low, high = POSSIBLE_POTASSIUM
        if not low <= potassium <= high:
            raise ConfigError(f"a reference with {potassium:g} mEq/L; the blood test must lie from {low:g} to {high:g}")
        lead = take_lead(recording, self.config.preprocessing.lead)
        prepared, quality = prepare_usable(lead, self.config.preprocessing)
        self._doubts_of_shape(prepared.cycles)
        return Reference(_seen(lead, prepared, quality, self._pooled(prepared.cycles)[0]), potassium)

    def _estimate_lead(
        self, lead: Recording, reading: Reading, references: Sequence[Reference], prior: str | None
    ) -> Estimate:
        """Potassium from a lead, or an abstention where its quality is too poor.

        Raises:
            SignalError: it has no cycles, they are no heartbeats, or unlike any that the model knows.
        """
        prepared, quality = prepare_and_judge(lead, self.config.preprocessing)
        if quality.reason is not None:
            return Estimate(None, None, self.name, 0, quality.left_out, quality.doubts, quality.reason)
        doubts = quality.doubts + self._doubts_of_shape(prepared.cycles)
        potassium, spread = self._pooled(prepared.cycles)
        if reading.network is not None:
            seen = _seen(lead, prepared, quality, potassium)
            potassium = personal_estimate(reading.network, seen, references)
        _require_possible(potassium)
        potassium, interval = reading.answer(potassium, spread, prior)
        answer = self._answer(prepared.cycles, doubts, potassium, interval)
        return replace(answer, references=len(references), prior=prior)

    def _pooled(self, cycles: Cycles) -> tuple[float, float]:
        """The estimate over all cycles, and the standard deviation of those of single ones."""
        each = self.estimate_cycles(cycles)
        return pool(each), float(each.std())

    def _doubts_of_shape(self, cycles: Cycles) -> tuple[str, ...]:
        return self._novelty.doubts(cycles) if self._novelty is not None else ()

    def _answer(
        self, cycles: Cycles, doubts: tuple[str, ...], potassium: float, interval: tuple[float, float]
    ) -> Estimate:
        few = (f"only {len(cycles)} cycles could be used",) if len(cycles) < FEW_CYCLES else ()
        silent = (f"{cycles.unusable_s:.0f} s of it gave no usable cycle",) if cycles.unusable_s else ()
        return Estimate(
            potassium=potassium,
            interval=interval,
            model=self.name,
            n_cycles=len(cycles),
            rejected=cycles.rejection_counts,
            warnings=doubts + few + silent,
        )

    @cached_property
    def _alone(self) -> Reading:
        return Reading(self._folder, self.intervals, REWEIGHTING)

    @cached_property
    def _with_references(self) -> Reading:
        """How an estimate with references is read; loaded when the first is asked for.

        Raises:
            ModelError: the model has no network for that.
        """
        network = load_personal(self._folder)
        if network is None:
            raise ModelError(
                f"{self.name}: cannot use references. Use {DEFAULT_MODEL}, or export the model with --calibration."
            )
        intervals = load_intervals(self._folder, PERSONAL_INTERVALS)
        return Reading(self._folder, intervals, PERSONAL_REWEIGHTING, network)


def _require_possible(potassium: float) -> None:
    """Refuse what no patient can have: a network always gives some number, also for what is no ECG.

    Raises:
        UnknownShape: it is none.
    """
    low, high = POSSIBLE_POTASSIUM
    if not low <= potassium <= high:
        raise UnknownShape(
            f"the model makes {potassium:.3g} mEq/L of it, which no patient has ({low:g} to {high:g}): it is unlike "
            "any ECG that the model knows. Check that it is one, and its unit"
        )


def _seen(lead: Recording, prepared: Prepared, quality: Quality, potassium: float) -> Seen:
    return Seen(potassium, waves_of(measure_features(lead, lead.leads[0], prepared.beats, quality)))


def _gap_warnings(lead: Recording) -> tuple[str, ...]:
    unseen = float(np.isnan(lead.signal).mean()) if lead.signal.size else 0.0
    return (f"{unseen:.0%} of lead {lead.leads[0]} is missing",) if LARGE_GAP <= unseen < 1 else ()


@cache
def _loaded(model: str) -> Estimator:
    return Estimator.load(model)


def estimate(
    recording: Recording,
    model: str | Path = DEFAULT_MODEL,
    references: Sequence[tuple[Recording, float]] = (),
    prior: str | None = None,
) -> Estimate:
    """Serum potassium from a recording as read.

    Args:
        recording: must have the lead that the model reads (II for the default).
        model: name of a model that comes with kalemia, or a model's folder; loaded once per process.
        references: earlier ECGs of the same patient, each with the potassium of its blood test in mEq/L.
        prior: how common each potassium is where the patient comes from: "emergency", "dialysis" or "wonju". By default
            the estimate is not corrected.

    Returns:
        An `Estimate`; where the signal allows no conclusion it has a reason instead of a number.

    Raises:
        MissingLead: the recording does not have the lead that the model reads.
        ModelMissing, ModelInvalid, ModelError: the model cannot be used, or not for this.
        ConfigError: no such prior, or an impossible potassium.
        SignalError: nothing can be concluded from a reference.
    """
    folder = Path(model)
    estimator = _loaded(str(folder.resolve() if folder.is_dir() else model))
    known = [estimator.reference(earlier, potassium) for earlier, potassium in references]
    return estimator.estimate_recording(recording, known, prior)
