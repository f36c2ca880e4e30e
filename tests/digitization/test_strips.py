from dataclasses import replace

import numpy as np
import pytest

from kalemia.digitization import Findings, digitize, strips_of
from kalemia.digitization.curve import Trace
from kalemia.digitization.segments import Layout, Segment
from kalemia.errors import NoSuchStrip, NoTrace
from kalemia.simulation.paper import PageStyle, print_page, write_page


def shown(findings):
    return [(strip.row, strip.lead) for strip in strips_of(findings)]


@pytest.fixture(scope="module")
def full(tmp_path_factory, twelve_leads):
    """A drawn page, which is read fastest."""
    return digitize(write_page(tmp_path_factory.mktemp("page") / "page.pdf", twelve_leads, PageStyle())).findings


@pytest.fixture(scope="module")
def nameless(tmp_path_factory, twelve_leads):
    """A page without labels, whose leads obey no law: its rows are seen, but not which leads they are."""
    path = write_page(tmp_path_factory.mktemp("page") / "page.pdf", twelve_leads, PageStyle(labels="none"))
    with pytest.raises(NoSuchStrip) as caught:
        digitize(path)
    return caught.value.findings


def test_rows_from_the_top_and_leads_from_the_left(full):
    rows = [(1, "I aVR V1 V4"), (2, "II aVL V2 V5"), (3, "III aVF V3 V6")]
    block = [(row, lead) for row, leads in rows for lead in (*leads.split(), None)]
    assert shown(full) == [*block, (4, "II")]
    assert [strip.number for strip in strips_of(full)] == list(range(1, 17))


def test_the_one_that_was_taken_is_marked(full):
    assert [strip.number for strip in strips_of(full) if strip.is_chosen] == [16]
    assert [strip.number for strip in strips_of(full) if strip.is_whole] == [5, 10, 15, 16]


def test_each_lies_where_it_was_printed(full, twelve_leads):
    printed = print_page(twelve_leads, PageStyle(dpi=50)).segments
    parts = [strip for strip in strips_of(full) if strip.lead is not None]
    places = {(segment.row, segment.lead): (segment.x_mm, segment.baseline_mm, segment.seconds) for segment in printed}
    left = full.map.to_paper(np.zeros(2))  # the printer counts from the edge of the page
    for strip in parts:
        x, y, seconds = places[strip.row - 1, strip.lead]
        assert strip.left == pytest.approx(x + left[0], abs=1)
        assert strip.right - strip.left == pytest.approx(25 * seconds, abs=2)
        assert strip.top < y + left[1] < strip.bottom
        assert strip.corners_mm.tolist() == [
            [strip.left, strip.top],
            [strip.right, strip.top],
            [strip.right, strip.bottom],
            [strip.left, strip.bottom],
        ]


def test_a_refused_page_has_its_rows(nameless):
    assert shown(nameless) == [(row, None) for row in (1, 2, 3, 4)]
    assert not any(strip.is_chosen for strip in strips_of(nameless))


def test_rows_can_be_told_before_there_is_a_layout(full, nameless):
    assert strips_of(replace(nameless, pulses=(), layout=None)) == strips_of(nameless)
    assert shown(replace(full, pulses=(), layout=None, chosen=None)) == shown(nameless)


def test_pulses_are_no_part_of_a_strip(full):
    rows = {strip.row: strip for strip in strips_of(full) if strip.is_whole}
    assert all(ends[0].right <= rows[row].left for row, ends in enumerate(full.pulses, 1))


def test_what_labels_leave_of_a_row_is_a_strip_too():
    x = np.arange(0, 100, 0.1)
    trace = Trace(x, np.sin(x) - 20, np.ones_like(x), 0.3)
    named = (Segment("V4", 0, 0, 30, 60, False, "label"), Segment("V5", 0, 1, 60, 95, False, "label"))
    findings = Findings(np.zeros((9, 9, 3), np.uint8), traces=(trace,), layout=Layout("unknown", named))
    assert shown(findings) == [(1, None), (1, "V4"), (1, "V5"), (1, None)]
    first, *_, whole = strips_of(findings)
    assert (first.left, first.right, first.is_whole) == (0, 30, False)
    assert (whole.left, whole.right, whole.is_whole) == (0, pytest.approx(99.9), True)


def test_without_curves_there_are_none(tmp_path, twelve_leads):
    assert strips_of(Findings(np.zeros((9, 9, 3), np.uint8))) == ()
    nothing = replace(twelve_leads, signal=np.full_like(twelve_leads.signal, np.nan)).only("II")
    style = PageStyle(layout="1", paper="strip", pulse="none", labels="none", footer="", dpi=200)
    with pytest.raises(NoTrace) as caught:
        digitize(write_page(tmp_path / "page.png", nothing, style))
    assert strips_of(caught.value.findings) == ()


@pytest.mark.parametrize("number", [1, 7, 10, 16])
def test_numbers_do_not_depend_on_what_was_taken(tmp_path, twelve_leads, full, number):
    path = write_page(tmp_path / "page.pdf", twelve_leads, PageStyle())
    found = strips_of(digitize(path, strip=number, speed_mm_per_s=50, all_leads=True).findings)
    assert [replace(strip, is_chosen=False) for strip in found] == [
        replace(strip, is_chosen=False) for strip in strips_of(full)
    ]
    assert [strip.number for strip in found if strip.is_chosen] == [number]
