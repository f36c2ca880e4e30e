"""A first look at the grid: the period and angle of its lines somewhere on the page, from the spectrum of a tile.

Grid lines repeat, so their spectrum is a comb of peaks along two axes; a trace and text have none. Coloured or grey,
whole or broken by a copier, bent or in perspective: within a tile of a few centimetres the comb stands.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from jaxtyping import Float, Float32
from scipy import ndimage

Shade = Float32[np.ndarray, "row column"]
Profile = Float[np.ndarray, " frequency"]

TILES_PX = (384, 768, 1536)
"""Sides of the tiles, smallest first: perspective spoils large ones, broken lines need them."""
LARGEST_ANGLE_DEG, ANGLE_STEP_DEG = 25.0, 0.25
PEAK = 8.0
"""Height of a peak of the comb over the median of its frequency; noise alone reaches about 5."""
CLEAR = 0.2
"""Quality from which larger tiles are not tried."""
_SAME_PERIOD = 0.05
_FULL_HEIGHT = 25.0
"""Sum of the square roots of the peaks' heights from which higher ones make no grid surer."""
FIRST_TOOTH = 3.5
"""Height that the fundamental itself must have at least."""
LEAST_PEAKS = 3
LEAST_RATIO = 0.7
"""Squares look oblong in perspective, but not more than this."""
WHOLE = 0.85
"""Lines that are rounded to whole pixels repeat exactly only after two or three squares. Where no more than the rest
of the energy lies between every second (third) tooth, the square is that much smaller."""
_DIVISIONS = (1, 2, 3)
_TOLERANCE_BINS = 1.2
_LEAST_BINS, _MOST_DIVISION = 4, 12
_LIVELIEST, _OTHERS = 4, 4


@dataclass(frozen=True)
class Axis:
    """One family of parallel grid lines.

    Attributes:
        frequency: cycles per px, as a vector (x, y) across the lines; one cycle is the longest period of the grid.
        quality: share of the spectrum's peaks that the comb explains, beyond chance; less where they hardly stand out.
    """

    frequency: tuple[float, float]
    quality: float


@dataclass(frozen=True)
class Seed:
    """Where the grid was seen first.

    Attributes:
        centre: of the tile, (x, y) in px.
        side: of the tile, in px.
        vertical: the family of vertical lines (their frequency vector points right).
        horizontal: the family of horizontal lines (it points down).
    """

    centre: tuple[float, float]
    side: int
    vertical: Axis
    horizontal: Axis

    def divided(self, part: float) -> "Seed":
        """The same with the period divided by that."""
        vertical, horizontal = (
            replace(axis, frequency=(axis.frequency[0] * part, axis.frequency[1] * part))
            for axis in (self.vertical, self.horizontal)
        )
        return replace(self, vertical=vertical, horizontal=horizontal)

    @property
    def period(self) -> float:
        """Distance of the lines in px, the mean of both families."""
        return float(1 / np.sqrt(np.hypot(*self.vertical.frequency) * np.hypot(*self.horizontal.frequency)))

    @property
    def quality(self) -> float:
        """That of the less clear family."""
        return min(self.vertical.quality, self.horizontal.quality)


