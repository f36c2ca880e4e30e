"""A page without what may say whose it is: names, numbers and dates, by where they stand and not by what they say."""

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import UInt8

from kalemia.digitization.digitization import Findings
from kalemia.digitization.page import Picture
from kalemia.digitization.paper_map import PaperMap, Points
from kalemia.digitization.printed_scales import lead_of, printed_scales
from kalemia.digitization.sheet import lay_flat
from kalemia.digitization.text import Box, Text
from kalemia.digitization.text_lines import find_all_text

Mask = UInt8[np.ndarray, "row column"]

_MARGIN_MM = 1.0
"""Of the grid: its outermost line stays whole."""
_BESIDE_MM, _ABOVE_MM, _BELOW_MM = 12.0, 14.0, 10.0
"""What is kept around the curves at most: where the grid covers the whole sheet, a header stands on it."""
_AROUND_TEXT_MM = 0.6
_NEAR_CURVE_MM = 0.4
_DRAWN_PEN_MM = 0.3
_PAPER_QUANTILE = 75
_HARMLESS = re.compile(
    r"[\d.,\s~–-]*\bHz\b|\b(?:paper|speed|gain|sens\w*|filter|limb|chest|leads?|ac|bp|lp|hp|std)\b", re.IGNORECASE
)
_WORD_MM, _WORD_SHAPE = 4.0, 1.6
"""A word of three letters is no narrower, in mm and in heights."""
_SEEN_BY = 0.5
"""Share of a found box that a read text covers if both are the same."""
TOO_MUCH = "So much on the grid looks like letters that all of it was blanked but the curves."


class Redaction(NamedTuple):
    """A page that was redacted.

    Attributes:
        findings: with the picture and the texts that may be shown.
        notes: what one should know of it, one sentence each.
    """

    findings: Findings
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Page:
    """A page with its map."""

    picture: Picture
    map: PaperMap

    def polygon(self, box: Box) -> Points:
        """The outline of a box, in px, with points enough to follow bent paper."""
        left, top, right, bottom = box
        corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)])
        sides = [np.linspace(a, b, max(2, round(np.hypot(*(b - a)) / 5))) for a, b in pairwise(corners)]
        return self.map.to_picture(np.concatenate(sides))

    def inside(self, box: Box) -> Mask:
        """255 within a box."""
        mask = np.zeros(self.picture.shape[:2], np.uint8)
        cv2.fillPoly(mask, [_whole(self.polygon(box))], 255)
        return mask


def redact(findings: Findings) -> Redaction:
    """The same findings, on a page on which all words are blanked but lead labels and printed scales.

    Outside the grid nothing is kept; within it, words are blanked where they do not lie on a curve. Where too much
    looks like words to tell them apart, only the curves are kept. Without a grid the whole page is blank.

    Args:
        findings: as far as the reading got.
    """
    texts = tuple(text for text in findings.texts if _may_stay(text))
    picture, notes = _redacted(findings)
    return Redaction(replace(findings, picture=picture, texts=texts), notes)


def _redacted(findings: Findings) -> tuple[Picture, tuple[str, ...]]:
    """The picture, and what to know of it."""
    picture = findings.picture
    if findings.map is None or findings.grid_box is None:
        return np.full_like(picture, 255), ()
    page = _Page(picture, findings.map)
    kept = page.inside(_kept_box(findings, findings.grid_box))
    paper = _paper(picture, kept)
    hidden = _hidden_boxes(findings, findings.map, findings.grid_box)
    blank = picture.copy() if hidden is not None else np.full_like(picture, paper)
    for box in hidden or ():
        _fill(blank, page.polygon(_grown(box, _AROUND_TEXT_MM)), picture)
    near = _near_curves(findings, page)
    blank[near > 0] = picture[near > 0]
    blank[kept == 0] = paper
    return blank, () if hidden is not None else (TOO_MUCH,)


def _kept_box(findings: Findings, grid_box: Box) -> Box:
    """The grid, but no farther from the curves than what belongs to them."""
    left, top, right, bottom = _grown(grid_box, _MARGIN_MM)
    traces = [trace for trace in findings.traces if trace.is_there]
    if not traces:
        return left, top, right, bottom
    return (
        max(left, min(trace.left for trace in traces) - _BESIDE_MM),
        max(top, min(-float(np.nanmax(trace.height)) for trace in traces) - _ABOVE_MM),
        min(right, max(trace.right for trace in traces) + _BESIDE_MM),
        min(bottom, max(-float(np.nanmin(trace.height)) for trace in traces) + _BELOW_MM),
    )


