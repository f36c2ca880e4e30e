"""Pages as they would be read without any error: curves and labels straight from the printer."""

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kalemia.digitization.curve import Trace
from kalemia.digitization.layout import find_layout
from kalemia.digitization.printed_scales import lead_of
from kalemia.digitization.segments import Line
from kalemia.digitization.short_leads import correlation
from kalemia.digitization.text import Text
from kalemia.recording import STANDARD_LEADS, Recording
from kalemia.simulation.paper import PageStyle
from kalemia.simulation.paper.composition import compose

LAYOUTS = ("3x4+II", "3x4", "3x4+V1+II+V5", "3x4+II+V1", "6x2+II", "6x2", "12x1")
LETTER_MM = 2.4


@pytest.fixture(scope="module")
def einthoven(twelve_leads) -> Recording:
    """Twelve leads of which the limb leads belong together as those of a patient do."""
    one, two = (twelve_leads.lead(lead) - np.median(twelve_leads.lead(lead)) for lead in ("I", "II"))
    limb = (one, two, two - one, -(one + two) / 2, one - two / 2, two - one / 2)
    return Recording(np.array([*limb, *twelve_leads.signal[6:]]), twelve_leads.fs, STANDARD_LEADS)


def page_of(recording, **style):
    """Lines, labels and true segments of a printed page."""
    style = PageStyle(**style)
    composition = compose(recording, style)
    rows = defaultdict(list)
    for segment in composition.segments:
        rows[segment.row].append(segment)
    lines = [line_of(rows[row], composition.signals, style, recording.fs) for row in sorted(rows)]
    texts = [box_of(words, style) for words in composition.drawing.words]
    return lines, texts, composition.segments


def line_of(segments, signals, style, fs):
    x, height = [], []
    for segment in sorted(segments, key=lambda segment: segment.x_mm):
        first = round(segment.start_s * fs)
        piece = signals[segment.lead][first : first + round(segment.seconds * fs)]
        x.append(segment.x_mm + np.arange(len(piece)) * style.speed_mm_per_s / fs)
        height.append(piece * style.gain_mm_per_mv - segment.baseline_mm)
        if style.separator == "gap":
            x.append(x[-1][-1:] + 0.1)
            height.append(np.array([np.nan]))
    trace = Trace(np.concatenate(x), np.concatenate(height), np.isfinite(np.concatenate(height)).astype(float), 0.3)
    return Line(trace, trace.left, trace.right)


def box_of(words, style):
    high, wide = 0.7 * style.text_mm, 0.55 * style.text_mm * len(words.text)
    top = words.y_mm - high if words.edge == "bottom" else words.y_mm
    return Text(words.text, (words.x_mm, top, words.x_mm + wide, top + high))


def assert_is(layout, name, segments, speed=25.0, border_mm=4.0):
    """Every segment has its lead, its row and its place."""
    assert layout.name == name
    found = {(segment.row, segment.lead): segment for segment in layout.segments}
    assert found.keys() == {(segment.row, segment.lead) for segment in segments}
    for true in segments:
        segment = found[true.row, true.lead]
        assert segment.left == pytest.approx(true.x_mm, abs=border_mm)
        assert segment.right == pytest.approx(true.x_mm + true.seconds * speed, abs=border_mm)
        assert segment.is_strip == (true.rhythm or name == "12x1")


# ---- with labels


