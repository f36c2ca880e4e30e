"""What a model answers: a number with its interval, or the reason why there is none."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import onnxruntime

from kalemia.errors import ModelError
from kalemia.intervals import Intervals
from kalemia.models.folder import load_reweighting
from kalemia.reweighting import Reweighting


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
        references: how many earlier ECGs with a blood test the number rests on.
        prior: the prior that the number was corrected for; `None` if for none.
    """

    potassium: float | None
    interval: tuple[float, float] | None
    model: str
    n_cycles: int
    rejected: dict[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    reason: str | None = None
    references: int = 0
    prior: str | None = None

    @property
    def abstained(self) -> bool:
        """Whether there is no number."""
        return self.potassium is None

    def __str__(self) -> str:
        if self.potassium is None or self.interval is None:
            return f"no estimate: {self.reason}"
        low, high = self.interval
        return f"{self.potassium:.1f} mEq/L (90 % interval {low:.1f} to {high:.1f})"


@dataclass(frozen=True)
class Reading:
    """What makes an answer of what the network says: of a recording alone, or of one with references.

    Attributes:
        folder: of the model.
        intervals: of the estimates.
        reweighting_file: name of the file that corrects them on a prior.
        network: that of `kalemia.personal`, with references.
    """

    folder: Path
    intervals: Intervals
    reweighting_file: str
    network: onnxruntime.InferenceSession | None = None

    def answer(self, potassium: float, spread: float, prior: str | None) -> tuple[float, tuple[float, float]]:
        """The number and its 90 % interval in mEq/L.

        Args:
            potassium: as the network says.
            spread: standard deviation of the estimates of single cycles.
            prior: its name, or `None`.
        """
        if prior is None:
            return potassium, self.intervals.bounds(potassium, spread)
        return self.reweighting_to(prior).corrected(potassium, prior)

    def reweighting_to(self, prior: str) -> Reweighting:
        """What corrects an estimate for a prior.

        Raises:
            ModelError: the model knows no priors, or the file is damaged.
            ConfigError: it knows others.
        """
        if self._reweighting is None:
            raise ModelError(
                f"{self.folder.name}: knows no priors. Use the model default, or export this one with --calibration."
            )
        self._reweighting.require(prior)
        return self._reweighting

    @cached_property
    def _reweighting(self) -> Reweighting | None:
        return load_reweighting(self.folder, self.reweighting_file)
