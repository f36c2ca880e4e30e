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


def widths_ms(arrays: TemplateArrays) -> Float[np.ndarray, "*place"]:
    """Full width at half maximum of each T wave of the library."""
    waves = arrays.phi.reshape(-1, SAMPLES).astype(float)
    return np.array([measure_t_wave(TIME_MS, wave).t_fwhm_ms for wave in waves]).reshape(arrays.phi.shape[:-1])


def monotonic_share(arrays: TemplateArrays) -> float:
    """The share of combinations of the other axes in which T narrows with each step of potassium."""
    return float(np.mean(np.all(np.diff(widths_ms(arrays), axis=0) < 0, axis=0)))


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
