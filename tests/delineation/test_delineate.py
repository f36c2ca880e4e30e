import pytest

from kalemia import delineate, detect_r_peaks
from kalemia.errors import MissingLead


def test_one_beat_per_r_peak_and_no_wave_invented(make_ecg):
    recording, _ = make_ecg()
    beats = delineate(recording)
    assert [beat.qrs.peak for beat in beats] == list(detect_r_peaks(recording.signal[0], recording.fs))
    assert all(beat.p is None and beat.t is None for beat in beats)
    assert all(beat.qrs.onset is None and beat.qrs.offset is None for beat in beats)


def test_a_missing_lead_is_named_with_those_there_are(make_ecg):
    with pytest.raises(MissingLead, match=r"no lead V2\. The recording has: II"):
        delineate(make_ecg()[0], lead="V2")
