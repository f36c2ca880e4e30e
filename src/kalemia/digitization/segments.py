"""Rows of a page, and which lead each stretch of them shows."""

from dataclasses import dataclass

from kalemia.digitization.curve import Trace


@dataclass(frozen=True, eq=False)
class Line:
    """A row of the page: its trace without the calibration pulse."""

    trace: Trace
    left: float
    right: float

    @property
    def y(self) -> float:
        """Its baseline in mm from the top of the sheet."""
        return -self.trace.between(self.left, self.right).baseline


@dataclass(frozen=True)
class Segment:
    """A stretch of a row that shows one lead.

    Attributes:
        lead: standard name.
        row: number of the row from the top, from 0.
        column: of the block; 0 for a rhythm strip.
        left: where it begins in mm from the left of the sheet.
        right: where it ends.
        is_strip: whether it runs over the whole row.
        evidence: how one knows which lead it is.
    """

    lead: str
    row: int
    column: int
    left: float
    right: float
    is_strip: bool
    evidence: str

    def overlaps(self, other: "Segment") -> bool:
        """Whether both have some of one row's curve."""
        return self.row == other.row and self.left < other.right and self.right > other.left


@dataclass(frozen=True)
class Layout:
    """The leads of a page.

    Attributes:
        name: such as `3x4+II`; `unknown` where the labels fit no known order.
        segments: rows from the top, columns from the left.
        warnings: doubts, one sentence each.
    """

    name: str
    segments: tuple[Segment, ...]
    warnings: tuple[str, ...] = ()
