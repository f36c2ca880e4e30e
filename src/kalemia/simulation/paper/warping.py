"""Geometry of what happens to a page: each step gives the new image and the homography from old to new pixels."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float

from kalemia.simulation.paper.pixels import Colour, Image

Homography = Float[np.ndarray, "3 3"]
Warped = tuple[Image, Homography]

CAMERA_WIDTHS = 1.7
"""Distance of a phone from the page, in widths of the page."""
LATTICE_MM = 5.0
"""Between the points at which a displacement is stored."""


def warp(image: Image, homography: Homography, width: int, height: int, border: Colour) -> Image:
    """The image seen through a homography.

    Args:
        image: RGB.
        homography: from its pixels to those of the result.
        width: of the result, px.
        height: of the result, px.
        border: colour where the image does not reach.
    """
    between_centres = _shift(-0.5, -0.5) @ homography @ _shift(0.5, 0.5)
    scale = np.sqrt(abs(np.linalg.det(homography[:2, :2])))
    smooth = cv2.GaussianBlur(image, (0, 0), 0.45 * np.sqrt(1 / scale**2 - 1)) if scale < 0.95 else image
    return cv2.warpPerspective(
        smooth,
        between_centres,
        (width, height),
        flags=cv2.INTER_CUBIC if scale >= 0.95 else cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=border,
    )


def rotate(image: Image, degrees: float, border: Colour, scale: float = 1.0) -> Warped:
    """Turned clockwise about its centre in a frame of the same size, and scaled; the corners are lost.

    Args:
        image: RGB.
        degrees: to turn by.
        border: colour where the image does not reach.
        scale: of what is on the image.
    """
    height, width = image.shape[:2]
    return _turned(image, scale, degrees, border, (width, height))


def resize(image: Image, scale: float, degrees: float, border: Colour) -> Warped:
    """Turned clockwise about its centre, and scaled together with its frame; as `rotate` otherwise."""
    height, width = image.shape[:2]
    return _turned(image, scale, degrees, border, (round(width * scale), round(height * scale)))


def _turned(image: Image, scale: float, degrees: float, border: Colour, frame: tuple[int, int]) -> Warped:
    height, width = image.shape[:2]
    cosine, sine = scale * np.cos(np.radians(degrees)), scale * np.sin(np.radians(degrees))
    turn = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])
    homography = _shift(frame[0] / 2, frame[1] / 2) @ turn @ _shift(-width / 2, -height / 2)
    return warp(image, homography, *frame, border), homography


def quarter_turns(image: Image, turns: int) -> Warped:
    """Turned clockwise by quarters, without any loss."""
    homography = np.eye(3)
    for _ in range(turns % 4):
        height = image.shape[0]
        image = np.ascontiguousarray(np.rot90(image, -1))
        homography = np.array([[0.0, -1.0, height], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]) @ homography
    return image, homography


def doubled_lines(image: Image) -> Warped:
    """Every second line is lost and shows its upper neighbour, which moves what is seen by half a line."""
    return np.repeat(image[::2], 2, axis=0)[: image.shape[0]], _shift(0, 0.5)


def tilted_view(
    size: tuple[int, int],
    tilts_degrees: tuple[float, float, float],
    frame: tuple[int, int],
    fill: float,
    border: float = 0.0,
) -> Homography:
    """How a phone sees a page that lies on a desk.

    Args:
        size: width and height of the page, px.
        tilts_degrees: of the page about its horizontal and vertical axis and within its plane.
        frame: width and height of the photograph, px.
        fill: share of the frame that the page takes, along the side that limits it.
        border: at each side of the page, px, that need not be in the frame.
    """
    width, height = size
    about_x, about_y, about_z = np.radians(tilts_degrees)
    x = np.array([[1, 0, 0], [0, np.cos(about_x), -np.sin(about_x)], [0, np.sin(about_x), np.cos(about_x)]])
    y = np.array([[np.cos(about_y), 0, np.sin(about_y)], [0, 1, 0], [-np.sin(about_y), 0, np.cos(about_y)]])
    z = np.array([[np.cos(about_z), -np.sin(about_z), 0], [np.sin(about_z), np.cos(about_z), 0], [0, 0, 1]])
    view = x @ y @ z
    view[:, 2] = (0, 0, CAMERA_WIDTHS * width)  # the page is flat: in place of its third axis stands the distance
    central = view @ _shift(-width / 2, -height / 2)
    sides = [(x, y) for x in (border, width - border) for y in (border, height - border)]
    corners = transform(central, np.array(sides))
    low, high = corners.min(axis=0), corners.max(axis=0)
    scale = fill * np.min(np.array(frame) / (high - low))
    middle = (low + high) / 2
    into_frame = _shift(frame[0] / 2, frame[1] / 2) @ np.diag([scale, scale, 1.0]) @ _shift(-middle[0], -middle[1])
    homography = into_frame @ central
    return homography / homography[2, 2]


def transform(homography: Homography, points: Float[np.ndarray, "point 2"]) -> Float[np.ndarray, "point 2"]:
    """Points (x, y) through a homography."""
    mapped = np.column_stack([points, np.ones(len(points))]) @ homography.T
    return mapped[:, :2] / mapped[:, 2:]


Displacement = Callable[
    [Float[np.ndarray, "row column"], Float[np.ndarray, "row column"]], Float[np.ndarray, "row column 2"]
]
"""How far points (x, y in mm) move, in mm."""


@dataclass(frozen=True, eq=False)
class Lattice:
    """Points 5 mm apart that cover a page, from its upper left corner."""

    x_mm: Float[np.ndarray, "row column"]
    y_mm: Float[np.ndarray, "row column"]


def lattice_over(width_mm: float, height_mm: float, pitch_mm: float = LATTICE_MM) -> Lattice:
    """The lattice over a page of that size."""
    columns, rows = (int(np.ceil(length / pitch_mm)) + 1 for length in (width_mm, height_mm))
    return Lattice(*np.meshgrid(pitch_mm * np.arange(columns), pitch_mm * np.arange(rows)))


def displace(image: Image, px_per_mm: float, displacement: Displacement) -> Image:
    """The image with its points moved within the plane.

    A result's pixel looks up where it came from. To find that, the displacement is followed backwards three times,
    enough for one that changes by a few per cent per millimetre.
    """
    height, width = image.shape[:2]
    lattice = lattice_over(width / px_per_mm, height / px_per_mm, pitch_mm=1.0)
    x, y = lattice.x_mm, lattice.y_mm
    for _ in range(3):
        moved = displacement(x, y)
        x, y = lattice.x_mm - moved[..., 0], lattice.y_mm - moved[..., 1]
    offset = np.stack([x - lattice.x_mm, y - lattice.y_mm], axis=-1).astype(np.float32)
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    at = ((columns + 0.5) / px_per_mm, (rows + 0.5) / px_per_mm)
    fine = cv2.remap(offset, at[0], at[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) * np.float32(px_per_mm)
    return cv2.remap(
        image, columns + fine[..., 0], rows + fine[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )


def _shift(x: float, y: float) -> Homography:
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])
