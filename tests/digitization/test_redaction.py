from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from kalemia.digitization import Findings, digitize
from kalemia.digitization.redaction import TOO_MUCH, redact
from kalemia.digitization.text import Text
from kalemia.digitization.text_lines import MOST_LINES
from kalemia.simulation import simulate_recording
from kalemia.simulation.paper import PageStyle, print_page, write_image

STYLE = PageStyle(layout="1", paper="A4", dpi=200, header=("DOE, Jane    born 01.02.1934", "ID 123456"))
DPMM = STYLE.dpi / 25.4
CLEAR_PX = round(16 * DPMM)
"""Farther from the strip than its labels."""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A clean page with a name on it, and what was found."""
    printed = print_page(simulate_recording(6.0, seed=3).recording, STYLE)
    path = write_image(tmp_path_factory.mktemp("pages") / "page.png", printed)
    return SimpleNamespace(printed=printed, findings=digitize(path).findings)


def with_print(findings, words):
    """The findings with black bars, as wide as words, printed where each text stands."""
    picture = findings.picture.copy()
    for text in words:
        left, top, right, bottom = text.box
        (x0, y0), (x1, y1) = np.round(findings.map.to_picture(np.array([(left, top), (right, bottom)]))).astype(int)
        picture[y0:y1, x0:x1:2] = 0
    return replace(findings, picture=picture, texts=(*findings.texts, *words))


def dark(picture):
    return picture.max(axis=2) < 110


def at(findings, box):
    """The part of the picture within a box in mm."""
    (x0, y0), (x1, y1) = np.round(findings.map.to_picture(np.array([box[:2], box[2:]]))).astype(int)
    return findings.picture[y0:y1, x0:x1]


def free_place(findings, width_mm=20.0):
    """A box on the grid, below the curve."""
    trace = findings.traces[0]
    left, top = trace.left + 60, -float(np.nanmin(trace.height)) + 3
    return left, top, left + width_mm, top + 3


def test_names_outside_the_grid_are_gone(page):
    box = page.printed.strip_box_px
    before, after = page.findings.picture, redact(page.findings).findings.picture
    assert dark(before[: box[1] - CLEAR_PX]).sum() > 300
    assert redact(page.findings).notes == ()
    assert not dark(after[: box[1] - CLEAR_PX]).any()
    assert not dark(after[box[3] + CLEAR_PX :]).any()


def test_the_curve_stays(page):
    segment = page.printed.reference_segment
    x = (segment.x_mm + np.arange(len(page.printed.reference)) / 500 * STYLE.speed_mm_per_s) * DPMM
    y = (segment.baseline_mm - page.printed.reference * STYLE.gain_mm_per_mv) * DPMM
    rows, columns = np.floor(y).astype(int), np.floor(x).astype(int)
    after = redact(page.findings).findings.picture
    assert np.array_equal(after[rows, columns], page.findings.picture[rows, columns])


def test_the_label_stays(page):
    assert any(text.words == "II" for text in redact(page.findings).findings.texts)
    label = next(text.box for text in page.findings.texts if text.words == "II")
    assert dark(at(redact(page.findings).findings, label)).any()


@pytest.mark.parametrize("words", ["DOE, Jane", "12.11.25 25 mm/s", "25 mm/s 123456", "10:32:11 10 mm/mV"])
def test_other_words_on_the_grid_are_gone(page, words):
    place = free_place(page.findings)
    found = with_print(page.findings, [Text(words, place)])
    redacted = redact(found).findings
    assert dark(at(found, place)).mean() > 0.3
    assert not dark(at(redacted, place)).any()
    assert words not in [text.words for text in redacted.texts]


@pytest.mark.parametrize("words", ["25 mm/s", "25 mm/s 10 mm/mV 0.05-150 Hz", "Gain: 10 mm/mV", "aVF"])
def test_scales_and_labels_on_the_grid_stay(page, words):
    place = free_place(page.findings)
    found = with_print(page.findings, [Text(words, place)])
    redacted = redact(found).findings
    assert np.array_equal(at(redacted, place), at(found, place))
    assert words in [text.words for text in redacted.texts]


def test_words_that_could_not_be_read_are_gone_too(page):
    left, top, *_ = free_place(page.findings)
    x, y = page.findings.map.to_picture(np.array([left, top])).astype(int)
    picture = page.findings.picture.copy()
    rows, columns = np.nonzero(dark(picture[: round(20 * DPMM)]))
    name = picture[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].copy()
    place = slice(y, y + name.shape[0]), slice(x, x + name.shape[1])
    picture[place] = np.minimum(picture[place], name)
    after = redact(replace(page.findings, picture=picture, texts=())).findings.picture
    assert dark(picture[place]).sum() > 300
    assert not dark(after[place]).any()


def with_specks(findings, step_mm):
    """The findings with specks as high as letters all over the grid, `step_mm` from each other."""
    picture = findings.picture.copy()
    left, top, right, bottom = findings.grid_box
    for y in np.arange(top + 2, bottom - 2, step_mm):
        for x in np.arange(left + 2, right - 2, step_mm):
            column, row = np.round(findings.map.to_picture(np.array([x, y]))).astype(int)
            picture[row : row + round(1.4 * DPMM), column : column + 3] = 0
    return replace(findings, picture=picture)


def test_where_all_looks_like_words_only_the_curve_stays(page):
    found = with_specks(page.findings, 1.8)
    box = free_place(found)
    after, notes = redact(found)
    assert dark(at(found, box)).any()
    assert len(np.unique(at(after, box))) <= 3
    assert notes == (TOO_MUCH,)
    trace = found.traces[0]
    x, y = np.round(found.map.to_picture(np.column_stack([trace.x, -trace.height]))).astype(int).T
    assert np.array_equal(after.picture[y, x], found.picture[y, x])


def test_many_words_are_all_blanked(page):
    """There are more lines than a page has."""
    left, top, right, bottom = page.findings.grid_box
    corners = [(x, y) for y in np.arange(top + 3, bottom - 4, 4.0) for x in np.arange(left + 3, right - 9, 9.0)]
    words = [(x, y, x + 5, y + 2) for x, y in corners]
    picture = page.findings.picture.copy()
    for letter in range(5):
        for x, y, *_ in words:
            column, row = np.round(page.findings.map.to_picture(np.array([x + letter, y]))).astype(int)
            picture[row : row + round(2 * DPMM), column : column + 3] = 0
    found = replace(page.findings, picture=picture, texts=())
    after, notes = redact(found)
    assert len(words) > MOST_LINES
    assert notes == ()
    assert not any(dark(at(after, box)).any() for box in words if not near_a_curve(found, box))


def near_a_curve(findings, box):
    trace = findings.traces[0].between(box[0] - 1, box[2] + 1)
    return trace.is_there and np.nanmax(-trace.height) > box[1] - 3 and np.nanmin(-trace.height) < box[3] + 3


def test_a_word_across_the_curve_leaves_the_curve(page):
    trace = page.findings.traces[0]
    middle = (trace.left + trace.right) / 2
    box = (middle, -trace.baseline - 2, middle + 15, -trace.baseline + 2)
    found = replace(page.findings, texts=(*page.findings.texts, Text("DOE, Jane", box)))
    on_curve = trace.between(middle, middle + 15)
    x, y = np.round(found.map.to_picture(np.column_stack([on_curve.x, -on_curve.height]))).astype(int).T
    assert np.array_equal(redact(found).findings.picture[y, x], found.picture[y, x])


def test_without_a_grid_all_is_blank(page):
    assert len(np.unique(redact(Findings(page.findings.picture)).findings.picture)) == 1


def test_a_grid_without_curves_keeps_the_grid(page):
    after = redact(replace(page.findings, traces=(), layout=None, chosen=None)).findings.picture
    assert not dark(after[: page.printed.strip_box_px[1] - CLEAR_PX]).any()
    assert len(np.unique(after)) > 10
