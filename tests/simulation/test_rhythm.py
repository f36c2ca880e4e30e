from dataclasses import replace

import numpy as np
import pytest

from kalemia.simulation.confounders import Confounder
from kalemia.simulation.patient import draw_patient
from kalemia.simulation.rhythm import draw_rhythm


@pytest.fixture
def patient():
    drawn = draw_patient(np.random.default_rng(0))
    return replace(drawn, confounder=Confounder(), atrial_fibrillation=False, ectopy=0.0)


def draw(patient, rate=75.0, seed=0, duration_s=60.0):
    return draw_rhythm(np.random.default_rng(seed), patient, rate, duration_s)


@pytest.mark.parametrize("rate", [45.0, 75.0, 130.0])
def test_sinus_rhythm_has_its_rate_and_reaches_beyond_both_ends(patient, rate):
    rhythm = draw(patient, rate)
    assert rhythm.name == "sinus"
    assert 60 / np.diff(rhythm.r_s).mean() == pytest.approx(rate, rel=0.09)
    assert rhythm.r_s[0] < 0 < 60 < rhythm.r_s[-1]
    assert np.all(np.diff(rhythm.r_s) > 0)


def test_fibrillation_is_irregular(patient):
    fibrillating = np.mean([np.std(draw(replace(patient, atrial_fibrillation=True), seed=s).rr_s) for s in range(8)])
    sinus = np.mean([np.std(draw(patient, seed=s).rr_s) for s in range(8)])
    assert fibrillating > 2 * sinus


def test_a_pacemaker_is_regular(patient):
    paced = draw(replace(patient, confounder=Confounder("paced", 0.5)))
    assert paced.name == "paced"
    assert np.std(paced.rr_s) < 0.005


def test_ectopic_beats_come_early_and_never_two_in_a_row(patient):
    rhythm = draw(replace(patient, ectopy=0.15), duration_s=300.0)
    ectopic = rhythm.ventricular | rhythm.atrial
    assert 0.05 < ectopic.mean() < 0.2
    assert not np.any(ectopic[1:] & ectopic[:-1])
    assert rhythm.rr_s[ectopic].mean() < 0.8 * rhythm.rr_s[~ectopic].mean()
