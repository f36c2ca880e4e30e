"""Serum potassium from cycles, with a trained model: no PyTorch needed."""

from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Self

import numpy as np
from jaxtyping import Float

from kalemia.cycles import Cycles
from kalemia.errors import ModelError, ModelInvalid, ModelMissing, SignalError
from kalemia.leads import take_lead
from kalemia.models.folder import ModelConfig, load_intervals, load_network
from kalemia.pooling import pool
from kalemia.quality import judge, require_heartbeats
from kalemia.recording import Recording

DEFAULT_MODEL = "default"
SHIPPED_MODELS = Path(__file__).parent / "trained"
BATCH_CYCLES = 64
FEW_CYCLES = 4
"""An estimate from fewer cycles than this carries a warning."""
LARGE_GAP = 0.2
"""Likewise for a larger share of the lead that was not seen."""


@dataclass(frozen=True)
class Estimate:
    """Serum potassium as one recording shows it, or the reason why there is no number.

    Attributes:
        potassium: mEq/L (= mmol/L); `None` where the model abstained.
        interval: low and high end of the 90 % interval in mEq/L; `None` where the model abstained.
        model: name of the model.
        n_cycles: how many cycles the number is pooled from.
        rejected: how many beats gave no cycle, for each reason.
        warnings: what a reader should know before using the number, one sentence each.
        reason: why there is no number; `None` where there is one.
    """

    potassium: float | None
    interval: tuple[float, float] | None
    model: str
    n_cycles: int
    rejected: dict[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    reason: str | None = None

    @property
    def abstained(self) -> bool:
        """Whether there is no number."""
        return self.potassium is None

    def __str__(self) -> str:
        if self.potassium is None or self.interval is None:
            return f"no estimate: {self.reason}"
        low, high = self.interval
        return f"{self.potassium:.1f} mEq/L (90 % interval {low:.1f} to {high:.1f})"


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
        self._network = load_network(folder, self.config)
        self._input = self._network.get_inputs()[0].name

    @classmethod
    def load(cls, model: str | Path = DEFAULT_MODEL) -> Self:
        """A model that comes with kalemia, by name, or one of your own, by folder.

        Raises:
            ModelMissing: no such model.
            ModelInvalid: a file of it is missing, damaged or of another version.
        """
        shipped = {folder.name: folder for folder in SHIPPED_MODELS.iterdir() if folder.is_dir()}
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
        """
        learned = self.config.preprocessing.normalisation
        if cycles.normalisation != learned:
            raise ModelError(
                f"{self.name}: reads cycles with normalisation {learned}, these have {cycles.normalisation}. "
                f'Extract them with normalisation="{learned}".'
            )
        return self._pooled(cycles, require_heartbeats(cycles))

    def _pooled(self, cycles: Cycles, doubts: tuple[str, ...]) -> Estimate:
        potassium = pool(self.estimate_cycles(cycles))
        few = (f"only {len(cycles)} cycles could be used",) if len(cycles) < FEW_CYCLES else ()
        silent = (f"{cycles.unusable_s:.0f} s of it gave no usable cycle",) if cycles.unusable_s else ()
        return Estimate(
            potassium=potassium,
            interval=self.intervals.bounds(potassium),
            model=self.name,
            n_cycles=len(cycles),
            rejected=cycles.rejection_counts,
            warnings=doubts + few + silent,
        )

    def estimate_recording(self, recording: Recording) -> Estimate:
        """Potassium from a recording as read, or an abstention where its signal allows no conclusion.

        Raises:
            MissingLead: the recording does not have the lead that the model reads, nor what gives it.
        """
        lead = take_lead(recording, self.config.preprocessing.lead)
        try:
            estimate = self._estimate_lead(lead)
        except SignalError as error:
            estimate = Estimate(None, None, self.name, n_cycles=0, reason=str(error))
        return replace(estimate, warnings=(*lead.warnings, *_gap_warnings(lead), *estimate.warnings))

    def _estimate_lead(self, lead: Recording) -> Estimate:
        """Potassium from a lead, or an abstention where its quality is too poor.

        Raises:
            SignalError: it has no cycles, or they are no heartbeats.
        """
        prepared = self.config.preprocessing.prepare(lead)
        quality = judge(lead, prepared.beats.at(lead.fs), prepared.cycles)
        if quality.reason is not None:
            return Estimate(None, None, self.name, 0, quality.left_out, quality.doubts, quality.reason)
        return self._pooled(prepared.cycles, quality.doubts)


def _gap_warnings(lead: Recording) -> tuple[str, ...]:
    unseen = float(np.isnan(lead.signal).mean()) if lead.signal.size else 0.0
    return (f"{unseen:.0%} of lead {lead.leads[0]} is missing",) if LARGE_GAP <= unseen < 1 else ()


@cache
def _loaded(model: str) -> Estimator:
    return Estimator.load(model)


def estimate(recording: Recording, model: str | Path = DEFAULT_MODEL) -> Estimate:
    """Serum potassium from a recording as read.

    Args:
        recording: must have the lead that the model reads (II for the default).
        model: name of a model that comes with kalemia, or a model's folder; loaded once per process.

    Returns:
        An `Estimate`; where the signal allows no conclusion it has a reason instead of a number.

    Raises:
        MissingLead: the recording does not have the lead that the model reads.
        ModelMissing, ModelInvalid: the model cannot be used.
    """
    folder = Path(model)
    return _loaded(str(folder.resolve() if folder.is_dir() else model)).estimate_recording(recording)
