"""The human ventricular cell of ten Tusscher and Panfilov 2006: epi, mid (M) and endo.

K. H. W. J. ten Tusscher and A. V. Panfilov, Am J Physiol Heart Circ Physiol 291:H1088-H1100, 2006,
doi:10.1152/ajpheart.00109.2006, as encoded in CellML. 19 states; its variables carry the paper's names. Extracellular
potassium and calcium, and each conductance, are a cell's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import Float

from kalemia.errors import ConfigError
from kalemia.simulation.cell_currents import (
    CA_I,
    CA_SR,
    CA_SS,
    F2,
    FCASS,
    IS_ENDO,
    K_I,
    NA_I,
    RBAR,
    M,
    S,
    V,
    rates,
    reversal_potentials,
)
from kalemia.simulation.cell_kinetics import gate_kinetics, rectification, voltage_factors
from kalemia.simulation.wall import ENDO, EPI, MID

INITIAL = {
    "V": -85.23,
    "Ca_i": 0.000126,
    "Ca_sr": 3.64,
    "Ca_ss": 0.00036,
    "Na_i": 8.604,
    "K_i": 136.89,
    "m": 0.00172,
    "h": 0.7444,
    "j": 0.7045,
    "xr1": 0.00621,
    "xr2": 0.4712,
    "xs": 0.0095,
    "r": 2.42e-8,
    "s": 0.999998,
    "d": 3.373e-5,
    "f": 0.7888,
    "f2": 0.9755,
    "fcass": 0.9953,
    "Rbar": 0.9073,
}
"""The states and what all three kinds begin with: mV, mM, and shares."""
STATES = tuple(INITIAL)
INITIAL_STATE = np.array(list(INITIAL.values()))

KINDS = (EPI, MID, ENDO)
NORMAL_CALCIUM_MM = 2.0
"""Extracellular calcium of the published model."""
POTASSIUM_LIMITS_MM = (2.0, 10.0)
"""The extracellular potassium that the model is used in. It was validated at 5.4 and checked from 2.5 to 9."""
CALCIUM_LIMITS_MM = (0.5, 5.0)
"""The extracellular calcium that the model is used in."""

_G_NA, _G_K1, _G_KR, _G_CAL = 14.838, 5.405, 0.153, 0.0398  # mS/uF; L/(F s)
_G_KS = {EPI: 0.392, MID: 0.098, ENDO: 0.392}  # mS/uF
_G_TO = {EPI: 0.294, MID: 0.294, ENDO: 0.073}  # mS/uF

PerCell = float | Float[np.ndarray, "*cell"]


@dataclass(frozen=True)
class Conductances:
    """Conductances in multiples of the published ones; a number, or one per cell.

    Attributes:
        na, k1, kr, ks, to, cal: of INa, IK1, IKr, IKs, Ito and ICaL.
    """

    na: PerCell = 1.0
    k1: PerCell = 1.0
    kr: PerCell = 1.0
    ks: PerCell = 1.0
    to: PerCell = 1.0
    cal: PerCell = 1.0


PUBLISHED = Conductances()


def cells(
    kinds: Sequence[str],
    potassium_mm: PerCell,
    calcium_mm: PerCell = NORMAL_CALCIUM_MM,
    conductances: Conductances = PUBLISHED,
) -> Float[np.ndarray, "9 cell"]:
    """The parameters of cells, one column each.

    Args:
        kinds: of each cell one of `KINDS`.
        potassium_mm: extracellular potassium.
        calcium_mm: extracellular calcium.
        conductances: relative to the published ones.

    Raises:
        ConfigError: an unknown kind, or a number out of range.
    """
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown:
        raise ConfigError(f"cell kind {unknown[0]}: unknown. Use {', '.join(KINDS)}.")
    require_within("potassium", potassium_mm, POTASSIUM_LIMITS_MM)
    require_within("calcium", calcium_mm, CALCIUM_LIMITS_MM)
    scale = {field.name: getattr(conductances, field.name) for field in fields(conductances)}
    for name, value in scale.items():
        given = np.asarray(value, float)
        unfit = given[~(np.isfinite(given) & (given > 0))]
        if unfit.size:
            raise ConfigError(f"conductance {name}: {unfit.flat[0]:g} times the published one, but it must be above 0.")
    rows = (
        potassium_mm,
        calcium_mm,
        _G_NA * np.asarray(scale["na"]),
        _G_K1 * np.asarray(scale["k1"]),
        _G_KR * np.asarray(scale["kr"]),
        np.array([_G_KS[kind] for kind in kinds]) * scale["ks"],
        np.array([_G_TO[kind] for kind in kinds]) * scale["to"],
        _G_CAL * np.asarray(scale["cal"]),
        [float(kind == ENDO) for kind in kinds],
    )
    return np.stack([np.broadcast_to(np.asarray(row, float), len(kinds)) for row in rows])


def require_within(name: str, value_mm: PerCell, limits_mm: tuple[float, float]) -> None:
    """Refuse a concentration out of range.

    Raises:
        ConfigError: it is, or it is no number.
    """
    low, high = limits_mm
    value = np.asarray(value_mm, float)
    outside = ~((value >= low) & (value <= high))
    if np.any(outside):
        raise ConfigError(f"{name}: {value[outside].flat[0]:g} mM. The cell model is used from {low:g} to {high:g} mM.")


def derivatives(
    state: Float[np.ndarray, "19 cell"],
    cell: Float[np.ndarray, "9 cell"],
    stimulus: Float[np.ndarray, " cell"] | float = 0.0,
) -> Float[np.ndarray, "19 cell"]:
    """The right-hand side: how fast each state changes, per ms.

    Args:
        state: one column per cell, in the order of `STATES`.
        cell: from `cells`.
        stimulus: in A/F, negative where it depolarises.
    """
    steady, tau_ms = gate_kinetics(state[V])
    endo = cell[IS_ENDO] > 0
    s_row, s_endo_row = S - M, len(steady) - 1
    steady[s_row] = np.where(endo, steady[s_endo_row], steady[s_row])
    tau_ms[s_row] = np.where(endo, tau_ms[s_endo_row], tau_ms[s_row])
    reversal = reversal_potentials(state, cell)
    others = rates(state, cell, voltage_factors(state[V]), rectification(state[V] - reversal[1]), reversal, stimulus)
    change = np.empty_like(state)
    change[[V, CA_I, CA_SR, CA_SS, NA_I, K_I, FCASS, RBAR]] = others
    change[M : F2 + 1] = (steady[:-1] - state[M : F2 + 1]) / tau_ms[:-1]
    return change
