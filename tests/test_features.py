import numpy as np
import pytest
from tests.conftest import T_HEIGHT_MV, WAVES, t_peak_s

import kalemia
from kalemia import Recording, measure_features
from kalemia.errors import FlatSignal, MissingLead, NoBeats
from kalemia.features import FEATURES
from kalemia.preprocessing import BLOCK_S
from kalemia.simulation import simulate_recording

FWHM = 2.3548


def test_known_waves_have_their_measures(make_ecg):
    """Gaussian bells: heights, widths and slopes follow from their formula."""
    found = measure_features(make_ecg(rate=75, noise_mv=0.004)[0])
    median, t_width_s = found.median, 0.045
    assert found.heart_rate_bpm == pytest.approx(75, abs=0.5)
    assert found.p_share == 1
    assert median["t_height_mv"] == pytest.approx(T_HEIGHT_MV, abs=0.02)
    assert median["p_height_mv"] == pytest.approx(WAVES[0][0], abs=0.02)
    assert median["r_height_mv"] == pytest.approx(1.1, rel=0.06)
    assert median["t_half_width_ms"] == pytest.approx(1e3 * FWHM * t_width_s, rel=0.1)
    steepest = T_HEIGHT_MV / t_width_s * np.exp(-0.5)
    assert median["t_downslope_mv_per_s"] == pytest.approx(steepest, rel=0.1)
    assert median["t_downslope_per_sqrt_height"] == pytest.approx(steepest / T_HEIGHT_MV**0.5, rel=0.1)
    assert median["t_downslope_per_height"] == pytest.approx(np.exp(-0.5) / t_width_s, rel=0.1)
    assert median["t_symmetry"] == pytest.approx(1, abs=0.15)
    assert median["t_r_ratio"] == pytest.approx(T_HEIGHT_MV / 1.1, rel=0.1)
    assert median["st_level_mv"] == pytest.approx(0, abs=0.03)
    assert median["qtc_fridericia_ms"] == pytest.approx(median["qt_ms"] / 0.8 ** (1 / 3), rel=0.01)
    assert median["qtc_bazett_ms"] == pytest.approx(median["qt_ms"] / 0.8**0.5, rel=0.01)
    assert median["qt_ms"] > 1e3 * t_peak_s(75)


@pytest.mark.parametrize("factor", [0.1, 10])
def test_heights_grow_with_the_gain_and_times_do_not(make_ecg, factor):
    recording, _ = make_ecg(noise_mv=0.004)
    plain = measure_features(recording).median
    scaled = measure_features(Recording(factor * recording.signal, 500, ("II",))).median
    for name in FEATURES:
        power = {"t_downslope_per_sqrt_height": 0.5}.get(name, 1.0 if "_mv" in name else 0.0)
        assert scaled[name] == pytest.approx(plain[name] * factor**power, rel=0.02, abs=0.002 * factor)


def test_turning_it_upside_down_turns_the_heights(make_ecg):
    recording, _ = make_ecg(noise_mv=0.004)
    plain, turned = (measure_features(Recording(sign * recording.signal, 500, ("II",))).median for sign in (1, -1))
    for name in ("t_height_mv", "r_height_mv", "p_height_mv"):
        assert turned[name] == pytest.approx(-plain[name], abs=0.01)
    for name in ("t_downslope_mv_per_s", "t_symmetry", "t_half_width_ms", "qt_ms", "pr_ms"):
        assert turned[name] == pytest.approx(plain[name], rel=0.05)


@pytest.mark.parametrize("fs", [250, 1000])
def test_the_sampling_rate_hardly_matters(make_ecg, fs):
    plain, other = (measure_features(make_ecg(fs=rate)[0]).median for rate in (500, fs))
    for name in ("pr_ms", "qrs_ms", "qt_ms", "t_half_width_ms"):
        assert other[name] == pytest.approx(plain[name], abs=5)
    assert other["t_height_mv"] == pytest.approx(plain["t_height_mv"], rel=0.03)


def test_what_is_absent_is_nan():
    fibrillating = next(
        ecg for seed in range(200) if (ecg := simulate_recording(4.2, seed)).rhythm == "atrial_fibrillation"
    )
    found = measure_features(fibrillating.recording)
    assert found.p_share == 0
    assert np.isnan(found.median["pr_ms"])
    assert np.isfinite(found.median["t_height_mv"])


