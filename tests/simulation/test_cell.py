import numpy as np
import pytest

from kalemia.errors import ConfigError
from kalemia.simulation.cell import INITIAL_STATE, KINDS, STATES, Conductances, cells, derivatives
from kalemia.simulation.cell_currents import CA_O, G_KR, G_KS, G_TO, IS_ENDO, K_O


def test_the_right_hand_side_is_that_of_the_reference(tp06):
    cell = cells(tp06["vector_kind"].tolist(), tp06["vector_potassium_mm"])
    ours = derivatives(tp06["vector_state"].T, cell, tp06["vector_stimulus"])
    np.testing.assert_allclose(ours, tp06["vector_derivative"].T, rtol=1e-8, atol=1e-18)


def test_a_cell_does_not_see_the_others(tp06):
    states, kinds = tp06["vector_state"].T, tp06["vector_kind"].tolist()
    together = derivatives(states, cells(kinds, tp06["vector_potassium_mm"]))
    for number in (0, 7, 17):
        alone = derivatives(states[:, [number]], cells([kinds[number]], tp06["vector_potassium_mm"][number]))
        np.testing.assert_array_equal(alone[:, 0], together[:, number])


def test_thousands_of_cells_at_once():
    count = 3000
    state = np.tile(INITIAL_STATE[:, None], count)
    change = derivatives(state, cells(list(KINDS) * (count // 3), np.linspace(2, 10, count)))
    assert change.shape == (len(STATES), count)
    assert np.isfinite(change).all()


def test_the_kinds_differ_in_what_the_paper_says():
    epi, mid, endo = cells(KINDS, 5.4).T
    assert (epi[G_KS], mid[G_KS], endo[G_KS]) == (0.392, 0.098, 0.392)
    assert (epi[G_TO], mid[G_TO], endo[G_TO]) == (0.294, 0.294, 0.073)
    assert (epi[IS_ENDO], mid[IS_ENDO], endo[IS_ENDO]) == (0, 0, 1)


def test_inputs_are_each_cells_own():
    cell = cells(["epi", "epi"], np.array([4.0, 6.0]), 1.8, Conductances(kr=np.array([1.0, 0.5])))
    np.testing.assert_array_equal(cell[K_O], [4, 6])
    np.testing.assert_array_equal(cell[CA_O], [1.8, 1.8])
    assert cell[G_KR, 1] == cell[G_KR, 0] / 2


def test_calcium_current_is_smooth_where_its_formula_is_not():
    states = np.tile(INITIAL_STATE[:, None], 3)
    states[0] = 15 + np.array([-1e-4, 0, 1e-4])
    change = derivatives(states, cells(["epi"] * 3, 5.4))
    assert np.isfinite(change).all()
    np.testing.assert_allclose(change[3, 1], change[3, [0, 2]].mean(), rtol=1e-6)


@pytest.mark.parametrize("potassium_mm", [0.0, 1.9, 10.1, 15.0, -4.0, np.nan, np.inf])
def test_a_potassium_that_no_patient_has(potassium_mm):
    with pytest.raises(ConfigError, match=r"potassium.*from 2 to 10 mM"):
        cells(["epi"], potassium_mm)
    with pytest.raises(ConfigError, match="potassium"):
        cells(["epi", "mid"], np.array([4.0, potassium_mm]))


@pytest.mark.parametrize("calcium_mm", [0.0, -1.0, 50.0, np.nan])
def test_a_calcium_out_of_range(calcium_mm):
    with pytest.raises(ConfigError, match="calcium"):
        cells(["epi"], 4.0, calcium_mm)


@pytest.mark.parametrize("scaling", [0.0, -1.0, np.nan, np.inf, np.array([1.0, 0.0])])
@pytest.mark.parametrize("name", ["na", "ks", "cal"])
def test_a_conductance_that_is_not_above_0(name, scaling):
    with pytest.raises(ConfigError, match=f"conductance {name}"):
        cells(["epi", "endo"], 4.0, conductances=Conductances(**{name: scaling}))


def test_an_unknown_kind():
    with pytest.raises(ConfigError, match=r"purkinje: unknown. Use epi, mid, endo"):
        cells(["epi", "purkinje"], 4.0)
