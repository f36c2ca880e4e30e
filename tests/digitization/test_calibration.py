import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalemia.digitization.calibration import Given, calibrate
from kalemia.digitization.printed_scales import PrintedScales, printed_scales
from kalemia.digitization.pulses import Pulse
from kalemia.digitization.text import Text
from kalemia.errors import ScalesDisagree


def pulse(height, width=5.0):
    return Pulse(14.0, 14.0 + (width or 5.0), height, width, 12.0, 21.0)


def printed(speed=None, gain=None):
    return PrintedScales(speed, gain, gain, ("as printed",) if speed or gain else ())


@pytest.mark.parametrize("gain", [5.0, 10.0, 20.0])
@pytest.mark.parametrize(("speed", "width"), [(25.0, 5.0), (50.0, 10.0)])
def test_a_pulse_says_gain_and_speed(gain, speed, width):
    found = calibrate([pulse(gain * 1.03, width * 0.97)] * 3, printed())
    assert (found.speed_mm_per_s, found.gain_mm_per_mv) == (speed, gain)
    assert not found.warnings
    assert {name for name, _ in found.evidence} == {"speed", "gain"}
    assert all("pulse" in words for _, words in found.evidence)


def test_print_says_gain_and_speed():
    found = calibrate([], printed(12.5, 20.0))
    assert (found.speed_mm_per_s, found.gain_mm_per_mv) == (12.5, 20.0)
    assert not found.warnings
    assert all("printed" in words for _, words in found.evidence)


def test_both_agree():
    found = calibrate([pulse(9.9)], printed(25.0, 10.0))
    assert (found.speed_mm_per_s, found.gain_mm_per_mv) == (25.0, 10.0)
    gain = dict(found.evidence)["gain"]
    assert "pulse" in gain
    assert "printed" in gain


def test_nothing_to_go_by_warns():
    found = calibrate([], printed())
    assert (found.speed_mm_per_s, found.gain_mm_per_mv) == (25.0, 10.0)
    assert len(found.warnings) == 2
    assert any("25 mm/s" in warning for warning in found.warnings)
    assert any("10 mm/mV" in warning for warning in found.warnings)
    assert set(dict(found.evidence).values()) == {"assumed"}


def test_the_height_of_a_pulse_cut_off_is_less_sure():
    assert calibrate([pulse(8.9, None)] * 2, printed()).gain_mm_per_mv == 10.0
    with pytest.raises(ScalesDisagree, match=r"7\.7 mm high"):
        calibrate([pulse(7.7, None)] * 2, printed())
    with pytest.raises(ScalesDisagree):
        calibrate([pulse(8.7), pulse(8.6), pulse(8.7, None)], printed())


def test_no_speed_is_assumed_at_which_leads_would_be_too_short():
    assert calibrate([], printed(), column_mm=62.5).speed_mm_per_s == 25.0
    assert calibrate([], printed(12.5, 10.0), column_mm=31.2).speed_mm_per_s == 12.5
    with pytest.raises(ScalesDisagree, match=r"only 1\.2 s"):
        calibrate([], printed(), column_mm=31.2)


def test_a_pulse_cut_off_says_the_gain_alone():
    found = calibrate([pulse(20.0, None)], printed())
    assert (found.speed_mm_per_s, found.gain_mm_per_mv) == (25.0, 20.0)
    assert len(found.warnings) == 1
    assert "25 mm/s" in found.warnings[0]


@pytest.mark.parametrize("height", [7.0, 14.3, 3.9, 24.0, 6.6])
def test_a_pulse_of_a_height_that_no_gain_has(height):
    with pytest.raises(ScalesDisagree, match=f"{height:.1f} mm"):
        calibrate([pulse(height)] * 2, printed())


