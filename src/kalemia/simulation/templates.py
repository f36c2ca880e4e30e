"""The repolarisation wave of simulated strands of ventricular wall, between the levels at which they were simulated.

The library was made by `python -m kalemia.experiments.templates`; its card lies beside it. Waves of neighbouring levels
are not just averaged: two T waves that end at different times would make one that is too broad. Each is first stretched
in time so that the wall begins and ends to repolarise when it would between them.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from jaxtyping import Float

from kalemia.errors import ConfigError
from kalemia.simulation.template_file import AXES, FIRST_MS, SAMPLES, STEP_MS, TemplateArrays, read_templates
from kalemia.simulation.wall import FRACTION_TOLERANCE, Wall

FOLDER = Path(__file__).parent / "template_library"
FILE = "templates.npz"
NORMAL_WALL = Wall()


@dataclass(frozen=True)
class Repolarisation:
    """The ST segment and T wave of a strand.

    Attributes:
        time_ms: from the stimulus of the endocardium.
        phi: pseudo-ECG without its baseline in mV/mm², of arbitrary scale; positive towards the epicardium. At 9 mM and
            fast rates the end of activation is still in its first 20 ms.
        activated_ms: when the first and the last cell of the wall were activated.
        repolarised_ms: when the first and the last cell fell through -40 mV.
    """

    time_ms: Float[np.ndarray, " sample"]
    phi: Float[np.ndarray, " sample"]
    activated_ms: tuple[float, float]
    repolarised_ms: tuple[float, float]


@dataclass(frozen=True)
class TemplateLibrary:
    """Waves over potassium, calcium, wall, conductances and rate.

    Attributes:
        arrays: what the file holds.
    """

    arrays: TemplateArrays

    def __len__(self) -> int:
        return int(np.prod(self.arrays.phi.shape[:-1]))

    def repolarisation(
        self,
        potassium_mm: float,
        calcium_mm: float = 2.0,
        wall: Wall = NORMAL_WALL,
        ks_gradient: float = 2.0,
        kr: float = 1.0,
        period_ms: float = 1000.0,
    ) -> Repolarisation:
        """The wave at any place within the library.

        Args:
            potassium_mm: extracellular potassium.
            calcium_mm: extracellular calcium; 2 mM is normal to the cell model.
            wall: what its layers take.
            ks_gradient: IKs of epi in multiples of the published one; mid has half the excess, endo none.
            kr: IKr in multiples of the published one.
            period_ms: RR interval.

        Raises:
            ConfigError: a place outside the library.
        """
        endo_share = wall.endo / max(1 - wall.mid, FRACTION_TOLERANCE)
        place = (potassium_mm, calcium_mm, wall.mid, endo_share, ks_gradient, kr, period_ms)
        brackets = [
            _bracket(name, levels, value)
            for (name, levels), value in zip(self.arrays.levels.items(), place, strict=True)
        ]
        index, weights = _corners(brackets)
        marks = self.arrays.marks_ms[index].astype(float)
        blended = weights @ marks
        time_ms = FIRST_MS + STEP_MS * np.arange(SAMPLES)
        waves = _at(self.arrays.phi[index], _stretched(time_ms, blended[2:], marks[:, 2:]))
        return Repolarisation(time_ms, weights @ waves, tuple(blended[:2].tolist()), tuple(blended[2:].tolist()))


@cache
def template_library() -> TemplateLibrary:
    """The library that is shipped.

    Raises:
        ModelInvalid: as `load`.
    """
    return load(FOLDER)


def load(folder: Path) -> TemplateLibrary:
    """The library of a folder.

    Raises:
        ModelInvalid: its file is missing, damaged, or of another version.
    """
    return TemplateLibrary(read_templates(folder / FILE))


def _bracket(name: str, levels: Float[np.ndarray, " level"], value: float) -> list[tuple[int, float]]:
    """The levels around a value and their weights; one level where the value is on it."""
    low, high = levels[0] - FRACTION_TOLERANCE, levels[-1] + FRACTION_TOLERANCE
    if not low <= value <= high:
        what = AXES[name]
        raise ConfigError(f"{what}: {value:g}, but the templates reach from {levels[0]:g} to {levels[-1]:g}.")
    if len(levels) == 1:
        return [(0, 1.0)]
    above = max(1, min(len(levels) - 1, int(np.searchsorted(levels, value))))
    share = max(0.0, min(1.0, float((value - levels[above - 1]) / (levels[above] - levels[above - 1]))))
    return [(number, weight) for number, weight in ((above - 1, 1 - share), (above, share)) if weight > 0]


def _corners(brackets: list[list[tuple[int, float]]]) -> tuple[tuple[np.ndarray, ...], Float[np.ndarray, " corner"]]:
    """Every combination of levels, as an index into the library, and its weight."""
    corners: Iterator[tuple[tuple[int, float], ...]] = itertools.product(*brackets)
    pairs = np.array(list(corners))
    return tuple(pairs[:, :, 0].T.astype(int)), pairs[:, :, 1].prod(axis=1)


def _stretched(
    time_ms: Float[np.ndarray, " sample"], to_ms: Float[np.ndarray, " 2"], from_ms: Float[np.ndarray, "corner 2"]
) -> Float[np.ndarray, "corner sample"]:
    """Where in waves that repolarise `from_ms` to look for what happens at `time_ms` in one that does `to_ms`."""
    begins, ends = from_ms[:, :1], from_ms[:, 1:]
    before = FIRST_MS + (time_ms - FIRST_MS) * (begins - FIRST_MS) / (to_ms[0] - FIRST_MS)
    between = begins + (time_ms - to_ms[0]) * (ends - begins) / (to_ms[1] - to_ms[0])
    after = ends + time_ms - to_ms[1]
    return np.where(time_ms < to_ms[0], before, np.where(time_ms < to_ms[1], between, after))


def _at(
    waves: Float[np.ndarray, "corner sample"], at_ms: Float[np.ndarray, "corner sample"]
) -> Float[np.ndarray, "corner sample"]:
    """Waves at other times than those they were sampled at, between samples by a line."""
    position = np.clip((at_ms - FIRST_MS) / STEP_MS, 0, SAMPLES - 1)
    below = np.minimum(position.astype(int), SAMPLES - 2)
    low = np.take_along_axis(waves, below, axis=1)
    high = np.take_along_axis(waves, below + 1, axis=1)
    return low + (position - below) * (high - low)
