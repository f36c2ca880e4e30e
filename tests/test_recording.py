import numpy as np
import pytest

from kalemia.errors import InvalidSignal, MissingLead
from kalemia.recording import Recording


def recording():
    return Recording(np.arange(6.0).reshape(2, 3), 500, ("I", "II"))


def test_leads_by_name():
    np.testing.assert_array_equal(recording().lead("II"), [3, 4, 5])
    assert recording().only("II").leads == ("II",)
    assert recording().duration_s == 3 / 500


def test_a_missing_lead_is_named_with_those_there_are():
    with pytest.raises(MissingLead, match=r"no lead V1\. The recording has: I, II"):
        recording().lead("V1")


def test_the_signal_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        recording().signal[0, 0] = 1


def test_the_array_it_was_made_of_can():
    signal = np.zeros((1, 3))
    Recording(signal, 500, ("II",))
    signal[0, 0] = 1


@pytest.mark.parametrize(
    ("signal", "fs", "leads", "message"),
    [
        (np.zeros(3), 500, ("II",), "1 dimensions"),
        (np.zeros((2, 3)), 500, ("II",), "2 rows of signal but 1 lead names"),
        (np.zeros((2, 3)), 500, ("II", "II"), "stands twice"),
        (np.zeros((1, 3)), 0, ("II",), "an ECG's lies between"),
        (np.zeros((1, 3)), float("nan"), ("II",), "an ECG's lies between"),
    ],
)
def test_contradictions_are_refused(signal, fs, leads, message):
    with pytest.raises(InvalidSignal, match=message):
        Recording(signal, fs, leads)


def test_warnings_add_up():
    warned = recording().with_warning("a").with_warning("b")
    assert warned.warnings == ("a", "b")
    assert recording().warnings == ()


def test_infinite_samples_were_not_seen():
    recording = Recording(np.array([[0.0, np.inf, -np.inf, 1.0]]), 500, ("II",))
    np.testing.assert_array_equal(recording.signal, [[0.0, np.nan, np.nan, 1.0]])


def test_samples_that_no_unit_explains_are_refused():
    with pytest.raises(InvalidSignal, match="mV; an ECG's lie within a few mV"):
        Recording(np.full((1, 10), 1e150), 500, ("II",))
