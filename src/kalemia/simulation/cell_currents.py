"""Currents and ion balance of the ten Tusscher-Panfilov 2006 cell, given what its potential alone contributes.

K. H. W. J. ten Tusscher and A. V. Panfilov, Am J Physiol Heart Circ Physiol 291:H1088-H1100, 2006,
doi:10.1152/ajpheart.00109.2006. Potentials in mV, times in ms, currents in A/F (outward positive), concentrations in
mM. The first axis of every array names the quantity by the indices below; NumPy takes any axes after it, and compiled
code a single cell.
"""

from typing import Any

import numpy as np

from kalemia.simulation.cell_kinetics import VT_MV
from kalemia.simulation.compiling import compilable

V, CA_I, CA_SR, CA_SS, NA_I, K_I, M, H, J, XR1, XR2, XS, R, S, D, F, F2, FCASS, RBAR = range(19)
"""Rows of a state: potential, concentrations (cytosol, sarcoplasmic reticulum, subspace), gates, release channels."""
K_O, CA_O, G_NA, G_K1, G_KR, G_KS, G_TO, G_CAL, IS_ENDO = range(9)
"""Rows of a cell: extracellular potassium and calcium (mM), conductances (mS/uF; G_CAL in L/(F s)), 1 if endo."""

FARADAY = 96.485  # C/mmol
CAPACITANCE_PF = 185.0
CYTOSOL_UM3, SUBSPACE_UM3, RETICULUM_UM3 = 16404.0, 54.68, 1094.0
FLUX = CAPACITANCE_PF / (CYTOSOL_UM3 * FARADAY)
"""mM/ms of a monovalent ion in the cytosol per A/F."""
NA_O_MM = 140.0

# Each of these works on arrays and on single numbers, which jaxtyping cannot say.
Quantity = Any


@compilable
def reversal_potentials(state: Quantity, cell: Quantity) -> Quantity:
    """E_Na, E_K, E_Ks and E_Ca in mV."""
    return (
        VT_MV * np.log(NA_O_MM / state[NA_I]),
        VT_MV * np.log(cell[K_O] / state[K_I]),
        VT_MV * np.log((cell[K_O] + 0.03 * NA_O_MM) / (state[K_I] + 0.03 * state[NA_I])),
        0.5 * VT_MV * np.log(cell[CA_O] / state[CA_I]),
    )


@compilable
def potassium_currents(state: Quantity, cell: Quantity, k1_open: Quantity, e_k: Quantity, e_ks: Quantity) -> Quantity:
    """IK1, Ito, IKr and IKs; `k1_open` is `rectification` at V - E_K."""
    driving = state[V] - e_k
    root = np.sqrt(cell[K_O] / 5.4)
    return (
        cell[G_K1] * root * k1_open * driving,
        cell[G_TO] * state[R] * state[S] * driving,
        cell[G_KR] * root * state[XR1] * state[XR2] * driving,
        cell[G_KS] * state[XS] * state[XS] * (state[V] - e_ks),
    )


@compilable
def sodium_current(state: Quantity, cell: Quantity, e_na: Quantity) -> Quantity:
    """INa."""
    return cell[G_NA] * state[M] * state[M] * state[M] * state[H] * state[J] * (state[V] - e_na)


@compilable
def calcium_current(state: Quantity, cell: Quantity, factors: Quantity) -> Quantity:
    """ICaL."""
    open_share = state[D] * state[F] * state[F2] * state[FCASS]
    return cell[G_CAL] * open_share * 2 * FARADAY * (0.25 * state[CA_SS] * factors[0] - cell[CA_O] * factors[1])


@compilable
def exchange_currents(state: Quantity, cell: Quantity, factors: Quantity) -> Quantity:
    """INaK, INaCa and IpCa."""
    na_i, ca_i = state[NA_I], state[CA_I]
    pump = 2.724 * cell[K_O] / (cell[K_O] + 1.0) * na_i / (na_i + 40.0) * factors[2]
    size = 1000.0 / ((87.5**3 + NA_O_MM**3) * (1.38 + cell[CA_O]))
    exchanger = size * (factors[3] * na_i * na_i * na_i * cell[CA_O] - factors[4] * NA_O_MM**3 * ca_i * 2.5)
    return pump, exchanger, 0.1238 * ca_i / (0.0005 + ca_i)


