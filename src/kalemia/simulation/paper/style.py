"""How a page is printed: layout, scales, paper, pen and words."""

from dataclasses import dataclass
from typing import Literal, get_args

from kalemia.errors import ConfigError
from kalemia.simulation.paper.inks import GRID_INKS, PEN_INKS
from kalemia.simulation.paper.layout import Layout, parse_layout

GridPattern = Literal["lines", "5 mm", "dots", "none"]
GridArea = Literal["rows", "page"]
PulsePlace = Literal["left", "right", "none"]
LabelPlace = Literal["above", "below", "none"]
Separator = Literal["ticks", "bars", "dashed", "gap", "none"]

PAPERS_MM: dict[str, tuple[float, float] | None] = {"A4": (297.0, 210.0), "letter": (279.4, 215.9), "strip": None}
"""Width and height; a strip is as long and as high as what is on it."""
FONTS = ("DejaVu Sans", "DejaVu Serif", "DejaVu Sans Mono")
SPEEDS_MM_PER_S = (12.5, 25.0, 50.0)
GAINS_MM_PER_MV = (5.0, 10.0, 20.0)


@dataclass(frozen=True)
class PageStyle:
    """How a page is printed. The default is what most hospitals print, without any words about a patient.

    Attributes:
        layout: `3x4+II`, `6x2`, `12x1`, `3x4+V1+II+V5`, ...; `1` is one strip of lead II or of what there is.
        cabrera: limb leads in the order aVL, I, -aVR, II, aVF, III.
        speed_mm_per_s: 12.5, 25 or 50.
        gain_mm_per_mv: 5, 10 or 20.
        grid_colour: pink, red, orange, green, blue, grey, brown or black.
        grid_pattern: 1 mm and 5 mm lines; 5 mm lines alone; 5 mm lines and a dot at each mm; no grid.
        grid_area: behind the rows alone, or on the whole page.
        grid_strength: 1 is the full colour, less is paler.
        tinted: whether the paper has the colour's tint instead of being white.
        pulse: calibration pulse of 1 mV and 0.2 s at the start or the end of each row.
        labels: lead names above or below the curve, at its start.
        separator: between the columns: short ticks, pairs of bars, dashed lines over all rows, a gap, nothing.
        header: lines at the top.
        footer: line at the bottom; `{speed}` and `{gain}` are filled in.
        pen_mm: width of the pen.
        pen_colour: black, dark blue or dark grey.
        font: one of Matplotlib's own.
        text_mm: size of the letters, from ascender to descender.
        paper: A4 or letter, both landscape, or a strip.
        margin_mm: white border, at each side.
        row_spacing_mm: from baseline to baseline; `None` takes what the paper gives, 40 mm at most.
        dpi: resolution of the image.

    Raises:
        ConfigError: a value that is none of these or out of range.
    """

    layout: str = "3x4+II"
    cabrera: bool = False
    speed_mm_per_s: float = 25.0
    gain_mm_per_mv: float = 10.0
    grid_colour: str = "pink"
    grid_pattern: GridPattern = "lines"
    grid_area: GridArea = "rows"
    grid_strength: float = 1.0
    tinted: bool = False
    pulse: PulsePlace = "left"
    labels: LabelPlace = "above"
    separator: Separator = "ticks"
    header: tuple[str, ...] = ()
    footer: str = "{speed} mm/s   {gain} mm/mV"
    pen_mm: float = 0.3
    pen_colour: str = "black"
    font: str = "DejaVu Sans"
    text_mm: float = 3.5
    paper: str = "A4"
    margin_mm: float = 8.0
    row_spacing_mm: float | None = None
    dpi: int = 300

    def __post_init__(self) -> None:
        layout = parse_layout(self.layout)
        self._check_choices()
        self._check_ranges()
        self._check_footer()
        self._check_height(layout)

    def _check_choices(self) -> None:
        for name, known in (
            ("speed_mm_per_s", SPEEDS_MM_PER_S),
            ("gain_mm_per_mv", GAINS_MM_PER_MV),
            ("grid_colour", tuple(GRID_INKS)),
            ("grid_pattern", get_args(GridPattern)),
            ("grid_area", get_args(GridArea)),
            ("pulse", get_args(PulsePlace)),
            ("labels", get_args(LabelPlace)),
            ("separator", get_args(Separator)),
            ("pen_colour", tuple(PEN_INKS)),
            ("font", FONTS),
            ("paper", tuple(PAPERS_MM)),
        ):
            value = getattr(self, name)
            if value not in known:
                raise ConfigError(f"{name} is {value}; known are {', '.join(map(str, known))}")

    def _check_ranges(self) -> None:
        for name, low, high in (
            ("grid_strength", 0.1, 1.0),
            ("pen_mm", 0.1, 1.0),
            ("text_mm", 1.5, 8.0),
            ("margin_mm", 0.0, 30.0),
            ("row_spacing_mm", 5.0, 100.0),
            ("dpi", 50, 600),
        ):
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise ConfigError(f"{name} is {value}; it lies between {low:g} and {high:g}")

    def _check_footer(self) -> None:
        try:
            self.footer_text()
        except (LookupError, ValueError):
            raise ConfigError(f'footer "{self.footer}": only {{speed}} and {{gain}} can be filled in') from None

    def _check_height(self, layout: Layout) -> None:
        size = PAPERS_MM[self.paper]
        if size is None or self.row_spacing_mm is None:
            return
        needed, there = layout.lines * self.row_spacing_mm, size[1] - 2 * self.margin_mm
        if needed > there:
            raise ConfigError(
                f"{layout.lines} rows of {self.row_spacing_mm:g} mm need {needed:g} mm; {self.paper} has {there:g} mm"
                " between its margins. Take fewer or closer rows"
            )

    def footer_text(self) -> str:
        """The footer with the scales filled in."""
        return self.footer.format(speed=f"{self.speed_mm_per_s:g}", gain=f"{self.gain_mm_per_mv:g}")
