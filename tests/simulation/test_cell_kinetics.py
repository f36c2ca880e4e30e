import numpy as np
import pytest

from kalemia.simulation.cell_kinetics import FACTORS, GATES, gate_kinetics, rectification, voltage_factors

POTENTIALS = np.linspace(-120, 60, 721)


def test_gates_are_shares_and_time_constants_positive():
    steady, tau_ms = gate_kinetics(POTENTIALS)
    assert steady.shape == tau_ms.shape == (len(GATES), len(POTENTIALS))
    assert ((steady >= 0) & (steady <= 1)).all()
    assert (tau_ms > 0).all()


@pytest.mark.parametrize(("gate", "opens"), [("m", True), ("h", False), ("xr1", True), ("xs", True), ("f", False)])
def test_depolarisation_opens_activation_and_closes_inactivation(gate, opens):
    steady = gate_kinetics(POTENTIALS)[0][GATES.index(gate)]
    assert (np.diff(steady) >= 0).all() if opens else (np.diff(steady) <= 0).all()


def test_factors_are_finite_also_where_a_formula_divides_by_zero():
    factors = voltage_factors(np.array([15.0, 15.0 + 1e-9]))
    assert factors.shape == (len(FACTORS), 2)
    np.testing.assert_allclose(factors[:2], 1, atol=1e-9)


def test_the_inward_rectifier_closes_on_depolarisation():
    share = rectification(np.array([-20.0, 0.0, 20.0, 80.0]))
    assert (np.diff(share) < 0).all()
    assert share[-1] < 0.001