@compilable
def release_and_uptake(state: Quantity) -> Quantity:
    """Fluxes in mM/ms out of the reticulum (release, leak), into it (uptake), and how fast Rbar changes, per ms."""
    ca_i, ca_sr, ca_ss = state[CA_I], state[CA_SR], state[CA_SS]
    load = 2.5 - 1.5 * ca_sr * ca_sr / (ca_sr * ca_sr + 1.5**2)
    opening = 0.15 / load * ca_ss * ca_ss
    release = 0.102 * opening * state[RBAR] / (0.06 + opening) * (ca_sr - ca_ss)
    uptake = 0.006375 * ca_i * ca_i / (ca_i * ca_i + 0.00025**2)
    rbar_rate = -0.045 * load * ca_ss * state[RBAR] + 0.005 * (1 - state[RBAR])
    return release, 0.00036 * (ca_sr - ca_i), uptake, rbar_rate


@compilable
def buffering(free_mm: Quantity, total_mm: Quantity, half_mm: Quantity) -> Quantity:
    """The share of a calcium flux that stays free beside an instantaneous buffer."""
    beside = (free_mm + half_mm) * (free_mm + half_mm)
    return beside / (beside + total_mm * half_mm)


@compilable
def calcium_rates(state: Quantity, i_cal: Quantity, i_cytosol: Quantity) -> Quantity:
    """How fast Ca_i, Ca_sr, Ca_ss and Rbar change, per ms.

    `i_cytosol` is the calcium current into the cytosol: IbCa + IpCa - 2 INaCa.
    """
    release, leak, uptake, rbar_rate = release_and_uptake(state)
    transfer = 0.0038 * (state[CA_SS] - state[CA_I])
    ca_i = transfer + (leak - uptake) * RETICULUM_UM3 / CYTOSOL_UM3 - i_cytosol * FLUX / 2
    ca_ss = release * RETICULUM_UM3 - transfer * CYTOSOL_UM3 - i_cal * CAPACITANCE_PF / (2 * FARADAY)
    return (
        buffering(state[CA_I], 0.2, 0.001) * ca_i,
        buffering(state[CA_SR], 10.0, 0.3) * (uptake - release - leak),
        buffering(state[CA_SS], 0.4, 0.00025) * ca_ss / SUBSPACE_UM3,
        rbar_rate,
    )


@compilable
def calcium_inactivation_rate(state: Quantity) -> Quantity:
    """How fast fcass changes, per ms."""
    bound = 1 / (1 + (state[CA_SS] / 0.05) * (state[CA_SS] / 0.05))
    return (0.6 * bound + 0.4 - state[FCASS]) / (80 * bound + 2)


@compilable
def rates(
    state: Quantity, cell: Quantity, factors: Quantity, k1_open: Quantity, reversal: Quantity, stimulus: Quantity
) -> Quantity:
    """Derivatives per ms of V, Ca_i, Ca_sr, Ca_ss, Na_i, K_i, fcass and Rbar.

    Args:
        state: (19, ...).
        cell: (9, ...).
        factors: `voltage_factors` at V.
        k1_open: `rectification` at V - E_K.
        reversal: `reversal_potentials`.
        stimulus: in A/F, negative where it depolarises; it is carried by potassium.
    """
    e_na, e_k, e_ks, e_ca = reversal
    i_na = sodium_current(state, cell, e_na)
    i_k1, i_to, i_kr, i_ks = potassium_currents(state, cell, k1_open, e_k, e_ks)
    i_cal = calcium_current(state, cell, factors)
    i_nak, i_naca, i_pca = exchange_currents(state, cell, factors)
    i_pk = 0.0146 * (state[V] - e_k) * factors[5]
    i_bna, i_bca = 0.00029 * (state[V] - e_na), 0.000592 * (state[V] - e_ca)
    i_k = i_k1 + i_to + i_kr + i_ks + i_pk + stimulus
    ca_i, ca_sr, ca_ss, rbar = calcium_rates(state, i_cal, i_bca + i_pca - 2 * i_naca)
    return (
        -(i_na + i_k + i_cal + i_naca + i_nak + i_pca + i_bca + i_bna),
        ca_i,
        ca_sr,
        ca_ss,
        -(i_na + i_bna + 3 * i_nak + 3 * i_naca) * FLUX,
        -(i_k - 2 * i_nak) * FLUX,
        calcium_inactivation_rate(state),
        rbar,
    )
