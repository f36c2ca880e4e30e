"""What a model answers: a number with its interval, or the reason why there is none."""

from dataclasses import dataclass, field

import onnxruntime

from kalemia.errors import ModelError
from kalemia.intervals import Intervals
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
    """What makes an answer of what the network says: of a recording alone, or of one with references."""

    intervals: Intervals
    reweighting: Reweighting | None
    network: onnxruntime.InferenceSession | None = None

    def reweighting_to(self, prior: str, model: str) -> Reweighting:
        """What corrects an estimate for a prior.

        Raises:
            ModelError: the model knows no priors.
            ConfigError: it knows others.
        """
        if self.reweighting is None:
            raise ModelError(f"{model}: knows no priors. Use default, or export the model with --calibration.")
        self.reweighting.require(prior)
        return self.reweighting
