import numpy as np
import pytest
from pydantic import ValidationError

from kalemia import clean, delineate, extract_cycles
from kalemia.errors import FlatSignal, MissingLead, SignalError
from kalemia.preprocessing import BLOCK_S, Preprocessing
from kalemia.recording import Recording
from kalemia.training import TrainingConfig


def test_it_is_the_three_stages(make_ecg):
    recording, _ = make_ecg(noise_mv=0.01)
    cleaned = clean(recording)
    by_hand = extract_cycles(cleaned, delineate(cleaned))
    np.testing.assert_array_equal(Preprocessing().cycles(recording).signal, by_hand.signal)


def test_other_leads_are_not_looked_at(make_ecg):
    recording, _ = make_ecg()
    both = Recording(np.concatenate([recording.signal * np.nan, recording.signal]), 500, ("V1", "II"))
    np.testing.assert_array_equal(Preprocessing().cycles(both).signal, Preprocessing().cycles(recording).signal)


def test_long_recordings_lose_no_beat_and_count_none_twice(make_ecg):
    recording, r_times = make_ecg(rate=70, duration_s=3.3 * BLOCK_S)
    cycles = Preprocessing().cycles(recording)
    found = np.array([cycle.r_s for cycle in cycles] + [rejection.r_s for rejection in cycles.rejected])
    assert len(found) == len(r_times)
    np.testing.assert_allclose(np.sort(found), r_times, atol=0.004)


def test_a_silent_block_does_not_spoil_the_others(make_ecg):
    recording, _ = make_ecg(duration_s=3 * BLOCK_S)
    signal = recording.signal.copy()
    signal[0, : round(BLOCK_S * 500) + 2000] = 0
    cycles = Preprocessing().cycles(Recording(signal, 500, ("II",)))
    assert min(cycle.r_s for cycle in cycles) > BLOCK_S


def test_a_long_flat_line_is_refused():
    with pytest.raises(FlatSignal):
        Preprocessing().cycles(Recording(np.zeros((1, round(3 * BLOCK_S * 500))), 500, ("II",)))


def test_a_missing_lead_is_not_an_abstention(make_ecg):
    recording, _ = make_ecg()
    with pytest.raises(MissingLead) as caught:
        Preprocessing(lead="V5").cycles(recording)
    assert not isinstance(caught.value, SignalError)


def test_training_starts_from_the_same_defaults():
    assert TrainingConfig.load().preprocessing == Preprocessing()


def test_unknown_settings_are_refused():
    with pytest.raises(ValidationError):
        Preprocessing.model_validate({"lead": "II", "gain": 2})
