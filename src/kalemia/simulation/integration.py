"""Integrate cells and lines of coupled cells in time.

The exponential update of Rush and Larsen (IEEE Trans Biomed Eng 25:389-392, 1978, doi:10.1109/TBME.1978.326270) for
gates, forward Euler for the rest, diffusion from the potentials before the step. What depends on the potential alone is
looked up in tables, 0.1 mV apart and linear between them.
"""

from functools import cache

import numpy as np
from jaxtyping import Float, Float32

from kalemia.simulation.cell_currents import (
    CA_I,
    CA_SR,
    CA_SS,
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
from kalemia.simulation.cell_kinetics import FACTORS, GATES, gate_kinetics, rectification, voltage_factors
from kalemia.simulation.compiling import compilable, compiled, parallel_range

LOWEST_MV, HIGHEST_MV, PER_MV = -150.0, 250.0, 10
"""Span and density of the tables. V stays within -110 to 60 mV, V - E_K within -10 to 170."""
STATE_GATES = len(GATES) - 1
STEADY, DECAY, FACTOR = 0, len(GATES), 2 * len(GATES)
"""Where a row of the table has steady states, what is left of the distance from them after a step, and factors."""
COLUMNS = FACTOR + len(FACTORS)
ACTIVATED_MV = -20.0
"""A cell is activated when its potential rises through this."""

Table = Float[np.ndarray, "potential column"]
States = Float[np.ndarray, "strand node 19"]
Cells = Float[np.ndarray, "strand node 9"]


@cache
def voltage_table(dt_ms: float) -> Table:
    """Steady states and decays per step of each gate, and the factors of currents, over the potential."""
    v = _potentials()
    steady, tau_ms = gate_kinetics(v)
    return np.ascontiguousarray(np.concatenate([steady, np.exp(-dt_ms / tau_ms), voltage_factors(v)]).T)


@cache
def rectification_table() -> Table:
    """The open share of IK1 over V - E_K, one column."""
    return rectification(_potentials())[:, None]


def _potentials() -> Float[np.ndarray, " potential"]:
    return np.linspace(LOWEST_MV, HIGHEST_MV, round((HIGHEST_MV - LOWEST_MV) * PER_MV) + 1)


@compilable
def look_up(table: Table, v: float, row: Float[np.ndarray, " column"]) -> None:
    """Fill `row` with the table's columns at a potential."""
    position = max(0.0, min(table.shape[0] - 2.0, (v - LOWEST_MV) * PER_MV))  # in this order NaN stays inside, too
    below = int(position)
    share = position - below
    for column in range(table.shape[1]):
        low = table[below, column]
        row[column] = low + share * (table[below + 1, column] - low)


@compilable
def relax_gates(state: Float[np.ndarray, " 19"], row: Float[np.ndarray, " column"], is_endo: float) -> None:
    """Move the gates that depend on the potential by one step."""
    if is_endo > 0:
        row[STEADY + S - M] = row[STEADY + STATE_GATES]
        row[DECAY + S - M] = row[DECAY + STATE_GATES]
    for gate in range(STATE_GATES):
        steady = row[STEADY + gate]
        state[M + gate] = steady + (state[M + gate] - steady) * row[DECAY + gate]


@compilable
def step_cell(
    state: Float[np.ndarray, " 19"],
    cell: Float[np.ndarray, " 9"],
    from_outside: tuple[float, float],
    tables: tuple[Table, Table],
    rows: tuple[Float[np.ndarray, " column"], Float[np.ndarray, " column"]],
    dt_ms: float,
) -> None:
    """Move a cell by one step; `from_outside` is the stimulus in A/F and what neighbours add to dV/dt in mV/ms."""
    reversal = reversal_potentials(state, cell)
    row, k1_row = rows
    look_up(tables[0], state[V], row)
    look_up(tables[1], state[V] - reversal[1], k1_row)
    v, ca_i, ca_sr, ca_ss, na_i, k_i, fcass, rbar = rates(
        state, cell, row[FACTOR:], k1_row[0], reversal, from_outside[0]
    )
    relax_gates(state, row, cell[IS_ENDO])
    state[V] += dt_ms * (v + from_outside[1])
    state[CA_I] += dt_ms * ca_i
    state[CA_SR] += dt_ms * ca_sr
    state[CA_SS] += dt_ms * ca_ss
    state[NA_I] += dt_ms * na_i
    state[K_I] += dt_ms * k_i
    state[FCASS] += dt_ms * fcass
    state[RBAR] += dt_ms * rbar


@compilable
def step_strand(
    states: Float[np.ndarray, "node 19"],
    cells: Float[np.ndarray, "node 9"],
    stimulus: Float[np.ndarray, " node"],
    coupling: float,
    tables: tuple[Table, Table],
    rows: tuple[Float[np.ndarray, " column"], Float[np.ndarray, " column"]],
    dt_ms: float,
) -> None:
    """Move the cells of a strand by one step, no current leaving its ends."""
    last = states.shape[0] - 1
    before = states[0, V]
    for node in range(last + 1):
        here = states[node, V]
        after = states[node + 1, V] if node < last else here
        step_cell(
            states[node], cells[node], (stimulus[node], coupling * (before - 2 * here + after)), tables, rows, dt_ms
        )
        before = here


@compiled
def advance(
    states: States,
    cells: Cells,
    stimulus: Float[np.ndarray, "strand node"],
    coupling: Float[np.ndarray, " strand"],
    tables: tuple[Table, Table],
    dt_ms: float,
    steps: int,
    trace: Float32[np.ndarray, "strand sample node"],
    activation_ms: Float[np.ndarray, "strand node"],
    start_ms: float,
) -> None:
    """Move strands on by some steps, in place.

    Args:
        states: changed in place.
        cells: their parameters.
        stimulus: A/F, negative where it depolarises.
        coupling: diffusion coefficient / spacing², per ms.
        tables: `voltage_table` of `dt_ms`, and `rectification_table`.
        dt_ms: length of a step.
        steps: how many.
        trace: filled with the potential in mV before every (steps / samples)th step; nothing is kept if it has no
            samples.
        activation_ms: filled where a cell is activated for the first time (NaN before).
        start_ms: when the first step begins, on the clock of `activation_ms`.
    """
    every = steps // trace.shape[1] if trace.shape[1] else steps + 1
    for strand in parallel_range(states.shape[0]):
        rows = np.empty(COLUMNS), np.empty(1)
        nodes = states.shape[1]
        old_v = np.empty(nodes)
        for step in range(steps):
            for node in range(nodes):
                old_v[node] = states[strand, node, V]
                if step % every == 0 and trace.shape[1]:
                    trace[strand, step // every, node] = old_v[node]
            step_strand(states[strand], cells[strand], stimulus[strand], coupling[strand], tables, rows, dt_ms)
            for node in range(nodes):
                v = states[strand, node, V]
                if old_v[node] < ACTIVATED_MV <= v and np.isnan(activation_ms[strand, node]):
                    share = (ACTIVATED_MV - old_v[node]) / (v - old_v[node])
                    activation_ms[strand, node] = start_ms + (step + share) * dt_ms
