"""What else changes an ECG, at every potassium, normal potassium included.

Each confounder changes the shape of a beat as textbooks describe it for lead II (Surawicz and Knilans, Chou's
Electrocardiography in Clinical Practice; AHA/ACCF/HRS 2009 recommendations, parts III to VI). Some imitate
hyperkalaemia (wide QRS, tall T), some hypokalaemia (flat T, ST down, long QT).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from kalemia.simulation.beat import BeatShape
from kalemia.simulation.population import MAX_CONFOUNDED_SHARE
from kalemia.simulation.repolarisation import NORMAL_CALCIUM_MM


def _none(shape: BeatShape, _severity: float) -> BeatShape:
    return shape


def _left_bundle_branch_block(shape: BeatShape, severity: float) -> BeatShape:
    widening_s = 0.040 + 0.030 * severity
    return replace(
        shape,
        q_mv=0.0,
        qrs_s=shape.qrs_s + widening_s,
        qt_s=shape.qt_s + 0.8 * widening_s,
        r_notch=0.5 + 0.4 * severity,
        s_mv=0.5 * shape.s_mv,
        st_mv=shape.st_mv - 0.10 * abs(shape.r_mv),
        t_mv=shape.t_mv * (0.6 - 0.9 * severity),
    )


def _right_bundle_branch_block(shape: BeatShape, severity: float) -> BeatShape:
    widening_s = 0.028 + 0.025 * severity
    return replace(
        shape,
        qrs_s=shape.qrs_s + widening_s,
        qt_s=shape.qt_s + 0.6 * widening_s,
        r_sd_share=shape.r_sd_share * 0.8,
        s_mv=shape.s_mv - (0.15 + 0.25 * severity) * abs(shape.r_mv),
        s_sd_share=0.13,
    )


def _ventricular_pacing(shape: BeatShape, severity: float) -> BeatShape:
    size_mv = 0.7 * (abs(shape.r_mv) + abs(shape.s_mv))
    widening_s = 0.060 + 0.025 * severity
    return replace(
        shape,
        q_mv=0.0,
        r_mv=0.1 * size_mv,
        s_mv=-size_mv,
        s_sd_share=0.17,
        qrs_s=shape.qrs_s + widening_s,
        qt_s=shape.qt_s + 0.7 * widening_s,
        t_mv=abs(shape.t_mv) * (1.1 + 0.7 * severity),
        t_terminal=0.0,
    )


def _left_ventricular_hypertrophy(shape: BeatShape, severity: float) -> BeatShape:
    return replace(
        shape,
        r_mv=shape.r_mv * (1.3 + 0.5 * severity),
        qrs_s=shape.qrs_s + 0.008 * severity,
        st_mv=shape.st_mv - 0.12 * severity,
        t_mv=shape.t_mv * (0.8 - 1.0 * severity),
        t_asymmetry=shape.t_asymmetry + 0.6 * severity,
    )


def _early_repolarisation(shape: BeatShape, severity: float) -> BeatShape:
    return replace(
        shape,
        j_mv=shape.j_mv + 0.08 + 0.12 * severity,
        st_mv=shape.st_mv + 0.05 + 0.10 * severity,
        t_mv=abs(shape.t_mv) * (1.3 + 0.5 * severity),
        t_width_s=shape.t_width_s * (1 - 0.12 * severity),
        qt_s=shape.qt_s - 0.015 * severity,
    )


def _digoxin(shape: BeatShape, severity: float) -> BeatShape:
    return replace(
        shape,
        pr_s=shape.pr_s + 0.020 * severity,
        st_mv=shape.st_mv - 0.04 - 0.10 * severity,
        t_mv=shape.t_mv * (0.85 - 0.6 * severity),
        qt_s=shape.qt_s - 0.015 - 0.020 * severity,
        u_mv=shape.u_mv + 0.02 * severity,
    )


def _ischaemic_depression(shape: BeatShape, severity: float) -> BeatShape:
    return replace(
        shape,
        st_mv=shape.st_mv - 0.06 - 0.10 * severity,
        t_mv=shape.t_mv * (0.7 - 1.0 * severity),
        t_asymmetry=1 + 0.5 * (shape.t_asymmetry - 1),
        qt_s=shape.qt_s + 0.015 * severity,
    )


def _ischaemic_elevation(shape: BeatShape, severity: float) -> BeatShape:
    return replace(
        shape,
        q_mv=shape.q_mv - 0.15 * abs(shape.r_mv) * severity,
        st_mv=shape.st_mv + 0.08 + 0.15 * severity,
        t_mv=abs(shape.t_mv) * (1.3 + 0.7 * severity),
    )


def _hypocalcaemia(shape: BeatShape, severity: float) -> BeatShape:
    return replace(shape, qt_s=shape.qt_s + 0.020 + 0.035 * severity, t_mv=shape.t_mv * (1 - 0.4 * severity))


def _hypercalcaemia(shape: BeatShape, severity: float) -> BeatShape:
    return replace(shape, qt_s=shape.qt_s - 0.015 - 0.030 * severity, t_mv=shape.t_mv * (1 + 0.3 * severity))


PACED = "paced"

CHANGES: dict[str, Callable[[BeatShape, float], BeatShape]] = {
    "none": _none,
    "lbbb": _left_bundle_branch_block,
    "rbbb": _right_bundle_branch_block,
    PACED: _ventricular_pacing,
    "lvh_strain": _left_ventricular_hypertrophy,
    "early_repolarisation": _early_repolarisation,
    "digoxin": _digoxin,
    "ischaemia_st_down": _ischaemic_depression,
    "ischaemia_st_up": _ischaemic_elevation,
    "hypocalcaemia": _hypocalcaemia,
    "hypercalcaemia": _hypercalcaemia,
}

# At the least and at the greatest severity.
CALCIUM_MM: dict[str, tuple[float, float]] = {"hypocalcaemia": (1.8, 1.4), "hypercalcaemia": (2.3, 2.8)}

# Share of patients with each, whatever their potassium; bundle branch blocks and pacing so that about 8 % of people
# with normal potassium have a wide QRS (BMC Emerg Med 2019).
PREVALENCE: dict[str, float] = {
    "lbbb": 0.022,
    "rbbb": 0.028,
    PACED: 0.012,
    "lvh_strain": 0.090,
    "early_repolarisation": 0.035,
    "digoxin": 0.025,
    "ischaemia_st_down": 0.060,
    "ischaemia_st_up": 0.020,
    "hypocalcaemia": 0.060,
    "hypercalcaemia": 0.025,
}


@dataclass(frozen=True)
class Confounder:
    """A confounder by its name in `CHANGES`, with a severity from 0 to 1."""

    name: str = "none"
    severity: float = 0.0

    @property
    def calcium_mm(self) -> float:
        """That cells live in; 2 is normal to the cell model."""
        low_mm, high_mm = CALCIUM_MM.get(self.name, (NORMAL_CALCIUM_MM, NORMAL_CALCIUM_MM))
        return low_mm + self.severity * (high_mm - low_mm)

    def change(self, shape: BeatShape) -> BeatShape:
        """The beat as the confounder leaves it."""
        return CHANGES[self.name](shape, self.severity)


def draw_confounder(rng: np.random.Generator, factors: Mapping[str, float] = MappingProxyType({})) -> Confounder:
    """Draw at most one confounder, by `PREVALENCE` times a factor where one is named."""
    names = list(PREVALENCE)
    bounds = np.cumsum([PREVALENCE[name] * factors.get(name, 1.0) for name in names])
    bounds *= min(1.0, MAX_CONFOUNDED_SHARE / bounds[-1])
    place = int(np.searchsorted(bounds, rng.random(), side="right"))
    severity = float(rng.uniform())
    return Confounder(names[place], severity) if place < len(names) else Confounder()
