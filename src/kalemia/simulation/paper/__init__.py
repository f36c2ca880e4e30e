"""ECG paper: recordings as printed pages, and what scanners, phones and copiers make of them."""

from kalemia.simulation.paper.degradation import CONDITIONS, degrade, on_image
from kalemia.simulation.paper.output import write_image, write_page
from kalemia.simulation.paper.page import PrintedPage, print_page, print_pdf
from kalemia.simulation.paper.random_style import draw_style
from kalemia.simulation.paper.style import PageStyle

__all__ = [
    "CONDITIONS",
    "PageStyle",
    "PrintedPage",
    "degrade",
    "draw_style",
    "on_image",
    "print_page",
    "print_pdf",
    "write_image",
    "write_page",
]