def find_seeds(lines: Shade) -> list[Seed]:
    """Where the spectrum of a tile is that of a grid, the best first; one for each period that was seen.

    Args:
        lines: the grid's lines on an even ground, see `kalemia.digitization.grid_lines.even_lines`.
    """
    seeds: list[Seed] = []
    for side in TILES_PX:
        size = min(side, *(length // 2 * 2 for length in lines.shape))
        seeds += [seed for tile in _candidates(lines, size) if (seed := _seed_of(*tile, size))]
        if size < side or any(seed.quality > CLEAR for seed in seeds):
            break
    return _distinct(sorted(seeds, key=lambda seed: -seed.quality))


def _distinct(seeds: list[Seed]) -> list[Seed]:
    """The seeds whose periods differ from those before."""
    kept: list[Seed] = []
    for seed in seeds:
        if all(abs(np.log(seed.period / other.period)) > _SAME_PERIOD for other in kept):
            kept.append(seed)
    return kept


Tile = tuple[tuple[int, int], Float[np.ndarray, "v u"]]


def _candidates(lines: Shade, size: int) -> list[Tile]:
    """The tiles whose spectra are the most concentrated, and some from all over the page: dashes are lively too."""
    ranked = sorted(_tiles(lines, size), key=lambda tile: -_concentration(tile[1]))
    return [*ranked[:_LIVELIEST], *ranked[_LIVELIEST :: max(1, len(ranked) // _OTHERS)]]


def _tiles(lines: Shade, size: int) -> Iterator[Tile]:
    window = np.outer(np.hanning(size), np.hanning(size)).astype(np.float32)
    for top in window_starts(lines.shape[0], size):
        for left in window_starts(lines.shape[1], size):
            tile = lines[top : top + size, left : left + size] * window
            yield (left, top), np.fft.fftshift(np.abs(np.fft.rfft2(tile)), axes=0)


def window_starts(length: int, size: int) -> list[int]:
    """Where windows of a size begin that overlap by half and cover a length."""
    count = max(1, round((length - size) / (size / 2)) + 1)
    return [round(start) for start in np.linspace(0, length - size, count)]


def _concentration(amplitude: Float[np.ndarray, "v u"]) -> float:
    total = float(amplitude.sum())
    strongest = np.partition(amplitude.ravel(), -60)[-60:]
    return float(strongest.sum()) / total if total else 0.0


def _seed_of(corner: tuple[int, int], amplitude: Float[np.ndarray, "v u"], size: int) -> Seed | None:
    spectrum = _whitened(amplitude, size)
    across, down = _combs(spectrum, size, 0.0), _combs(spectrum, size, 90.0)
    pairs = [(a, b) for a in across for b in down if LEAST_RATIO < a.bins / b.bins < 1 / LEAST_RATIO]
    if not pairs:
        return None
    vertical, horizontal = max(pairs, key=lambda pair: pair[0].score + pair[1].score)
    division = max(_DIVISIONS, key=lambda part: part * (vertical.share(part) + horizontal.share(part) > 2 * WHOLE))
    vertical, horizontal = vertical.divided(division), horizontal.divided(division)
    centre = (corner[0] + size / 2, corner[1] + size / 2)
    return Seed(centre, size, vertical.axis(size), horizontal.axis(size))


def _whitened(amplitude: Float[np.ndarray, "v u"], size: int) -> Float[np.ndarray, "v u"]:
    """Amplitude over the median of the same distance from the origin."""
    v, u = np.mgrid[-(size // 2) : size // 2, : size // 2 + 1]
    ring = np.minimum(np.hypot(u, v).astype(np.intp), size // 2)
    order = np.argsort(ring, axis=None)
    edges = np.searchsorted(ring.ravel()[order], np.arange(size // 2 + 2))
    ordered = amplitude.ravel()[order]
    medians = np.array([np.median(ordered[a:b]) if b > a else 1.0 for a, b in itertools.pairwise(edges)])
    smooth = ndimage.uniform_filter1d(medians, 9)
    return amplitude / np.maximum(smooth[ring], 1e-9)


@dataclass(frozen=True)
class _Comb:
    """A frequency whose multiples may explain the peaks along a ray.

    `score` is the share of the peaks that lies on its teeth, less the share that so many teeth would hit by chance.
    """

    bins: float
    angle: float
    score: float
    height: float
    teeth: Float[np.ndarray, "tooth 2"]

    def share(self, part: int) -> float:
        """Share of the energy that lies on every `part`-th tooth."""
        number, height = self.teeth.T
        return float((height[number % part == 0] ** 2).sum() / (height**2).sum())

    def divided(self, part: int) -> "_Comb":
        return replace(self, bins=self.bins * part)

    def axis(self, size: int) -> Axis:
        cycles = self.bins / size
        return Axis(
            (float(cycles * np.cos(self.angle)), float(cycles * np.sin(self.angle))),
            self.score * min(1.0, self.height / _FULL_HEIGHT),
        )


def _combs(spectrum: Float[np.ndarray, "v u"], size: int, direction_deg: float) -> list[_Comb]:
    """Combs of a family of lines whose frequency vector points about that way (0 right, 90 down)."""
    radii = np.arange(3, size // 2 - 1, 0.5)
    angles = np.deg2rad(direction_deg + np.arange(-LARGEST_ANGLE_DEG, LARGEST_ANGLE_DEG + 0.01, ANGLE_STEP_DEG))
    profiles = _along(spectrum, radii, angles, size)
    best = int(np.argmax(np.sort(profiles, axis=1)[:, -8:].sum(axis=1)))
    peaks = _peaks(profiles[best], radii)
    if len(peaks) < LEAST_PEAKS:
        return []
    strongest = peaks[np.argsort(-peaks[:, 1])[:3], 0]
    candidates = (strongest[:, None] / np.arange(1, _MOST_DIVISION + 1)).ravel()
    first_tooth = ndimage.maximum_filter1d(profiles[best], 5)[np.searchsorted(radii, candidates)]
    seen = candidates[(candidates >= _LEAST_BINS) & (first_tooth > FIRST_TOOTH)]
    return [_comb(peaks, float(bins), float(angles[best])) for bins in seen]


def _along(
    spectrum: Float[np.ndarray, "v u"], radii: Profile, angles: Float[np.ndarray, " angle"], size: int
) -> Float[np.ndarray, "angle frequency"]:
    """Rays from the origin; the half of the spectrum that a real picture does not need is mirrored."""
    u, v = np.outer(np.cos(angles), radii), np.outer(np.sin(angles), radii)
    mirrored = u < 0
    u, v = np.where(mirrored, -u, u), np.where(mirrored, -v, v)
    return cv2.remap(
        spectrum.astype(np.float32),
        u.astype(np.float32),
        (v + size // 2).astype(np.float32),
        cv2.INTER_LINEAR,
    )


def _peaks(profile: Profile, radii: Profile) -> Float[np.ndarray, "peak 2"]:
    """Frequency in bins and height of the local maxima that stand out."""
    inner = profile[1:-1]
    tops = np.flatnonzero((inner >= profile[:-2]) & (inner > profile[2:]) & (inner > PEAK)) + 1
    return np.stack([radii[tops], profile[tops]], axis=1)


def _comb(peaks: Float[np.ndarray, "peak 2"], bins: float, angle: float) -> _Comb:
    weight = np.sqrt(peaks[:, 1])
    teeth = np.round(peaks[:, 0] / bins)
    hits = (np.abs(peaks[:, 0] - teeth * bins) < _TOLERANCE_BINS) & (teeth > 0)
    chance = min(1.0, 2 * _TOLERANCE_BINS / bins)
    score = float(weight[hits].sum() / weight.sum()) - chance
    refined = np.sum(weight[hits] * peaks[hits, 0] * teeth[hits]) / np.sum(weight[hits] * teeth[hits] ** 2)
    found = np.stack([teeth[hits], peaks[hits, 1]], axis=1)
    return _Comb(float(refined), angle, score, float(weight.sum()), found)
