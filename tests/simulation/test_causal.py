from dataclasses import replace

import numpy as np
import pytest

from kalemia.simulation.beat import P_BUMPS, QRS_BUMPS, REPOLARISATION_BUMPS, bumps
from kalemia.simulation.causal import (
    EVERYTHING,
    PARTS,
    PartialResponse,
    amplified,
    draw_average_patients,
    record_part,
)
from kalemia.simulation.patient import Response, heart_rate_at, shape_at
from kalemia.simulation.potassium_laws import REFERENCE_POTASSIUM
from kalemia.simulation.recording import record

HIGH = 8.0


@pytest.fixture(scope="module")
def patients():
    return draw_average_patients(8, seed=0)


@pytest.fixture(scope="module")
def patient(patients):
    return patients[0]


def beat(patient, part, potassium):
    """At a rate of 75 whatever potassium does to it."""
    return shape_at(replace(patient, response=PartialResponse(followers=PARTS[part])), potassium, rr_s=0.8)


def test_patients_are_average_and_each_has_a_beat_of_its_own(patients):
    assert all(patient.response == Response() for patient in patients)
    assert all(patient.confounder.name == "none" for patient in patients)
    assert not any(patient.atrial_fibrillation or patient.ectopy for patient in patients)
    assert len({patient.shape.t_mv for patient in patients}) == len(patients)
    assert draw_average_patients(8, seed=0) == patients
    assert draw_average_patients(8, seed=1) != patients


@pytest.mark.parametrize(
    ("part", "moved", "still"),
    [
        ("P wave", P_BUMPS, (QRS_BUMPS, REPOLARISATION_BUMPS)),
        ("T wave", REPOLARISATION_BUMPS, (P_BUMPS, QRS_BUMPS)),
        ("QRS complex", QRS_BUMPS, ()),
    ],
)
def test_one_part_moves_and_the_others_stay(patient, part, moved, still):
    reference, changed = (bumps(beat(patient, part, level)) for level in (REFERENCE_POTASSIUM, HIGH))
    assert not np.allclose(reference[moved], changed[moved])
    for waves in still:
        np.testing.assert_array_equal(reference[waves], changed[waves])


def test_where_qrs_widens_the_other_waves_keep_their_form_and_their_distance(patient):
    reference, changed = (beat(patient, "QRS complex", level) for level in (REFERENCE_POTASSIUM, HIGH))
    assert changed.qrs_s > reference.qrs_s
    for kept in ("p_mv", "p_s", "pr_s", "t_mv", "t_width_s", "t_asymmetry", "st_mv", "u_mv"):
        assert getattr(changed, kept) == getattr(reference, kept)
    changed_jt_s, reference_jt_s = (shape.t_offset_s - shape.qrs_offset_s for shape in (changed, reference))
    assert changed_jt_s == pytest.approx(reference_jt_s, abs=0.002)  # QT as a whole follows the rate


def test_the_rate_alone_changes_when_beats_come_and_no_beat(patient):
    rates = {
        part: heart_rate_at(replace(patient, response=PartialResponse(followers=followers)), HIGH)
        for part, followers in PARTS.items()
    }
    assert rates["rate"] == rates[EVERYTHING] < patient.heart_rate_bpm
    assert rates["T wave"] == rates["QRS complex"] == rates["P wave"] == heart_rate_at(patient, REFERENCE_POTASSIUM)
    reference, changed = (bumps(beat(patient, "rate", level)) for level in (REFERENCE_POTASSIUM, HIGH))
    np.testing.assert_array_equal(reference, changed)


@pytest.mark.parametrize("potassium", [3.0, REFERENCE_POTASSIUM, HIGH])
def test_everything_is_the_usual_recording(patient, potassium):
    usual = record(patient, potassium, np.random.default_rng(5))
    mine = record_part(patient, EVERYTHING, potassium, seed=5)
    np.testing.assert_array_equal(mine.recording.signal, usual.recording.signal)


@pytest.mark.parametrize("part", PARTS)
def test_at_the_reference_nothing_sets_the_parts_apart(patient, part):
    one = record_part(patient, part, REFERENCE_POTASSIUM, seed=5).recording.signal
    other = record_part(patient, EVERYTHING, REFERENCE_POTASSIUM, seed=5).recording.signal
    np.testing.assert_array_equal(one, other)


def test_in_a_recording_p_alone_leaves_qrs_and_t_as_they_are(patient):
    reference, changed = (record_part(patient, "P wave", level, seed=5) for level in (REFERENCE_POTASSIUM, HIGH))
    np.testing.assert_array_equal(reference.r_peaks, changed.r_peaks)
    moved = np.zeros(5000, dtype=bool)
    for one in (*reference.beats, *changed.beats):
        onset, offset = one.p.onset or 0, one.qrs.onset or 0
        moved[max(onset - 25, 0) : offset] = True
    difference = np.abs(changed.clean_mv - reference.clean_mv)
    assert difference[moved].max() > 0.02
    assert difference[~moved][:-300].max() < 0.005


def test_the_same_noise_whatever_part_follows(patient):
    def noise(part):
        ecg = record_part(patient, part, HIGH, seed=5)
        return ecg.recording.signal[0] - ecg.clean_mv

    np.testing.assert_allclose(noise("T wave"), noise("P wave"), atol=0.03)  # devices round and filter the waves, too


def test_gain_is_a_factor(patient):
    ecg = record_part(patient, EVERYTHING, 5.0, seed=5).recording
    np.testing.assert_allclose(amplified(ecg, 0.7).signal, 0.7 * ecg.signal)
