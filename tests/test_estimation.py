import shutil
from dataclasses import replace

import numpy as np
import pytest

import kalemia
from kalemia.answers import Estimate
from kalemia.errors import MissingLead, ModelError, ModelInvalid, ModelMissing
from kalemia.estimation import Estimator
from kalemia.recording import Recording
from kalemia.shipped import MODELS
from kalemia.simulation import simulate_recording
from kalemia.simulation.patient import draw_patient
from kalemia.simulation.recording import record


@pytest.fixture(scope="module")
def estimator():
    return Estimator.load("default")


@pytest.fixture(scope="module")
def recording():
    return simulate_recording(5.0, seed=3).recording


def test_an_estimate_lies_within_its_interval_and_what_patients_survive(estimator, recording):
    estimate = estimator.estimate_recording(recording)
    low, high = estimate.interval
    assert 1.5 < low < estimate.potassium < high < 12
    assert not estimate.abstained
    assert estimate.n_cycles >= 4


def test_the_default_model_sees_potassium_rise(estimator):
    """Over many simulated patients; a single one may respond little."""
    mean = {
        level: np.mean(
            [kalemia.estimate(simulate_recording(level, seed).recording).potassium or np.nan for seed in range(12)]
        )
        for level in (4.0, 8.0)
    }
    assert mean[8.0] > mean[4.0] + 0.5


def test_the_function_is_the_chain_of_the_stages(estimator, recording):
    cleaned = kalemia.clean(recording)
    cycles = kalemia.extract_cycles(cleaned, kalemia.delineate(cleaned))  # as in the README
    assert estimator.estimate(cycles).potassium == kalemia.estimate(recording).potassium


def test_the_number_is_the_median_over_cycles(estimator, recording):
    cycles = estimator.config.preprocessing.cycles(recording)
    each = estimator.estimate_cycles(cycles)
    assert each.shape == (len(cycles),)
    assert estimator.estimate(cycles).potassium == pytest.approx(np.median(each))


def test_cycles_normalised_otherwise_are_refused(estimator, recording):
    cleaned = kalemia.clean(recording)
    cycles = kalemia.extract_cycles(cleaned, kalemia.delineate(cleaned), normalisation="robust")
    with pytest.raises(ModelError, match="reads cycles with normalisation mv, these have robust"):
        estimator.estimate(cycles)


def test_batches_do_not_change_the_result(estimator, recording):
    cycles = estimator.config.preprocessing.cycles(recording)
    many = replace(cycles, accepted=cycles.accepted * 20)
    np.testing.assert_allclose(
        estimator.estimate_cycles(many), np.tile(estimator.estimate_cycles(cycles), 20), atol=1e-5
    )


def test_an_earlier_ecg_with_its_blood_test_makes_estimates_better():
    """Over many simulated patients, each at two levels."""
    alone, personal = [], []
    for seed in range(12):
        patient = draw_patient(np.random.default_rng(seed))
        today, then = (record(patient, level, np.random.default_rng((seed, 1))).recording for level in (6.5, 4.2))
        alone.append(kalemia.estimate(today).potassium)
        personal.append(kalemia.estimate(today, references=[(then, 4.2)]).potassium)
    errors = [np.abs(np.array(estimates, dtype=float) - 6.5) for estimates in (alone, personal)]
    assert np.nanmean(errors[1]) < np.nanmean(errors[0])


def test_the_order_of_references_does_not_matter(estimator, recording):
    first, second = (estimator.reference(simulate_recording(k, seed=3).recording, k) for k in (4.0, 5.5))
    one, other = (
        estimator.estimate_recording(recording, refs).potassium for refs in ([first, second], [second, first])
    )
    assert one == pytest.approx(other, abs=1e-5)


def test_on_a_prior_the_estimate_moves_towards_it(recording):
    on = {prior: kalemia.estimate(recording, prior=prior) for prior in ("emergency", "wonju")}
    assert on["emergency"].potassium < on["wonju"].potassium
    assert on["emergency"].prior == "emergency"
    low, high = on["emergency"].interval
    assert low <= on["emergency"].potassium <= high


def test_a_model_without_calibration_says_what_it_cannot_do(recording, tmp_path):
    folder = tmp_path / "plain"
    shutil.copytree(MODELS / "default", folder, ignore=shutil.ignore_patterns("personal*", "reweighting*"))
    plain = Estimator.load(folder)
    with pytest.raises(ModelError, match="plain: knows no priors"):
        plain.estimate_recording(recording, prior="emergency")
    reference = plain.reference(recording, 5.0)
    with pytest.raises(ModelError, match="plain: cannot use references"):
        plain.estimate_recording(recording, [reference])


