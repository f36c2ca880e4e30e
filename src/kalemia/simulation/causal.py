"""What potassium does to one part of the ECG alone: an experiment that no real heart allows.

In a patient everything moves at once, so that no record tells which part a model reads. A simulated one can be recorded
with potassium in the T wave alone, say, and at the reference everywhere else.
"""

from dataclasses import asdict, dataclass, fields, replace
from itertools import count, islice

import numpy as np

from kalemia.recording import Recording
from kalemia.simulation.confounders import Confounder
from kalemia.simulation.patient import Patient, Response, draw_patient
from kalemia.simulation.potassium_laws import REFERENCE_POTASSIUM, EffectivePotassium
from kalemia.simulation.recording import SimulatedECG, record

EVERYTHING = "everything"
PARTS: dict[str, tuple[str, ...]] = {
    EVERYTHING: tuple(field.name for field in fields(EffectivePotassium)),
    "T wave": ("t_amplitude", "t_width", "hypokalaemia"),
    "QRS complex": ("conduction",),
    "P wave": ("atrium",),
    "rate": ("rate",),
}
"""What can follow potassium alone, by fields of `EffectivePotassium`.

The T wave goes with ST, U and QT, the P wave with PR, the rate with AV block. Where the QRS complex widens, T stays as
far behind its end as it was; where the rate changes, QT follows it (Fridericia 1920).
"""


@dataclass(frozen=True)
class PartialResponse(Response):
    """A response to potassium of some parts of the ECG; the others stay as at the reference potassium.

    Attributes:
        followers: fields of `EffectivePotassium` that follow potassium.
    """

    followers: tuple[str, ...] = PARTS[EVERYTHING]

    def effective(self, potassium: float) -> EffectivePotassium:
        """The potassium (mEq/L) that each part of the ECG behaves as if it had."""
        seen = super().effective(potassium)
        still = EffectivePotassium.uniform(REFERENCE_POTASSIUM)
        return replace(still, **{name: getattr(seen, name) for name in self.followers})


def draw_average_patients(patients: int, seed: int) -> list[Patient]:
    """Patients in sinus rhythm without confounder: each has a beat of its own and the mean patient's response.

    Args:
        patients: how many.
        seed: the same seed gives the same patients.
    """
    drawn = (draw_patient(np.random.default_rng((seed, number))) for number in count())
    plain = (one for one in drawn if one.confounder == Confounder() and not (one.atrial_fibrillation or one.ectopy))
    return [replace(patient, response=Response()) for patient in islice(plain, patients)]


def record_part(patient: Patient, part: str, potassium: float, seed: int) -> SimulatedECG:
    """Record a patient of whom one part alone follows potassium.

    The same seed gives the same visit, beats and noise whatever the part; only where the rate changes, there are other
    beats in it, and other noise.

    Args:
        patient: whose ECG it is.
        part: one of `PARTS`.
        potassium: of that part in mEq/L.
        seed: of the recording.

    Raises:
        ConfigError: the potassium is not one that a living patient can have.
    """
    response = PartialResponse(**asdict(patient.response) | {"followers": PARTS[part]})
    return record(replace(patient, response=response), potassium, np.random.default_rng(seed))


def amplified(recording: Recording, factor: float) -> Recording:
    """The same heart on a device of another gain: it says nothing of potassium."""
    return replace(recording, signal=factor * recording.signal)
