import tracemalloc
from pathlib import Path

import cv2
import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from kalemia.digitization import line_reader
from kalemia.digitization.line_reader import decode
from kalemia.digitization.printed_scales import lead_of, printed_scales
from kalemia.digitization.text_lines import (
    MOST_LINES,
    MOST_PIECES,
    find_all_text,
    find_hidden_labels,
    find_text,
)
from kalemia.digitization.text_reading import read_boxes, read_text
from kalemia.errors import ModelInvalid
from kalemia.recording import STANDARD_LEADS

FONTS = Path(mpl.get_data_path()) / "fonts" / "ttf"
LEFT_MM, TOP_MM = 20.0, 15.0
COLUMN_MM, ROW_MM = 30.0, 20.0
SCALES = "25 mm/s  10 mm/mV"


def page_of(texts, px_per_mm=8.0, font="DejaVuSans.ttf", capital_mm=3.0, size_mm=(140, 90)):
    """Darkness of a page with `(words, left, top)` in mm."""
    image = Image.new("L", (round(size_mm[0] * px_per_mm), round(size_mm[1] * px_per_mm)))
    face = ImageFont.truetype(FONTS / font, capital_mm * px_per_mm / 0.73)
    for words, left, top in texts:
        ImageDraw.Draw(image).text((left * px_per_mm, top * px_per_mm), words, fill=255, font=face, anchor="lt")
    return np.asarray(image, np.float32) / 255


