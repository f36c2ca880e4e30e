"""What scanners, phones, copiers and hands do to a printed page."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float
from scipy import ndimage

from kalemia.errors import ConfigError
from kalemia.simulation.paper import appearance
from kalemia.simulation.paper.creasing import crease
from kalemia.simulation.paper.inks import GRID_INKS, brightness, mixed_with_white
from kalemia.simulation.paper.page import PrintedPage
from kalemia.simulation.paper.pixels import Image
from kalemia.simulation.paper.warping import (
    LATTICE_MM,
    Homography,
    displace,
    doubled_lines,
    lattice_over,
    quarter_turns,
    resize,
    rotate,
    tilted_view,
    transform,
    warp,
)

GREY_DPI = 200.0
FAX_DPI = 203.0
"""ITU-T T.4: 8 dots per mm across; down the page every second line at normal resolution."""
PHOTOGRAPHS_PX = ((3056, 2292), (3264, 2176))
"""7 megapixels, 4 to 3 and 3 to 2."""
CLOSE_UP_SHARE = 0.4
"""Of photographs, those that are framed by the curves instead of by the paper, whose edges they can miss."""
DARKEST_THRESHOLD, LOUDEST_NOISE = 120.0, 22.0
"""Of copiers, in grey levels: below, pale pens would break."""
LID = (250, 250, 248)


@dataclass(frozen=True, eq=False)
class _Result:
    image: Image
    homography: Homography
    dpi: float | None
    displacement_mm: Float[np.ndarray, "row column 2"] | None = None


def degrade(page: PrintedPage, condition: str, seed: int) -> PrintedPage:
    """What becomes of a page; the same seed gives the same image.

    Args:
        page: as printed, or already degraded.
        condition: one of `CONDITIONS`.
        seed: of chance.

    Raises:
        ConfigError: an unknown condition, or a crease in what is paper no more.
    """
    if condition not in CONDITIONS:
        raise ConfigError(f'condition "{condition}" is unknown; known are {", ".join(CONDITIONS)}')
    result = _STEPS[condition](page, np.random.default_rng(seed))
    return replace(
        page,
        image=result.image,
        dpi=result.dpi,
        homography=result.homography @ page.homography,
        displacement_mm=page.displacement_mm if result.displacement_mm is None else result.displacement_mm,
    )


def scan(page: PrintedPage, rng: np.random.Generator) -> _Result:
    """A colour scanner: up to 2 degrees askew, soft, a little dull."""
    image, homography = rotate(page.image, rng.uniform(-2, 2), LID)
    return _Result(_flatbed(image, rng), homography, page.dpi)


def grey(page: PrintedPage, rng: np.random.Generator) -> _Result:
    """A greyscale scanner at 200 dpi."""
    scale = GREY_DPI / (page.dpi or page.style.dpi)
    image, homography = resize(appearance.grey(page.image), scale, rng.uniform(-1.5, 1.5), LID)
    image = appearance.grey(_flatbed(image, rng))
    return _Result(image, homography, GREY_DPI)


def phone(page: PrintedPage, rng: np.random.Generator) -> _Result:
    """A photograph of the page on a desk, held at an angle, in uneven light."""
    frame = PHOTOGRAPHS_PX[rng.integers(len(PHOTOGRAPHS_PX))]
    tilts = (rng.normal(0, 6), rng.normal(0, 6), rng.normal(0, 3))
    border = page.style.margin_mm * page.px_per_mm if rng.random() < CLOSE_UP_SHARE else 0.0
    homography = tilted_view(page.image.shape[1::-1], tilts, frame, rng.uniform(0.85, 0.98), border)
    paper = appearance.tone(page.image, white=(236, 233, 226))
    seen = warp(paper, homography, *frame, border=(0, 0, 0)).astype(np.float32)
    cover = warp(np.full_like(page.image, 255), homography, *frame, border=(0, 0, 0)) / np.float32(255)
    image = (seen + appearance.desk(frame[1], frame[0], rng) * (1 - cover)).clip(0, 255).astype(np.uint8)
    image = appearance.lit(image, appearance.room_light(rng))
    warm = rng.uniform(0.88, 1.0)
    image = appearance.tone(image, white=(255, 255 * (1 + warm) / 2, 255 * warm))
    image = appearance.blur(image, rng.uniform(0.6, 1.4))
    image = appearance.noise(image, rng.uniform(2, 6), 0.5, rng)
    return _Result(appearance.jpeg(image, int(rng.integers(72, 92))), homography, None)


def photocopy(page: PrintedPage, rng: np.random.Generator) -> _Result:
    """A copier: black or white, a broken grid, thicker ink, dust."""
    image, homography = rotate(page.image, rng.uniform(-1, 1), LID, scale=rng.uniform(0.99, 1.0))
    image = appearance.thicker_pen(image, 1.0 if rng.random() < 0.5 else 0.0)
    image = appearance.black_and_white(image, *_copier_setting(page, rng), rng)
    image = appearance.blur(appearance.speckle(image, rng.uniform(0, 6e-5), rng), 0.6)
    return _Result(appearance.jpeg(image, 85), homography, page.dpi)


def creased(page: PrintedPage, rng: np.random.Generator) -> _Result:
    """A scan of a page that was folded and does not lie flat."""
    if not np.array_equal(page.homography, np.eye(3)):
        raise ConfigError("this page is no longer flat paper; crease a page before it is scanned or turned")
    size_mm = (page.image.shape[1] / page.px_per_mm, page.image.shape[0] / page.px_per_mm)
    paper = crease(*size_mm, rng)
    image = displace(page.image, page.px_per_mm, paper.displacement)
    pixels = np.meshgrid(*(np.arange(length) / page.px_per_mm for length in (image.shape[1], image.shape[0])))
    image = appearance.lit(appearance.tone(image, white=(240, 238, 234)), paper.light(*pixels))
    image, homography = rotate(image, rng.uniform(-1, 1), LID)
    lattice = lattice_over(*size_mm)
    return _Result(_flatbed(image, rng), homography, page.dpi, paper.displacement(lattice.x_mm, lattice.y_mm))


def fax(page: PrintedPage, rng: np.random.Generator) -> _Result:
    """A fax: 8 dots per mm, half as many lines, black or white."""
    scale = FAX_DPI / (page.dpi or page.style.dpi)
    image, homography = resize(page.image, scale, rng.uniform(-1, 1), LID)
    image = appearance.black_and_white(image, *_copier_setting(page, rng), rng)
    image, doubling = doubled_lines(image)
    return _Result(image, doubling @ homography, FAX_DPI)


def turn(page: PrintedPage, rng: np.random.Generator) -> _Result:
    """By 90, 180 or 270 degrees, nothing else."""
    image, homography = quarter_turns(page.image, int(rng.integers(1, 4)))
    return _Result(image, homography, page.dpi)


_STEPS: dict[str, Callable[[PrintedPage, np.random.Generator], _Result]] = {
    "scan": scan,
    "grey": grey,
    "phone": phone,
    "photocopy": photocopy,
    "crease": creased,
    "fax": fax,
    "turn": turn,
}
CONDITIONS = tuple(_STEPS)


def on_image(page: PrintedPage, points_mm: Float[np.ndarray, "point 2"]) -> Float[np.ndarray, "point 2"]:
    """Where points of the paper (x, y in mm) are on the image, in px."""
    moved = points_mm if page.displacement_mm is None else points_mm + _displacement_at(page.displacement_mm, points_mm)
    return transform(page.homography, moved * page.px_per_mm)


def _displacement_at(
    displacement_mm: Float[np.ndarray, "row column 2"], points_mm: Float[np.ndarray, "point 2"]
) -> Float[np.ndarray, "point 2"]:
    places = points_mm[:, ::-1].T / LATTICE_MM
    axes = [ndimage.map_coordinates(displacement_mm[..., axis], places, order=1, mode="nearest") for axis in (0, 1)]
    return np.column_stack(axes)


def _copier_setting(page: PrintedPage, rng: np.random.Generator) -> tuple[float, float]:
    """Threshold and noise that leave some of the 5 mm lines, as someone sets who wants to see them."""
    style = page.style
    lines = brightness(mixed_with_white(GRID_INKS[style.grid_colour].major, style.grid_strength))
    paper = brightness(GRID_INKS[style.grid_colour].paper) if style.tinted else 255.0
    contrast = paper - lines
    threshold = lines + contrast * rng.uniform(-0.35, 0.3)
    return max(threshold, DARKEST_THRESHOLD), min(contrast * rng.uniform(0.15, 0.3), LOUDEST_NOISE)


def _flatbed(image: Image, rng: np.random.Generator) -> Image:
    """The optics and the file format of a scanner."""
    white = rng.uniform(225, 255) * np.array([1.0, rng.uniform(0.97, 1.0), rng.uniform(0.93, 1.0)])
    image = appearance.tone(image, (white[0], white[1], white[2]), black=rng.uniform(0, 25))
    image = appearance.lit(image, appearance.uneven_light(rng.uniform(0, 0.08), rng))
    image = appearance.blur(image, rng.uniform(0.4, 1.0))
    image = appearance.noise(image, rng.uniform(1, 5), 0.3, rng)
    return appearance.jpeg(image, int(rng.integers(65, 92)))
