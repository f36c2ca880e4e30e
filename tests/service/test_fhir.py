import json
from datetime import UTC, datetime

import pytest

from kalemia.answers import Estimate
from kalemia.estimation import Estimator
from kalemia.service.fhir import as_observation

ISSUED = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def estimator():
    return Estimator.load()


@pytest.fixture
def observation(estimator):
    estimate = Estimate(5.8123, (4.61, 7.02), "default", 11, warnings=("only a word",), references=1)
    return as_observation(estimate, estimator, ISSUED)


def test_an_estimate_is_a_preliminary_observation_in_ucum(observation):
    assert observation["resourceType"] == "Observation"
    assert observation["status"] == "preliminary"
    assert observation["issued"] == "2026-03-01T12:30:00+00:00"
    quantity = {"value": 5.81, "unit": "mEq/L", "system": "http://unitsofmeasure.org", "code": "meq/L"}
    assert observation["valueQuantity"] == quantity
    assert [part["valueQuantity"]["value"] for part in observation["component"]] == [4.61, 7.02]


def test_it_cannot_be_taken_for_a_blood_test(observation):
    text = json.dumps(observation)
    assert "loinc" not in text.lower()
    assert "laboratory" not in text
    codes = {coding["code"] for coding in observation["code"]["coding"]}
    assert codes == {"ecg-estimated-potassium"}
    assert observation["code"]["text"] == "Serum potassium estimated from the ECG"


def test_method_and_device_are_named_and_the_notice_stands_beside_the_number(observation):
    assert "lead II" in observation["method"]["text"]
    assert "1 earlier ECG with a blood test" in observation["method"]["text"]
    device = observation["contained"][0]
    assert observation["device"]["reference"] == f"#{device['id']}"
    assert device["deviceName"] == [{"name": "kalemia", "type": "user-friendly-name"}]
    assert [note["text"] for note in observation["note"]] == [
        "kalemia is not a medical device; this model has learned from simulated patients only.",
        "only a word",
    ]


def test_an_abstention_has_a_reason_and_no_value(estimator):
    observation = as_observation(Estimate(None, None, "default", 0, reason="a flat line"), estimator, ISSUED)
    assert "valueQuantity" not in observation
    assert "component" not in observation
    assert observation["dataAbsentReason"]["text"] == "a flat line"
    assert observation["dataAbsentReason"]["coding"][0]["code"] == "unknown"
