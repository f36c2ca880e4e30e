"""Read the text on a flat ECG page: lead labels, scales, whatever else stands there."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float32

from kalemia.digitization.line_reader import HEIGHT_PX, Reading, line_image, line_reader
from kalemia.digitization.printed_scales import lead_of
from kalemia.digitization.text import Box, Text
from kalemia.digitization.text_lines import INK, find_hidden_labels, find_text

Page = Float32[np.ndarray, "row column"]

MARGIN = 0.12
SIDE_MARGIN = 0.3
"""What is shown around a box, in heights of it."""
LABEL_WIDTH = 3.5
"""Widest box that may be a part of a lead label, in heights."""
WIDE_MARGIN = 1.6
"""Two letters more."""
HALF_LETTER = 0.4
"""In heights; the network's middles are as far off for a narrow one."""

LINE_LETTERS = 7
"""A line of so many characters is believed from half the confidence on: one misread letter spoils a label, no line."""
SURE = 0.9
"""Confidence from which a label tells how high the page's labels are, and one on the trace is believed."""
FEWEST_SURE = 2
NUMERALS = ("I", "II", "III")
SAME_HEIGHT = 1.4
"""Ratio up to which two labels are of one height."""
SAME_BAR, BAR_WIDTH, ALIGNED_MM, BAR_CONFIDENCE = 1.15, 0.35, 1.5, 0.7
"""A bar that is taken for `I`: as high as a label, no wider than a stroke, its left edge as that of `II`."""
STROKE_WIDTH = 0.2
"""What a numeral is at least as wide as, for each of its strokes, in heights."""
STROKE, STROKE_GAP = 0.7, 0.5
"""What covers so much of a label's height is a stroke; those of `III` are closer than this, in heights."""
SHIFTS = (-0.2, 0.0, 0.2)
"""How far up and down a label is looked for on the trace, in heights."""


def read_text(darkness: Page, px_per_mm: float) -> tuple[Text, ...]:
    """The words and lines on a page, in reading order.

    The labels of a page have one height. So where labels were read that nothing else looks like (`aVR`, `V1`), strokes
    of another height are no `I`, `II` or `III`, and labels that touch the trace can be looked for.

    Args:
        darkness: the flat, upright page, 0 is paper and about 1 is ink, as little as possible of the grid.
        px_per_mm: its scale, 6 to 16.
    """
    boxes = find_text(darkness, px_per_mm)
    read = read_boxes(darkness, px_per_mm, boxes)
    texts = [text for text in read if text is not None]
    if len(heights_mm := _label_heights(texts)) >= FEWEST_SURE:
        height_mm = float(np.median(heights_mm))
        unread = [box for box, text in zip(boxes, read, strict=True) if text is None]
        texts = [text for text in texts if not _is_numeral(text) or _is_high_enough(text, heights_mm)]
        texts += _bars(texts, unread, height_mm)
        texts = _with_hidden(texts, darkness, px_per_mm, height_mm)
    texts = [
        text for text in texts if lead_of(text.words) not in ("I", "II") or _has_its_strokes(text, darkness, px_per_mm)
    ]
    return tuple(sorted(texts, key=lambda text: (round(text.box[1]), text.box[0])))


def read_boxes(darkness: Page, px_per_mm: float, boxes: Sequence[Box]) -> tuple[Text | None, ...]:
    """What stands in each box; `None` where nothing can be read with confidence.

    Args:
        darkness: as in `read_text`.
        px_per_mm: likewise.
        boxes: in mm, close around one line each. Where a label goes on beyond its box, the text's box is wider.
    """
    crops = [views(box) for box in boxes]
    readings = iter(_read(darkness, px_per_mm, [crop for some in crops for crop in some]))
    return tuple(_best(box, [(crop, next(readings)) for crop in some]) for box, some in zip(boxes, crops, strict=True))


def views(box: Box) -> list[Box]:
    """Crops to read: the box with a margin, and if it may be a label, wider ones.

    A letter that touches the trace or a tick is no piece of its own, so that a box may begin with the second letter.
    """
    left, top, right, bottom = box
    height = bottom - top
    upper, lower, side = top - MARGIN * height, bottom + MARGIN * height, SIDE_MARGIN * height
    crops = [(left - side, upper, right + side, lower)]
    if _may_be_label(box):
        wide = WIDE_MARGIN * height
        crops += [(left - wide, upper, right + side, lower), (left - side, upper, right + wide, lower)]
    return crops


def cut(darkness: Page, px_per_mm: float, box: Box) -> Page:
    """The page inside a box in mm, as far as it goes."""
    left, top, right, bottom = (max(0, round(edge * px_per_mm)) for edge in box)
    crop = np.clip(darkness[top:bottom, left:right], 0, None)
    return crop if crop.size else np.zeros((HEIGHT_PX, HEIGHT_PX), np.float32)


def _read(darkness: Page, px_per_mm: float, crops: Sequence[Box]) -> list[Reading]:
    return line_reader().read([line_image(cut(darkness, px_per_mm, crop)) for crop in crops])


def _best(box: Box, readings: list[tuple[Box, Reading]]) -> Text | None:
    """The reading that names a lead, the longest name if several do, or else that of the box itself."""
    believed = [one for one in readings if _is_believed(one[1])]
    if any(lead_of(reading.words) for _, reading in believed):
        crop, reading = max(believed, key=lambda one: (len(lead_of(one[1].words) or ""), one[1].confidence))
        if _lacks_strokes(box, reading):
            return None
        return Text(reading.words, _widened(box, crop, reading), reading.confidence)
    if believed and believed[0] is readings[0]:
        return Text(readings[0][1].words, box, readings[0][1].confidence)
    return None