def _grown(box: Box, margin: float) -> Box:
    left, top, right, bottom = box
    return left - margin, top - margin, right + margin, bottom + margin


def _hidden_boxes(findings: Findings, paper: PaperMap, grid_box: Box) -> list[Box] | None:
    """Where text stands that is to go, whether it could be read or not; `None` where that cannot be said."""
    seen = _text_like(findings.picture, paper, grid_box)
    if seen is None:
        return None
    hidden = [text.box for text in findings.texts if not _may_stay(text)]
    staying = [text.box for text in findings.texts if _may_stay(text)]
    return hidden + [box for box in seen if not any(_covers(text, box) for text in staying)]


def _may_stay(text: Text) -> bool:
    """Whether it is a lead label, or a scale and nothing else."""
    if lead_of(text.words) is not None:
        return True
    evidence = printed_scales([text]).evidence
    rest = text.words
    for words in evidence:
        rest = rest.replace(words, " ")
    return bool(evidence) and not re.search(r"\w", _HARMLESS.sub(" ", rest))


def _text_like(picture: Picture, paper: PaperMap, grid_box: Box) -> list[Box] | None:
    """Boxes around all that looks like letters on the grid, in mm on paper; `None` where too much does."""
    lightest = picture.max(axis=2)
    sheet = lay_flat(lightest[..., None], 0, paper, grid_box)
    right, down = sheet.map.to_paper(paper.to_picture(np.zeros(2)))
    boxes = find_all_text(sheet.ink, sheet.px_per_mm)
    if boxes is None:
        return None
    return [(box[0] - right, box[1] - down, box[2] - right, box[3] - down) for box in boxes if _is_wide(box)]


def _is_wide(box: Box) -> bool:
    """Whether it can be a word: single letters say nothing, and the remains of a grid look like them."""
    wide, high = box[2] - box[0], box[3] - box[1]
    return wide >= _WORD_MM and wide >= _WORD_SHAPE * high


def _covers(text: Box, box: Box) -> bool:
    wide = min(text[2], box[2]) - max(text[0], box[0])
    high = min(text[3], box[3]) - max(text[1], box[1])
    return wide > 0 and high > 0 and wide * high >= _SEEN_BY * (box[2] - box[0]) * (box[3] - box[1])


def _fill(blank: Picture, polygon: Points, picture: Picture) -> None:
    """Fill a polygon with one colour, that of its surroundings: what is only smeared can be read again."""
    corners = _whole(polygon)
    left, top = np.maximum(corners.min(axis=0), 0)
    right, bottom = corners.max(axis=0) + 1
    around = picture[top:bottom, left:right].reshape(-1, 3)
    if len(around):
        cv2.fillPoly(blank, [corners], np.median(around, axis=0).tolist())


def _near_curves(findings: Findings, page: _Page) -> Mask:
    """255 where the pen of a curve was."""
    mask = np.zeros(page.picture.shape[:2], np.uint8)
    for trace in findings.traces:
        seen = np.isfinite(trace.height)
        if not seen.any():
            continue
        middle = page.map.to_picture(np.array([(trace.left + trace.right) / 2, -trace.baseline]))
        width = ((trace.pen_mm or _DRAWN_PEN_MM) + 2 * _NEAR_CURVE_MM) * page.map.px_per_mm(middle)
        xy = page.map.to_picture(np.column_stack([trace.x, -np.where(seen, trace.height, trace.baseline)]))
        edges = np.flatnonzero(np.diff(np.concatenate([[0], seen.astype(np.int8), [0]])))
        pieces = [_whole(xy[a:b]) for a, b in zip(edges[::2], edges[1::2], strict=True)]
        cv2.polylines(mask, pieces, False, 255, max(1, round(width)))
    return mask


def _paper(picture: Picture, kept: Mask) -> UInt8[np.ndarray, "3"]:
    """The colour of bare paper within what is kept."""
    pixels = picture[::4, ::4][kept[::4, ::4] > 0]
    return np.percentile(pixels if len(pixels) else picture[::4, ::4].reshape(-1, 3), _PAPER_QUANTILE, axis=0).astype(
        np.uint8
    )


def _whole(xy: Points) -> np.ndarray:
    far = 1e6
    return np.asarray(np.round(np.clip(np.nan_to_num(xy, nan=far), -far, far)), np.int32)
