"""What an image is here: RGB, its pixels counted from the upper left corner of the first one.

The centre of the first pixel is thus (0.5, 0.5), and x mm on paper lie at `x * px_per_mm`, without any half pixels.
"""

import numpy as np
from jaxtyping import UInt8

Image = UInt8[np.ndarray, "row column 3"]
Colour = tuple[float, float, float]
"""Red, green and blue from 0 to 255."""
