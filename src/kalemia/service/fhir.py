"""An estimate as a FHIR R4 Observation (https://hl7.org/fhir/R4/observation.html).

It is no laboratory result and must not be taken for one: the code is our own and not the LOINC code of a blood test,
the status is preliminary, and method and device are named.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from kalemia import __version__
from kalemia.answers import Estimate
from kalemia.estimation import Estimator
from kalemia.report.lines import basis_of, notice

_UCUM = "http://unitsofmeasure.org"
_OWN_CODES = "urn:kalemia:fhir:observation"
_ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_DEVICE = "kalemia"

Resource = Mapping[str, object]


def as_observation(estimate: Estimate, estimator: Estimator, issued: datetime | None = None) -> Resource:
    """The Observation; where the model abstained, without a value and with the reason.

    Args:
        estimate: what `estimator` made of a recording.
        estimator: the model.
        issued: when; now by default.
    """
    return {
        "resourceType": "Observation",
        "status": "preliminary",
        "category": [_concept("Procedure", _CATEGORY, "procedure")],
        "code": _concept("Serum potassium estimated from the ECG", _OWN_CODES, "ecg-estimated-potassium"),
        "issued": (issued or datetime.now(UTC)).isoformat(timespec="seconds"),
        **_value(estimate),
        "method": {"text": _method(estimate, estimator)},
        "device": {"reference": f"#{_DEVICE}", "display": f"kalemia {__version__}"},
        "contained": [_device(estimate)],
        "note": [{"text": text} for text in (notice(estimator), *estimate.warnings)],
    }


def _value(estimate: Estimate) -> Resource:
    if estimate.potassium is None or estimate.interval is None:
        return {"dataAbsentReason": {**_concept(estimate.reason or "", _ABSENT, "unknown")}}
    ends = zip(("low", "high"), estimate.interval, strict=True)
    return {
        "valueQuantity": _quantity(estimate.potassium),
        "component": [
            {
                "code": _concept(f"90 % prediction interval, {end} end", _OWN_CODES, f"interval-90-{end}"),
                "valueQuantity": _quantity(value),
            }
            for end, value in ends
        ],
    }


def _method(estimate: Estimate, estimator: Estimator) -> str:
    cohort = estimator.config.cohort
    learned = f"{cohort.patients} {'simulated ' if cohort.simulated else ''}patients"
    return (
        f"{estimator.config.architecture.name} network on single cycles of lead {estimator.config.preprocessing.lead}, "
        f"trained on {learned}; {basis_of(estimate)}"
    )


def _device(estimate: Estimate) -> Resource:
    return {
        "resourceType": "Device",
        "id": _DEVICE,
        "deviceName": [{"name": "kalemia", "type": "user-friendly-name"}],
        "version": [{"value": __version__}],
        "note": [{"text": f"Model {estimate.model}. Software, not a medical device."}],
    }


def _concept(text: str, system: str, code: str) -> dict[str, object]:
    return {"coding": [{"system": system, "code": code}], "text": text}


def _quantity(potassium: float) -> Resource:
    return {"value": round(potassium, 2), "unit": "mEq/L", "system": _UCUM, "code": "meq/L"}
