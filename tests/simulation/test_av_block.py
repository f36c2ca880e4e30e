from dataclasses import replace

import numpy as np
import pytest

from kalemia.simulation import recording
from kalemia.simulation.av_block import SECOND_DEGREE, THIRD_DEGREE, conduct, second_degree, third_degree
from kalemia.simulation.confounders import Confounder
from kalemia.simulation.patient import draw_patient
from kalemia.simulation.rhythm import draw_rhythm

DURATION_S = 20.0


@pytest.fixture
def patient():
    drawn = draw_patient(np.random.default_rng(0))
    return replace(drawn, confounder=Confounder(), atrial_fibrillation=False, ectopy=0.0)


@pytest.fixture
def atria(patient):
    return draw_rhythm(np.random.default_rng(0), patient, 80.0, DURATION_S)


@pytest.mark.parametrize("seed", range(8))
def test_second_degree_drops_some_beats_and_keeps_all_p_waves(atria, seed):
    conduction = second_degree(np.random.default_rng(seed), atria)
    conducted_s = conduction.rhythm.r_s - conduction.pr_added_s
    np.testing.assert_allclose(np.sort(np.concatenate([conducted_s, conduction.lone_p_s])), atria.r_s)
    assert np.all(np.diff(conduction.rhythm.r_s) > 0.3)
    assert 0.15 < len(conduction.lone_p_s) / len(atria.r_s) < 0.55


def test_pr_grows_until_a_beat_falls_out(atria):
    found = [second_degree(np.random.default_rng(seed), atria) for seed in range(30)]
    growing = [conduction for conduction in found if conduction.pr_added_s.any()]
    assert 0 < len(growing) < 30
    steps = np.diff(growing[0].pr_added_s)
    assert set(np.sign(steps)) == {-1.0, 1.0}


@pytest.mark.parametrize("seed", range(8))
def test_third_degree_is_slow_and_all_p_waves_are_alone(atria, seed):
    conduction = third_degree(np.random.default_rng(seed), atria, DURATION_S)
    rate_bpm = 60 / np.diff(conduction.rhythm.r_s).mean()
    assert 30 < rate_bpm < 50
    assert conduction.rhythm.r_s[0] < 0.4
    assert conduction.rhythm.r_s[-1] > DURATION_S - 0.4
    assert conduction.dissociated
    np.testing.assert_array_equal(conduction.lone_p_s, atria.r_s)


def names(atria, potassium):
    rng = np.random.default_rng(0)
    return [conduct(rng, atria, potassium, DURATION_S).rhythm.name for _ in range(3000)]


def test_it_is_rare_at_normal_potassium_and_less_so_above(atria):
    normal, high = names(atria, 4.1), names(atria, 8.0)
    assert normal.count("sinus") > 0.99 * len(normal)
    for degree in (SECOND_DEGREE, THIRD_DEGREE):
        assert 0.01 < high.count(degree) / len(high) < 0.04


def test_only_sinus_rhythm_is_blocked(atria):
    assert set(names(replace(atria, name="paced"), 9.5)) == {"paced"}


def test_a_slow_rhythm_is_not_halved_into_the_impossible(patient):
    slow = draw_rhythm(np.random.default_rng(0), patient, 42.0, DURATION_S)
    for seed in range(10):
        assert 60 / np.mean(second_degree(np.random.default_rng(seed), slow).rhythm.rr_s) > 28


def blocked(patient, monkeypatch, degree, potassium=5.0):
    """An ECG of a patient whose node is certain to block."""

    def always(rng, rhythm, _potassium, duration_s):
        return second_degree(rng, rhythm) if degree == SECOND_DEGREE else third_degree(rng, rhythm, duration_s)

    monkeypatch.setattr(recording, "conduct", always)
    return recording.record(patient, potassium, np.random.default_rng(2))


def test_the_truth_has_conducted_beats_with_their_p(patient, monkeypatch):
    ecg = blocked(patient, monkeypatch, SECOND_DEGREE)
    assert ecg.rhythm == SECOND_DEGREE
    assert all(beat.p is not None for beat in ecg.beats)
    conducted = {beat.p.peak for beat in ecg.beats}
    assert ecg.lone_p
    assert not conducted & {wave.peak for wave in ecg.lone_p}


def test_dissociated_p_waves_are_in_the_signal_but_in_no_beat(patient, monkeypatch):
    ecg = blocked(patient, monkeypatch, THIRD_DEGREE)
    assert ecg.rhythm == THIRD_DEGREE
    assert all(beat.p is None for beat in ecg.beats)
    between = [
        ecg.clean_mv[first.t.offset + 60 : second.qrs.onset - 20]
        for first, second in zip(ecg.beats, ecg.beats[1:], strict=False)
        if first.t.offset is not None and second.qrs.onset is not None
    ]
    assert len(ecg.lone_p) > len(ecg.beats)
    assert max(np.ptp(stretch) for stretch in between) > 0.5 * patient.shape.p_mv
