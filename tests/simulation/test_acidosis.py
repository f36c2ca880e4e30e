from dataclasses import replace

import numpy as np
import pytest

from kalemia.simulation import simulate_recording
from kalemia.simulation.acidosis import damped, draw_acidosis
from kalemia.simulation.patient import Response, draw_patient, shape_at


def share(potassium):
    rng = np.random.default_rng(0)
    return np.mean([draw_acidosis(rng, potassium) > 0 for _ in range(4000)])


def test_it_comes_with_a_high_potassium():
    assert share(4.2) == pytest.approx(0.04, abs=0.015)
    assert 4 * share(4.2) < share(7.0) < 0.4


def test_it_lowers_the_odds_of_a_peaked_t():
    def peaked(severity):
        shapes = []
        for seed in range(400):
            patient = draw_patient(np.random.default_rng(seed))
            patient = replace(patient, response=damped(patient.response, severity))
            shapes.append(shape_at(patient, 7.0, 0.8))
        return np.mean([shape.t_mv > 0.5 for shape in shapes])

    assert peaked(1.0) < 0.6 * peaked(0.0)


def test_it_leaves_conduction_alone():
    severe = damped(Response(), 1.0)
    assert (severe.conduction, severe.atrium, severe.hypokalaemia) == (1.0, 1.0, 1.0)
    assert severe.t_amplitude < severe.t_width < 1.0
    assert damped(Response(), 0.0) == Response()


def test_a_recording_says_how_severe_it_was():
    severities = np.array([simulate_recording(8.0, seed).acidosis for seed in range(40)])
    assert 0 < np.mean(severities > 0) < 0.8
    assert severities.max() <= 1.0
