"""An estimate for a patient whose earlier ECG was taken with a blood test: what has changed since then.

One ECG shows potassium through a heart that differs from others by more than potassium does. A second one of the same
heart, at a known potassium, takes most of that away. A small network (trained on pairs of ECGs of calibration patients)
gets both estimates, the earlier potassium, the waves of today (`kalemia.features`) and how they differ from then, and
tells how far today's estimate is off. Several references count alike: the answer is their mean.

Personal estimates from a reference: Attia et al. 2016 (doi:10.1161/JAHA.115.002746), Corsi et al. 2017
(doi:10.1038/srep42492).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnxruntime
from jaxtyping import Float

from kalemia.errors import ModelInvalid
from kalemia.features import FEATURES, Features

INPUTS = 3 + 2 * (len(FEATURES) + 1)
"""Today's estimate, the earlier one, the earlier potassium; today's waves, and their change."""

Waves = Float[np.ndarray, " feature"]


@dataclass(frozen=True, eq=False)
class Seen:
    """What one recording shows.

    Attributes:
        estimate: of potassium from it alone, mEq/L.
        waves: the medians of `kalemia.features.FEATURES` and the share of beats with P; NaN where one was not seen.
    """

    estimate: float
    waves: Waves


@dataclass(frozen=True, eq=False)
class Reference:
    """An earlier recording of the patient, and the potassium (mEq/L) of the blood test beside it."""

    seen: Seen
    potassium: float


def waves_of(features: Features) -> Waves:
    """The measures of a recording as one vector."""
    return np.array([*(features.median[name] for name in FEATURES), features.p_share], dtype=float)


def pair(today: Seen, reference: Reference) -> Float[np.ndarray, " input"]:
    """What the network reads of one recording and one reference; NaN where a wave was not seen in both."""
    then = reference.seen
    return np.concatenate(
        [[today.estimate, then.estimate, reference.potassium], today.waves, today.waves - then.waves]
    ).astype(np.float32)


def personal_estimate(network: onnxruntime.InferenceSession, today: Seen, references: Sequence[Reference]) -> float:
    """Potassium in mEq/L, from today's recording and at least one reference.

    Raises:
        ModelInvalid: the network gives something else than finite numbers.
    """
    pairs = np.stack([pair(today, reference) for reference in references])
    estimates = network.run(None, {network.get_inputs()[0].name: pairs})[0][:, 0]
    if not np.isfinite(estimates).all():
        raise ModelInvalid("the network for personal estimates gives no finite number. Export the model again.")
    return float(estimates.mean())
