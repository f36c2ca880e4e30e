"""Acidosis: often there when potassium is high, and it hides what potassium does to the T wave."""

from dataclasses import replace

import numpy as np

from kalemia.simulation.patient import Response
from kalemia.simulation.potassium_laws import Law

PREVALENCE = Law(
    "share",
    ((2.5, 0.03), (4.5, 0.04), (5.5, 0.10), (6.5, 0.22), (8.0, 0.35)),
    "textbook: acidosis comes with a high potassium (failing kidneys and shock bring both, and acid moves potassium "
    "out of cells); the numbers: chosen",
)
"""Share of ECGs with acidosis, by true potassium."""
AMPLITUDE_DAMPING, WIDTH_DAMPING = (0.3, 0.7), (0.1, 0.3)
"""Of the response of T's amplitude and width that mild and severe acidosis take away.

Acidosis lowers the odds of a peaked T wave (`notes/physiology.md`); how much is chosen, the width less than the height
since it is the height that the finding is about.
"""


def draw_acidosis(rng: np.random.Generator, potassium: float) -> float:
    """How severe the acidosis is at a true potassium (mEq/L): above 0 to 1, and 0 where there is none."""
    there, severity = rng.random() < PREVALENCE(potassium), rng.uniform(0.05, 1.0)
    return float(severity) if there else 0.0


def damped(response: Response, severity: float) -> Response:
    """A patient's response to potassium as acidosis leaves it."""
    if severity == 0:
        return response
    return replace(
        response,
        t_amplitude=response.t_amplitude * (1 - np.interp(severity, (0, 1), AMPLITUDE_DAMPING)),
        t_width=response.t_width * (1 - np.interp(severity, (0, 1), WIDTH_DAMPING)),
    )
