import numpy as np
import pytest

from kalemia.errors import ConfigError
from kalemia.simulation.action_potentials import measure_action_potentials
from kalemia.simulation.cell import KINDS, Conductances, cells
from kalemia.simulation.pacing import CELL_PROTOCOL, Protocol, Steps, isolated, pace, record_beat

# Beat 100 at 1 Hz: rest (mV), APD50 and APD90 (ms) of epi, mid, endo at potassium 2.5, 5.4 and 9 mM, computed with
# Myokit 1.39.2 from the CellML encoding of ten Tusscher and Panfilov 2006.
REFERENCE = np.array(
    [
        [[-103.98, 269.98, 312.45], [-85.46, 275.85, 303.06], [-72.45, 277.46, 295.25]],
        [[-103.57, 366.31, 414.45], [-85.33, 372.12, 402.67], [-72.38, 370.79, 390.13]],
        [[-104.01, 270.95, 313.44], [-85.49, 275.31, 302.97], [-72.46, 277.72, 295.79]],
    ]
)


@pytest.fixture
def at_beat_100(tp06):
    """Cells of each kind at 2.5, 5.4 and 9 mM, paced 99 times by the reference."""
    levels = tp06["potassium_mm"]
    tissue = isolated(cells(np.repeat(KINDS, len(levels)).tolist(), np.tile(levels, len(KINDS))))
    tissue.states[:, 0] = tp06["beat100_start"].reshape(-1, tissue.states.shape[2])
    return tissue


@pytest.mark.parametrize("steps", [Steps(), Steps(0.01, 0.01)])
def test_beat_100_is_that_of_the_reference(at_beat_100, steps):
    trace = record_beat(at_beat_100, Protocol(1000, 0.5, 50, steps), sample_ms=0.5)
    found = measure_action_potentials(trace)
    expected = REFERENCE.reshape(-1, 3)
    np.testing.assert_allclose(found.rest_mv, expected[:, 0], atol=0.01)
    np.testing.assert_allclose(found.apd50_ms, expected[:, 1], atol=2)
    np.testing.assert_allclose(found.apd90_ms, expected[:, 2], atol=0.7)
    assert np.isfinite(trace.activation_ms).all()


def test_potassium_lifts_the_resting_potential_and_shortens_the_action_potential():
    tissue = isolated(cells(["epi"] * 4, np.array([2.5, 4.0, 6.0, 9.0])))
    pace(tissue, 2, CELL_PROTOCOL)
    found = measure_action_potentials(record_beat(tissue, CELL_PROTOCOL, sample_ms=0.5))
    assert (np.diff(found.rest_mv) > 0).all()
    assert (np.diff(found.apd90_ms) < 0).all()


def test_less_ikr_lengthens_the_action_potential_and_a_faster_rate_shortens_it():
    tissue = isolated(cells(["mid"] * 2, 4.0, conductances=Conductances(kr=np.array([1.0, 0.6]))))
    slow = measure_action_potentials(record_beat(tissue, CELL_PROTOCOL, sample_ms=0.5)).apd90_ms
    assert slow[1] > slow[0] + 10
    fast = Protocol(600, 0.5, 50)
    pace(tissue, 3, fast)
    assert (measure_action_potentials(record_beat(tissue, fast, sample_ms=0.5)).apd90_ms < slow).all()


def test_a_cell_that_is_not_stimulated_rests():
    tissue = isolated(cells(KINDS, 5.4))
    tissue.stimulus[:] = 0
    trace = record_beat(tissue, CELL_PROTOCOL, sample_ms=0.5)
    assert np.isnan(trace.activation_ms).all()
    assert trace.v_mv.max() < -80


def test_time_counts_from_the_stimulus():
    trace = record_beat(isolated(cells(["epi"], 5.4)), Protocol(1000, 1, 50), until_ms=100.0)
    assert trace.v_mv.shape == (1, 150, 1)
    assert (trace.time_ms[0], trace.time_ms[-1]) == (-50, 99)
    assert 0 < trace.activation_ms[0, 0] < 1
    assert trace.v_mv[0, 50, 0] < -80 < 0 < trace.v_mv[0, 52, 0]


@pytest.mark.parametrize("period_ms", [0.0, 100.0, 5000.0, np.nan])
def test_a_rate_that_the_model_is_not_used_at(period_ms):
    with pytest.raises(ConfigError, match="period"):
        Protocol(period_ms=period_ms)


@pytest.mark.parametrize("sample_ms", [0.05, 0.03, 3.0])
def test_a_sampling_interval_that_steps_do_not_divide(sample_ms):
    with pytest.raises(ConfigError, match="cannot be divided"):
        record_beat(isolated(cells(["epi"], 5.4)), CELL_PROTOCOL, sample_ms=sample_ms)
