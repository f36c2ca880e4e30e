from collections import defaultdict

import cv2
import numpy as np
import pytest

from kalemia.digitization.rows import find_rows, without_frames
from kalemia.recording import STANDARD_LEADS, Recording
from kalemia.simulation.paper import PageStyle, print_page

PX_PER_MM = 8
DPI = round(PX_PER_MM * 25.4)
STRONG, LONG = 0.55, 0.4
PULSE_S = 0.2
LAYOUTS = ("3x4+II", "3x4", "3x4+V1+II+V5", "6x2+II", "6x2", "12x1")


def print_ink(recording, **style):
    """A page without a grid and its ink at 8 px/mm."""
    page = print_page(recording, PageStyle(**{"grid_pattern": "none", "dpi": DPI, **style}))
    return page, 1 - page.image.min(axis=2).astype(np.float32) / 255


def band(page):
    """Top and bottom of where the grid would be, in mm."""
    baselines = sorted({segment.baseline_mm for segment in page.segments})
    half = np.diff(baselines).min() / 2 if len(baselines) > 1 else 20.0
    return baselines[0] - half, baselines[-1] + half


def true_rows(page):
    """Baseline, left and right of each row in mm; a pulse at the start belongs to it."""
    rows = defaultdict(list)
    for segment in page.segments:
        rows[segment.row].append(segment)
    speed = page.style.speed_mm_per_s
    return [
        (row[0].baseline_mm, min(s.x_mm for s in row), max(s.x_mm + s.seconds * speed for s in row))
        for _, row in sorted(rows.items())
    ]


def strong_rows(page, ink):
    """Rows that a page has for sure: a line of labels can pass for one, but it is paler or shorter."""
    rows = find_rows(ink, PX_PER_MM, *band(page))
    strongest, longest = max(row.strength for row in rows), max(row.right - row.left for row in rows)
    return [row for row in rows if row.strength > STRONG * strongest and row.right - row.left > LONG * longest]


def assert_rows_are_found(page, ink):
    rows, true = strong_rows(page, ink), true_rows(page)
    assert len(rows) == len(true)
    for row, (baseline, left, right) in zip(rows, true, strict=True):
        assert row.middle == pytest.approx(baseline, abs=2.0)
        assert left - 10 - PULSE_S * page.style.speed_mm_per_s < row.left < left + 5
        assert right - 5 < row.right < right + 12
        assert row.strength > 0.5


@pytest.mark.parametrize("layout", LAYOUTS)
def test_rows_of_every_layout(twelve_leads, layout):
    assert_rows_are_found(*print_ink(twelve_leads, layout=layout, header=("Muster, Alex   ID 12345", "QRS 90 ms")))


@pytest.mark.parametrize(
    "style",
    [
        {"labels": "below", "separator": "bars"},
        {"labels": "none", "separator": "gap", "pulse": "none"},
        {"separator": "dashed", "pulse": "right", "paper": "letter"},
        {"gain_mm_per_mv": 5.0, "pen_mm": 0.2},
        {"gain_mm_per_mv": 20.0, "pen_mm": 0.5},
        {"layout": "6x2", "speed_mm_per_s": 50.0},
        {"layout": "1", "paper": "strip"},
    ],
    ids=str,
)
def test_rows_of_every_style(twelve_leads, style):
    assert_rows_are_found(*print_ink(twelve_leads, **style))


def test_a_baseline_that_wanders_is_followed(twelve_leads):
    wander = 0.8 * np.sin(2 * np.pi * np.arange(5000) / 5000 * 1.5)
    page, ink = print_ink(Recording((twelve_leads.lead("II") + wander)[None], 500, ("II",)), layout="1")
    (row,) = strong_rows(page, ink)
    segment = page.reference_segment
    x = segment.x_mm + np.arange(250, 4750) / 500 * 25
    found = np.interp(x, (np.arange(len(row.baseline)) + 0.5) / 2, row.baseline)
    true = segment.baseline_mm - (np.median(twelve_leads.lead("II")) + wander[250:4750]) * 10
    assert np.median(np.abs(found - true)) < 1.0


def test_single_words_are_no_rows_and_nothing_has_none():
    page = np.zeros((1200, 2000), np.uint8)
    assert find_rows(page.astype(np.float32), PX_PER_MM, 0.0, 150.0) == ()
    cv2.putText(page, "II", (300, 500), cv2.FONT_HERSHEY_SIMPLEX, 2, 1, 4)
    cv2.putText(page, "25 mm/s", (300, 1100), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 1, 2)
    assert find_rows(page.astype(np.float32), PX_PER_MM, 0.0, 150.0) == ()


def test_what_lies_above_and_below_the_grid_is_no_row(twelve_leads):
    page, ink = print_ink(twelve_leads, layout="3x4")
    (first, *_), (second, *_), (third, *_) = true_rows(page)
    rows = find_rows(ink, PX_PER_MM, (first + second) / 2, (second + third) / 2)
    assert [row.middle for row in rows] == pytest.approx([second], abs=2.0)


def test_frames_are_taken_away_and_curves_stay(twelve_leads):
    page, ink = print_ink(twelve_leads, layout="3x4+II")
    framed = ink.copy()
    cv2.rectangle(framed, (20, 20), (ink.shape[1] - 20, ink.shape[0] - 20), 1.0, 3)
    cv2.line(framed, (20, 200), (ink.shape[1] - 20, 200), 1.0, 3)
    cleared = without_frames(framed, PX_PER_MM)
    assert_rows_are_found(page, cleared)
    np.testing.assert_array_equal(cleared[18:23, 300:-300], 0)
    strip = slice(*(round((page.reference_segment.baseline_mm + d) * PX_PER_MM) for d in (-15, 10)))
    assert np.abs(cleared[strip, 100:-100] - ink[strip, 100:-100]).mean() < 1e-3


def test_without_a_frame_nothing_is_changed(twelve_leads):
    _, ink = print_ink(twelve_leads, layout="6x2")
    np.testing.assert_array_equal(without_frames(ink, PX_PER_MM), ink)


def test_a_flat_stretch_is_no_frame():
    """Asystole of 2 s within a strip, and a pause of 1 mV that is level."""
    signal = np.tile(np.r_[np.zeros(200), np.linspace(0, 1, 25), np.linspace(1, 0, 25), np.zeros(250)], 10)
    signal[1500:2500] = 0
    page, ink = print_ink(Recording(signal[None], 500, ("II",)), layout="1", labels="none")
    assert_rows_are_found(page, without_frames(ink, PX_PER_MM))


def test_rows_come_from_the_top(twelve_leads):
    page, ink = print_ink(twelve_leads, layout="12x1")
    middles = [row.middle for row in strong_rows(page, ink)]
    assert middles == sorted(middles)
    assert len(middles) == len(STANDARD_LEADS)