def _lacks_strokes(box: Box, reading: Reading) -> bool:
    """Whether a `II` or `III` that was not read for sure has a stroke outside its box, which may be the trace's."""
    lead = lead_of(reading.words) or ""
    narrow = box[2] - box[0] < STROKE_WIDTH * len(lead) * _height(box)
    return lead in ("II", "III") and narrow and reading.confidence < SURE


def _is_believed(reading: Reading) -> bool:
    threshold = line_reader().config.threshold
    if len(reading.words) >= LINE_LETTERS:
        threshold /= 2
    return bool(reading.words) and reading.confidence >= threshold


def _widened(box: Box, crop: Box, reading: Reading) -> Box:
    """A box made wider where a character that was read in a crop lies beyond it."""
    first, last = _middles(crop, reading)
    half = HALF_LETTER * _height(box)
    left = first - half if first < box[0] - half else box[0]
    right = last + half if last > box[2] + half else box[2]
    return left, box[1], right, box[3]


def _middles(crop: Box, reading: Reading) -> tuple[float, float]:
    """Where the first and the last character of a crop have their middles, in mm."""
    first, last = (crop[0] + share * (crop[2] - crop[0]) for share in reading.span)
    return first, last


def _label_heights(texts: Sequence[Text]) -> list[float]:
    """The heights in mm of the page's labels that nothing else looks like; a tick that touches one makes it higher."""
    labels = (text for text in texts if text.confidence >= SURE and lead_of(text.words) and not _is_numeral(text))
    return [_height(text.box) for text in labels]


def _height(box: Box) -> float:
    return box[3] - box[1]


def _may_be_label(box: Box) -> bool:
    return box[2] - box[0] <= LABEL_WIDTH * _height(box)


def _is_numeral(text: Text) -> bool:
    return lead_of(text.words) in NUMERALS


def _is_as_high(box: Box, height_mm: float, ratio: float) -> bool:
    return height_mm / ratio <= _height(box) <= height_mm * ratio


def _is_high_enough(numeral: Text, heights_mm: Sequence[float]) -> bool:
    """Whether it is as high as a label; a lone stroke looks like too many things, and must be as high as most."""
    likely = [float(np.median(heights_mm))] if lead_of(numeral.words) == "I" else heights_mm
    return any(_is_as_high(numeral.box, height, SAME_HEIGHT) for height in likely)


def _bars(texts: Sequence[Text], unread: Sequence[Box], height_mm: float) -> list[Text]:
    """Bars that only their place tells from a tick: as high as the labels, and below or above a `II` or `III`."""
    edges = [text.box[0] for text in texts if lead_of(text.words) in ("II", "III")]
    return [
        Text("I", box, BAR_CONFIDENCE)
        for box in unread
        if _is_as_high(box, height_mm, SAME_BAR)
        and box[2] - box[0] <= BAR_WIDTH * height_mm
        and any(abs(box[0] - edge) <= ALIGNED_MM for edge in edges)
    ]


def _has_its_strokes(text: Text, darkness: Page, px_per_mm: float) -> bool:
    """Whether `I` and `II` have no more strokes in and beside their box than they say: on the trace they can lose one.

    Where one was read for sure, what is longer than its letters is no stroke of it but a tick or a calibration pulse.
    """
    left, top, right, bottom = text.box
    height = bottom - top
    left, right = left - STROKE_GAP * height, right + STROKE_GAP * height
    ink = INK * float(cut(darkness, px_per_mm, text.box).max())
    strokes = _covered(darkness, px_per_mm, (left, top, right, bottom), ink)
    if text.confidence >= SURE:
        longer = _covered(darkness, px_per_mm, (left, top - height / 2, right, bottom + height / 2), ink)
        strokes &= ~longer
    return int((strokes[1:] & ~strokes[:-1]).sum()) + int(strokes[0]) <= len(lead_of(text.words) or "")


def _covered(darkness: Page, px_per_mm: float, box: Box, ink: float) -> Bool[np.ndarray, " column"]:
    """Which columns of a box are ink for the most part."""
    return (cut(darkness, px_per_mm, box) > ink).mean(axis=0) > STROKE


def _with_hidden(texts: Sequence[Text], darkness: Page, px_per_mm: float, height_mm: float) -> list[Text]:
    """Labels on the trace added. A lone `I` is not believed there: a piece of the trace can look like it."""
    places = find_hidden_labels(darkness, px_per_mm, height_mm, [text.box for text in texts])
    likely = [
        place
        for place, reading in zip(places, _read(darkness, px_per_mm, [views(box)[0] for box in places]), strict=True)
        if reading.words
    ]
    crops = [crop for place in likely for shift in SHIFTS for crop in views(_shifted(place, shift * height_mm))]
    readings = zip(crops, _read(darkness, px_per_mm, crops), strict=True)
    labels = [one for one in readings if one[1].confidence >= SURE and (lead_of(one[1].words) or "I") != "I"]
    result = list(texts)
    for crop, reading in sorted(labels, key=lambda one: (-len(one[1].words), -one[1].confidence)):
        first, last = _middles(crop, reading)
        half, margin = HALF_LETTER * height_mm, MARGIN * height_mm
        box = (first - half, crop[1] + margin, last + half, crop[3] - margin)
        if not any(_overlap(box, text.box) for text in result):
            result.append(Text(reading.words, box, reading.confidence))
    return result


def _shifted(box: Box, down_mm: float) -> Box:
    return box[0], box[1] + down_mm, box[2], box[3] + down_mm


def _overlap(first: Box, second: Box) -> bool:
    return first[0] < second[2] and second[0] < first[2] and first[1] < second[3] and second[1] < first[3]
