"""How potassium is spread over a cohort: of a study, an emergency department, or a dialysis ward."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from kalemia.cohorts.potassium_ranges import STUDY_COUNTS
from kalemia.errors import ConfigError
from kalemia.simulation.population import DIALYSIS, EMERGENCY, WONJU, Population

LOWEST_TRUE, HIGHEST_TRUE = 2.0, 10.0  # mEq/L, of a simulated patient on any prior
GRID_STEPS = 2001

NORMAL_POTASSIUM, NORMAL_SD = 4.3, 0.4  # mEq/L, where treatment leads
STAYS_BETA = (1.2, 2.2)
"""Of the share of a deviation that is left at the next ECG: a third on average (chosen)."""

DIALYSATE_POTASSIUM = 2.0  # mEq/L, the usual bath
REMOVED_SHARE, REMOVED_LOG_SD = 0.40, 0.22
"""Of the gradient to the bath that one session removes: 1.24 mEq/L from 5.1, within the 1 to 1.5 that are reported."""
SESSIONS_SD = 0.5  # mEq/L, of one patient's potassium before different sessions (chosen)


@dataclass(frozen=True)
class Prior:
    """Potassium of index ECGs and of the ECGs after them.

    Attributes:
        name: as on the command line.
        levels: true potassium of index ECGs in mEq/L, rising.
        density: how common each level is, relative to others; straight between.
        range_shares: shares of index ECGs by measured range, where they are given beside the density; `None` where they
            follow from it.
        further_ecgs_shares: of patients with 0, 1, 2, ... ECGs beside the index ECG.
        in_sessions: whether ECGs alternate before and after dialysis; otherwise each is nearer to normal potassium.
        population: whose potassium it is.
        source: where the numbers come from.
    """

    name: str
    levels: tuple[float, ...]
    density: tuple[float, ...]
    range_shares: tuple[float, ...] | None
    further_ecgs_shares: tuple[float, ...]
    in_sessions: bool
    population: Population
    source: str

    @cached_property
    def _quantiles(self) -> tuple[Float[np.ndarray, " level"], Float[np.ndarray, " level"]]:
        grid = np.linspace(self.levels[0], self.levels[-1], GRID_STEPS)
        relative = np.interp(grid, self.levels, self.density)
        return np.cumsum(relative) / np.sum(relative), grid

    def draw_index(self, rng: np.random.Generator, count: int) -> Float[np.ndarray, " {count}"]:
        """True potassium of index ECGs in mEq/L."""
        return np.interp(rng.random(count), *self._quantiles)

    def draw_further(
        self, rng: np.random.Generator, earlier: Sequence[float], count: int
    ) -> Float[np.ndarray, " {count}"]:
        """Candidates for the true potassium of a patient's next ECG, in mEq/L.

        Args:
            rng: source of chance.
            earlier: true potassium of the patient's ECGs so far, the index ECG first.
            count: how many candidates.
        """
        draw = _next_of_sessions if self.in_sessions else _nearer_to_normal
        return np.clip(draw(rng, earlier, count), LOWEST_TRUE, HIGHEST_TRUE)


def _nearer_to_normal(rng: np.random.Generator, earlier: Sequence[float], count: int) -> Float[np.ndarray, " k"]:
    """On the way from the potassium of the last ECG to a normal one."""
    stays = rng.beta(*STAYS_BETA, count)
    target = rng.normal(NORMAL_POTASSIUM, NORMAL_SD, count)
    return stays * earlier[-1] + (1 - stays) * target


def _next_of_sessions(rng: np.random.Generator, earlier: Sequence[float], count: int) -> Float[np.ndarray, " k"]:
    """After the session whose start was seen last, or before another one."""
    if len(earlier) % 2 == 0:
        return rng.normal(earlier[0], SESSIONS_SD, count)
    removed = REMOVED_SHARE * np.exp(rng.normal(0, REMOVED_LOG_SD, count))
    return earlier[-1] - removed * (earlier[-1] - DIALYSATE_POTASSIUM)


PRIORS: dict[str, Prior] = {
    prior.name: prior
    for prior in (
        Prior(
            name="wonju",
            levels=(2.0, 2.8, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 6.5, 7.0, 7.5, 8.0, 8.5, 9.0, 9.7),
            density=(0.01, 0.06, 0.15, 0.18, 0.26, 0.75, 1.0, 0.85, 0.70, 0.72, 0.70, 0.55, 0.36, 0.20, 0.0),
            range_shares=tuple(count / sum(STUDY_COUNTS) for count in STUDY_COUNTS),
            further_ecgs_shares=(0.10, 0.40, 0.40, 0.10),
            in_sessions=False,
            population=WONJU,
            source="ranges: the Wonju Severance Hospital study, 1,567 patients; within a range and afterwards: chosen",
        ),
        Prior(
            name="emergency",
            levels=(2.0, 2.5, 3.0, 3.4, 3.8, 4.1, 4.4, 4.8, 5.2, 5.6, 6.0, 7.0, 8.0, 9.5),
            density=(0.005, 0.03, 0.13, 0.36, 0.88, 1.0, 0.82, 0.38, 0.145, 0.062, 0.033, 0.012, 0.004, 0.0),
            range_shares=None,
            further_ecgs_shares=(0.55, 0.30, 0.10, 0.05),
            in_sessions=False,
            population=EMERGENCY,
            source="mean 4.2, SD 0.78 mEq/L as measured (emergency-department cohorts, where the constant's MAE is "
            "0.59); the shape of the tails and the later ECGs: chosen",
        ),
        Prior(
            name="dialysis",
            levels=(2.6, 3.2, 3.7, 4.2, 4.7, 5.0, 5.4, 5.9, 6.4, 6.9, 7.4, 8.0, 9.0),
            density=(0.0, 0.05, 0.20, 0.53, 0.92, 1.0, 0.86, 0.51, 0.23, 0.095, 0.035, 0.010, 0.0),
            range_shares=None,
            further_ecgs_shares=(0.05, 0.35, 0.30, 0.30),
            in_sessions=True,
            population=DIALYSIS,
            source="before a session: mean 5.1, SD 0.8 to 0.9 mEq/L, some above 6.5; a session takes 1 to 1.5 mEq/L "
            "off; shape and spread between sessions: chosen",
        ),
    )
}


def prior_named(name: str) -> Prior:
    """The prior of a name.

    Raises:
        ConfigError: there is none.
    """
    if name not in PRIORS:
        raise ConfigError(f"no prior {name!r}; there are {', '.join(PRIORS)}")
    return PRIORS[name]
