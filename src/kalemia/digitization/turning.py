"""A picture turned by hand."""

import cv2
import numpy as np

from kalemia.digitization.page import Picture
from kalemia.digitization.page_source import MAX_PIXELS_KEPT

_QUARTER_DEG = 90.0


def turned(picture: Picture, clockwise_deg: float) -> Picture:
    """A picture turned clockwise: by quarters exactly, else laid whole on a larger ground of the colour of its rim.

    Where that would have more pixels than a page may have, it is reduced.

    Args:
        picture: in RGB.
        clockwise_deg: by how much.
    """
    if clockwise_deg % _QUARTER_DEG == 0:
        return np.ascontiguousarray(np.rot90(picture, -round(clockwise_deg / _QUARTER_DEG)))
    width, height = _size_around(picture.shape[1], picture.shape[0], clockwise_deg)
    picture = _reduced(picture, min(1.0, float(np.sqrt(MAX_PIXELS_KEPT / (width * height)))))
    old = np.array(picture.shape[1::-1])
    new = np.ceil(_size_around(int(old[0]), int(old[1]), clockwise_deg)).astype(int)
    # the centre of the first pixel is (0, 0), so the middle of a picture is (size - 1) / 2
    matrix = cv2.getRotationMatrix2D((float(old[0] - 1) / 2, float(old[1] - 1) / 2), -clockwise_deg, 1.0)
    matrix[:, 2] += (new - old) / 2
    ground = tuple(float(value) for value in _rim_colour(picture))
    size = (int(new[0]), int(new[1]))
    return np.asarray(
        cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=ground)
    )


def _size_around(width: int, height: int, degrees: float) -> tuple[float, float]:
    """Width and height of what holds a turned picture."""
    cosine, sine = abs(np.cos(np.deg2rad(degrees))), abs(np.sin(np.deg2rad(degrees)))
    return float(width * cosine + height * sine), float(width * sine + height * cosine)


def _reduced(picture: Picture, scale: float) -> Picture:
    if scale == 1:
        return picture
    size = (max(1, int(picture.shape[1] * scale)), max(1, int(picture.shape[0] * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def _rim_colour(picture: Picture) -> np.ndarray:
    """Median colour of the outermost pixels: of the paper, or of the desk that it lies on."""
    rim = [picture[0], picture[-1], picture[:, 0], picture[:, -1]]
    return np.asarray(np.median(np.concatenate(rim), axis=0))
