import numpy as np
import pytest

from kalemia.errors import MissingLead
from kalemia.recording import Recording
from kalemia.simulation.paper import PageStyle
from kalemia.simulation.paper.composition import compose
from kalemia.simulation.paper.layout import CABRERA_LEADS

EIGHT = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")


def traces(composition):
    return composition.drawing.lines[-len(composition.segments) :]


def words(composition):
    return [words.text for words in composition.drawing.words]


def test_a_trace_has_a_vertex_for_each_sample(recording):
    composition = compose(recording, PageStyle(layout="1", gain_mm_per_mv=20.0))
    (run,) = traces(composition)[0].runs
    (segment,) = composition.segments
    np.testing.assert_allclose(run[:, 0], segment.x_mm + np.arange(5000) * 0.05)
    np.testing.assert_allclose(run[:, 1], segment.baseline_mm - 20 * recording.lead("II"))


def test_gaps_leave_the_pen_up(recording):
    signal = recording.signal.copy()
    signal[1, 1000:1500] = np.nan
    signal[1, -1] = np.nan
    composition = compose(Recording(signal, 500, recording.leads), PageStyle(layout="1"))
    assert [len(run) for run in traces(composition)[0].runs] == [1000, 3499]


def test_a_lead_that_is_all_gap_is_not_drawn(recording):
    signal = np.full_like(recording.signal, np.nan)
    composition = compose(Recording(signal, 500, recording.leads), PageStyle())
    assert all(not trace.runs for trace in traces(composition))


def test_limb_leads_follow_from_two(make_recording):
    recording = make_recording(EIGHT)
    signals = compose(recording, PageStyle()).signals
    np.testing.assert_allclose(signals["III"], recording.lead("II") - recording.lead("I"))
    np.testing.assert_allclose(signals["aVR"], -(recording.lead("I") + recording.lead("II")) / 2)


def test_cabrera_turns_avr_upside_down(recording):
    composition = compose(recording, PageStyle(cabrera=True))
    np.testing.assert_array_equal(composition.signals["-aVR"], -recording.lead("aVR"))
    assert words(composition)[:12] == list(CABRERA_LEADS)


def test_says_which_leads_are_missing(make_recording):
    with pytest.raises(MissingLead, match=r"3x4\+II needs V2, V4; the recording has I, II, V1, V3, V5, V6"):
        compose(make_recording(("I", "II", "V1", "V3", "V5", "V6")), PageStyle())


def test_one_nameless_signal_is_not_twelve_leads(make_recording):
    with pytest.raises(MissingLead, match="has signal 1"):
        compose(make_recording(("signal 1",)), PageStyle())


@pytest.mark.parametrize(
    ("leads", "printed"),
    [(("V1", "II"), "II"), (("I", "III"), "II"), (("V5",), "V5"), (("signal 1",), "signal 1")],
)
def test_a_single_strip_shows_lead_ii_or_what_there_is(make_recording, leads, printed):
    composition = compose(make_recording(leads), PageStyle(layout="1"))
    assert [segment.lead for segment in composition.segments] == [printed]
    assert printed in words(composition)


def test_a_recording_without_leads():
    with pytest.raises(MissingLead, match="nothing to print"):
        compose(Recording(np.zeros((0, 500)), 500, ()), PageStyle(layout="1"))


@pytest.mark.parametrize("place", ["left", "right"])
@pytest.mark.parametrize(("speed", "gain"), [(25.0, 10.0), (50.0, 5.0)])
def test_the_pulse_is_1_mv_and_200_ms(recording, place, speed, gain):
    style = PageStyle(layout="6x2+II", pulse=place, speed_mm_per_s=speed, gain_mm_per_mv=gain)
    composition = compose(recording, style)
    pulses = composition.drawing.lines[-len(composition.segments) - 1].runs
    assert len(pulses) == 7
    for row, pulse in enumerate(pulses):
        rise, fall = pulse[1], pulse[4]
        assert fall[0] - rise[0] == pytest.approx(0.2 * speed)
        assert np.ptp(pulse[:, 1]) == pytest.approx(gain)
        assert rise[1] == pytest.approx(composition.geometry.baseline_mm(row))


def test_the_pulse_stands_where_the_signal_begins_or_ends(recording):
    for place in ("left", "right"):
        composition = compose(recording, PageStyle(pulse=place))
        strip = composition.segments[-1]
        pulse = composition.drawing.lines[-len(composition.segments) - 1].runs[-1]
        if place == "left":
            assert pulse[-1, 0] == pytest.approx(strip.x_mm)
        else:
            assert pulse[0, 0] == pytest.approx(strip.x_mm + strip.seconds * 25)


@pytest.mark.parametrize(("separator", "runs"), [("ticks", 9), ("bars", 18), ("dashed", 3)])
def test_separators_stand_between_the_columns(recording, separator, runs):
    plain = compose(recording, PageStyle(separator="none"))
    composition = compose(recording, PageStyle(separator=separator))
    (separators,) = composition.drawing.lines[2 : -len(composition.segments) - 1]
    assert len(separators.runs) == runs
    expected = {round(s.x_mm, 6) for s in plain.segments if s.start_s > 0}
    assert {round(float(run[0, 0]), 6) for run in separators.runs} == expected


def test_words_are_where_the_style_says(recording):
    style = PageStyle(header=("Muster, Kim", "ID: 1"), footer="Speed: {speed} mm/sec", labels="none")
    composition = compose(recording, style)
    assert words(composition) == ["Muster, Kim", "ID: 1", "Speed: 25 mm/sec"]
    header, footer = composition.drawing.words[0], composition.drawing.words[-1]
    assert header.y_mm < composition.geometry.rows_top_mm < composition.geometry.rows_bottom_mm < footer.y_mm


def test_labels_stand_above_or_below_the_start_of_their_lead(recording):
    for place, side in (("above", -1), ("below", 1)):
        composition = compose(recording, PageStyle(labels=place, layout="12x1"))
        for label, segment in zip(composition.drawing.words, composition.segments, strict=False):
            assert label.text == segment.lead
            assert 0 < side * (label.y_mm - segment.baseline_mm) < composition.geometry.row_mm / 2
            assert 0 < label.x_mm - segment.x_mm < 3