@pytest.mark.parametrize("cabrera", [False, True], ids=["standard", "Cabrera"])
@pytest.mark.parametrize("labels", ["above", "below"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_with_labels(einthoven, layout, labels, cabrera):
    lines, texts, segments = page_of(einthoven, layout=layout, labels=labels, cabrera=cabrera)
    found = find_layout(lines, texts)
    assert_is(found, layout, segments)
    assert not found.warnings
    assert all("label" in segment.evidence for segment in found.segments)


@pytest.mark.parametrize(
    "style", [{"separator": "gap"}, {"paper": "letter"}, {"gain_mm_per_mv": 20.0}, {"gain_mm_per_mv": 5.0}], ids=str
)
def test_other_styles(einthoven, style):
    lines, texts, segments = page_of(einthoven, **style)
    assert_is(find_layout(lines, texts), "3x4+II", segments)


def test_at_50_mm_per_s(einthoven):
    lines, texts, segments = page_of(einthoven, layout="6x2", speed_mm_per_s=50.0)
    assert_is(find_layout(lines, texts), "6x2", segments, speed=50.0)


def test_where_columns_are_apart_no_lead_reaches_into_the_next(einthoven):
    lines, texts, segments = page_of(einthoven, separator="gap")
    for segment in find_layout(lines, texts).segments:
        true = next(one for one in segments if (one.row, one.lead) == (segment.row, segment.lead))
        assert true.x_mm - 0.1 <= segment.left <= segment.right <= true.x_mm + true.seconds * 25 + 0.1


def test_all_leads_of_a_page_are_found_once(einthoven):
    lines, texts, _ = page_of(einthoven, layout="3x4")
    assert sorted(segment.lead for segment in find_layout(lines, texts).segments) == sorted(STANDARD_LEADS)


# ---- labels that are wrong or not there


MISREADINGS = {
    "II": "I",
    "III": "II",
    "aVR": "aVL",
    "aVL": "aVF",
    "aVF": "aVR",
    "V1": "V7",
    "V2": "V3",
    "V4": "V1",
    "V6": "V5",
}


@pytest.mark.parametrize("layout", ["3x4+II", "6x2", "12x1"])
@pytest.mark.parametrize("label", MISREADINGS)
def test_one_label_is_misread(einthoven, layout, label):
    lines, texts, segments = page_of(einthoven, layout=layout)
    at = next(i for i, text in enumerate(texts) if text.words == label)
    texts[at] = replace(texts[at], words=MISREADINGS[label])
    assert_is(find_layout(lines, texts), layout, segments)


@pytest.mark.parametrize("misread", ["I", "III"])
def test_the_label_of_the_rhythm_strip_is_misread(einthoven, misread):
    """It is seen, or where the two leads look alike at least doubted."""
    lines, texts, segments = page_of(einthoven)
    at = max((i for i, text in enumerate(texts) if text.words == "II"), key=lambda i: texts[i].box[1])
    texts[at] = replace(texts[at], words=misread)
    found = find_layout(lines, texts)
    if found.warnings:
        assert any(f"labelled {misread}, but looks like lead II" in warning for warning in found.warnings)
    else:
        assert_is(found, "3x4+II", segments)


def test_a_rhythm_strip_that_is_not_what_its_label_says_is_doubted(einthoven):
    lines, texts, _ = page_of(einthoven)
    at = max((i for i, text in enumerate(texts) if text.words == "II"), key=lambda i: texts[i].box[1])
    texts[at] = replace(texts[at], words="V5")
    layout = find_layout(lines, texts)
    assert any("V5" in warning and "II" in warning for warning in layout.warnings)


@settings(max_examples=50)
@given(st.sampled_from(["3x4+II", "6x2+II", "12x1"]), st.sets(st.integers(0, 12), max_size=8))
def test_some_labels_are_missing(einthoven_pages, layout, missing):
    lines, texts, segments = einthoven_pages[layout]
    labels = [text for text in texts if lead_of(text.words)]
    kept = [text for i, text in enumerate(labels) if i not in missing]
    assert_is(find_layout(lines, kept), layout, segments)


@pytest.fixture(scope="module")
def einthoven_pages(einthoven):
    return {layout: page_of(einthoven, layout=layout) for layout in ("3x4+II", "6x2+II", "12x1")}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_without_labels_the_curves_say_it(einthoven, layout):
    lines, _, segments = page_of(einthoven, layout=layout)
    found = find_layout(lines, [])
    assert_is(found, layout, segments)
    assert any("label" in warning for warning in found.warnings)


@pytest.mark.parametrize("layout", ["3x4+II", "6x2", "12x1"])
def test_without_labels_cabrera_is_told_from_the_standard_order(einthoven, layout):
    lines, _, segments = page_of(einthoven, layout=layout, cabrera=True)
    assert_is(find_layout(lines, []), layout, segments)


@pytest.mark.parametrize("layout", ["3x4+II", "3x4", "6x2"])
def test_without_labels_curves_that_do_not_belong_together_have_no_names(twelve_leads, layout):
    lines, _, _ = page_of(twelve_leads, layout=layout)
    assert not find_layout(lines, []).segments


def test_other_words_are_no_labels(einthoven):
    lines, texts, segments = page_of(einthoven, header=("Muster, Alex   ID 12345", "QRS 90 ms   II"), layout="3x4+II")
    more = [Text(words, (40, y, 70, y + 3)) for words, y in (("72", 60.0), ("V", 90.0), ("P-R-T axes", 120.0))]
    assert_is(find_layout(lines, [*texts, *more]), "3x4+II", segments)


# ---- pages of few rows


def test_a_single_strip_with_a_label(einthoven):
    lines, texts, _ = page_of(einthoven.only("V2"), layout="1", paper="strip")
    (segment,) = find_layout(lines, texts).segments
    assert (segment.lead, segment.is_strip, segment.evidence) == ("V2", True, "label")


def test_a_single_strip_without_a_label_is_taken_for_ii_with_a_warning(einthoven):
    lines, _, _ = page_of(einthoven.only("II"), layout="1", paper="strip")
    layout = find_layout(lines, [])
    (segment,) = layout.segments
    assert (layout.name, segment.lead) == ("1", "II")
    assert (segment.left, segment.right) == (lines[0].left, lines[0].right)
    assert len(layout.warnings) == 1


def strips_below_each_other(recording, leads):
    """Whole strips of some leads with a label each."""
    lines = []
    for row, lead in enumerate(leads):
        line = page_of(recording.only(lead), layout="1")[0][0]
        lines.append(replace(line, trace=replace(line.trace, height=line.trace.height - 40 * row)))
    labels = [
        Text(lead, (line.left + 1, line.y - 8, line.left + 5, line.y - 5.5))
        for lead, line in zip(leads, lines, strict=True)
    ]
    return lines, labels


def test_a_page_of_v4_and_v5_has_no_lead_ii(einthoven):
    lines, labels = strips_below_each_other(einthoven, ("V4", "V5"))
    found = find_layout(lines, labels)
    assert [(segment.lead, segment.row) for segment in found.segments] == [("V4", 0), ("V5", 1)]
    assert "II" not in [segment.lead for segment in find_layout(lines, []).segments]


@pytest.mark.parametrize("leads", [("I", "II"), ("I", "II", "III"), ("II", "V1"), STANDARD_LEADS[:6]], ids=len)
def test_strips_that_were_not_recorded_at_once_are_no_columns(twelve_leads, leads):
    """Each label names its whole row, or no name is believed."""
    lines, labels = strips_below_each_other(twelve_leads, leads)
    found = find_layout(lines, labels)
    assert all(segment.is_strip and segment.lead == leads[segment.row] for segment in found.segments)
    assert all(segment.right - segment.left > 240 for segment in found.segments)


@pytest.mark.parametrize("layout", ["3x1", "6x1"], ids=["three", "six"])
def test_limb_leads_alone(einthoven, layout):
    lines, texts, segments = page_of(einthoven, layout=layout)
    found = find_layout(lines, texts)
    assert [(segment.lead, segment.row) for segment in found.segments] == [(one.lead, one.row) for one in segments]
    assert all(segment.is_strip for segment in found.segments)


def test_no_rows_have_no_leads():
    assert find_layout([], []).segments == ()
    assert find_layout([], [Text("II", (0, 0, 5, 3))]).segments == ()


# ---- how far off a label may be


@pytest.mark.parametrize(("right_mm", "down_mm"), [(-4, 0), (4, 0), (0, -2), (0, 2), (3, 3)])
def test_labels_a_little_elsewhere(einthoven, right_mm, down_mm):
    lines, texts, segments = page_of(einthoven)
    moved = [
        replace(text, box=tuple(np.add(text.box, (right_mm, down_mm, right_mm, down_mm)).tolist())) for text in texts
    ]
    assert_is(find_layout(lines, moved), "3x4+II", segments)


@settings(max_examples=10)
@given(st.floats(-150, 150), st.floats(-150, 150))
def test_where_on_the_sheet_does_not_matter(einthoven_pages, x, y):
    lines, texts, _ = einthoven_pages["3x4+II"]
    moved = [
        Line(replace(line.trace, x=line.trace.x + x, height=line.trace.height - y), line.left + x, line.right + x)
        for line in lines
    ]
    there = find_layout(moved, [replace(text, box=tuple(np.add(text.box, (x, y, x, y)).tolist())) for text in texts])
    here = find_layout(lines, texts)
    assert there.name == here.name
    assert [one.lead for one in there.segments] == [one.lead for one in here.segments]


# ---- correlation


def wave(shift_mm=0.0, scale=1.0, noise=0.0):
    x = np.arange(0, 80, 0.1)
    height = scale * (8 * np.exp(-0.5 * (((x - shift_mm) % 20 - 8) / 0.6) ** 2)) - 30
    return Trace(x, height + np.random.default_rng(0).normal(0, noise, len(x)), np.ones(len(x)), 0.3)


@pytest.mark.parametrize("shift_mm", [0.0, 0.6, -1.4])
def test_a_curve_is_like_itself_a_little_aside(shift_mm):
    assert correlation(wave(), wave(shift_mm), 5, 75) > 0.98


def test_gain_and_height_do_not_matter():
    low = wave(scale=0.4)
    assert correlation(wave(), replace(low, height=low.height - 60), 5, 75) == pytest.approx(1, abs=1e-6)


def test_upside_down_or_far_aside_it_is_unlike():
    assert correlation(wave(), wave(scale=-1), 5, 75) < 0.3
    assert correlation(wave(), wave(8), 5, 75) < 0.3


def test_too_short_flat_or_empty_is_like_nothing():
    flat = replace(wave(), height=np.full(800, -30.0))
    empty = replace(wave(), height=np.where(wave().x < 60, np.nan, -30.0))
    assert correlation(wave(), wave(), 5, 8) == 0
    assert correlation(wave(), flat, 5, 75) == 0
    assert correlation(wave(), empty, 5, 75) == 0
