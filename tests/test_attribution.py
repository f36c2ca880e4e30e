from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from kalemia.attribution import STARTS, STEP_SAMPLES, WINDOW_SAMPLES, attribute
from kalemia.cycles import CYCLE_FS, CYCLE_SAMPLES, R_INDEX, Cycle, Cycles
from kalemia.errors import ModelError
from kalemia.estimation import Estimator
from kalemia.simulation import simulate_recording

LOOKED_AT = slice(300, 330)
HEIGHT = np.exp(-0.5 * ((np.arange(CYCLE_SAMPLES) - 315) / 6) ** 2)


class Looks:
    """A model that reads the height of one wave, and nothing else."""

    name = "looks"

    def __init__(self, sign=1.0):
        self.sign = sign
        self.config = SimpleNamespace(preprocessing=SimpleNamespace(normalisation="robust"))

    def estimate_cycles(self, cycles):
        seen = cycles.signal[:, 0, LOOKED_AT]
        return 5 + self.sign * (seen.max(axis=-1) - seen.min(axis=-1))


def make_cycles(signal=HEIGHT, count=5, normalisation="robust"):
    noise = np.random.default_rng(0).normal(0, 1e-3, (count, 1, CYCLE_SAMPLES))
    cycles = (Cycle((signal + one).astype(np.float32), 0.8, 0.8 * number) for number, one in enumerate(noise))
    return Cycles(tuple(cycles), (), normalisation)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_change_lies_where_the_model_looks(sign):
    found = attribute(Looks(sign), make_cycles())
    place_ms = (315 - R_INDEX) / CYCLE_FS * 1000
    most = np.abs(found.change).argmax()
    assert abs(found.window_ms[most] - place_ms) <= 1000 * STEP_SAMPLES / CYCLE_FS
    assert sign * found.change[most] > 0.5


def test_what_the_model_does_not_look_at_changes_nothing():
    found = attribute(Looks(), make_cycles())
    touched = [start < LOOKED_AT.stop and start + WINDOW_SAMPLES > LOOKED_AT.start for start in STARTS]
    assert not found.change[~np.array(touched)].any()


def test_a_straight_line_under_the_window_is_left_as_it_is():
    cycles = make_cycles(count=1)
    ramp = np.linspace(-1, 1, CYCLE_SAMPLES, dtype=np.float32)[None]
    straight = replace(cycles, accepted=(replace(cycles.accepted[0], signal=ramp),))
    np.testing.assert_allclose(attribute(Looks(), straight).change, 0, atol=1e-6)


def test_an_offset_does_not_matter():
    cycles = make_cycles()
    lifted = replace(cycles, accepted=tuple(replace(one, signal=one.signal + 3) for one in cycles.accepted))
    np.testing.assert_allclose(attribute(Looks(), lifted).change, attribute(Looks(), cycles).change, atol=1e-5)


def test_one_odd_cycle_does_not_matter():
    cycles = make_cycles()
    odd = replace(cycles, accepted=(*cycles.accepted[:-1], replace(cycles.accepted[-1], signal=np.zeros((1, 512)))))
    np.testing.assert_allclose(attribute(Looks(), odd).change, attribute(Looks(), cycles).change, atol=0.01)


def test_cycles_normalised_otherwise_are_refused():
    with pytest.raises(ModelError, match="looks: reads cycles with normalisation robust, these have mv"):
        attribute(Looks(), make_cycles(normalisation="mv"))


def test_the_default_model_reads_the_median_cycle_as_it_reads_the_recording():
    estimator = Estimator.load()
    cycles = estimator.config.preprocessing.cycles(simulate_recording(6.0, seed=1).recording)
    found = attribute(estimator, cycles)
    assert found.cycle.shape == (1, CYCLE_SAMPLES)
    assert found.window_ms.shape == found.change.shape
    assert found.normalisation == cycles.normalisation
    assert found.potassium == pytest.approx(estimator.estimate(cycles).potassium, abs=1.0)
    assert np.isfinite(found.change).all()
    assert found.change.any()
