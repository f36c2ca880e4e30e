"""The labels of a page, and the rows that they stand at."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kalemia.digitization.printed_scales import lead_of
from kalemia.digitization.segments import Line
from kalemia.digitization.text import Text

LABEL_REACH = 0.7
"""How far from a row its label can stand, as a part of the distance of rows."""
ONLY_ROW_MM = 40.0
"""That distance where there is but one row."""


@dataclass(frozen=True)
class Label:
    """A lead's name at a row, and where it begins in mm from the left of the sheet."""

    lead: str
    row: int
    x: float


def labels_of_rows(lines: Sequence[Line], texts: Sequence[Text]) -> tuple[Label, ...]:
    """Labels with the row that each belongs to: the nearest, once it is clear whether labels stand above or below."""
    named = [(lead, text.box) for text in texts if (lead := lead_of(text.words)) is not None]
    if not named or not lines:
        return ()
    heights = np.array([line.y for line in lines])
    spacing = float(np.median(np.diff(heights))) if len(heights) > 1 else ONLY_ROW_MM
    middles = np.array([(box[1] + box[3]) / 2 for _, box in named])
    usual = float(np.median([middle - heights[np.argmin(np.abs(heights - middle))] for middle in middles]))
    labels = []
    for (lead, box), middle in zip(named, middles, strict=True):
        away = np.abs(middle - usual - heights)
        row = int(np.argmin(away))
        if away[row] <= LABEL_REACH * spacing and box[0] <= lines[row].right:
            labels.append(Label(lead, row, box[0]))
    return tuple(sorted(labels, key=lambda label: (label.row, label.x)))