def labels_in_columns():
    """The twelve labels in columns of three, as they are printed, and the scales below."""
    placed = [
        (lead, LEFT_MM + COLUMN_MM * (index // 3), TOP_MM + ROW_MM * (index % 3))
        for index, lead in enumerate(STANDARD_LEADS)
    ]
    return [*placed, (SCALES, LEFT_MM, TOP_MM + 3 * ROW_MM)]


def draw_trace(page, signal_mv, px_per_mm, baseline_mm, left_mm=10.0):
    """Draw a recording at 25 mm/s and 10 mm/mV."""
    x = (left_mm + np.arange(len(signal_mv)) / 500 * 25) * px_per_mm
    y = (baseline_mm - 10 * signal_mv) * px_per_mm
    points = np.round(np.column_stack([x, y]) * 16).astype(np.int32)[:, None]
    layer = np.zeros(page.shape, np.uint8)
    cv2.polylines(layer, [points], isClosed=False, color=255, thickness=round(0.35 * px_per_mm), lineType=16, shift=4)
    return np.maximum(page, layer.astype(np.float32) / 255)


def leads_of(texts):
    return sorted(filter(None, (lead_of(text.words) for text in texts)))


@pytest.mark.parametrize(
    "font", ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSerif.ttf", "DejaVuSansMono.ttf", "STIXGeneral.ttf"]
)
def test_labels_and_scales_are_read_where_they_stand(font):
    placed = labels_in_columns()
    texts = read_text(page_of(placed, font=font), 8.0)
    assert leads_of(texts) == sorted(STANDARD_LEADS)
    scales = printed_scales(texts)
    assert (scales.speed_mm_per_s, scales.gain_mm_per_mv) == (25, 10)
    where = {lead_of(text.words): text.box[:2] for text in texts}
    for lead, left, top in placed[:-1]:
        assert where[lead] == pytest.approx((left, top), abs=0.8)
    assert all(0 < text.confidence <= 1 for text in texts)


@pytest.mark.parametrize("px_per_mm", [6.0, 9.3, 12.0, 16.0])
def test_the_scale_of_the_page_makes_no_difference(px_per_mm):
    texts = read_text(page_of(labels_in_columns(), px_per_mm), px_per_mm)
    expected = read_text(page_of(labels_in_columns(), 8.0), 8.0)
    assert leads_of(texts) == leads_of(expected)
    for one, other in zip(texts[:12], expected[:12], strict=True):
        assert one.words == other.words
        assert one.box == pytest.approx(other.box, abs=0.4)


@pytest.mark.parametrize("capital_mm", [1.8, 2.5, 4.5])
def test_the_size_of_the_letters_makes_no_difference(capital_mm):
    texts = read_text(page_of(labels_in_columns(), 10.0, capital_mm=capital_mm), 10.0)
    assert leads_of(texts) == sorted(STANDARD_LEADS)


@pytest.mark.parametrize(("right", "down"), [(3, 0), (0, 5), (7, 11)])
def test_the_place_on_the_page_makes_no_difference(right, down):
    page = page_of(labels_in_columns())
    moved = read_text(np.pad(page, ((down, 0), (right, 0))), 8.0)
    assert leads_of(moved) == leads_of(read_text(page, 8.0))


@pytest.mark.parametrize("strength", [0.5, 0.8])
def test_the_darkness_of_the_ink_makes_no_difference(strength):
    page = page_of(labels_in_columns())
    assert leads_of(read_text(page * np.float32(strength), 8.0)) == sorted(STANDARD_LEADS)


def test_each_page_is_read_the_same_whatever_else_is_on_it():
    alone = read_text(page_of([("aVF", 50, 40)]), 8.0)
    among = read_text(page_of([("aVF", 50, 40), ("QT/QTc 380/412 ms", 10, 10), ("72 BPM", 90, 70)]), 8.0)
    assert [text.words for text in alone] == ["aVF"]
    (same,) = [text for text in among if text.words == "aVF"]
    assert same.box == pytest.approx(alone[0].box, abs=0.3)
    assert same.confidence == pytest.approx(alone[0].confidence, abs=1e-3)


@pytest.mark.parametrize("shape", [(1, 1), (5, 400), (400, 3), (300, 500)])
@pytest.mark.parametrize("darkness", [0.0, 0.3, 1.0])
def test_paper_and_ink_alone_say_nothing(shape, darkness):
    assert read_text(np.full(shape, darkness, np.float32), 8.0) == ()


@pytest.mark.parametrize("strength", [0.02, 0.2, 0.6])
def test_noise_says_nothing(strength):
    noise = np.random.default_rng(0).normal(0, strength, (700, 1000)).astype(np.float32)
    assert read_text(np.clip(noise, 0, 1), 8.0) == ()


def test_a_grid_says_nothing():
    page = np.zeros((800, 1200), np.float32)
    page[::8] = page[:, ::8] = 0.15
    page[::40] = page[:, ::40] = 0.5
    assert leads_of(read_text(page, 8.0)) == []


@pytest.mark.parametrize("rate", [45, 75, 130])
def test_a_page_of_traces_has_no_labels(make_ecg, rate):
    page = np.zeros((720, 2200), np.float32)
    for row in range(3):
        recording, _ = make_ecg(rate=rate + row, noise_mv=0.01 * row)
        page = draw_trace(page, recording.lead("II"), 8.0, 25 + 25 * row)
    assert leads_of(read_text(page, 8.0)) == []


def test_labels_on_a_trace_are_read_where_others_tell_their_height(make_ecg):
    recording, _ = make_ecg(rate=50, duration_s=5)
    page = page_of(labels_in_columns())
    for row, below in enumerate((9.0, 9.0, 2.6)):
        page = draw_trace(page, recording.lead("II"), 8.0, TOP_MM + below + ROW_MM * row, left_mm=0.0)
    found = leads_of(read_text(page, 8.0))
    assert set(found) <= set(STANDARD_LEADS)
    assert len(found) == len(set(found))
    assert {STANDARD_LEADS[row] for row in (3, 4, 6, 7)} <= set(found)
    assert {"aVF", "V3", "V6"} & set(found)


def test_a_bar_is_an_i_only_below_or_above_another_numeral():
    page = page_of([("aVR", 50, 15), ("aVL", 50, 35), ("II", 20, 35), ("V1", 80, 15)])
    for left in (20.4, 100.0):
        page[8 * 15 : 8 * 18, round(8 * left) : round(8 * left) + 3] = 1
    bars = [text for text in read_text(page, 8.0) if text.words == "I"]
    assert [round(text.box[0]) for text in bars] == [20]


def test_a_numeral_with_a_further_stroke_beside_it_is_not_believed():
    page = page_of([("aVR", 50, 15), ("aVL", 50, 35), ("I", 20, 35), ("V1", 80, 15)], font="DejaVuSerif.ttf")
    assert "I" in leads_of(read_text(page, 8.0))
    page[8 * 35 : 8 * 38, round(8 * 22.5) : round(8 * 22.5) + 3] = 1
    assert "I" not in leads_of(read_text(page, 8.0))


def test_boxes_that_the_caller_names():
    page = page_of([("V5", 60, 40)])
    seen, nothing, outside = read_boxes(page, 8.0, [(60, 40, 65, 43), (10, 10, 15, 13), (900, 900, 905, 903)])
    assert seen is not None
    assert seen.words == "V5"
    assert nothing is None
    assert outside is None
    assert read_boxes(page, 8.0, []) == ()


def test_lines_are_found_as_a_whole():
    boxes = find_text(page_of([("II", 20, 20), ("aVR", 60, 20), (SCALES, 20, 60)]), 8.0)
    assert [round(box[0]) for box in boxes[:2]] == [20, 60]
    assert boxes[0][2] < 25
    assert boxes[1][2] - boxes[1][0] > 5
    assert max(box[2] for box in boxes[2:]) - min(box[0] for box in boxes[2:]) > 35


def test_long_lines_and_specks_are_no_text():
    page = np.zeros((800, 800), np.float32)
    page[100:103, 50:750] = 1
    page[150:700, 400:403] = 1
    page[300, 100::40] = 1
    assert find_text(page, 8.0) == []


def specks(count, pitch_px=20):
    """Darkness of a page with so many bars as high as a letter, 100 to the row, each a line of its own."""
    page = np.zeros((pitch_px * (count // 100 + 2), pitch_px * 101), np.float32)
    for number in range(count):
        row, column = pitch_px * (number // 100 + 1), pitch_px * (number % 100)
        page[row : row + 12, column : column + 3] = 1
    return page


def test_lines_without_number_are_asked_for_by_who_has_to_miss_none():
    page = specks(MOST_LINES + 40)
    assert len(find_text(page, 8.0)) == MOST_LINES
    assert len(find_all_text(page, 8.0)) == MOST_LINES + 40


def test_too_much_that_looks_like_letters():
    page = specks(MOST_PIECES + 100)
    assert find_text(page, 8.0) == []
    assert find_all_text(page, 8.0) is None


def test_thousands_of_letters_take_no_memory_for_each_pair():
    page = specks(MOST_PIECES - 100)
    tracemalloc.start()
    find_text(page, 8.0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 * page.nbytes


def test_letters_made_of_dots_are_found():
    page = page_of([("V4", 40, 40)], capital_mm=4.0)
    rows, columns = np.mgrid[: page.shape[0], : page.shape[1]]
    dotted = np.where((rows % 4 < 2) & (columns % 4 < 2), page, 0).astype(np.float32)
    ((left, top, right, bottom),) = find_text(dotted, 8.0)
    assert (left, top, bottom) == pytest.approx((40, 40, 44), abs=0.7)
    assert right > 43


def test_a_label_on_a_line_is_found_by_its_strokes():
    page = page_of([("aVL", 60, 40)])
    page[round(8 * 42.8) : round(8 * 43.2)] = 1
    places = find_hidden_labels(page, 8.0, 3.0, [])
    assert any(left < 62 and right > 62 and abs(top - 40) < 1 for left, top, right, _ in places)
    assert find_hidden_labels(page, 8.0, 3.0, [(55, 38, 75, 45)]) == []


def test_repeats_are_joined_unless_something_lies_between():
    classes = np.eye(4, dtype=np.float32)
    frames = classes[[0, 1, 1, 0, 1, 2, 2, 0]] * 0.9
    reading = decode(frames, "IVx")
    assert reading.words == "IIV"
    assert reading.confidence == pytest.approx(0.9)
    assert 0 < reading.span[0] < reading.span[1] < 1
    assert decode(classes[[0, 0]], "IVx").words == ""
    assert decode(np.empty((0, 4), np.float32), "IVx").words == ""


def test_what_is_shipped_is_small():
    assert (line_reader.FOLDER / line_reader.NETWORK).stat().st_size < 1.3e6


@pytest.mark.parametrize("missing", [line_reader.NETWORK, line_reader.CONFIG])
def test_a_damaged_installation_is_named(missing, tmp_path):
    for name in (line_reader.NETWORK, line_reader.CONFIG):
        content = b"damaged" if name == missing else (line_reader.FOLDER / name).read_bytes()
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelInvalid, match=missing):
        line_reader.load(tmp_path)
