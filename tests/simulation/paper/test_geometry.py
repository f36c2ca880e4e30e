import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalemia.errors import TooShort
from kalemia.simulation.paper import PageStyle
from kalemia.simulation.paper.geometry import measure, pulse_room_mm, row_end_mm, segments_of

LAYOUTS = ("3x4+II", "3x4", "3x4+V1+II+V5", "6x2+II", "6x2", "12x1", "1")


def pieces(style, seconds=10.0, fs=500.0):
    geometry = measure(style, seconds)
    return segments_of(style, geometry, geometry.layout.block_leads(style.cabrera), fs)


@given(st.sampled_from(LAYOUTS), st.floats(0.5, 60), st.sampled_from(["left", "right", "none"]), st.booleans())
def test_rows_stay_between_the_margins(layout, seconds, pulse, gap):
    style = PageStyle(layout=layout, pulse=pulse, separator="gap" if gap else "none", paper="letter")
    geometry = measure(style, seconds)
    assert geometry.seconds <= seconds
    pulse_mm = pulse_room_mm(style) if pulse == "right" else 0
    assert row_end_mm(style, geometry, rhythm=False) + pulse_mm <= geometry.width_mm - style.margin_mm + 1e-9
    assert style.margin_mm - 1e-9 <= geometry.rows_top_mm
    assert geometry.rows_bottom_mm <= geometry.height_mm - style.margin_mm + 1e-9


def test_columns_follow_each_other_in_time_and_rhythm_strips_run_over_all():
    placed = pieces(PageStyle(layout="3x4+V1+II"))
    starts = {piece.lead: piece.start_s for piece in placed if not piece.rhythm}
    assert [starts[lead] for lead in ("I", "aVR", "V1", "V4")] == [0, 2.5, 5, 7.5]
    assert [(p.lead, p.start_s, p.seconds, p.row) for p in placed if p.rhythm] == [("V1", 0, 10, 3), ("II", 0, 10, 4)]


def test_time_runs_through_the_columns_at_paper_speed():
    placed = [piece for piece in pieces(PageStyle(layout="3x4")) if piece.row == 0]
    distances = [(piece.x_mm - placed[0].x_mm) / 25 for piece in placed]
    assert distances == pytest.approx([piece.start_s for piece in placed])


@given(st.integers(100, 1000), st.floats(1, 10))
def test_columns_share_all_samples_whatever_the_rate(fs, seconds):
    samples = round(seconds * fs)
    row = [piece for piece in pieces(PageStyle(layout="3x4"), samples / fs, fs) if piece.row == 0]
    bounds = [(round(piece.start_s * fs), round((piece.start_s + piece.seconds) * fs)) for piece in row]
    assert [start for start, _ in bounds[1:]] == [stop for _, stop in bounds[:-1]]
    assert (bounds[0][0], bounds[-1][1]) == (0, samples)


def test_what_does_not_fit_is_cut_to_half_seconds():
    assert measure(PageStyle(), 60).seconds == 10.5
    assert measure(PageStyle(speed_mm_per_s=50.0), 10).seconds == 5.0
    assert measure(PageStyle(speed_mm_per_s=12.5), 10).seconds == 10


def test_a_strip_is_as_long_as_its_signal():
    short, long = (measure(PageStyle(layout="1", paper="strip"), seconds).width_mm for seconds in (5, 10))
    assert long - short == pytest.approx(5 * 25)


def test_no_samples():
    with pytest.raises(TooShort, match="nothing to print"):
        measure(PageStyle(), 0)
