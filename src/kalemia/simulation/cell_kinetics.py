"""What depends on the membrane potential alone in the ten Tusscher-Panfilov 2006 cell: gates and current factors.

K. H. W. J. ten Tusscher and A. V. Panfilov, Am J Physiol Heart Circ Physiol 291:H1088-H1100, 2006,
doi:10.1152/ajpheart.00109.2006. Potentials in mV, times in ms. The functions take arrays of any shape.
"""

import numpy as np
from jaxtyping import Float

VT_MV = 8.314 * 310 / 96.485
"""Thermal voltage RT/F at 37 degrees Celsius: R in J/(mol K), T in K, F in C/mmol."""

Potential = Float[np.ndarray, "*cell"]
Gate = tuple[Potential, Potential]

GATES = ("m", "h", "j", "xr1", "xr2", "xs", "r", "s", "d", "f", "f2", "s_endo")
"""Rows of `gate_kinetics`. All but the last are states, in the same order; the last stands for `s` in endo cells."""
FACTORS = ("ca_in", "ca_out", "pump", "exchanger_in", "exchanger_out", "plateau")
"""Rows of `voltage_factors`."""


def gate_kinetics(v: Potential) -> tuple[Float[np.ndarray, "gate ..."], Float[np.ndarray, "gate ..."]]:
    """Steady state, and time constant in ms, of each gate of `GATES` at a potential."""
    gates = [*_sodium(v), *_delayed_rectifiers(v), _r(v), _s(v), *_calcium(v), _s_endo(v)]
    return np.stack([steady for steady, _ in gates]), np.stack([tau for _, tau in gates])


def voltage_factors(v: Potential) -> Float[np.ndarray, "factor ..."]:
    """What the potential alone contributes to ICaL, INaK, INaCa and IpK, in the order of `FACTORS`.

    ICaL follows Goldman, Hodgkin and Katz, shifted by 15 mV, where u / (exp(u) - 1) is 1 in the limit.
    """
    u = 2 * (v - 15) / VT_MV
    safe = np.where(np.abs(u) < 1e-6, 1.0, u)
    ca_out = np.where(np.abs(u) < 1e-6, 1 - u / 2, safe / np.expm1(safe))
    saturation = 1 + 0.1 * np.exp((0.35 - 1) * v / VT_MV)
    return np.stack(
        [
            ca_out + u,  # u exp(u) / (exp(u) - 1)
            ca_out,
            1 / (1 + 0.1245 * np.exp(-0.1 * v / VT_MV) + 0.0353 * np.exp(-v / VT_MV)),
            np.exp(0.35 * v / VT_MV) / saturation,
            np.exp((0.35 - 1) * v / VT_MV) / saturation,
            1 / (1 + np.exp((25 - v) / 5.98)),
        ]
    )


def rectification(driving_mv: Potential) -> Potential:
    """The open share of IK1 at V - E_K."""
    a = 0.1 / (1 + np.exp(0.06 * (driving_mv - 200)))
    b = 3 * np.exp(0.0002 * (driving_mv + 100)) + np.exp(0.1 * (driving_mv - 10))
    return a / (a + b / (1 + np.exp(-0.5 * driving_mv)))


def _sodium(v: Potential) -> list[Gate]:
    """m, h and j; the rates of h and j have a small jump at -40 mV."""
    m_tau = _sigmoid((v + 60) / 5) * (0.1 * _sigmoid(-(v + 35) / 5) + 0.1 * _sigmoid(-(v - 50) / 200))
    h_steady = _sigmoid(-(v + 71.55) / 7.43) ** 2
    low = v < -40
    a_h = np.where(low, 0.057 * np.exp(-(v + 80) / 6.8), 0)
    b_h = np.where(
        low,
        2.7 * np.exp(0.079 * v) + 3.1e5 * np.exp(0.3485 * v),
        0.77 / 0.13 * _sigmoid((v + 10.66) / 11.1),
    )
    a_j = (-2.5428e4 * np.exp(0.2444 * v) - 6.948e-6 * np.exp(-0.04391 * v)) * (v + 37.78)
    a_j = np.where(low, a_j * _sigmoid(-0.311 * (v + 79.23)), 0)
    b_j = np.where(
        low,
        0.02424 * np.exp(-0.01052 * v) * _sigmoid(0.1378 * (v + 40.14)),
        0.6 * np.exp(0.057 * v) * _sigmoid(0.1 * (v + 32)),
    )
    return [
        (_sigmoid((v + 56.86) / 9.03) ** 2, m_tau),
        (h_steady, 1 / (a_h + b_h)),
        (h_steady, 1 / (a_j + b_j)),
    ]


def _delayed_rectifiers(v: Potential) -> list[Gate]:
    """xr1 and xr2 of the rapid one, xs of the slow one."""
    xs_tau = 1400 * np.sqrt(_sigmoid((v - 5) / 6)) * _sigmoid(-(v - 35) / 15) + 80
    return [
        (_sigmoid((v + 26) / 7), 450 * _sigmoid((v + 45) / 10) * 6 * _sigmoid(-(v + 30) / 11.5)),
        (_sigmoid(-(v + 88) / 24), 3 * _sigmoid((v + 60) / 20) * 1.12 * _sigmoid(-(v - 60) / 20)),
        (_sigmoid((v + 5) / 14), xs_tau),
    ]


def _r(v: Potential) -> Gate:
    return _sigmoid((v - 20) / 6), 9.5 * np.exp(-((v + 40) ** 2) / 1800) + 0.8


def _s(v: Potential) -> Gate:
    tau = 85 * np.exp(-((v + 45) ** 2) / 320) + 5 * _sigmoid(-(v - 20) / 5) + 3
    return _sigmoid(-(v + 20) / 5), tau


def _s_endo(v: Potential) -> Gate:
    return _sigmoid(-(v + 28) / 5), 1000 * np.exp(-((v + 67) ** 2) / 1000) + 8


def _calcium(v: Potential) -> list[Gate]:
    """d, f and f2 of the L-type calcium current."""
    d_tau = (1.4 * _sigmoid((v + 35) / 13) + 0.25) * 1.4 * _sigmoid(-(v + 5) / 5) + _sigmoid((v - 50) / 20)
    falling = _sigmoid(-(v + 30) / 10)
    f_tau = 1102.5 * np.exp(-((v + 27) ** 2) / 225) + 200 * _sigmoid((v - 13) / 10) + 180 * falling + 20
    f2_tau = 562 * np.exp(-((v + 27) ** 2) / 240) + 31 * _sigmoid((v - 25) / 10) + 80 * falling
    return [
        (_sigmoid((v + 8) / 7.5), d_tau),
        (_sigmoid(-(v + 20) / 7), f_tau),
        (0.67 * _sigmoid(-(v + 35) / 7) + 0.33, f2_tau),
    ]


def _sigmoid(x: Potential) -> Potential:
    return 1 / (1 + np.exp(-x))
