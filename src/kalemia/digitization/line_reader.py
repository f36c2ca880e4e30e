"""The network that reads a line of text.

It was trained on rendered lines (`kalemia.experiments.text_reader`) and gives one distribution over characters per 2 px
of a line; what is best in each is joined as in connectionist temporal classification (Graves et al. 2006,
doi:10.1145/1143844.1143891). It knows no dictionary.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from jaxtyping import Float32
from pydantic import BaseModel, ConfigDict

from kalemia.errors import ModelInvalid
from kalemia.onnx_session import open_session

HEIGHT_PX = 24
"""Height of the picture of a line that the network reads."""
PX_PER_FRAME = 2
NARROWEST_PX = 8
BUCKET_PX = 32
"""Lines are widened to a multiple of this, so that those of like width go through the network together."""
PALEST = 0.1
"""Darkness that is made full ink at most: noise on empty paper stays pale."""
FOLDER = Path(__file__).parent / "text_reader"
NETWORK, CONFIG = "model.onnx", "config.json"
INPUT, OUTPUT = "lines", "log_probabilities"


class ReaderConfig(BaseModel):
    """What belongs to the network.

    Attributes:
        alphabet: the characters of its classes 1, 2, ...; class 0 is "none".
        threshold: confidence below which a reading is not believed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    alphabet: str
    threshold: float


@dataclass(frozen=True)
class Reading:
    """What stands in a picture.

    Attributes:
        words: without spaces around them.
        confidence: of the least sure character.
        span: about where the first and the last character have their middles, in shares of the picture's width.
    """

    words: str
    confidence: float
    span: tuple[float, float] = (0.0, 1.0)


NOTHING = Reading("", 0.0)


@dataclass(frozen=True)
class LineReader:
    """The network, ready to run."""

    session: onnxruntime.InferenceSession
    config: ReaderConfig

    def read(self, images: Sequence[Float32[np.ndarray, "24 column"]]) -> list[Reading]:
        """Read pictures of lines, as `line_image` makes them."""
        readings = [NOTHING] * len(images)
        for width, indices in _buckets(images).items():
            batch = np.zeros((len(indices), 1, HEIGHT_PX, width), np.float32)
            for row, index in enumerate(indices):
                batch[row, 0, :, : images[index].shape[1]] = images[index]
            (logs,) = self.session.run([OUTPUT], {INPUT: batch})
            for index, frames in zip(indices, np.exp(logs), strict=True):
                readings[index] = decode(frames[: images[index].shape[1] // PX_PER_FRAME], self.config.alphabet)
        return readings


@cache
def line_reader() -> LineReader:
    """The network that is shipped.

    Raises:
        ModelInvalid: as `load`.
    """
    return load(FOLDER)


def load(folder: Path) -> LineReader:
    """The network of a folder.

    Raises:
        ModelInvalid: its files are missing or damaged.
    """
    try:
        config = ReaderConfig.model_validate_json((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ModelInvalid(f"{folder.name}/{CONFIG}: missing or damaged. Install kalemia again.") from None
    damaged = f"{folder.name}/{NETWORK}: missing or damaged. Install kalemia again."
    return LineReader(open_session(folder / NETWORK, damaged), config)


def line_image(crop: Float32[np.ndarray, "row column"]) -> Float32[np.ndarray, "24 column"]:
    """A line at the height and contrast that the network knows.

    Args:
        crop: darkness around a line.
    """
    scale = HEIGHT_PX / crop.shape[0]
    size = max(NARROWEST_PX, round(crop.shape[1] * scale)), HEIGHT_PX
    resized = cv2.resize(crop, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    darkest = max(float(np.percentile(resized, 98)), PALEST)
    return np.clip(resized / darkest, 0, 1)


def decode(probabilities: Float32[np.ndarray, "frame class"], alphabet: str) -> Reading:
    """The likeliest character of each frame, with repeats joined.

    Args:
        probabilities: class 0 is "none".
        alphabet: the characters of the other classes.
    """
    best, sure = probabilities.argmax(axis=1), probabilities.max(axis=1)
    starts = np.flatnonzero(np.diff(best, prepend=0))
    runs = zip(starts, np.split(sure, starts)[1:], strict=True)
    letters = [
        (float(part.max()), float(start + part.argmax() + 0.5) / len(best))
        for start, part in runs
        if best[start] and alphabet[best[start] - 1] != " "
    ]
    words = "".join(alphabet[kind - 1] for kind in best[starts] if kind).strip()
    if not any(map(str.isalnum, words)):
        return NOTHING  # dots and dashes are the grid's more often than anyone's
    return Reading(words, min(certainty for certainty, _ in letters), (letters[0][1], letters[-1][1]))


def _buckets(images: Sequence[Float32[np.ndarray, "24 column"]]) -> dict[int, list[int]]:
    """Which images go together, by the width they are brought to."""
    buckets: dict[int, list[int]] = defaultdict(list)
    for index, image in enumerate(images):
        buckets[-(-image.shape[1] // BUCKET_PX) * BUCKET_PX].append(index)
    return buckets
