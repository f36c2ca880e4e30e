import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kalemia.digitization.printed_scales import (
    GAINS_MM_PER_MV,
    SPEEDS_MM_PER_S,
    PrintedScales,
    lead_of,
    printed_scales,
)
from kalemia.digitization.text import Text
from kalemia.recording import STANDARD_LEADS


def scales(*words):
    return printed_scales([Text(each, (0, 0, 10, 3)) for each in words])


@pytest.mark.parametrize(
    ("words", "speed", "gain"),
    [
        ("25 mm/s   10 mm/mV", 25, 10),
        ("25mm/s10mm/mV", 25, 10),
        ("25 mm/sec, 10 mm/mV", 25, 10),
        ("10.0mm/mV 25.0mm/s 0.05-150 Hz", 25, 10),
        ("MM/S: 50 MM/S 5 MM/MV", 50, 5),
        ("Speed: 50mm/sec", 50, None),
        ("Gain 5 mm/mV", None, 5),
        ("12,5 mm/s", 12.5, None),
        ("12.5 mm / s  2.5 mm / mV", 12.5, 2.5),
        ("2S mm/s 1O mm/mV", 25, 10),
        ("25 mrn/s l0 rnm/rnV", 25, 10),
        ("I0.0mm/mV", None, 10),
        ("STD", None, 10),
        ("1/2 STD", None, 5),
        ("Gain: x2", None, 20),
        ("Sens. x0,5", None, 5),
    ],
)
def test_spellings(words, speed, gain):
    found = scales(words)
    assert (found.speed_mm_per_s, found.gain_mm_per_mv) == (speed, gain)
    assert found.chest_gain_mm_per_mv == gain
    assert found.evidence
    assert not found.notes


@pytest.mark.parametrize(
    "words",
    [
        *(
            "",
            "25",
            "10 mV",
            "25 mm",
            "0.05-150 Hz",
            "110 mm/mV",
            "250 mm/s",
            "2 5 mm/mV",
            "2, 5 mm/mV",
            "1.0 mm/mV",
            "25 mm/min",
        ),
        *("x2", "1/2", "ST", "72 BPM", "0.25 mm/s", "Gain 2", "Gain 10", "STDEV", "mm/s", "25 mg/s"),
    ],
)
def test_what_states_no_scale(words):
    assert scales(words) == PrintedScales()


@pytest.mark.parametrize("words", [("Limb: 10 mm/mV Chest: 5 mm/mV",), ("L: 10 mm/mV", "C: 5.0mm/mV")])
def test_limb_and_chest_leads_apart(words):
    found = scales(*words)
    assert (found.gain_mm_per_mv, found.chest_gain_mm_per_mv) == (10, 5)
    assert not found.notes


def test_a_contradiction_is_believed_in_neither_direction():
    found = scales("25 mm/s", "10 mm/mV", "50 mm/s")
    assert (found.speed_mm_per_s, found.gain_mm_per_mv) == (None, 10)
    assert found.notes == ("The page says 25 and 50 mm/s.",)
    assert scales("Limb: 10 mm/mV", "20 mm/mV").notes


def test_repetition_is_no_contradiction():
    assert scales("25 mm/s", "10 mm/mV", "25.0mm/sec 10mm/mV").speed_mm_per_s == 25


@given(
    st.sampled_from(SPEEDS_MM_PER_S),
    st.sampled_from(GAINS_MM_PER_MV),
    st.sampled_from(["{:g}", "{:.1f}"]),
    st.sampled_from(["", " "]),
    st.sampled_from(["", " ", ", ", "   ", " - "]),
    st.sampled_from([str, str.upper, str.lower]),
    st.booleans(),
)
def test_round_trip(speed, gain, form, space, joint, case, comma):
    words = case(f"{form.format(speed)}{space}mm/s{joint}{form.format(gain)}{space}mm/mV")
    found = scales(words.replace(".", ",") if comma else words)
    assert (found.speed_mm_per_s, found.gain_mm_per_mv) == (speed, gain)


ECG_LIKE = st.text(alphabet="0125OIl|SZ.,/:- mnrsVvecxLCaRF", max_size=30)


@given(st.lists(st.one_of(st.text(max_size=40), ECG_LIKE), max_size=6))
@example(["1" * 40, "m" * 40, "mm/" * 10])
def test_any_text_gives_known_values_or_none(words):
    found = scales(*words)
    assert found.speed_mm_per_s in (None, *SPEEDS_MM_PER_S)
    assert found.gain_mm_per_mv in (None, *GAINS_MM_PER_MV)
    assert found.chest_gain_mm_per_mv in (None, *GAINS_MM_PER_MV)
    assert scales(*reversed(words)).speed_mm_per_s == found.speed_mm_per_s


@pytest.mark.parametrize("lead", [*STANDARD_LEADS, "-aVR", "V7", "V3R"])
def test_standard_labels(lead):
    for words in (lead, f" {lead} ", lead.upper(), lead.lower(), f"{lead}:", f"Lead {lead}", f"{lead} x2"):
        assert lead_of(words) == lead


@pytest.mark.parametrize(
    ("words", "lead"),
    [
        *(("ll", "II"), ("1l", "II"), ("Il", "II"), ("lll", "III"), ("I I I", "III"), ("I I", "II"), ("a V R", "aVR")),
        *(("DI", "I"), ("DII", "II"), ("DIII", "III"), ("D2", "II"), ("IaVR", "aVR"), ("1V1", "V1"), ("oVL", "aVL")),
        *(("aVR-", "-aVR"), ("–aVR", "-aVR"), ("(-)aVR", "-aVR"), ("II (x1/2)", "II"), ("ECG II", "II")),
    ],
)
def test_other_spellings(words, lead):
    assert lead_of(words) == lead


@pytest.mark.parametrize(
    "words", ["", " ", "VI", "Vl", "IV", "11", "111", "1", "l", "IIII", "V0", "V10", "VR", "X", "T"]
)
def test_what_is_no_label_or_could_be_several(words):
    assert lead_of(words) is None


@pytest.mark.parametrize("words", ["72", "QRS", "25 mm/s", "Vent. rate", "aV", "V", "MLII", "Name: I", "ID"])
def test_other_text_is_no_label(words):
    assert lead_of(words) is None


@given(st.one_of(st.text(max_size=20), ECG_LIKE))
def test_any_text_gives_a_lead_or_none(words):
    lead = lead_of(words)
    assert lead is None or lead_of(lead) == lead
