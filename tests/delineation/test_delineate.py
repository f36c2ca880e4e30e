import pytest

from kalemia import Recording, delineate, detect_r_peaks
from kalemia.delineation import beats_at_r_peaks
from kalemia.errors import MissingLead


def test_one_beat_per_r_peak(make_ecg):
    recording, _ = make_ecg()
    peaks = list(detect_r_peaks(recording.signal[0], recording.fs))
    assert [beat.qrs.peak for beat in beats_at_r_peaks(recording)] == peaks
    assert [beat.qrs.peak for beat in delineate(recording)] == peaks


def test_r_peaks_alone_have_no_waves(make_ecg):
    beats = beats_at_r_peaks(make_ecg()[0])
    assert all(beat.p is None and beat.t is None for beat in beats)
    assert all(beat.qrs.onset is None and beat.qrs.offset is None for beat in beats)


def test_the_waves_of_a_beat_come_in_order_around_its_r_peak(make_ecg):
    recording, _ = make_ecg()
    inner = delineate(recording)[1:-1]
    assert len(inner) > 5
    for beat in inner:
        assert beat.p is not None
        assert beat.t is not None
        points = [beat.p.onset, beat.p.peak, beat.p.offset, beat.qrs.onset, beat.qrs.peak, beat.qrs.offset]
        points += [beat.t.onset, beat.t.peak, beat.t.offset]
        assert points == sorted(points)


@pytest.mark.parametrize("change", [lambda x: 10 * x, lambda x: 0.1 * x, lambda x: x + 3, lambda x: -x])
def test_gain_offset_and_polarity_move_no_wave(make_ecg, change):
    recording, _ = make_ecg()
    changed = Recording(change(recording.signal), recording.fs, recording.leads)
    for before, after in zip(delineate(recording)[1:-1], delineate(changed)[1:-1], strict=True):
        for part in ("p", "qrs", "t"):
            old, new = getattr(before, part), getattr(after, part)
            for point in ("onset", "peak", "offset"):
                assert getattr(new, point) == pytest.approx(getattr(old, point), abs=0.004 * recording.fs)


def test_a_missing_lead_is_named_with_those_there_are(make_ecg):
    with pytest.raises(MissingLead, match=r"no lead V2\. The recording has: II"):
        delineate(make_ecg()[0], lead="V2")
