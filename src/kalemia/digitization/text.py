"""Text on a page: lead names, paper speed, gain."""

from dataclasses import dataclass

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in mm on paper, x to the right and y downwards from the page's top left corner."""


@dataclass(frozen=True)
class Text:
    """A word or line on a page.

    Attributes:
        words: what stands there.
        box: where, in mm on paper.
        confidence: 0 to 1; 1 where the file itself has the text.
    """

    words: str
    box: Box
    confidence: float = 1.0