def test_what_repeats_but_is_like_no_ecg_is_refused(estimator):
    """Beats with spikes where no heart has any."""
    time_s = np.arange(5000) / 500
    comb = sum(np.exp(-0.5 * (((time_s - shift) % 0.8 - 0.4) / 0.008) ** 2) for shift in (0, 0.15, 0.26))
    comb = comb - 1.5 * np.exp(-0.5 * (((time_s - 0.07) % 0.8 - 0.4) / 0.02) ** 2)
    estimate = estimator.estimate_recording(Recording(comb[None], 500, ("II",)))
    assert estimate.abstained or estimate.warnings


@pytest.mark.parametrize("factor", [1000, -1000])
def test_what_no_patient_can_have_is_no_answer(estimator, recording, factor):
    estimate = estimator.estimate_recording(replace(recording, signal=factor * recording.signal))
    assert estimate.abstained
    assert "unit" in estimate.reason


@pytest.mark.parametrize("fs", [250, 1000])
def test_the_sampling_rate_hardly_matters(recording, fs):
    from kalemia.filtering import resample

    at_500, at_other = kalemia.estimate(recording), kalemia.estimate(resample(recording, fs))
    assert at_other.potassium == pytest.approx(at_500.potassium, abs=0.15)


def test_an_offset_does_not_matter(recording):
    lifted = replace(recording, signal=recording.signal + 2)
    assert kalemia.estimate(lifted).potassium == pytest.approx(kalemia.estimate(recording).potassium, abs=0.02)


@pytest.mark.parametrize(
    ("signal", "fs", "reason"),
    [
        (np.zeros((1, 5000)), 500, "flat line"),
        (np.full((1, 5000), np.nan), 500, "only gaps"),
        (np.random.default_rng(0).normal(size=(1, 5000)), 500, "no QRS complexes"),
        (np.random.default_rng(0).normal(size=(1, 750)), 500, "uninterrupted 2 s"),
        (np.random.default_rng(0).normal(size=(1, 500)), 50, "at least 100 Hz"),
    ],
)
def test_where_nothing_can_be_concluded_it_abstains_with_a_reason(signal, fs, reason):
    estimate = kalemia.estimate(Recording(signal, fs, ("II",)))
    assert estimate.abstained
    assert estimate.potassium is None
    assert estimate.interval is None
    assert reason in estimate.reason
    assert str(estimate).startswith("no estimate: ")


def test_half_of_it_missing_is_said(recording):
    holed = recording.signal.copy()
    holed[0, :2500] = np.nan
    estimate = kalemia.estimate(replace(recording, signal=holed))
    assert not estimate.abstained
    assert "50% of lead II is missing" in estimate.warnings


def test_warnings_of_the_reader_are_passed_on(recording):
    assert kalemia.estimate(recording.with_warning("odd unit")).warnings[0] == "odd unit"


def test_few_cycles_are_said(recording):
    short = replace(recording, signal=recording.signal[:, :1300])
    estimate = kalemia.estimate(short)
    assert estimate.n_cycles < 4
    assert any("cycles could be used" in warning for warning in estimate.warnings)


def test_another_lead_does_not_do(recording):
    with pytest.raises(MissingLead, match="no lead II"):
        kalemia.estimate(replace(recording, leads=("V1",)))


def test_no_such_model():
    with pytest.raises(ModelMissing, match="or one of: default"):
        Estimator.load("best-ever")


def test_a_folder_that_is_no_model(tmp_path):
    with pytest.raises(ModelInvalid, match=r"config\.json is missing"):
        Estimator.load(tmp_path)


def test_text_of_an_estimate():
    assert str(Estimate(5.84, (5.06, 6.61), "default", 9)) == "5.8 mEq/L (90 % interval 5.1 to 6.6)"


def test_a_long_recording_that_is_mostly_noise_says_so(recording):
    noise = np.random.default_rng(0).normal(size=(1, 6 * 60 * 500))
    mostly = Recording(np.concatenate([noise, np.tile(recording.signal, 12)], axis=1), 500, ("II",))
    estimate = kalemia.estimate(mostly)
    assert any(warning.endswith("s of it gave no usable cycle") for warning in estimate.warnings)


def test_long_recordings(recording):
    """Half an hour here; `benchmarks/pipeline.py` does ten hours and measures memory."""
    long = np.tile(recording.signal, 180)
    estimate = kalemia.estimate(Recording(long, 500, ("II",)))
    assert estimate.n_cycles > 1000
    assert estimate.potassium == pytest.approx(kalemia.estimate(recording).potassium, abs=0.3)
