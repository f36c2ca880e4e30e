"""What light, lenses, sensors and copiers do to an image without moving anything on it."""

import io

import cv2
import numpy as np
from jaxtyping import Float
from PIL import Image as PillowImage

from kalemia.simulation.paper.pixels import Colour, Image

Light = Float[np.ndarray, "row column"]

_ACROSS, _DOWN = np.meshgrid(np.linspace(-1, 1, 96), np.linspace(-1, 1, 96))
"""Where soft light is computed; -1 and 1 are the image's edges."""


def blur(image: Image, sigma_px: float) -> Image:
    """Out of focus by a Gaussian."""
    return cv2.GaussianBlur(image, (0, 0), sigma_px)


def grey(image: Image) -> Image:
    """Without colour, still with three channels."""
    return cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)


def tone(image: Image, white: Colour, black: float = 0.0) -> Image:
    """White becomes the colour `white`, black the level `black`."""
    levels = np.arange(256)[:, None] / 255
    table = (black + levels * (np.array(white) - black)).round().astype(np.uint8)
    return cv2.LUT(image, table.reshape(1, 256, 3))


def lit(image: Image, light: Light) -> Image:
    """Multiplied by the light that falls on it; the light may have fewer pixels than the image."""
    height, width = image.shape[:2]
    return np.clip(image * cv2.resize(light.astype(np.float32), (width, height))[..., None], 0, 255).astype(np.uint8)


def noise(image: Image, sigma: float, colour_share: float, rng: np.random.Generator) -> Image:
    """Noise of a sensor.

    Args:
        image: RGB.
        sigma: standard deviation in grey levels.
        colour_share: of it that differs between the channels.
        rng: source of chance.
    """
    height, width = image.shape[:2]
    common = rng.standard_normal((height, width, 1), dtype=np.float32)
    result = image + np.float32(sigma) * common
    if colour_share:
        # demosaicing makes noise in colour coarser than in brightness
        coarse = rng.standard_normal((height // 2 + 1, width // 2 + 1, 3), dtype=np.float32)
        result += np.float32(sigma * colour_share) * cv2.resize(coarse, (width, height))
    return np.clip(result, 0, 255).astype(np.uint8)


def jpeg(image: Image, quality: int) -> Image:
    """Through JPEG and back."""
    with io.BytesIO() as file:
        PillowImage.fromarray(image).save(file, "JPEG", quality=quality)
        return np.asarray(PillowImage.open(file).convert("RGB"))


def uneven_light(depth: float, rng: np.random.Generator) -> Light:
    """Light that falls off to one side, as on a scanner whose lid is not shut; for `lit`.

    Args:
        depth: how much darker the far corner can be, as a share.
        rng: source of chance.
    """
    angle = rng.uniform(0, 2 * np.pi)
    return 1 - depth * (0.5 + 0.35 * (_ACROSS * np.cos(angle) + _DOWN * np.sin(angle)))


def room_light(rng: np.random.Generator) -> Light:
    """A lamp to one side, the lens's vignette and the soft shadow of hand and phone; for `lit`."""
    light = uneven_light(rng.uniform(0.1, 0.35), rng)
    light = light * (1 - rng.uniform(0.05, 0.3) * (_ACROSS**2 + _DOWN**2) / 2)
    angle = rng.uniform(0, 2 * np.pi)
    distance = _ACROSS * np.cos(angle) + _DOWN * np.sin(angle) - rng.uniform(0.2, 1.0)
    return light * (1 - rng.uniform(0.05, 0.35) / (1 + np.exp(-distance / rng.uniform(0.05, 0.3))))


def desk(height: int, width: int, rng: np.random.Generator) -> Image:
    """A table top, darker than paper, with some grain."""
    colour = rng.uniform(40, 130) * np.array([1.0, rng.uniform(0.7, 1.0), rng.uniform(0.5, 1.0)])
    grain = cv2.resize(rng.standard_normal((height // 8 + 1, width // 64 + 1), dtype=np.float32), (width, height))
    return np.clip(colour + 5 * grain[..., None], 0, 255).astype(np.uint8)


def thicker_pen(image: Image, radius_px: float) -> Image:
    """Dark ink grown by a radius."""
    size = 2 * int(np.ceil(radius_px)) + 1
    x, y = np.meshgrid(np.arange(size) - size // 2, np.arange(size) - size // 2)
    reach = (x**2 + y**2 <= radius_px**2).astype(np.uint8)
    return cv2.erode(image, reach)


def black_and_white(image: Image, threshold: float, sigma: float, rng: np.random.Generator) -> Image:
    """What a copier's threshold leaves, its edges frayed by noise.

    Args:
        image: RGB.
        threshold: grey level from which a dot stays white.
        sigma: standard deviation of the noise before the threshold, in grey levels.
        rng: source of chance.
    """
    level = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    frayed = cv2.GaussianBlur(rng.standard_normal(image.shape[:2], dtype=np.float32), (0, 0), 0.7)
    white = level + np.float32(sigma) * frayed / frayed.std() >= threshold
    return cv2.cvtColor(np.where(white, 255, 0).astype(np.uint8), cv2.COLOR_GRAY2RGB)


def speckle(image: Image, share: float, rng: np.random.Generator) -> Image:
    """Toner dust: black dots of 1 to 3 px on the given share of the pixels, and as many white ones."""
    height, width = image.shape[:2]
    image = image.copy()
    for level in (0, 255):
        count = int(share * height * width)
        rows, columns, radii = (
            rng.integers(height, size=count),
            rng.integers(width, size=count),
            rng.integers(3, size=count),
        )
        for radius in range(3):
            dots = np.zeros((height, width), np.uint8)
            chosen = radii == radius
            dots[rows[chosen], columns[chosen]] = 1
            image[cv2.dilate(dots, np.ones((radius + 1, radius + 1), np.uint8)) > 0] = level
    return image
