import pytest

from kalemia.cohorts.build_settings import BuildSettings
from kalemia.errors import ConfigError


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"unit": "g/L"}, "unit g/L; it must be one of mEq/L"),
        ({"plausible": (0.0, 9.0)}, "plausible potassium 0 to 9; it must rise and lie in 1 to 12"),
        ({"plausible": (7.0, 3.0)}, "it must rise"),
        ({"plausible": (float("nan"), 9.0)}, "it must rise"),
        ({"window_minutes": -1.0}, "a window of -1 minutes"),
        ({"window_minutes": float("nan")}, "a window of nan minutes"),
        ({"index": "last"}, "index last; it must be one of first, nearest"),
        ({"copy": True, "check": False}, "copying reads every file"),
    ],
)
def test_what_makes_no_sense_is_refused(setting, said):
    with pytest.raises(ConfigError, match=said):
        BuildSettings(**setting)


def test_the_lead_may_be_spelt_otherwise():
    assert BuildSettings(lead="ecg avr").lead == "aVR"
