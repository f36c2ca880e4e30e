from dataclasses import replace

import numpy as np
import pytest

from kalemia.digitization import Digitization, Findings
from kalemia.digitization.doubts import doubts_about, strip_seconds, traced_share
from kalemia.digitization.summary import as_json, as_text
from kalemia.recording import Recording


def found(signal, confidence=0.9, leads=("II",)):
    signal = np.atleast_2d(np.array(signal, float))
    return Digitization(
        recording=Recording(signal, 500, leads),
        confidence=np.where(np.isfinite(signal), confidence, 0),
        layout="1",
        speed_mm_per_s=25.0,
        gain_mm_per_mv=10.0,
        evidence={"grid": "5 mm", "speed": "printed", "gain": "pulse", "lead": "label"},
        strip_box=np.zeros((4, 2)),
        warnings=("It was dark.",),
        findings=Findings(np.zeros((4, 4, 3), np.uint8)),
    )


def test_a_good_strip_raises_no_doubt():
    assert doubts_about(found(np.zeros(5000))) == ()


def test_a_strip_with_holes():
    signal = np.zeros(5000)
    signal[1000:1600] = np.nan
    (doubt,) = doubts_about(found(signal))
    assert doubt == "Only 88% of the strip could be traced."


def test_low_confidence():
    (doubt,) = doubts_about(found(np.zeros(5000), confidence=0.4))
    assert "mean confidence 0.40 of 1" in doubt


def test_a_strip_that_is_uncertain_in_part():
    digitization = found(np.zeros(5000))
    digitization.confidence[0, 1000:1400] = 0.3
    (doubt,) = doubts_about(digitization)
    assert doubt.startswith("8% of the curve is uncertain")
    digitization.confidence[0, 1100:1400] = 0.9
    assert doubts_about(digitization) == ()


def test_a_strip_of_which_nothing_was_traced():
    assert len(doubts_about(found(np.full(5000, np.nan)))) == 2


def test_with_all_leads_the_strip_is_what_was_found_of_it():
    signal = np.full((2, 5000), np.nan)
    signal[0, 1000:2500], signal[1] = 0.0, 0.0
    digitization = found(signal, leads=("II", "V1"))
    assert strip_seconds(digitization) == 3
    assert traced_share(digitization) == 1
    assert doubts_about(digitization) == ()


def test_text_and_json_say_the_warnings_and_the_doubts():
    digitization = found(np.zeros(5000), confidence=0.3)
    warnings = as_json("page.jpg", digitization)["warnings"]
    assert [warning[:10] for warning in warnings] == ["It was dar", "The curve "]
    assert as_text("page.jpg", digitization).splitlines()[-2] == "  warning: It was dark."


def test_json_has_rounded_numbers():
    digitization = replace(found(np.zeros(4001), confidence=1 / 3), strip_box=np.full((4, 2), 1 / 3))
    shown = as_json("page.jpg", digitization)
    assert shown["confidence"] == pytest.approx(0.333)
    assert shown["seconds"] == 8.002
    assert shown["strip_box_px"] == [[0.3, 0.3]] * 4