@pytest.mark.parametrize(("height", "gain"), [(10.0, 5.0), (5.0, 10.0), (20.0, 10.0)])
def test_pulse_and_printed_gain_contradict_each_other(height, gain):
    with pytest.raises(ScalesDisagree, match="mm/mV"):
        calibrate([pulse(height)], printed(25.0, gain))


@pytest.mark.parametrize(("width", "speed"), [(5.0, 50.0), (10.0, 25.0)])
def test_pulse_and_printed_speed_contradict_each_other(width, speed):
    with pytest.raises(ScalesDisagree, match="mm/s"):
        calibrate([pulse(10.0, width)], printed(speed, 10.0))


def test_most_pulses_are_believed():
    assert calibrate([pulse(10.0), pulse(10.2), pulse(6.0), pulse(9.9)], printed()).gain_mm_per_mv == 10.0


def test_whole_pulses_are_believed_above_those_that_are_cut_off():
    assert calibrate([pulse(10.0), pulse(5.0, None), pulse(5.1, None)], printed()).gain_mm_per_mv == 10.0


@given(st.floats(0.9, 1.1), st.sampled_from([5.0, 10.0, 20.0]))
def test_paper_that_shrank_still_has_its_gain(stretch, gain):
    assert calibrate([pulse(gain * stretch, 5.0)], printed()).gain_mm_per_mv == gain


def test_what_the_print_leaves_open_is_passed_on():
    note = "The page says 25 and 50 mm/s."
    assert note in calibrate([pulse(10.0)], PrintedScales(gain_note=note)).warnings


def test_an_error_says_in_one_line_what_to_do():
    with pytest.raises(ScalesDisagree) as caught:
        calibrate([pulse(7.0)], printed())
    assert "\n" not in str(caught.value)
    assert "Scan" in str(caught.value) or "Give" in str(caught.value) or "Check" in str(caught.value)


def test_what_the_user_gives_stands_above_the_page_with_a_warning_where_they_differ():
    found = calibrate([pulse(10.0)], printed(25.0, 10.0), given=Given(50.0, 20.0))
    assert (found.speed_mm_per_s, found.gain_mm_per_mv) == (50.0, 20.0)
    assert set(dict(found.evidence).values()) == {"given"}
    assert len(found.warnings) == 3
    assert calibrate([pulse(20.0)], printed(50.0, 20.0), given=Given(50.0, 20.0)).warnings == ()
    assert calibrate([pulse(7.0)], printed(), given=Given(gain_mm_per_mv=7.0)).gain_mm_per_mv == 7.0


def test_the_pulse_of_lead_ii_decides_against_those_of_other_rows():
    limb, chest = [pulse(10.0)] * 5, [pulse(5.0)] * 6
    with pytest.raises(ScalesDisagree, match=r"10\.0 and 5\.0 mm"):
        calibrate([*limb, *chest], printed(), own=limb[:1])
    assert calibrate([*limb, *chest], printed(), own=chest[:1]).gain_mm_per_mv == 5.0


@pytest.mark.parametrize("words", ["25 mm/s 50 mm/s", "5 mm/mV 10 mm/mV"])
def test_print_that_contradicts_itself_is_refused_unless_a_pulse_decides(words):
    texts = [Text(word, (0, 0, 1, 1), 1.0) for word in (words[: len(words) // 2], words[len(words) // 2 :])]
    with pytest.raises(ScalesDisagree, match="the page says"):
        calibrate([], printed_scales(texts))
    assert calibrate([pulse(10.0)], printed_scales(texts)).warnings


def test_chest_leads_can_have_a_gain_of_their_own():
    found = calibrate([], PrintedScales(25.0, 10.0, 5.0, ("as printed",)))
    assert (found.gain_mm_per_mv, found.chest_gain_mm_per_mv) == (10.0, 5.0)
    assert calibrate([], PrintedScales(25.0, 10.0, 10.0)).chest_gain_mm_per_mv == 10.0
    assert calibrate([], PrintedScales()).chest_gain_mm_per_mv == 10.0