def test_only_usable_beats_are_pooled(make_ecg):
    recording, r_times = make_ecg(noise_mv=0.004)
    spoilt = recording.signal.copy()
    for r_s in r_times[4:6]:
        spoilt[0, round(r_s * 500) + 60 : round(r_s * 500) + 160] -= 0.8 * np.hanning(100)  # T points down
    found = measure_features(Recording(spoilt, 500, ("II",)))
    assert found.median["t_height_mv"] == pytest.approx(T_HEIGHT_MV, abs=0.03)
    assert found.quality.left_out["unlike the other cycles"] >= 2
    assert len(found.per_beat["t_height_mv"]) == len(found.quality.per_beat)


def test_an_hour_is_measured_like_its_parts(make_ecg):
    recording, _ = make_ecg(rate=70, duration_s=2.6 * BLOCK_S, noise_mv=0.004)
    whole = measure_features(recording)
    part = measure_features(Recording(recording.signal[:, :5000], 500, ("II",)))
    assert len(whole.r_s) == len(kalemia.delineate(recording)) == len(whole.quality.per_beat)
    for name in ("pr_ms", "qt_ms", "t_height_mv"):
        assert whole.median[name] == pytest.approx(part.median[name], rel=0.03)


def test_what_cannot_be_measured(make_ecg):
    with pytest.raises(NoBeats):
        measure_features(Recording(np.random.default_rng(0).normal(size=(1, 5000)), 500, ("II",)))
    with pytest.raises(MissingLead):
        measure_features(Recording(make_ecg()[0].signal, 500, ("V1",)))
    with pytest.raises((NoBeats, FlatSignal)):
        measure_features(Recording(np.zeros((1, 5000)), 500, ("II",)))


@pytest.mark.parametrize("gap", [slice(0, 600), slice(4400, 5000), slice(2000, 2200)])
def test_gaps_leave_the_rest(make_ecg, gap):
    recording, _ = make_ecg(noise_mv=0.004)
    signal = recording.signal.copy()
    signal[0, gap] = np.nan
    plain, holed = measure_features(recording).median, measure_features(Recording(signal, 500, ("II",))).median
    for name in ("qt_ms", "t_height_mv", "t_downslope_mv_per_s"):
        assert holed[name] == pytest.approx(plain[name], rel=0.05)


def test_a_gap_at_the_seam_of_two_blocks(make_ecg):
    recording, _ = make_ecg(rate=70, duration_s=2 * BLOCK_S, noise_mv=0.004)
    signal = recording.signal.copy()
    signal[0, round((BLOCK_S - 1) * 500) : round((BLOCK_S + 3) * 500)] = np.nan
    found = measure_features(Recording(signal, 500, ("II",)))
    assert found.median["t_height_mv"] == pytest.approx(T_HEIGHT_MV, abs=0.03)
    assert np.nanmax(found.per_beat["rr_ms"]) < 1000  # no interval runs across a gap


def test_beats_may_be_at_another_rate(make_ecg):
    recording, _ = make_ecg(fs=250)
    beats = kalemia.delineate(kalemia.clean(recording))
    assert measure_features(recording, beats=beats).median["qt_ms"] == pytest.approx(
        measure_features(recording).median["qt_ms"], abs=5
    )
    with pytest.raises(NoBeats, match="no beats were given"):
        measure_features(recording, beats=kalemia.Beats((), 500))


def test_hum_and_wander_change_little(make_ecg):
    recording, _ = make_ecg(noise_mv=0.004)
    time_s = np.arange(recording.signal.shape[1]) / 500
    plain = measure_features(recording)
    disturbed = recording.signal + 0.3 * np.sin(2 * np.pi * 50 * time_s) + 2 * np.sin(2 * np.pi * 0.25 * time_s)
    found = measure_features(Recording(disturbed, 500, ("II",)))
    assert len(found.r_s) == len(plain.r_s)
    assert found.median["t_height_mv"] == pytest.approx(plain.median["t_height_mv"], rel=0.15)
