"""What an evaluation found."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from kalemia.evaluation.scoring import Scores
from kalemia.evaluation.selection import Selection


@dataclass(frozen=True)
class Evaluation:
    """A model's estimates of recordings that it has not seen, and how good they are.

    Attributes:
        run: name of the run folder.
        cohort: name of the cohort folder.
        simulated: whether all patients are simulated.
        selection: which recordings were taken, and why these.
        recording_ids: of the recordings taken.
        patient_ids: of the same.
        potassium: measured, mEq/L.
        estimate: mEq/L; NaN where the model abstained.
        n_cycles: how many cycles each estimate is pooled from.
        reasons: why it abstained, empty where it did not.
        scores: on the recordings with an estimate.
    """

    run: str
    cohort: str
    simulated: bool
    selection: Selection
    recording_ids: Shaped[np.ndarray, " recording"]
    patient_ids: Shaped[np.ndarray, " recording"]
    potassium: Float[np.ndarray, " recording"]
    estimate: Float[np.ndarray, " recording"]
    n_cycles: Int[np.ndarray, " recording"]
    reasons: tuple[str, ...]
    scores: Scores

    @property
    def estimated(self) -> Bool[np.ndarray, " recording"]:
        """Which recordings have an estimate."""
        return np.isfinite(self.estimate)

    @property
    def abstentions(self) -> dict[str, int]:
        """How many recordings have no estimate for each kind of reason, the most frequent first."""
        return dict(Counter(reason.partition(":")[0] for reason in self.reasons if reason).most_common())
