"""Pictures of grids whose every point is known, recordings to print, and how near a strip comes to its truth."""

from collections.abc import Callable

import numpy as np
import pytest

from kalemia.digitization.paper_map import PaperMap
from kalemia.recording import STANDARD_LEADS, Recording
from kalemia.simulation import simulate_recording

FS = 500.0
MAX_LAG_S = 0.1
GRIDS = {
    "lines": ((1.0, 0.12, "minor"), (5.0, 0.25, "major")),
    "1 mm": ((1.0, 0.15, "minor"),),
    "5 mm": ((5.0, 0.25, "major"),),
    "dots": ((5.0, 0.25, "major"),),
}
COLOURS = {
    "pink": ((245, 200, 200), (232, 160, 160)),
    "green": ((181, 220, 188), (116, 185, 133)),
    "blue": ((185, 210, 236), (123, 166, 214)),
    "grey": ((211, 211, 211), (164, 164, 164)),
    "black": ((140, 140, 140), (90, 90, 90)),
}
DOT_MM = 0.25


@pytest.fixture(scope="session")
def lying() -> Callable[..., PaperMap]:
    """Where a page lies in a picture: `lying(px_per_mm, angle_deg=0, tilt=(0, 0), bulge_mm=0, shape=(900, 1200))`.

    `tilt` is by how much the scale changes over the picture's width and height, `bulge_mm` by how much the paper is
    lifted in the middle.
    """

    def place(px_per_mm, angle_deg=0.0, tilt=(0.0, 0.0), bulge_mm=0.0, shape=(900, 1200)):
        height, width = shape
        turn = np.deg2rad(angle_deg)
        cosine, sine = np.cos(turn), np.sin(turn)
        matrix = np.array(
            [
                [cosine, sine, 7.3],
                [-sine, cosine, 11.6],
                [px_per_mm * tilt[0] / width, px_per_mm * tilt[1] / height, px_per_mm],
            ]
        )
        columns = 61
        across = np.linspace(0, 1, columns)
        lift = np.stack([0.3 * bulge_mm * np.sin(2 * np.pi * across), -bulge_mm * np.sin(np.pi * across)], axis=-1)
        bend = np.repeat(lift[None], 2, axis=0).astype(np.float32) if bulge_mm else None
        return PaperMap(matrix / px_per_mm, bend, ((0.0, 0.0), (width / (columns - 1), height)))

    return place


@pytest.fixture(scope="session")
def grid_picture() -> Callable[..., np.ndarray]:
    """A page with nothing but its grid: `grid_picture(paper, pattern="lines", colour="pink", shape=(900, 1200))`.

    `paper` maps pixels, whose centres are whole numbers, to mm.
    """

    def draw(paper, pattern="lines", colour="pink", shape=(900, 1200), noise=0.0, seed=0):
        shade = shade_of_grid(paper, pattern, shape)
        inks = dict(zip(("minor", "major"), COLOURS[colour], strict=True))
        picture = np.full((*shape, 3), 255.0)
        for ink, cover in shade:
            picture = np.minimum(picture, 255 - cover[..., None] * (255 - np.array(inks[ink], float)))
        picture += np.random.default_rng(seed).normal(0, noise, picture.shape) if noise else 0
        return picture.clip(0, 255).astype(np.uint8)

    return draw


def shade_of_grid(paper, pattern, shape):
    """How much of each pixel lines of each ink cover."""
    x, y = np.meshgrid(np.arange(shape[1], dtype=float), np.arange(shape[0], dtype=float))
    mm = paper.to_paper(np.stack([x, y], axis=-1))
    px_per_mm = [1 / np.hypot(*np.gradient(mm[..., axis])) for axis in (0, 1)]
    off = {pitch: [np.abs(mm[..., i] - np.round(mm[..., i] / pitch) * pitch) for i in (0, 1)] for pitch in (1.0, 5.0)}
    covers = []
    for pitch, width, ink in GRIDS[pattern]:
        for axis in (0, 1):
            wide = width * px_per_mm[axis]
            cover = np.clip(wide / 2 + 0.5 - off[pitch][axis] * px_per_mm[axis], 0, np.minimum(wide, 1))
            covers.append((ink, cover))
    if pattern == "dots":
        radius = DOT_MM / 2 * px_per_mm[0]
        away = np.hypot(*off[1.0]) * px_per_mm[0]
        covers.append(("major", np.clip(radius + 0.5 - away, 0, np.minimum(2 * radius, 1))))
    return covers


@pytest.fixture(scope="session")
def off_by_mm() -> Callable[[PaperMap, PaperMap, np.ndarray, float], np.ndarray]:
    """How far a map is off at points, whole periods aside: `off_by_mm(found, true, points, period_mm)`."""

    def off(found, true, points, period_mm):
        rest = found.to_paper(points) - true.to_paper(points)
        return rest - period_mm * np.round(np.median(rest.reshape(-1, 2), axis=0) / period_mm)

    return off


@pytest.fixture(scope="session")
def twelve_leads() -> Recording:
    """Twelve simulated lead II of as many patients, so that no lead resembles another."""
    signals = [simulate_recording(5.0, seed=seed).recording.signal[0] for seed in range(len(STANDARD_LEADS))]
    return Recording(np.array(signals, dtype=float), FS, STANDARD_LEADS)


@pytest.fixture(scope="session")
def snr_db() -> Callable[[np.ndarray, np.ndarray], float]:
    """How near a strip comes to the truth, at the best lag up to 0.1 s and the best offset: `snr_db(strip, truth)`.

    What one of them lacks at an end is not compared, but they must overlap by nine tenths of the truth.
    """

    def at_lag(strip, truth, lag):
        strip, truth = (strip, truth[lag:]) if lag >= 0 else (strip[-lag:], truth)
        count = min(len(strip), len(truth))
        both = np.isfinite(strip[:count]) & np.isfinite(truth[:count])
        signal, rest = truth[:count][both], (strip[:count] - truth[:count])[both]
        return both.sum(), 10 * np.log10(np.var(signal) / (np.var(rest) + 1e-12))

    def snr(strip, truth):
        most = round(MAX_LAG_S * FS)
        found = [at_lag(strip, truth, lag) for lag in range(-most, most + 1)]
        assert max(count for count, _ in found) > 0.9 * np.isfinite(truth).sum()
        return max(snr for count, snr in found if count > 0.8 * np.isfinite(truth).sum())

    return snr
