import numpy as np
import pytest

from kalemia.errors import ConfigError
from kalemia.simulation.cell import Conductances, cells
from kalemia.simulation.pacing import Protocol, Steps, pace, record_beat
from kalemia.simulation.strand import Geometry, pseudo_ecg, repolarisation_ms, strands
from kalemia.simulation.t_wave import measure_t_wave, transmural_ms, without_baseline
from kalemia.simulation.wall import LAYERS, Wall

COARSE = Geometry()
FINE = Geometry(spacing_mm=0.1)
KS = (1.0, 1.5, 2.0)  # endo, mid, epi
# Beat 5 of the reference strand at potassium 2.5, 5.4 and 9 mM (fixed steps of 0.01 ms, 0.1 mm): T amplitude, width at
# half height (ms), slope / amplitude (1/s), QT10, QT tangent, transmural time (ms).
REFERENCE = np.array(
    [
        [0.0684, 78.43, 37.86, 327.11, 326.55, 15.82],
        [0.0934, 50.62, 40.39, 314.02, 314.54, 14.69],
        [0.0869, 35.63, 52.31, 309.33, 309.27, 27.06],
    ]
)


def strands_at(tp06, walls=None, geometry=COARSE):
    levels = len(tp06["potassium_mm"])
    layers = cells(
        LAYERS * levels, np.repeat(tp06["potassium_mm"], len(LAYERS)), conductances=Conductances(ks=np.tile(KS, levels))
    )
    layer_cells = layers.T.reshape(levels, len(LAYERS), -1)
    return strands(tp06["strand_start"], layer_cells, walls or [Wall()] * levels, geometry)


@pytest.fixture(scope="module")
def beat(tp06):
    """The third beat of the reference strand in the steps of the template library; the reference is its fifth."""
    tissue = strands_at(tp06)
    pace(tissue, 2, Protocol())
    return record_beat(tissue, Protocol(), until_ms=500.0)


@pytest.fixture(scope="module")
def features(beat):
    waves = without_baseline(beat.time_ms, pseudo_ecg(beat.v_mv, COARSE))
    rows = [measure_t_wave(beat.time_ms, *row) for row in zip(waves, beat.activation_ms.max(axis=1), strict=True)]
    slow = transmural_ms(beat.activation_ms)
    return np.array(
        [
            [w.t_amplitude, w.t_fwhm_ms, w.slope_over_amplitude_per_s, w.qt10_ms, w.qt_tangent_ms, time_ms]
            for w, time_ms in zip(rows, slow, strict=True)
        ]
    )


def test_the_strand_is_that_of_the_reference(features):
    amplitude, width, slope, *times = range(6)
    np.testing.assert_allclose(features[:, amplitude], REFERENCE[:, amplitude], rtol=0.02)
    np.testing.assert_allclose(features[:, slope], REFERENCE[:, slope], rtol=0.02)
    np.testing.assert_allclose(features[:, width], REFERENCE[:, width], atol=0.3)
    np.testing.assert_allclose(features[:, times], REFERENCE[:, times], atol=1)


def test_potassium_narrows_t_shortens_qt_and_slows_conduction(features):
    _, width, slope, qt10, _, transmural = features.T
    assert (np.diff(width) < 0).all()
    assert (np.diff(slope) > 0).all()
    assert (np.diff(qt10) < 0).all()
    assert transmural[2] > 1.5 * transmural[1]


def test_every_node_is_activated_from_the_inside_out_and_repolarises(beat):
    assert (np.diff(beat.activation_ms[:, 8:], axis=1) > 0).all()  # the first eight are stimulated at once
    repolarised = repolarisation_ms(beat.time_ms, beat.v_mv)
    assert (repolarised > beat.activation_ms + 150).all()
    assert np.isnan(repolarisation_ms(beat.time_ms[:100], beat.v_mv[:, :100])).all()


def test_walls_of_one_kind_repolarise_in_the_order_of_activation(tp06):
    tissue = strands_at(tp06, [Wall(0, 0, 1), Wall(0, 1, 0), Wall(1, 0, 0)])
    beat = record_beat(tissue, Protocol(), until_ms=500.0)
    last = repolarisation_ms(beat.time_ms, beat.v_mv)
    assert (last[:, -1] > last[:, 0]).all()  # so that T is inverted, as it is not in patients
    waves = without_baseline(beat.time_ms, pseudo_ecg(beat.v_mv, COARSE))
    assert all(measure_t_wave(beat.time_ms, wave).t_amplitude < 0 for wave in waves)


def test_the_pseudo_ecg_sums_gradients_by_distance():
    v_mv = np.zeros((1, 1, 120), np.float32)
    v_mv[..., 60:] = -10.0
    assert pseudo_ecg(v_mv, FINE)[0, 0] == pytest.approx(10 / (12 + 20 - 6) ** 2)
    assert pseudo_ecg(np.full((1, 1, 120), -85.0), FINE)[0, 0] == 0
    near, far = (pseudo_ecg(v_mv, Geometry(spacing_mm=0.1, electrode_mm=mm))[0, 0] for mm in (10, 40))
    assert near > far > 0


@pytest.mark.parametrize(
    "values", [{"length_mm": 0}, {"spacing_mm": -1}, {"diffusion_mm2_per_ms": 0}, {"electrode_mm": np.nan}]
)
def test_a_strand_that_cannot_be(values):
    with pytest.raises(ConfigError, match=next(iter(values))):
        Geometry(**values)


def test_steps_too_long_for_the_coupling(tp06):
    tissue = strands_at(tp06, geometry=FINE)
    with pytest.raises(ConfigError, match=r"Take at most 0.0325 ms, or fewer nodes"):
        record_beat(tissue, Protocol(steps=Steps(0.02, 0.05)))
