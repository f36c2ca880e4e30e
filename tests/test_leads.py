import numpy as np
import pytest

from kalemia.errors import MissingLead
from kalemia.leads import standard_name, take_lead, unique_names
from kalemia.recording import Recording

LIMB = ("I", "II", "III", "aVR", "aVL", "aVF")


@pytest.fixture
def limb_leads():
    one, two = np.random.default_rng(0).normal(size=(2, 100))
    rows = (one, two, two - one, -(one + two) / 2, one - two / 2, two - one / 2)
    return dict(zip(LIMB, rows, strict=True))


def recording(rows):
    return Recording(np.stack(list(rows.values())), 500, tuple(rows))


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("ii", "II"),
        ("AVR", "aVR"),
        ("Lead II", "II"),
        ("ECG V1", "V1"),
        ("MDC_ECG_LEAD_aVF", "aVF"),
        ("DII", "II"),
        ("mlii", "MLII"),
        (" Resp ", "Resp"),
    ],
)
def test_standard_names(label, name):
    assert standard_name(label) == name
    assert standard_name(name) == name


def test_a_lead_that_is_there_is_taken_without_a_word(limb_leads):
    taken = take_lead(recording(limb_leads), "II")
    np.testing.assert_array_equal(taken.signal, [limb_leads["II"]])
    assert taken.warnings == ()


@pytest.mark.parametrize(
    ("pair", "lead"),
    [
        *((("I", "II"), lead) for lead in ("III", "aVR", "aVL", "aVF")),
        *((("I", "III"), lead) for lead in ("II", "aVL")),
        *((("II", "III"), lead) for lead in ("I", "aVF")),
    ],
)
def test_einthoven_and_goldberger(limb_leads, pair, lead):
    taken = take_lead(recording({name: limb_leads[name] for name in pair}), lead)
    np.testing.assert_allclose(taken.signal[0], limb_leads[lead], atol=1e-12)
    assert taken.leads == (lead,)
    assert f"Lead {lead} is not in the file" in taken.warnings[0]


def test_a_holter_lead_stands_in_with_a_warning(limb_leads):
    taken = take_lead(recording({"MLII": limb_leads["II"], "V5": limb_leads["I"]}), "II")
    assert taken.leads == ("II",)
    assert "MLII, a modified (Holter) lead" in taken.warnings[0]


def test_the_only_signal_without_a_name_is_taken(limb_leads):
    taken = take_lead(recording({"ecg": limb_leads["II"]}), "II")
    assert taken.leads == ("II",)
    assert "does not say which lead it is" in taken.warnings[0]


def test_a_chest_lead_is_no_limb_lead(limb_leads):
    with pytest.raises(MissingLead, match=r"no lead II\. The recording has: V1, V2\. Give one that has it"):
        take_lead(recording({"V1": limb_leads["I"], "V2": limb_leads["II"]}), "II")


def test_repeated_names_are_numbered():
    assert unique_names(["II", "II", "V1", "II"]) == ("II", "II (2)", "V1", "II (3)")
