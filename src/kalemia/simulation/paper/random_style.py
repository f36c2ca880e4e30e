"""Random styles, as they come in hospitals: the common ones often, the rare ones sometimes."""

from typing import Any, TypeVar

import numpy as np

from kalemia.simulation.paper.inks import PEN_INKS
from kalemia.simulation.paper.layout import SINGLE
from kalemia.simulation.paper.style import FONTS, PageStyle
from kalemia.simulation.paper.wording import FOOTERS, invented_header

T = TypeVar("T")

LAYOUTS = {
    "3x4+II": 0.42,
    "3x4": 0.10,
    "3x4+V1+II+V5": 0.10,
    "3x4+II+V1": 0.04,
    "6x2+II": 0.10,
    "6x2": 0.08,
    "12x1": 0.08,
    SINGLE: 0.08,
}
GRIDS = {
    "pink": 0.3,
    "red": 0.2,
    "orange": 0.12,
    "green": 0.08,
    "blue": 0.08,
    "grey": 0.08,
    "brown": 0.07,
    "black": 0.07,
}


def draw_style(rng: np.random.Generator) -> PageStyle:
    """A random plausible style.

    Args:
        rng: source of chance.
    """
    layout = _one_of(LAYOUTS, rng)
    colour = _one_of(GRIDS, rng)
    return PageStyle(
        layout=layout,
        cabrera=bool(rng.random() < 0.07),
        **_scales(layout, rng),
        **_paper(layout, colour, rng),
        **_ink(rng),
        header=() if layout == SINGLE else invented_header(rng),
        footer=str(rng.choice(FOOTERS)),
    )


def _scales(layout: str, rng: np.random.Generator) -> dict[str, Any]:
    # at 50 mm/s a page of 3x4 would show little more than one beat of each lead
    fast = 0.0 if layout.startswith("3x4") else 0.25
    speed = _one_of({25.0: 0.96 - fast, 50.0: fast, 12.5: 0.04}, rng)
    return {"speed_mm_per_s": speed, "gain_mm_per_mv": _one_of({10.0: 0.86, 5.0: 0.09, 20.0: 0.05}, rng)}


def _paper(layout: str, colour: str, rng: np.random.Generator) -> dict[str, Any]:
    pattern = _one_of({"lines": 0.75, "5 mm": 0.1, "dots": 0.15}, rng)
    paper = "strip" if layout == SINGLE else _one_of({"A4": 0.65, "letter": 0.35}, rng)
    return {
        "grid_colour": colour,
        "grid_pattern": "dots" if colour == "black" and pattern == "lines" else pattern,
        "grid_area": _one_of({"rows": 0.6, "page": 0.4}, rng),
        "grid_strength": round(rng.uniform(0.5, 1.0), 2),
        "tinted": bool(rng.random() < 0.4),
        "paper": paper,
        "margin_mm": round(rng.uniform(3, 7 if paper == "letter" else 14), 1),
        "dpi": _one_of({100: 0.05, 150: 0.2, 200: 0.25, 300: 0.4, 400: 0.1}, rng),
    }


def _ink(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "pulse": _one_of({"left": 0.65, "right": 0.15, "none": 0.2}, rng),
        "labels": _one_of({"above": 0.7, "below": 0.22, "none": 0.08}, rng),
        "separator": _one_of({"ticks": 0.4, "bars": 0.15, "dashed": 0.15, "gap": 0.1, "none": 0.2}, rng),
        "pen_mm": round(rng.uniform(0.2, 0.6), 2),
        "pen_colour": _one_of(dict(zip(PEN_INKS, (0.7, 0.15, 0.15), strict=True)), rng),
        "font": str(rng.choice(FONTS)),
        "text_mm": round(rng.uniform(2.5, 4.5), 1),
    }


def _one_of(shares: dict[T, float], rng: np.random.Generator) -> T:
    values, weights = list(shares), np.array(list(shares.values()))
    return values[int(rng.choice(len(values), p=weights / weights.sum()))]
