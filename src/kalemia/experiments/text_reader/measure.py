"""How well lines in fonts that training never saw are read."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kalemia.digitization.line_reader import LineReader, Reading
from kalemia.digitization.printed_scales import lead_of, printed_scales
from kalemia.digitization.text import Text
from kalemia.experiments.text_reader.pictures import HARD, Picture, pictures

PICTURES = 6_000
WRONG = 0.015
"""The threshold is the lowest confidence with which no more of the labels are taken for another lead."""
THRESHOLDS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))


@dataclass(frozen=True)
class Measures:
    """Shares, of pictures unless it says otherwise.

    Attributes:
        threshold: confidence below which nothing is returned.
        character_errors: edits per character, with no threshold.
        labels_right: of labels, those that are returned and name the right lead.
        labels_wrong: of labels, those that are returned and name another lead.
        scales_right: of lines that state a speed or a gain, those that `printed_scales` reads alike.
        scales_wrong: likewise, those that it reads as another speed or gain.
        labels_from_nothing: of pictures without text, those that are returned and name a lead.
    """

    threshold: float
    character_errors: float
    labels_right: float
    labels_wrong: float
    scales_right: float
    scales_wrong: float
    labels_from_nothing: float


def measure(
    reader: LineReader, fonts: tuple[Path, ...], seed: int, hard: float = HARD, threshold: float | None = None
) -> Measures:
    """Read `PICTURES` lines in some fonts.

    Args:
        reader: what is measured.
        fonts: font files to render with.
        seed: of the pictures.
        hard: share of the lines that are degraded.
        threshold: to measure with; chosen if `None`.
    """
    lines = pictures(np.random.default_rng((seed, 10**6)), fonts, PICTURES, hard)
    readings = reader.read([line.image.astype(np.float32) / 255 for line in lines])
    pairs = list(zip(lines, readings, strict=True))
    if threshold is None:
        threshold = next((each for each in THRESHOLDS if _taken_for_another(pairs, each) <= WRONG), THRESHOLDS[-1])
    labels = [(lead_of(line.words), _lead(reading, threshold)) for line, reading in pairs if lead_of(line.words)]
    scales = [
        (_scales(line.words), _scales(_returned(reading, threshold / 2)))  # as `text_reading` believes lines
        for line, reading in pairs
        if any(_scales(line.words))
    ]
    nothing = [_lead(reading, threshold) is not None for line, reading in pairs if not line.words]
    text = [(line.words, reading.words) for line, reading in pairs if line.words]
    return Measures(
        threshold=threshold,
        character_errors=sum(edits(*pair) for pair in text) / sum(len(words) for words, _ in text),
        labels_right=float(np.mean([read == lead for lead, read in labels])),
        labels_wrong=_taken_for_another(pairs, threshold),
        scales_right=float(np.mean([read == printed for printed, read in scales])),
        scales_wrong=float(np.mean([_contradict(*pair) for pair in scales])),
        labels_from_nothing=float(np.mean(nothing)),
    )


def _returned(reading: Reading, threshold: float) -> str:
    return reading.words if reading.confidence >= threshold else ""


def _lead(reading: Reading, threshold: float) -> str | None:
    return lead_of(_returned(reading, threshold))


def _taken_for_another(pairs: list[tuple[Picture, Reading]], threshold: float) -> float:
    """Share of labels that are read as another lead."""
    labels = [(lead_of(line.words), _lead(reading, threshold)) for line, reading in pairs if lead_of(line.words)]
    return float(np.mean([read not in (lead, None) for lead, read in labels]))


def _scales(words: str) -> tuple[float | None, float | None]:
    scales = printed_scales([Text(words, (0.0, 0.0, 1.0, 1.0))])
    return scales.speed_mm_per_s, scales.gain_mm_per_mv


def _contradict(printed: tuple[float | None, ...], read: tuple[float | None, ...]) -> bool:
    return any(other not in (one, None) for one, other in zip(printed, read, strict=True))


def edits(first: str, second: str) -> int:
    """The fewest insertions, deletions and replacements between two texts (Levenshtein distance)."""
    row = list(range(len(second) + 1))
    for index, letter in enumerate(first, start=1):
        previous, row[0] = row[0], index
        for column, other in enumerate(second, start=1):
            previous, row[column] = (
                row[column],
                min(row[column] + 1, row[column - 1] + 1, previous + (letter != other)),
            )
    return row[-1]
