"""How near the library comes to strands that it does not hold, and what its waves do along each axis."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from kalemia.experiments.templates.axes import Axes, Chunk
from kalemia.experiments.templates.chunks import simulate
from kalemia.simulation.t_wave import measure_t_wave
from kalemia.simulation.template_file import FIRST_MS, SAMPLES, STEP_MS, TemplateArrays
from kalemia.simulation.templates import TemplateLibrary
from kalemia.simulation.wall import Wall

MEASURED = ("t_amplitude", "t_fwhm_ms", "slope_over_amplitude_per_s", "qt10_ms")
TIME_MS = FIRST_MS + STEP_MS * np.arange(SAMPLES)


@dataclass(frozen=True)
class Between:
    """Errors of interpolated waves, one per strand drawn between the levels.

    Attributes:
        amplitude_percent: of the T amplitude.
        width_ms: of the full width at half maximum.
        end_ms: of the fall to a tenth.
    """

    amplitude_percent: Float[np.ndarray, " strand"]
    width_ms: Float[np.ndarray, " strand"]
    end_ms: Float[np.ndarray, " strand"]


def check_between(library: TemplateLibrary, axes: Axes, count: int, seed: int) -> Between:
    """Simulate strands drawn anywhere within the library, and compare.

    Raises:
        MissingExtra: Numba is not installed.
    """
    rng = np.random.default_rng(seed)
    rows = [_errors(library, *_draw(axes, rng)) for _ in range(count)]
    return Between(*np.array(rows).T)


def measure_all(arrays: TemplateArrays) -> dict[str, Float[np.ndarray, "*place"]]:
    """The features of each T wave of the library, by their names in `TWave`."""
    waves = [measure_t_wave(TIME_MS, wave) for wave in arrays.phi.reshape(-1, SAMPLES).astype(float)]
    places = arrays.phi.shape[:-1]
    return {name: np.array([getattr(wave, name) for wave in waves]).reshape(places) for name in MEASURED}


def falling_share(values: Float[np.ndarray, "level ..."]) -> float:
    """The share of combinations of the other axes in which a feature falls with each step of potassium."""
    return float(np.mean(np.all(np.diff(values, axis=0) < 0, axis=0)))


def calcium_share(values: Float[np.ndarray, "level calcium ..."], potassium_levels: tuple[int, int]) -> float:
    """How often calcium, from its lowest to its highest level, changes a feature by more than potassium does.

    Args:
        values: above 0.
        potassium_levels: from which level to which, for all calcium levels; calcium's change is taken at the first.
    """
    logs = np.log(values)
    first, last = potassium_levels
    by_calcium = np.abs(logs[first, -1] - logs[first, 0])
    by_potassium = np.abs(logs[last] - logs[first])
    return float(np.mean(by_calcium > by_potassium))


def _draw(axes: Axes, rng: np.random.Generator) -> tuple[float, Wall, Chunk]:
    def within(levels: Sequence[float]) -> float:
        return float(rng.uniform(min(levels), max(levels)))

    # The nodes of a strand cannot follow a border that falls within one, so walls are the library's own.
    walls = axes.walls()
    chunk = Chunk(within(axes.calcium_mm), within(axes.ks_gradient), within(axes.kr), round(within(axes.period_ms)))
    return within(axes.potassium_mm), walls[rng.integers(len(walls))], chunk


def _errors(library: TemplateLibrary, potassium_mm: float, wall: Wall, chunk: Chunk) -> tuple[float, float, float]:
    true = simulate(chunk, (potassium_mm,), (wall,)).phi[0].astype(float)
    found = library.repolarisation(
        potassium_mm, chunk.calcium_mm, wall, chunk.ks_gradient, chunk.kr, chunk.period_ms
    ).phi
    of_true, of_found = measure_t_wave(TIME_MS, true), measure_t_wave(TIME_MS, found)
    return (
        100 * (of_found.t_amplitude / of_true.t_amplitude - 1),
        of_found.t_fwhm_ms - of_true.t_fwhm_ms,
        of_found.qt10_ms - of_true.qt10_ms,
    )
