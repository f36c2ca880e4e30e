import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalemia.errors import ConfigError
from kalemia.service.fields import DelineateSamples, EstimateFields, EstimateSamples, of_form, of_json

GOOD = {"samples": {"II": [0.1, None, 0.2]}, "fs": 500, "unit": "mV"}


def test_a_form_is_text_and_becomes_numbers():
    sent = {"fs": ("500",), "strip": ("4",), "rotation_deg": ("-90",), "reference_potassium": ("4.6", "5")}
    fields = of_form(EstimateFields, sent)
    assert (fields.fs, fields.strip, fields.rotation_deg) == (500.0, 4, -90.0)
    assert fields.reference_potassium == (4.6, 5.0)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"fs": ("often",)}, "fs: input should be a valid number"),
        ({"fs": ("0",)}, "fs: input should be greater than or equal to 1"),
        ({"fs": ("nan",)}, "fs: "),
        ({"fs": ("500", "250")}, "fs: stands more than once"),
        ({"speed": ("25",)}, "speed: not known here. There are: "),
        ({"unit": ("kV",)}, "unit: input should be 'V', 'mV' or 'uV'"),
        ({"rotation_deg": ("200",)}, "rotation_deg: "),
        ({"reference_potassium": ("high",)}, "reference_potassium.0: "),
    ],
)
def test_a_form_that_cannot_be_is_told_in_a_line(sent, said):
    with pytest.raises(ConfigError) as error:
        of_form(EstimateFields, sent)
    assert str(error.value).startswith(said)
    assert "\n" not in str(error.value)


def test_json_has_samples_of_one_lead_or_of_several():
    assert of_json(EstimateSamples, json.dumps(GOOD).encode()).samples == {"II": [0.1, None, 0.2]}
    alone = of_json(DelineateSamples, json.dumps({**GOOD, "samples": [0.1, 0.2]}).encode())
    assert alone.samples == [0.1, 0.2]


@pytest.mark.parametrize("change", [{"fs": None}, {"unit": "pt"}, {"samples": "high"}, {"model": 7}, {"further": 1}])
def test_json_that_cannot_be(change):
    with pytest.raises(ConfigError):
        of_json(EstimateSamples, json.dumps({**GOOD, **change}).encode())


@given(st.binary())
def test_any_bytes_are_json_or_a_config_error(sent):
    with pytest.raises(ConfigError):
        of_json(EstimateSamples, sent)
