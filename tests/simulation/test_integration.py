import numpy as np

from kalemia.simulation.cell import INITIAL_STATE, KINDS, cells, derivatives
from kalemia.simulation.cell_currents import F2, M, S, V
from kalemia.simulation.cell_kinetics import gate_kinetics
from kalemia.simulation.integration import advance, rectification_table, voltage_table


def step(states, cell, stimulus, coupling=0.0, dt_ms=0.01, steps=1, samples=0):
    """Move strands on, and what was recorded."""
    trace = np.zeros((states.shape[0], samples, states.shape[1]), np.float32)
    activation_ms = np.full(states.shape[:2], np.nan)
    couplings, tables = np.full(len(states), coupling), (voltage_table(dt_ms), rectification_table())
    advance(states, cell, stimulus, couplings, tables, dt_ms, steps, trace, activation_ms, 0.0)
    return trace, activation_ms


def test_a_compiled_step_follows_the_right_hand_side(tp06):
    """Gates by the exponential update, all else by Euler's, but for the tables, which are linear over 0.1 mV."""
    dt_ms = 0.001
    cell = cells(tp06["vector_kind"].tolist(), tp06["vector_potassium_mm"])
    before = tp06["vector_state"]
    states = before[:, None].copy()
    step(states, np.ascontiguousarray(cell.T[:, None]), tp06["vector_stimulus"][:, None], dt_ms=dt_ms)
    expected = before + dt_ms * tp06["vector_derivative"]
    gates = slice(M, F2 + 1)
    steady, tau_ms = (values.T for values in gate_kinetics(before[:, V]))
    endo = tp06["vector_kind"] == "endo"
    steady[endo, S - M], tau_ms[endo, S - M] = steady[endo, -1], tau_ms[endo, -1]
    decay = np.exp(-dt_ms / tau_ms[:, :-1])
    expected[:, gates] = steady[:, :-1] + (before[:, gates] - steady[:, :-1]) * decay
    np.testing.assert_allclose(states[:, 0], expected, rtol=1e-4, atol=1e-7)
    moved = tp06["vector_derivative"][:, V] * dt_ms
    np.testing.assert_allclose(states[:, 0, V] - before[:, V], moved, rtol=1e-3, atol=1e-6)


def test_no_current_leaves_the_ends_of_a_strand():
    nodes = 7
    states = np.tile(INITIAL_STATE, (1, nodes, 1))
    states[0, 3, 0] = -60.0
    cell = np.tile(cells(KINDS[:1], 5.4).T, (1, nodes, 1))
    alone = states.copy()
    step(alone, cell, np.zeros((1, nodes)))
    step(states, cell, np.zeros((1, nodes)), coupling=5.0)
    assert states[0, 2, 0] > alone[0, 2, 0]
    assert states[0, 3, 0] < alone[0, 3, 0]
    np.testing.assert_allclose(states[0, :, 0].sum(), alone[0, :, 0].sum(), rtol=1e-12)
    np.testing.assert_array_equal(states[0, ::-1], states[0])


def test_strands_do_not_see_each_other():
    both = np.tile(INITIAL_STATE, (2, 3, 1))
    both[1, :, 0] = -50.0
    cell = np.tile(cells(["endo"], 4.0).T, (2, 3, 1))
    second = both[1:].copy()
    step(both, cell, np.zeros((2, 3)), coupling=5.0, steps=50)
    step(second, cell[1:], np.zeros((1, 3)), coupling=5.0, steps=50)
    np.testing.assert_array_equal(both[1:], second)


def test_potentials_are_kept_before_every_so_many_steps():
    states = np.tile(INITIAL_STATE, (1, 1, 1))
    cell = np.ascontiguousarray(cells(["epi"], 5.4).T[:, None])
    trace, activation_ms = step(states, cell, np.full((1, 1), -94.0), steps=100, samples=10)
    assert trace[0, 0, 0] == np.float32(INITIAL_STATE[0])
    assert (np.diff(trace[0, :, 0]) > 0).all()
    after = np.flatnonzero(trace[0, :, 0] >= -20)[0]
    assert 0.1 * (after - 1) <= activation_ms[0, 0] <= 0.1 * after


def test_right_hand_side_and_steps_agree_on_an_upstroke():
    """Against plain Euler steps of the NumPy right-hand side."""
    dt_ms, steps = 0.005, 1000
    state, cell = INITIAL_STATE[:, None].copy(), cells(["epi"], 4.0)
    states = INITIAL_STATE[None, None].copy()
    for number in range(steps):
        state += dt_ms * derivatives(state, cell, -94.0 if number < 100 else 0.0)
    step(states, np.ascontiguousarray(cell.T[:, None]), np.full((1, 1), -94.0), dt_ms=dt_ms, steps=100)
    step(states, np.ascontiguousarray(cell.T[:, None]), np.zeros((1, 1)), dt_ms=dt_ms, steps=steps - 100)
    assert abs(states[0, 0, 0] - state[0, 0]) < 0.2
