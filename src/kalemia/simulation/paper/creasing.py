"""Paper that was folded and does not lie flat: how its points move, and the light on it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

Field = Float[np.ndarray, "row column"]

FOLD_PLACES = (1 / 3, 1 / 2, 2 / 3)
"""Where people fold a page, as a share of its side."""


@dataclass(frozen=True)
class Fold:
    """A straight fold.

    Attributes:
        x_mm: of a point on it.
        y_mm: of a point on it.
        angle: of its normal in radians.
        squeeze_mm: by which the paper on both sides is drawn to the fold.
        shear_mm: by which it slips along the fold.
        reach_mm: how far from it the paper is bent.
        shade: change of the light on one side, and its opposite on the other.
    """

    x_mm: float
    y_mm: float
    angle: float
    squeeze_mm: float
    shear_mm: float
    reach_mm: float
    shade: float

    def distance_mm(self, x_mm: Field, y_mm: Field) -> Field:
        """Signed distance from the fold."""
        return (x_mm - self.x_mm) * np.cos(self.angle) + (y_mm - self.y_mm) * np.sin(self.angle)


@dataclass(frozen=True)
class CreasedPaper:
    """Folds and curl of one page.

    Attributes:
        width_mm: of the page.
        height_mm: of the page.
        folds: on it.
        bulge_mm: by which the middle of the page is lifted in the picture.
        shortening_mm: by which its left and right parts are drawn to the middle.
    """

    width_mm: float
    height_mm: float
    folds: tuple[Fold, ...]
    bulge_mm: float
    shortening_mm: float

    def displacement(self, x_mm: Field, y_mm: Field) -> Float[np.ndarray, "row column 2"]:
        """How far points of the page move, x and y in mm."""
        across = x_mm / self.width_mm
        move_x = self.shortening_mm * np.sin(2 * np.pi * across)
        move_y = -self.bulge_mm * np.sin(np.pi * across)
        for fold in self.folds:
            away = fold.distance_mm(x_mm, y_mm) / fold.reach_mm
            near = np.exp(-(away**2))
            squeeze, shear = -fold.squeeze_mm * away * near, fold.shear_mm * near
            move_x = move_x + squeeze * np.cos(fold.angle) - shear * np.sin(fold.angle)
            move_y = move_y + squeeze * np.sin(fold.angle) + shear * np.cos(fold.angle)
        return np.stack([move_x, move_y], axis=-1)

    def light(self, x_mm: Field, y_mm: Field) -> Field:
        """The light on each point; 1 on flat paper."""
        light = 1 - 0.05 * np.cos(2 * np.pi * x_mm / self.width_mm) * np.sign(self.bulge_mm)
        for fold in self.folds:
            away = fold.distance_mm(x_mm, y_mm)
            light = light * (1 + fold.shade * np.tanh(away) * np.exp(-np.abs(away) / (2 * fold.reach_mm)))
            light = light * (1 - 0.25 * np.exp(-((away / 0.25) ** 2)))
        return light


def crease(width_mm: float, height_mm: float, rng: np.random.Generator) -> CreasedPaper:
    """One to three folds and some curl."""
    folds = tuple(_fold(width_mm, height_mm, rng) for _ in range(rng.integers(1, 4)))
    return CreasedPaper(width_mm, height_mm, folds, rng.uniform(-1.5, 1.5), rng.uniform(-0.5, 0.5))


def _fold(width_mm: float, height_mm: float, rng: np.random.Generator) -> Fold:
    vertical = rng.random() < 0.6
    place = rng.choice(FOLD_PLACES) + rng.normal(0, 0.02)
    return Fold(
        x_mm=place * width_mm if vertical else width_mm / 2,
        y_mm=height_mm / 2 if vertical else place * height_mm,
        angle=(0 if vertical else np.pi / 2) + rng.normal(0, 0.02),
        squeeze_mm=rng.uniform(0.1, 0.5),
        shear_mm=rng.normal(0, 0.2),
        reach_mm=rng.uniform(4, 12),
        shade=rng.uniform(-0.15, 0.15),
    )
